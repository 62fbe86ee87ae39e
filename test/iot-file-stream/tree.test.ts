import type { IAspect, StackProps } from 'aws-cdk-lib';
import { App, Aspects, CfnResource, Duration, NestedStack, Stack, Stage, Tags } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as iot from 'aws-cdk-lib/aws-iot';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct, type IConstruct } from 'constructs';
import type { IotFileStreamProps } from '../../src';
import { IotFileStream, StreamEncoding, StreamFile } from '../../src';
import { only, testStack } from '../support/app';

/* The position of a stream in the construct tree, the IDs of the constructs around it, and the time of its creation. */

const create = (scope: Construct, props: Partial<IotFileStreamProps> = {}, id = 'Firmware') =>
  new IotFileStream(scope, id, { files: [StreamFile.fromText('a', 'text')], ...props });
const propertiesOf = (stack: Stack) => only(stack, 'Custom::IotFileStream').Properties;
const warnings = (stack: Stack) => Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('cdk-iot-streams:'))
  .map(({ entry }) => /\[ack: (.*)\]/.exec(String(entry.data))![1]);

describe('warnings in every place of the construct tree', () => {
  /** A stream with every warning of the end of synthesis, and one warning of its constructor. */
  const everything = (stack: Construct) => {
    const bucket = new s3.Bucket(stack, 'Bucket', { versioned: true });
    bucket.addLifecycleRule({ expiration: Duration.days(30) });
    const stream = create(stack, { bucket, streamId: 'x'.repeat(45) });
    Stack.of(stack).exportValue(stream.streamVersion, { name: 'version' });
    new iot.CfnPolicy(stack, 'Policy', { policyDocument: new iam.PolicyDocument({ statements: longStatements(stream) }) });
  };
  const longStatements = (stream: IotFileStream) => Array.from({ length: 4 }, (_, index) =>
    stream.deviceStatements({ encoding: StreamEncoding.CBOR, thingName: `thing-${index}` })).flat();
  const ALL = ['longStreamId', 'expiringObjects', 'exportedStreamVersion', 'longDevicePolicy'].map((id) => `cdk-iot-streams:${id}`).sort();

  test('gives every warning about a stream in an app', () => {
    const stack = testStack();
    everything(stack);
    expect(warnings(stack).sort()).toEqual(ALL);
  });

  test('gives every warning about a stream in a stage', () => {
    const stack = new Stack(new Stage(new App(), 'Production'), 'MyStack');
    everything(stack);
    expect(warnings(stack).sort()).toEqual(ALL);
  });

  test('gives every warning about a stream in a stage within a stage', () => {
    const stack = new Stack(new Stage(new Stage(new App(), 'Europe'), 'Production'), 'MyStack');
    everything(stack);
    expect(warnings(stack).sort()).toEqual(ALL);
  });

  test('gives every warning about a stream in a nested stack', () => {
    const stack = testStack();
    everything(new NestedStack(stack, 'Nested'));
    expect(warnings(stack).sort()).toEqual(ALL);
  });

  test.each([0, 500, 1_000, 2_000])('gives every warning about a stream that an aspect of priority %i creates', (priority) => {
    class Adding implements IAspect {
      visit(node: IConstruct): void {
        if (node instanceof Stack && !node.node.tryFindChild('Firmware')) everything(node);
      }
    }
    const stack = testStack();
    Aspects.of(stack).add(new Adding(), { priority });
    expect(warnings(stack).sort()).toEqual(ALL);
  });
});

test('warns about a lifecycle rule that a late aspect adds', () => {
  class Expiring implements IAspect {
    visit(node: IConstruct): void {
      if (node instanceof s3.CfnBucket) node.lifecycleConfiguration = { rules: [{ status: 'Enabled', expirationInDays: 30 }] };
    }
  }
  const stack = testStack();
  create(stack);
  Aspects.of(stack).add(new Expiring(), { priority: 2_000 });
  expect(warnings(stack)).toEqual(['cdk-iot-streams:expiringObjects']);
});

test('warns about long policies in the stage of the stream and in the app above it', () => {
  const app = new App();
  const [outer, inner] = [app, new Stage(app, 'Production')].map((scope) => new Stack(scope, 'MyStack'));
  create(outer).deviceStatements();
  const stream = create(inner);
  stream.deviceStatements();
  for (const stack of [outer, inner]) new iot.CfnPolicy(stack, 'Policy', { policyDocument: { Statement: [{ Resource: `/streams/${'x'.repeat(2_048)}` }] } });
  for (const stack of [outer, inner]) expect(warnings(stack)).toEqual(['cdk-iot-streams:longDevicePolicy']);
});

