import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { IotFileStreamProps } from '../../src';
import { IotFileStream, StreamFile, UpdateStrategy } from '../../src';
import { IN_PLACE, NEW_STREAM, STREAM_RESOURCE_TYPE } from '../../src/iot-file-stream/private/contract';
import { only, testStack } from '../support/app';

const files = [StreamFile.fromText('text', 'text')];

function create(props: Partial<IotFileStreamProps> = {}): { stack: Stack; stream: IotFileStream } {
  const stack = testStack();
  return { stack, stream: new IotFileStream(stack, 'Firmware', { files, ...props }) };
}

test('the strategies have the names that the handler uses', () => {
  expect(UpdateStrategy).toEqual({ IN_PLACE, NEW_STREAM });
});

test('IN_PLACE is the default update strategy', () => {
  expect(only(create().stack, STREAM_RESOURCE_TYPE).Properties.UpdateStrategy).toBe('IN_PLACE');
});

test('a change of the strategy changes one property, no permission and no other resource', () => {
  const template = (updateStrategy?: UpdateStrategy) => JSON.stringify(Template.fromStack(create({ updateStrategy }).stack).toJSON());

  expect(template(UpdateStrategy.IN_PLACE)).toBe(template());
  expect(template(UpdateStrategy.NEW_STREAM)).toBe(template().replace('"UpdateStrategy":"IN_PLACE"', '"UpdateStrategy":"NEW_STREAM"'));
});

test('a grant covers every generation with NEW_STREAM and does not depend on the content', () => {
  const { stack, stream } = create({ updateStrategy: UpdateStrategy.NEW_STREAM, streamId: 'fw' });
  const user = new iam.User(stack, 'User');

  stream.grants.describe(user);

  const [{ Action, Resource }] = only(stack, 'AWS::IAM::Policy').Properties.PolicyDocument.Statement;
  const arn = (streamId: string) => stack.resolve(stack.formatArn({ service: 'iot', resource: 'stream', resourceName: streamId }));
  expect({ Action, Resource }).toEqual({ Action: 'iot:DescribeStream', Resource: [arn('fw'), arn('fw--????????')] });
});

describe('the stream ID with NEW_STREAM', () => {
  const updateStrategy = UpdateStrategy.NEW_STREAM;

  test('refuses a stream ID with NEW_STREAM that leaves no room for the generation', () => {
    expect(() => create({ updateStrategy, streamId: 'x'.repeat(118) })).not.toThrow();
    expect(() => create({ updateStrategy, streamId: 'x'.repeat(119) })).toThrow(new Error(
      "'streamId' must have 1 to 118 characters, got: 119; 10 more are kept for the generation of UpdateStrategy.NEW_STREAM"));
  });

  test("warns about a stream ID with NEW_STREAM that is longer with its generation than the buffers of AWS's C clients", () => {
    Annotations.fromStack(create({ updateStrategy, streamId: 'x'.repeat(35) }).stack)
      .hasWarning('/MyStack/Firmware', Match.stringLikeRegexp('\'streamId\' has 45 characters with its generation: .* longer than 44'));
    Annotations.fromStack(create({ updateStrategy, streamId: 'x'.repeat(34) }).stack).hasNoWarning('*', Match.anyValue());
  });

  test('derives a default stream ID with NEW_STREAM that leaves room for the generation', () => {
    const stack = new Stack(new App(), 'AStackWithAVeryLongNameThatSaysEverything');
    new IotFileStream(stack, 'AFirmwareWithAVeryLongNameThatSaysEverything', { files, updateStrategy });

    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });
});

test('counts the generation in a job ID with NEW_STREAM', () => {
  const { stream } = create({ updateStrategy: UpdateStrategy.NEW_STREAM, streamId: 'x'.repeat(34) });

  expect(() => stream.jobId('x'.repeat(13))).not.toThrow();
  expect(() => stream.jobId('x'.repeat(14))).toThrow(new Error(
    "a job id must have at most 64 characters, got: up to 65; shorten 'purpose' or 'streamId'"));
});

test.each(['id', 'Arn'] as const)('warns about a stream %s in another stack with NEW_STREAM, because an export in use cannot change', (what) => {
  const name = what === 'id' ? 'streamId' : 'streamArn';
  const warning = new RegExp(`'${name}' is used in stack 'Other': .* so a deployment that changes the ${what.toLowerCase()} fails; pass it`);
  const warningsOf = (updateStrategy: UpdateStrategy) => {
    const app = new App();
    const stream = new IotFileStream(new Stack(app, 'MyStack'), 'Firmware', { files, updateStrategy });
    new CfnOutput(new Stack(app, 'Other'), 'Value', { value: stream[name] });
    return Annotations.fromStack(Stack.of(stream)).findWarning('/MyStack/Firmware', Match.stringLikeRegexp(warning.source));
  };

  expect(warningsOf(UpdateStrategy.NEW_STREAM)).toHaveLength(1);
  expect(warningsOf(UpdateStrategy.IN_PLACE)).toHaveLength(0);
});
