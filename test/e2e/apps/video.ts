import { readFileSync } from 'node:fs';
import { App, CfnOutput, Duration, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { addFailure } from './failure';
import { allowLocalAws } from '../../../local/allow-local-aws';
import { KinesisVideoStream } from '../../../src';

/** The configuration of the app for its next deployment. */
export interface VideoConfiguration {
  readonly stackName: string;
  readonly streamName?: string;
  readonly mediaType?: string;
  readonly deviceName?: string;
  readonly retentionInHours?: number;
  readonly tags?: Readonly<Record<string, string>>;
  readonly keyArn?: string;
  readonly removalPolicy?: 'destroy' | 'retain';
  /** Whether to add a resource that depends on the stream and fails. */
  readonly withFailure?: boolean;
  /** Whether to remove the permission of the version lookup. */
  readonly withoutPermission?: boolean;
}

const app = new App();
const configuration: VideoConfiguration = JSON.parse(readFileSync(app.node.getContext('configuration'), 'utf8'));
const stack = new Stack(app, configuration.stackName);
const { keyArn, retentionInHours, removalPolicy } = configuration;

const door = new KinesisVideoStream(stack, 'Door', {
  streamName: configuration.streamName,
  mediaType: configuration.mediaType,
  deviceName: configuration.deviceName,
  retention: retentionInHours === undefined ? undefined : Duration.hours(retentionInHours),
  encryptionKey: keyArn === undefined ? undefined : kms.Key.fromKeyArn(stack, 'Key', keyArn),
  removalPolicy: removalPolicy === 'destroy' ? RemovalPolicy.DESTROY : undefined,
  exposeVersion: true,
});
allowLocalAws(door);
for (const [key, value] of Object.entries(configuration.tags ?? {})) Tags.of(door).add(key, value);

if (configuration.withoutPermission) (door.node.findChild('ManagementRole').node.defaultChild as iam.CfnRole).addPropertyDeletionOverride('Policies');
if (configuration.withFailure) addFailure(stack);

new CfnOutput(stack, 'StreamName', { value: door.streamName });
new CfnOutput(stack, 'StreamArn', { value: door.streamArn });
new CfnOutput(stack, 'StreamVersion', { value: door.streamVersion });