test('leaves an IoT policy without a document to CloudFormation', () => {
  const stack = testStack();
  create(stack).deviceStatements();
  new CfnResource(stack, 'Policy', { type: 'AWS::IoT::Policy' });
  expect(warnings(stack)).toEqual([]);
});

describe('the tags of a stack', () => {
  const tagged = (props: StackProps = { tags: { team: 'radio' } }) => testStack(props);

  test('passes the tags of the stack to the stream', () => {
    const stack = tagged();
    create(stack);
    expect(propertiesOf(stack).Tags).toEqual({ team: 'radio' });
  });

  test('passes the tags of the stack to a stream in a nested stack', () => {
    const nested = new NestedStack(tagged(), 'Nested');
    create(nested);
    expect(propertiesOf(nested).Tags).toEqual({ team: 'radio' });
  });

  test('lets tags of the stream override and remove the tags of the stack', () => {
    const stack = tagged({ tags: { team: 'radio', cost: '1' } });
    const stream = create(stack);
    Tags.of(stream).add('team', 'audio');
    Tags.of(stream).remove('cost');
    expect(propertiesOf(stack).Tags).toEqual({ team: 'audio' });
  });

  test('checks the tags of the stack against the limits of AWS IoT', () => {
    const stack = tagged({ tags: { team: 'a&b' } });
    create(stack);
    expect(() => Template.fromStack(stack)).toThrow("tag values must have letters, digits, spaces and any of _.:/=+-@, got: 'a&b' for 'team'");
  });
});

describe('construct IDs of this library that the app uses', () => {
  const message = (path: string) => `construct id '${path.split('/').pop()}' must not be used in the app, got: '${path}'; `
    + 'it is reserved for this library: choose another id';

  test.each(['IotFileStreamBucket', 'CdkIotStreamsHandler'])('refuses a construct of the app with the ID %s that exists before the stream', (id) => {
    const stack = testStack();
    new s3.Bucket(stack, id);
    expect(() => create(stack)).toThrow(new Error(message(`MyStack/${id}`)));
  });

  test('accepts the ID of the default bucket for a construct of the app if the stream has a bucket of its own', () => {
    const stack = testStack();
    create(stack, { bucket: new s3.Bucket(stack, 'IotFileStreamBucket', { versioned: true }) });
    expect(propertiesOf(stack).Bucket).toEqual({ Ref: expect.stringMatching(/^IotFileStreamBucket/) });
  });

  test('refuses a construct of the app with the ID of the template checks', () => {
    const stack = testStack();
    create(stack);
    new Construct(stack.node.root, 'CdkIotStreamsTemplateChecks');
    expect(() => Template.fromStack(stack)).toThrow(new Error(message('CdkIotStreamsTemplateChecks')));
  });

  test.each(['IotFileStreamBucket', 'CdkIotStreamsHandler'])('leaves the error about a later construct with the ID %s to the CDK', (id) => {
    const stack = testStack();
    create(stack);
    expect(() => new s3.Bucket(stack, id)).toThrow(`There is already a Construct with name '${id}' in `);
  });
});

describe('the construct ID of a stream', () => {
  test.each(['Firmware-', '-Firmware-', 'Fi--rmware', 'Firmware_', '-', '--abcdefgh', 'x'.repeat(300), `${'x'.repeat(20)}-${'y'.repeat(20)}-`, 'Gerät-', '文件', 'a/b', '😀'])(
    'accepts the construct ID %s', (id) => {
      const stack = testStack();
      create(stack, {}, id);
      const { StreamId, Description } = propertiesOf(stack);
      expect(StreamId).toMatch(/^(?!.*--)[\w-]{1,34}$/);
      expect(Description).toMatch(/^[^\p{C}]{1,2028}$/u);
    });

  test('gives different stream IDs to construct IDs that differ only in characters that a stream ID cannot have', () => {
    const stack = testStack();
    const ids = ['Firmware', 'Firmware-', 'Firmware--', 'Firmware.'].map((id) => create(stack, {}, id)).map(({ node }) => node.path);
    const found = Object.values(Template.fromStack(stack).findResources('Custom::IotFileStream')).map(({ Properties }) => Properties.StreamId);
    expect(new Set(found).size).toBe(ids.length);
  });

  test('ends a default description that is cut off with a whole character', () => {
    const stack = testStack();
    const scope = Array.from({ length: 11 }).reduce<Construct>((parent, _, index) => new Construct(parent, `${'x'.repeat(182)}${index % 10}`), stack);
    for (const id of ['😀'.repeat(20), `x${'😀'.repeat(20)}`]) create(scope, {}, id);
    for (const { Properties } of Object.values(Template.fromStack(stack).findResources('Custom::IotFileStream'))) {
      expect(Properties.Description).toMatch(/^[^\p{C}]+$/u);
      expect([2_027, 2_028]).toContain(Properties.Description.length);
    }
  });
});
