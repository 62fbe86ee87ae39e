import { readFileSync } from 'node:fs';
import type { CfnResource } from 'aws-cdk-lib';
import { App, CfnOutput, CustomResource, Stack, Tags } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { allowLocalAws } from '../../../local/allow-local-aws';
import type { UpdateStrategy } from '../../../src';
import { IotFileStream, StreamFile } from '../../../src';

/** The configuration of the app for its next deployment. */
export interface AppConfiguration {
  /** Differs for each stack of the test. */
  readonly stackName: string;
  readonly assetPath: string;
  readonly vendorBucketName: string;
  readonly vendorKey: string;
  readonly streamId?: string;
  /** The name of a bucket outside of the stack. @default the default bucket */
  readonly bucketName?: string;
  readonly updateStrategy?: UpdateStrategy;
  readonly tags?: Record<string, string>;
  /** Whether to add a resource that depends on the stream and fails. */
  readonly withFailure?: boolean;
  /** An action that is removed from the management role. */
  readonly withoutAction?: string;
}

const app = new App();
const configuration: AppConfiguration = JSON.parse(readFileSync(app.node.getContext('configuration'), 'utf8'));
const stack = new Stack(app, configuration.stackName);

const vendor = s3.Bucket.fromBucketName(stack, 'Vendor', configuration.vendorBucketName);
const stream = new IotFileStream(stack, 'Firmware', {
  files: [
    StreamFile.fromAsset(configuration.assetPath, { fileName: 'app.bin' }),
    StreamFile.fromJson('config.json', { region: stack.region, account: stack.account }),
    StreamFile.fromBucket(vendor, configuration.vendorKey),
  ],
  streamId: configuration.streamId,
  updateStrategy: configuration.updateStrategy,
  bucket: configuration.bucketName === undefined ? undefined : s3.Bucket.fromBucketName(stack, 'Own', configuration.bucketName),
});
allowLocalAws(stream);
for (const [key, value] of Object.entries(configuration.tags ?? {})) Tags.of(stream).add(key, value);

if (configuration.withFailure) {
  const failing = new CustomResource(stack, 'Failing', { serviceToken: stream.handler.functionArn, resourceType: 'Custom::NobodyKnowsThis' });
  failing.node.addDependency(stream);
}
if (configuration.withoutAction) {
  const role = stream.node.findAll().find((child): child is iam.CfnRole => child instanceof iam.CfnRole && child.node.path.includes('ManagementRole'))!;
  const [{ policyDocument }] = role.policies as unknown as [{ policyDocument: iam.PolicyDocument }];
  const document = policyDocument.toJSON();
  for (const statement of document.Statement) {
    if (Array.isArray(statement.Action)) {
      statement.Action = statement.Action.filter(
        (action: string) => action !== configuration.withoutAction,
      );
    }
  }
  role.addPropertyOverride('Policies.0.PolicyDocument', stack.resolve(document));
}

new CfnOutput(stack, 'StreamId', { value: stream.streamId });
new CfnOutput(stack, 'StreamVersion', { value: stream.streamVersion });
new CfnOutput(stack, 'VendorFileSize', { value: (stream.node.defaultChild as CfnResource).getAtt('FileSize2').toString() });
new CfnOutput(stack, 'BucketName', { value: stream.bucket.bucketName });
