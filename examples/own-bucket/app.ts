import { App, CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
// in a project of your own: from 'cdk-iot-streams'
import { IotFileStream, StreamFile } from '../../src';

/*
 * Your own bucket, encrypted with your own key: `cdk deploy -c firmware=build/app.bin`. The bucket must have versioning, and
 * may hold other things: the stream uses keys below `keyPrefix` alone.
 */
export const app = new App();
const stack = new Stack(app, 'OwnBucket');

const key = new kms.Key(stack, 'Key', { enableKeyRotation: true, removalPolicy: RemovalPolicy.DESTROY });
const bucket = new s3.Bucket(stack, 'Bucket', {
  versioned: true,
  encryption: s3.BucketEncryption.KMS,
  encryptionKey: key,
  bucketKeyEnabled: true,
  enforceSSL: true,
  blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
  // the stream deletes its objects first, so the bucket is empty when CloudFormation deletes it
  removalPolicy: RemovalPolicy.DESTROY,
});

const stream = new IotFileStream(stack, 'Firmware', {
  files: [StreamFile.fromAsset(app.node.getContext('firmware'))],
  bucket,
  keyPrefix: 'streams/',
});

new CfnOutput(stack, 'StreamId', { value: stream.streamId });
new CfnOutput(stack, 'StreamVersion', { value: stream.streamVersion });
