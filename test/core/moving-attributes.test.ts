import type { StackProps } from 'aws-cdk-lib';
import { App, CfnOutput, CfnResource, Fn, NestedStack, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { IotFileStream, KinesisVideoStream, StreamFile, UpdateStrategy } from '../../src';

/*
 * CloudFormation refuses to change an export that is in use. The warning comes where a value that deployments change is
 * exported, and nowhere else.
 */

const REST = ': CloudFormation refuses to change an export that is in use, so a deployment that moves the version fails; '
  + 'hand it over in an SSM parameter, or put what uses it into a nested stack of this one';

function app(props: StackProps = {}) {
  const root = new App();
  const producer = new Stack(root, 'Producer', props);
  return { root, producer, stream: streamIn(producer) };
}
const streamIn = (scope: Stack, updateStrategy?: UpdateStrategy) =>
  new IotFileStream(scope, 'Firmware', { files: [StreamFile.fromText('a', 'text')], updateStrategy });
const output = (stack: Stack, value: string, exportName?: string) => new CfnOutput(stack, 'Output', { value, exportName });

/** The warnings of ours that synthesis leaves at the stream's stack. */
function warnings(stack: Stack): string[] {
  return Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('cdk-iot-streams:exported')).map(({ entry }) => String(entry.data))
    .map((text) => text.replace(/ \[ack: .*\]$/, ''));
}

describe('an export of the version brings the warning', () => {
  test('by an output with a name', () => {
    const { producer, stream } = app();
    output(producer, stream.streamVersion, 'firmware-version');
    expect(warnings(producer)).toEqual([`'streamVersion' is exported as 'firmware-version'${REST}`]);
  });

  test('in a text around it, under a name that only the deployment knows', () => {
    const { producer, stream } = app();
    output(producer, `v${stream.streamVersion}`, Fn.sub('${AWS::StackName}-version'));
    expect(warnings(producer)).toEqual([`'streamVersion' is exported as 'Producer/Output'${REST}`]);
  });

  test('by exportValue', () => {
    const { producer, stream } = app();
    producer.exportValue(stream.streamVersion, { name: 'firmware-version' });
    expect(warnings(producer)).toEqual([`'streamVersion' is exported as 'firmware-version'${REST}`]);
  });

  test('by a reference in another stack', () => {
    const { root, producer, stream } = app();
    output(new Stack(root, 'Consumer'), stream.streamVersion);
    expect(warnings(producer)).toEqual([`'streamVersion' is used in stack 'Consumer'${REST}`]);
  });

  test('by references in several stacks, once for each', () => {
    const { root, producer, stream } = app();
    for (const id of ['One', 'Two']) {
      const consumer = new Stack(root, id);
      output(consumer, stream.streamVersion);
      new CfnOutput(consumer, 'Again', { value: stream.streamVersion });
    }
    expect(warnings(producer)).toEqual(['One', 'Two'].map((id) => `'streamVersion' is used in stack '${id}'${REST}`));
  });

  test('by a reference in another region, which is an export in SSM parameters', () => {
    const { root, producer, stream } = app({ env: { account: '111111111111', region: 'eu-west-1' }, crossRegionReferences: true });
    output(new Stack(root, 'Consumer', { env: { account: '111111111111', region: 'us-east-1' }, crossRegionReferences: true }), stream.streamVersion);
    expect(warnings(producer)).toEqual([`'streamVersion' is used in stack 'Consumer'${REST}`]);
  });

  test('of a stream in a nested stack', () => {
    const root = new App();
    const producer = new Stack(root, 'Producer');
    const nested = new NestedStack(producer, 'Nested');
    output(new Stack(root, 'Consumer'), streamIn(nested).streamVersion);
    expect(warnings(producer)).toEqual([`'streamVersion' is used in stack 'Consumer'${REST}`]);
  });

  test('by an output with a name in a nested stack that gets it as a parameter', () => {
    const { producer, stream } = app();
    const nested = new NestedStack(producer, 'Nested');
    output(nested, stream.streamVersion, 'firmware-version');
    expect(warnings(producer)).toEqual([`'streamVersion' is exported as 'firmware-version'${REST}`]);
  });

  test('by an output with a name that refers to it in the words of CloudFormation', () => {
    const { producer, stream } = app();
    const id = producer.resolve((stream.node.defaultChild as CfnResource).logicalId);
    output(producer, { 'Fn::GetAtt': `${id}.StreamVersion` } as unknown as string, 'firmware-version');
    expect(warnings(producer)).toEqual([`'streamVersion' is exported as 'firmware-version'${REST}`]);
  });

  test('of a video stream', () => {
    const root = new App();
    const producer = new Stack(root, 'Producer');
    output(new Stack(root, 'Consumer'), new KinesisVideoStream(producer, 'Door', { exposeVersion: true }).streamVersion);
    expect(warnings(producer)).toEqual([`'streamVersion' is used in stack 'Consumer'${REST}`]);
  });
});

describe('there is no warning', () => {
  test('for an output without a name, or in a nested stack', () => {
    const { producer, stream } = app();
    output(producer, stream.streamVersion);
    output(new NestedStack(producer, 'Nested'), stream.streamVersion);
    expect(warnings(producer)).toEqual([]);
  });

  test('for exports of what does not move: other resources, other attributes, parameters, nested stacks', () => {
    const { root, producer, stream } = app();
    const consumer = new Stack(root, 'Consumer');
    output(consumer, stream.streamId);
    new CfnOutput(consumer, 'Arn', { value: stream.streamArn });
    new CfnOutput(producer, 'Bucket', { value: stream.bucket.bucketArn, exportName: 'bucket' });
    new CfnOutput(producer, 'Region', { value: producer.region, exportName: 'region' });
    new CfnOutput(producer, 'Literal', { value: 'literal', exportName: 'literal' });
    const nested = new NestedStack(producer, 'Nested');
    new CfnOutput(consumer, 'Topic', { value: new CfnResource(nested, 'Topic', { type: 'AWS::SNS::Topic' }).getAtt('TopicName').toString() });
    expect(warnings(producer)).toEqual([]);
  });
});

test('the size of a file moves with its content, so a job document that needs it warns as well', () => {
  const root = new App();
  const producer = new Stack(root, 'Producer');
  const files = [StreamFile.fromBucket(s3.Bucket.fromBucketName(producer, 'Vendor', 'vendor'), 'fw.bin'), StreamFile.fromText('a', 'text')];
  const stream = new IotFileStream(producer, 'Firmware', { files });
  output(producer, stream.jobDocument({ operation: 'update' }), 'job');
  expect(warnings(producer)).toEqual([`'jobDocument' is exported as 'job'${REST.replace('the version', 'the size of a file')}`]);
});

test('the id and the ARN move where each content is a stream of its own', () => {
  const root = new App();
  const producer = new Stack(root, 'Producer');
  const stream = streamIn(producer, UpdateStrategy.NEW_STREAM);
  output(producer, stream.streamId, 'id');
  new CfnOutput(producer, 'Arn', { value: stream.streamArn, exportName: 'arn' });
  expect(warnings(producer)).toEqual([
    `'streamId' is exported as 'id'${REST.replace('the version', 'the id')}`, `'streamArn' is exported as 'arn'${REST.replace('the version', 'the arn')}`,
  ]);
});
