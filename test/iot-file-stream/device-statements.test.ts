import { App, Stack, StackProps } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as iot from 'aws-cdk-lib/aws-iot';
import { DeviceStatementsOptions, IIotFileStream, IotFileStream, StreamEncoding, StreamFile } from '../../src';
import { only, testStack } from '../support/app';

const ENV: StackProps = { env: { account: '123456789012', region: 'eu-west-1' } };
const THING = '${iot:Connection.Thing.ThingName}';
const ARN = 'arn:aws:iot:eu-west-1:123456789012';

function newStream(stack: Stack, id = 'Firmware', streamId?: string): IotFileStream {
  return new IotFileStream(stack, id, { files: [StreamFile.fromText('a', 'text')], streamId });
}

/** As CloudFormation receives them, with the partition of the test in its place. */
function rendered(stream: IIotFileStream, options?: DeviceStatementsOptions): unknown[] {
  const stack = Stack.of(stream);
  const document = stack.resolve(new iam.PolicyDocument({ statements: stream.deviceStatements(options) }));
  return document.Statement.map(({ Effect, Action, Resource }: Record<string, any>) => [Effect, Action, [Resource].flat().map(text)]);
}

function text(value: any): string {
  if (typeof value === 'string') return value;
  const [separator, parts] = value['Fn::Join'];
  return parts.map((part: any) => typeof part === 'string' ? part : part.Ref === 'AWS::Partition' ? 'aws' : `<${part.Ref}>`).join(separator);
}

function policy(stack: Stack, id: string, streams: readonly IIotFileStream[], options?: DeviceStatementsOptions): iot.CfnPolicy {
  const statements = streams.flatMap((stream) => stream.deviceStatements(options));
  return new iot.CfnPolicy(stack, id, { policyDocument: new iam.PolicyDocument({ statements }) });
}

describe('what a device may', () => {
  test('is to connect as its thing and to speak on the topics of this stream and of its generations', () => {
    const topics = [`$aws/things/${THING}/streams/fw/*`, `$aws/things/${THING}/streams/fw--????????/*/????`];
    expect(rendered(newStream(testStack(ENV), 'Firmware', 'fw'))).toEqual([
      ['Allow', 'iot:Connect', [`${ARN}:client/${THING}`]],
      ['Allow', ['iot:Publish', 'iot:Receive'], topics.map((topic) => `${ARN}:topic/${topic}`)],
      ['Allow', 'iot:Subscribe', topics.map((topic) => `${ARN}:topicfilter/${topic}`)],
    ]);
  });

  test('is listed topic by topic where the encoding is named', () => {
    const topic = (name: string) => `${ARN}:topic/$aws/things/${THING}/streams/${name}`;
    const filter = (name: string) => `${ARN}:topicfilter/$aws/things/${THING}/streams/${name}`;
    const answers = ['fw/description/cbor', 'fw/data/cbor', 'fw/rejected/cbor'];
    expect(rendered(newStream(testStack(ENV), 'Firmware', 'fw'), { encoding: StreamEncoding.CBOR })).toEqual([
      ['Allow', 'iot:Connect', [`${ARN}:client/${THING}`]],
      ['Allow', 'iot:Publish', ['fw/describe/cbor', 'fw/get/cbor'].map(topic)],
      ['Allow', 'iot:Receive', answers.map(topic)],
      ['Allow', ['iot:Publish', 'iot:Receive'], [topic('fw--????????/*/cbor')]],
      ['Allow', 'iot:Subscribe', [...answers, 'fw--????????/*/cbor'].map(filter)],
    ]);
  });

  test.each(['sensor-1', 'a:b_c-D9', '${iot:ClientId}'])('can be for one thing: %s', (thingName) => {
    const [[, , [client]], [, , [topic]]] = rendered(newStream(testStack(ENV), 'Firmware', 'fw'), { thingName }) as string[][][];
    expect([client, topic]).toEqual([`${ARN}:client/${thingName}`, `${ARN}:topic/$aws/things/${thingName}/streams/fw/*`]);
  });

  test('can be for a thing whose name the deployment resolves', () => {
    const stack = testStack(ENV);
    const thing = new iot.CfnThing(stack, 'Thing');
    const [[, , [client]]] = rendered(newStream(stack), { thingName: thing.ref }) as string[][][];
    expect(client).toBe(`${ARN}:client/<Thing>`);
  });

  test.each(['', '*', 'a b', 'sensor/#', '${aws:username}', 'x'.repeat(129)])('must be for a thing name without wildcards: \'%s\'', (thingName) => {
    expect(() => newStream(testStack()).deviceStatements({ thingName })).toThrow(
      new Error(`'thingName' must be 1 to 128 letters, digits, ':', '_' and '-', or one policy variable of AWS IoT, got: '${thingName}'`));
  });

  test('reaches the policy with its policy variables untouched, and without waiting for the stream', () => {
    const stack = testStack();
    policy(stack, 'Policy', [newStream(stack)]);
    const { Properties: { PolicyDocument }, DependsOn } = only(stack, 'AWS::IoT::Policy');
    expect(PolicyDocument.Statement[0].Resource['Fn::Join'][1]).toEqual([
      'arn:', { Ref: 'AWS::Partition' }, ':iot:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, ':client/${iot:Connection.Thing.ThingName}',
    ]);
    expect(JSON.stringify(PolicyDocument)).not.toContain('Fn::GetAtt');
    expect(DependsOn).toBeUndefined();
  });
});

