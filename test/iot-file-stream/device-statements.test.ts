import type { StackProps } from 'aws-cdk-lib';
import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as iot from 'aws-cdk-lib/aws-iot';
import * as fc from 'fast-check';
import { wildcardMatches } from '../../local/iam/matching';
import type { DeviceStatementsOptions, IIotFileStream } from '../../src';
import { IotFileStream, StreamEncoding, StreamFile } from '../../src';
import { only, testStack } from '../support/app';

const ENV: StackProps = { env: { account: '123456789012', region: 'eu-west-1' } };
const THING = '${iot:Connection.Thing.ThingName}';
const ARN = 'arn:aws:iot:eu-west-1:123456789012';

function newStream(stack: Stack, id = 'Firmware', streamId?: string): IotFileStream {
  return new IotFileStream(stack, id, { files: [StreamFile.fromText('a', 'text')], streamId });
}

/** The statements as CloudFormation receives them, with the partition of the test. */
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

describe('the statements for a device', () => {
  test('deviceStatements allows to connect as the thing and to use the topics of the stream and its generations', () => {
    const topic = (name: string) => `${ARN}:topic/$aws/things/${THING}/streams/${name}`;
    const filter = (name: string) => `${ARN}:topicfilter/$aws/things/${THING}/streams/${name}`;
    expect(rendered(newStream(testStack(ENV), 'Firmware', 'fw'))).toEqual([
      ['Allow', 'iot:Connect', [`${ARN}:client/${THING}`]],
      ['Allow', ['iot:Publish', 'iot:Receive'], ['fw/*', 'fw--????????/*/????'].map(topic)],
      ['Allow', 'iot:Subscribe', ['fw/*/????', 'fw--????????/*/????'].map(filter)],
    ]);
  });

  test('deviceStatements lists the exact topics if the encoding is given', () => {
    const topic = (name: string) => `${ARN}:topic/$aws/things/${THING}/streams/${name}`;
    const filter = (name: string) => `${ARN}:topicfilter/$aws/things/${THING}/streams/${name}`;
    const answers = ['description/cbor', 'data/cbor', 'rejected/cbor'];
    expect(rendered(newStream(testStack(ENV), 'Firmware', 'fw'), { encoding: StreamEncoding.CBOR })).toEqual([
      ['Allow', 'iot:Connect', [`${ARN}:client/${THING}`]],
      ['Allow', 'iot:Publish', ['fw/describe/cbor', 'fw/get/cbor'].map(topic)],
      ['Allow', 'iot:Receive', [topic('fw/*')]],
      ['Allow', ['iot:Publish', 'iot:Receive'], [topic('fw--????????/*/cbor')]],
      ['Allow', 'iot:Subscribe', ['fw', 'fw--????????'].flatMap((id) => answers.map((answer) => filter(`${id}/${answer}`)))],
    ]);
  });

  test.each(['sensor-1', 'a:b_c-D9', '${iot:ClientId}'])('deviceStatements accepts the thing name %s', (thingName) => {
    const [[, , [client]], [, , [topic]]] = rendered(newStream(testStack(ENV), 'Firmware', 'fw'), { thingName }) as string[][][];
    expect([client, topic]).toEqual([`${ARN}:client/${thingName}`, `${ARN}:topic/$aws/things/${thingName}/streams/fw/*`]);
  });

  test('deviceStatements accepts a thing name that is known only at deployment', () => {
    const stack = testStack(ENV);
    const thing = new iot.CfnThing(stack, 'Thing');
    const [[, , [client]]] = rendered(newStream(stack), { thingName: thing.ref }) as string[][][];
    expect(client).toBe(`${ARN}:client/<Thing>`);
  });

  test.each(['', '*', 'a b', 'sensor/#', '${aws:username}', 'x'.repeat(129)])("deviceStatements refuses the thing name '%s'", (thingName) => {
    expect(() => newStream(testStack()).deviceStatements({ thingName })).toThrow(
      new Error(`'thingName' must be 1 to 128 letters, digits, ':', '_' and '-', or one policy variable of AWS IoT, got: '${thingName}'`));
  });

  test('deviceStatements keeps the policy variables and adds no dependency on the stream', () => {
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

/** Evaluates the statements by the rules of AWS IoT, with values for the policy variables. */
describe.each([undefined, StreamEncoding.JSON, StreamEncoding.CBOR])('with the encoding %s', (encoding) => {
  const statements = rendered(newStream(testStack(ENV), 'Firmware', 'fw'), { encoding }) as [string, string | string[], string[]][];
  const isAllowed = (
    action: string, resource: string, name: string,
  ) => statements.some(([, actions, resources]) => [actions].flat().includes(action)
    && resources.some((pattern) => wildcardMatches(pattern.replace(THING, 'thing'), `${ARN}:${resource}/$aws/things/thing/streams/${name}`)));
  const maySubscribe = (filter: string) => isAllowed('iot:Subscribe', 'topicfilter', filter);
  /** Whether a filter matches a topic by the rules of MQTT, where '#' matches the parent level as well. */
  const covers = (filter: string, topic: string) => new RegExp(`^${filter.replace(/[-]/g, '\\$&').replace(/\+/g, '[^/]+').replace(/\/#$/, '(/.*)?').replace(/^#$/, '.*')}$`).test(topic);
  const verb = fc.constantFrom('describe', 'description', 'data', 'get', 'rejected');
  const encodings = fc.constantFrom('json', 'cbor');
  const level = fc.oneof(verb, encodings, fc.constantFrom('+', '#', 'x', ''));
  const suffix = fc.oneof(
    fc.tuple(fc.oneof(verb, fc.constant('+')), fc.oneof(encodings, fc.constant('+'))).map((levels) => levels.join('/')),
    fc.array(level, { minLength: 1, maxLength: 4 }).map((levels) => levels.join('/')),
  );
  const generation = fc.stringMatching(/^[A-Za-z0-9]{8}$/).map((end) => `fw--${end}`);

  test('a device may subscribe to the same filters for the stream and for every generation', () => {
    fc.assert(fc.property(suffix, generation, (end, id) => maySubscribe(`fw/${end}`) === maySubscribe(`${id}/${end}`)), { numRuns: 1_000 });
    for (const end of ['#', '+/#', '+/+', 'data/+', 'data/#', '+/json', '+/cbor']) expect([end, maySubscribe(`fw--1a2b3c4d/${end}`)]).toEqual([end, maySubscribe(`fw/${end}`)]);
  });

  test('a device may use every topic that it needs for the stream and for every generation', () => {
    for (const id of ['fw', 'fw--1a2b3c4d']) {
      for (const format of encoding === undefined ? ['json', 'cbor'] : [encoding]) {
        for (const name of ['describe', 'get']) expect(isAllowed('iot:Publish', 'topic', `${id}/${name}/${format}`)).toBe(true);
        for (const name of ['description', 'data', 'rejected']) {
          expect([maySubscribe(`${id}/${name}/${format}`), isAllowed('iot:Receive', 'topic', `${id}/${name}/${format}`)]).toEqual([true, true]);
        }
      }
    }
  });

  const foreignId = fc.oneof(
    fc.stringMatching(/^fw(-|--)?[A-Za-z0-9_-]{1,14}$/), fc.stringMatching(/^[A-Za-z0-9_-]{1,14}$/),
  ).filter((id) => id !== 'fw' && !/^fw--.{8}$/.test(id));

  test('a device may use no topic of a stream with a similar ID', () => {
    fc.assert(fc.property(foreignId, verb, encodings, suffix, (id, name, format, end) => {
      const topic = `${id}/${name}/${format}`;
      for (const action of ['iot:Publish', 'iot:Receive']) expect([topic, isAllowed(action, 'topic', topic)]).toEqual([topic, false]);
      const filters = [`${id}/${end}`, `fw--${id}/${end}`, `+/${end}`, topic, `${topic}/#`, `${id}/${name}/#`].filter((filter) => covers(filter, topic));
      for (const filter of filters) expect([filter, maySubscribe(filter)]).toEqual([filter, false]);
    }), { numRuns: 1_000 });
  });
});

describe('the statements for an imported stream', () => {
  test('fromStreamId gives statements for the account and region of the stack', () => {
    const stream = IotFileStream.fromStreamId(testStack(ENV), 'Imported', 'fw');
    expect(rendered(stream)).toEqual(rendered(newStream(testStack(ENV), 'Firmware', 'fw')));
  });

  test('fromStreamArn gives statements for the account and region of the ARN', () => {
    const stream = IotFileStream.fromStreamArn(testStack(ENV), 'Imported', 'arn:aws:iot:us-east-1:999999999999:stream/fw');
    expect(JSON.stringify(rendered(stream))).toContain(`arn:aws:iot:us-east-1:999999999999:topic/$aws/things/${THING}/streams/fw/*`);
    expect(JSON.stringify(rendered(stream))).not.toContain('eu-west-1');
  });
});

describe('the 2,048 characters of an IoT policy', () => {
  const WARNING = (length: number) => `'policyDocument' must have at most 2048 characters, got: up to ${length}; `
    + 'divide the statements among several policies, or omit \'encoding\' [ack: cdk-iot-streams:longDevicePolicy]';
  // the longest default stream ID
  const ID = (number: number) => `x${number}`.padEnd(34, 'x');

  test('gives no warning for one stream with exact topics or two streams with patterns', () => {
    const stack = testStack();
    const [one, two] = [1, 2].map((number) => newStream(stack, `Stream${number}`, ID(number)));
    policy(stack, 'Exact', [one], { encoding: StreamEncoding.JSON });
    policy(stack, 'Patterns', [one, two]);
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });

  test('gives one warning at a policy with the statements of many streams', () => {
    const stack = testStack();
    const streams = [1, 2, 3, 4].map((number) => newStream(stack, `Stream${number}`, ID(number)));
    policy(stack, 'Policy', streams);
    const warnings = Annotations.fromStack(stack).findWarning('*', Match.anyValue());
    expect(warnings.map(({ id, entry }) => [id, entry.data])).toEqual([['/MyStack/Policy', WARNING(3217)]]);
  });
});

test('gives no warning for a long policy that names no stream', () => {
  const app = new App();
  const stack = new Stack(app, 'MyStack');
  newStream(stack).deviceStatements();
  new iot.CfnPolicy(stack, 'Long', { policyDocument: { Statement: [{ Effect: 'Allow', Action: 'iot:Publish', Resource: 'x'.repeat(3000) }] } });
  Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
});
