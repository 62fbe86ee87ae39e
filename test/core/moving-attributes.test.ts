import type { StackProps } from 'aws-cdk-lib';
import { App, CfnOutput, CfnResource, Fn, NestedStack, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { IotFileStream, KinesisVideoStream, StreamFile, UpdateStrategy } from '../../src';

/*
 * CloudFormation refuses to change an export that is in use. Synthesis warns if the value of an export can change with a
 * deployment, and only then.
 */

const REST = ': CloudFormation refuses to change an export that is in use, so a deployment that changes the version fails; '
  + 'pass it in an SSM parameter, or put its users into a nested stack of this stack';

function app(props: StackProps = {}) {
  const root = new App();
  const producer = new Stack(root, 'Producer', props);
  return { root, producer, stream: streamIn(producer) };
}
const streamIn = (scope: Stack, updateStrategy?: UpdateStrategy) =>
  new IotFileStream(scope, 'Firmware', { files: [StreamFile.fromText('a', 'text')], updateStrategy });
const output = (stack: Stack, value: string, exportName?: string) => new CfnOutput(stack, 'Output', { value, exportName });

/** The warnings of this library at the stack of the stream. */
function warnings(stack: Stack): string[] {
  return Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('cdk-iot-streams:exported')).map(({ entry }) => String(entry.data))
    .map((text) => text.replace(/ \[ack: .*\]$/, ''));
}

describe('a warning about an exported attribute', () => {
  test('warns about an export of the version by a named output', () => {
    const { producer, stream } = app();
    output(producer, stream.streamVersion, 'firmware-version');
    expect(warnings(producer)).toEqual([`'streamVersion' is exported as 'firmware-version'${REST}`]);
  });

  test('warns about an export of the version inside a text, under a name that is known only at deployment', () => {
    const { producer, stream } = app();
    output(producer, `v${stream.streamVersion}`, Fn.sub('${AWS::StackName}-version'));
    expect(warnings(producer)).toEqual([`'streamVersion' is exported as 'Producer/Output'${REST}`]);
  });

  test('warns about an export of the version by exportValue', () => {
    const { producer, stream } = app();
    producer.exportValue(stream.streamVersion, { name: 'firmware-version' });
    expect(warnings(producer)).toEqual([`'streamVersion' is exported as 'firmware-version'${REST}`]);
  });

  test('warns about a reference to the version in another stack', () => {
    const { root, producer, stream } = app();
    output(new Stack(root, 'Consumer'), stream.streamVersion);
    expect(warnings(producer)).toEqual([`'streamVersion' is used in stack 'Consumer'${REST}`]);
  });

  test('warns once for each stack that refers to the version', () => {
    const { root, producer, stream } = app();
    for (const id of ['One', 'Two']) {
      const consumer = new Stack(root, id);
      output(consumer, stream.streamVersion);
      new CfnOutput(consumer, 'Again', { value: stream.streamVersion });
    }
    expect(warnings(producer)).toEqual(['One', 'Two'].map((id) => `'streamVersion' is used in stack '${id}'${REST}`));
  });

  test('warns about each stream whose version is exported, and about no other', () => {
    const { producer, stream } = app();
    const [second] = ['Second', 'Third'].map((id) => new IotFileStream(producer, id, { files: [StreamFile.fromText('a', 'text')] }));
    [stream, second].forEach((exported, index) => new CfnOutput(producer, `Output${index}`, { value: exported.streamVersion, exportName: `version-${index}` }));
    expect(Annotations.fromStack(producer).findWarning('*', Match.stringLikeRegexp('cdk-iot-streams:exported')).map(({ id }) => id))
      .toEqual(['/Producer/Firmware', '/Producer/Second']);
    expect(warnings(producer)).toEqual([0, 1].map((index) => `'streamVersion' is exported as 'version-${index}'${REST}`));
  });

  test('warns about a reference to the version in another region, which uses SSM parameters', () => {
    const { root, producer, stream } = app({ env: { account: '111111111111', region: 'eu-west-1' }, crossRegionReferences: true });
    output(new Stack(root, 'Consumer', { env: { account: '111111111111', region: 'us-east-1' }, crossRegionReferences: true }), stream.streamVersion);
    expect(warnings(producer)).toEqual([`'streamVersion' is used in stack 'Consumer'${REST}`]);
  });

  test('warns about the version of a stream in a nested stack', () => {
    const root = new App();
    const producer = new Stack(root, 'Producer');
    const nested = new NestedStack(producer, 'Nested');
    output(new Stack(root, 'Consumer'), streamIn(nested).streamVersion);
    expect(warnings(producer)).toEqual([`'streamVersion' is used in stack 'Consumer'${REST}`]);
  });

  test('warns about a named output in a nested stack that receives the version as a parameter', () => {
    const { producer, stream } = app();
    const nested = new NestedStack(producer, 'Nested');
    output(nested, stream.streamVersion, 'firmware-version');
    expect(warnings(producer)).toEqual([`'streamVersion' is exported as 'firmware-version'${REST}`]);
  });

  test('warns about a named output that contains a raw Fn::GetAtt of the version', () => {
    const { producer, stream } = app();
    const id = producer.resolve((stream.node.defaultChild as CfnResource).logicalId);
    output(producer, { 'Fn::GetAtt': `${id}.StreamVersion` } as unknown as string, 'firmware-version');
    expect(warnings(producer)).toEqual([`'streamVersion' is exported as 'firmware-version'${REST}`]);
  });

  test('warns about the version of a video stream', () => {
    const root = new App();
    const producer = new Stack(root, 'Producer');
    output(new Stack(root, 'Consumer'), new KinesisVideoStream(producer, 'Door', { exposeVersion: true }).streamVersion);
    expect(warnings(producer)).toEqual([`'streamVersion' is used in stack 'Consumer'${REST}`]);
  });
});

describe('no warning about an attribute', () => {
  test('does not warn about an output without a name or an output in a nested stack', () => {
    const { producer, stream } = app();
    output(producer, stream.streamVersion);
    output(new NestedStack(producer, 'Nested'), stream.streamVersion);
    expect(warnings(producer)).toEqual([]);
  });

  test('does not warn about exports of other resources, constant attributes, parameters and nested stacks', () => {
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

test('warns about an exported job document with the size of a file, which changes with the content', () => {
  const root = new App();
  const producer = new Stack(root, 'Producer');
  const files = [StreamFile.fromBucket(s3.Bucket.fromBucketName(producer, 'Vendor', 'vendor'), 'fw.bin'), StreamFile.fromText('a', 'text')];
  const stream = new IotFileStream(producer, 'Firmware', { files });
  output(producer, stream.jobDocument({ operation: 'update' }), 'job');
  expect(warnings(producer)).toEqual([`'jobDocument' is exported as 'job'${REST.replace('the version', 'the size of a file')}`]);
});

test('warns about exports of the ID and the ARN of a stream with NEW_STREAM', () => {
  const root = new App();
  const producer = new Stack(root, 'Producer');
  const stream = streamIn(producer, UpdateStrategy.NEW_STREAM);
  output(producer, stream.streamId, 'id');
  new CfnOutput(producer, 'Arn', { value: stream.streamArn, exportName: 'arn' });
  expect(warnings(producer)).toEqual([
    `'streamId' is exported as 'id'${REST.replace('the version', 'the id')}`, `'streamArn' is exported as 'arn'${REST.replace('the version', 'the arn')}`,
  ]);
});
