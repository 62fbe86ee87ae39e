import { basename, dirname } from 'node:path';
import type { App } from 'aws-cdk-lib';
import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as s3_assets from 'aws-cdk-lib/aws-s3-assets';
import * as s3_deployment from 'aws-cdk-lib/aws-s3-deployment';
import type { AwsCustomResourceProps, AwsSdkCall } from 'aws-cdk-lib/custom-resources';
import { AwsCustomResource, AwsCustomResourcePolicy, PhysicalResourceId } from 'aws-cdk-lib/custom-resources';
import { allowLocalAws } from '../../local/allow-local-aws';
import { IotFileStream, StreamFile } from '../../src';

/** The streams of every app, each with the paths of its files. */
export type Streams = readonly (readonly string[])[];

export function ours(app: App, streams: Streams): Stack {
  const stack = new Stack(app, 'Ours');
  for (const [number, paths] of streams.entries()) {
    const files = paths.map((path, fileId) => StreamFile.fromAsset(path, { fileName: `${fileId}` }));
    allowLocalAws(new IotFileStream(stack, `Stream${number}`, { files }));
  }
  return stack;
}

/** The name of the function of the alternatives and of its role. */
export const HAND_ROLLED_NAME = 'bench-hand-rolled';

/**
 * Calls S3 and AWS IoT with custom resources of the CDK. Like this library, it pins the version that each copy returned; it
 * checks nothing and leaves the objects behind.
 */
export function withCopies(app: App, streams: Streams): Stack {
  const stack = new Stack(app, 'Copies');
  const { bucket, common } = handRolled(stack);
  for (const [number, paths] of streams.entries()) {
    const files = paths.map((path, fileId) => {
      const asset = new s3_assets.Asset(stack, `File${number}-${fileId}`, { path });
      const key = `${streamIdOf(number)}/${fileId}`;
      const copy: AwsSdkCall = {
        service: 's3',
        action: 'copyObject',
        parameters: { Bucket: bucket.bucketName, Key: key, CopySource: `${asset.s3BucketName}/${asset.s3ObjectKey}` },
        physicalResourceId: PhysicalResourceId.of(key),
        outputPaths: ['VersionId'],
      };
      const copied = new AwsCustomResource(stack, `Copy${number}-${fileId}`, {
        onUpdate: copy,
        policy: AwsCustomResourcePolicy.fromStatements([
          new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: [asset.bucket.arnForObjects(asset.s3ObjectKey)] }),
          new iam.PolicyStatement({ actions: ['s3:PutObject'], resources: [bucket.arnForObjects(key)] }),
        ]),
        ...common,
      });
      return { fileId, s3Location: { bucket: bucket.bucketName, key, version: copied.getResponseField('VersionId') } };
    });
    makeStream(stack, number, bucket, files, common);
  }
  return stack;
}

/**
 * Uploads the files with BucketDeployment, which returns no versions: the stream pins none, and changed files do not update
 * the stream.
 */
export function withDeployment(app: App, streams: Streams): Stack {
  const stack = new Stack(app, 'Deployment');
  const { bucket, common } = handRolled(stack);
  for (const [number, paths] of streams.entries()) {
    const deployment = new s3_deployment.BucketDeployment(stack, `Files${number}`, {
      sources: [s3_deployment.Source.asset(dirname(paths[0]))],
      destinationBucket: bucket,
      destinationKeyPrefix: `${streamIdOf(number)}/`,
    });
    const files = paths.map((path, fileId) =>
      ({ fileId, s3Location: { bucket: bucket.bucketName, key: `${streamIdOf(number)}/${basename(path)}` } }));
    makeStream(stack, number, bucket, files, common).node.addDependency(deployment);
  }
  return stack;
}

type Common = Pick<AwsCustomResourceProps, 'role' | 'functionName' | 'installLatestAwsSdk'>;

function handRolled(stack: Stack): { bucket: s3.Bucket; common: Common } {
  return {
    bucket: new s3.Bucket(stack, 'Bucket', { versioned: true, removalPolicy: RemovalPolicy.DESTROY }),
    common: {
      role: new iam.Role(stack, 'Role', { roleName: HAND_ROLLED_NAME, assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') }),
      functionName: HAND_ROLLED_NAME,
      installLatestAwsSdk: false,
    },
  };
}

function streamIdOf(number: number): string {
  return `Bench-${number}`;
}

/** Creates a stream and a role that may read its objects. */
function makeStream(stack: Stack, number: number, bucket: s3.Bucket, files: readonly object[], common: Common): AwsCustomResource {
  const streamId = streamIdOf(number);
  const delivery = new iam.Role(stack, `Delivery${number}`, {
    assumedBy: new iam.ServicePrincipal('iot.amazonaws.com'),
    inlinePolicies: {
      Read: new iam.PolicyDocument({
        statements: [new iam.PolicyStatement({ actions: ['s3:GetObject', 's3:GetObjectVersion'], resources: [bucket.arnForObjects(`${streamId}/*`)] })],
      }),
    },
  });
  const call = (action: string, parameters: object): AwsSdkCall => ({
    service: 'iot', action, parameters: { streamId, ...parameters }, physicalResourceId: PhysicalResourceId.of(streamId),
  });
  const stream = new AwsCustomResource(stack, `Stream${number}`, {
    onCreate: call('createStream', { roleArn: delivery.roleArn, files }),
    onUpdate: call('updateStream', { roleArn: delivery.roleArn, files }),
    onDelete: call('deleteStream', {}),
    policy: AwsCustomResourcePolicy.fromStatements([
      new iam.PolicyStatement({
        actions: ['iot:CreateStream', 'iot:UpdateStream', 'iot:DeleteStream'],
        resources: [stack.formatArn({ service: 'iot', resource: 'stream', resourceName: streamId })],
      }),
      new iam.PolicyStatement({ actions: ['iam:PassRole'], resources: [delivery.roleArn] }),
    ]),
    ...common,
  });
  stream.node.addDependency(delivery);
  return stream;
}
