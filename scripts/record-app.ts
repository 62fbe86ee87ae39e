import { App, CfnOutput, Stack, Tags } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { allowLocalAws } from '../local/allow-local-aws';
import { IotFileStream, StreamFile, UpdateStrategy } from '../src';

/** The app that scripts/record-events.ts deploys step by step, with every kind of file. */

const app = new App();
const context = (name: string): string => app.node.getContext(name) as string;
const step = context('step');
const stack = new Stack(app, 'Shop');
const vendor = s3.Bucket.fromBucketName(stack, 'Vendor', context('vendorBucket'));

const stream = new IotFileStream(stack, 'Firmware', {
  files: [
    StreamFile.fromAsset(context('asset')),
    StreamFile.fromJson('config.json', { region: stack.region, step }),
    StreamFile.fromText('notes.txt', 'always the same'),
    StreamFile.fromBucket(vendor, 'radio.bin', { objectVersion: context('radioVersion') }),
    StreamFile.fromBucket(vendor, 'modem.bin', { revision: step }),
  ],
  description: step === 'create' ? 'the first description' : undefined,
  keyPrefix: step === 'create' || step === 'update' ? undefined : 'moved/',
  updateStrategy: step.startsWith('new-stream') ? UpdateStrategy.NEW_STREAM : undefined,
});
Tags.of(stream).add('team', 'radio');
if (step === 'create') Tags.of(stream).add('phase', 'first');
allowLocalAws(stream);
new CfnOutput(stack, 'job', { value: stream.jobDocument({ operation: 'update' }) });
for (const name of ['streamId', 'streamArn', 'streamVersion'] as const) new CfnOutput(stack, name, { value: stream[name] });

const recorder = new Asset(stack, 'Recorder', { path: context('recorder') });
const handler = stream.handler.node.defaultChild as lambda.CfnFunction;
handler.handler = 'recorder.handler';
handler.code = { s3Bucket: recorder.s3BucketName, s3Key: recorder.s3ObjectKey };