describe('an imported stream', () => {
  test('by id is of the stack\'s account and region', () => {
    const stream = IotFileStream.fromStreamId(testStack(ENV), 'Imported', 'fw');
    expect(rendered(stream)).toEqual(rendered(newStream(testStack(ENV), 'Firmware', 'fw')));
  });

  test('by ARN is where the ARN says', () => {
    const stream = IotFileStream.fromStreamArn(testStack(ENV), 'Imported', 'arn:aws:iot:us-east-1:999999999999:stream/fw');
    expect(JSON.stringify(rendered(stream))).toContain(`arn:aws:iot:us-east-1:999999999999:topic/$aws/things/${THING}/streams/fw/*`);
    expect(JSON.stringify(rendered(stream))).not.toContain('eu-west-1');
  });
});

describe('2,048 characters of a policy', () => {
  const WARNING = (length: number) => `'policyDocument' must have at most 2048 characters, got: up to ${length}; `
    + 'give the statements of some streams a policy of their own, or leave out \'encoding\' [ack: cdk-iot-streams:longDevicePolicy]';
  // the longest id that is made by default
  const ID = (number: number) => `x${number}`.padEnd(34, 'x');

  test('are enough for one stream with exact topics, and for two with patterns, wherever the stack is deployed', () => {
    const stack = testStack();
    const [one, two] = [1, 2].map((number) => newStream(stack, `Stream${number}`, ID(number)));
    policy(stack, 'Exact', [one], { encoding: StreamEncoding.JSON });
    policy(stack, 'Patterns', [one, two]);
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });

  test('are not enough for many streams: a warning at the policy says so, once', () => {
    const stack = testStack();
    const streams = [1, 2, 3, 4].map((number) => newStream(stack, `Stream${number}`, ID(number)));
    policy(stack, 'Policy', streams);
    const warnings = Annotations.fromStack(stack).findWarning('*', Match.anyValue());
    expect(warnings.map(({ id, entry }) => [id, entry.data])).toEqual([['/MyStack/Policy', WARNING(3197)]]);
  });
});

test('policies that are about something else are nobody\'s business', () => {
  const app = new App();
  const stack = new Stack(app, 'MyStack');
  newStream(stack).deviceStatements();
  new iot.CfnPolicy(stack, 'Long', { policyDocument: { Statement: [{ Effect: 'Allow', Action: 'iot:Publish', Resource: 'x'.repeat(3000) }] } });
  Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
});
