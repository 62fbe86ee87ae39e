import { App, CfnOutput, CfnParameter, CfnResource, Duration, NestedStack, PhysicalName, RemovalPolicy, Stack, Stage, Tags } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { DeviceRole, KinesisVideoStream, StorageTier } from '../../src';
import { HandlerFunction } from '../../src/core/handler-function';

/* Features of the CDK that apply to every construct: nested stacks, stages, tags, other environments, precreated roles. */

const TYPE = 'AWS::KinesisVideo::Stream';
const LOOKUP = 'Custom::KinesisVideoStreamVersion';
const account = '111122223333';

const testStack = (id = 'MyStack') => new Stack(new App(), id);

describe('names', () => {
  test('refuses two streams with the same name in one stack', () => {
    const stack = testStack();
    new KinesisVideoStream(stack, 'Door', { streamName: 'door' });
    expect(() => new KinesisVideoStream(stack, 'Gate', { streamName: 'door' })).toThrow(new Error(
      "duplicate 'streamName' 'door': 'MyStack/Door' has it already; names must be unique within an account and region"));
    expect(() => new DeviceRole(stack, 'Camera', { roleAliasName: 'door' })).not.toThrow();
    expect(() => new DeviceRole(stack, 'Other', { roleAliasName: 'door' })).toThrow(new Error(
      "duplicate 'roleAliasName' 'door': 'MyStack/Camera' has it already; names must be unique within an account and region"));
  });

  test('accepts the same name in two stacks and names that are known only at deployment', () => {
    const stack = testStack();
    const name = new CfnParameter(stack, 'Name').valueAsString;
    for (const id of ['Door', 'Gate']) new KinesisVideoStream(stack, id, { streamName: name });
    for (const region of ['eu-west-1', 'us-east-1']) {
      new KinesisVideoStream(new Stack(stack.node.root, region, { env: { region } }), 'Door', { streamName: 'door' });
    }
    expect(() => (stack.node.root as App).synth()).not.toThrow();
  });

  test('allows to use fixed and generated names in another environment', () => {
    const app = new App();
    const stack = new Stack(app, 'Streams', { env: { account, region: 'eu-west-1' } });
    const other = new Stack(app, 'Other', { env: { account, region: 'us-east-1' } });
    const use = (id: string, value: string) => new CfnOutput(other, id, { value });
    use('Door', new KinesisVideoStream(stack, 'Door', { streamName: 'door' }).streamName);
    use('Gate', new KinesisVideoStream(stack, 'Gate', { streamName: PhysicalName.GENERATE_IF_NEEDED }).streamName);
    const camera = new DeviceRole(stack, 'Camera', { roleAliasName: 'cameras' });
    use('Alias', camera.roleAliasName);
    use('AliasArn', camera.roleAliasArn);
    const { Outputs } = Template.fromStack(other).toJSON();
    expect([Outputs.Door.Value, Outputs.Alias.Value]).toEqual(['door', 'cameras']);
    expect(JSON.stringify(Outputs.AliasArn.Value)).toContain(`:iot:eu-west-1:${account}:rolealias/cameras`);
    Template.fromStack(stack).hasResourceProperties(TYPE, { Name: Outputs.Gate.Value });
  });
});

test('metrics have the region and the account of the stream', () => {
  const stack = new Stack(new App(), 'MyStack', { env: { account: '999999999999', region: 'us-east-1' } });
  const door = KinesisVideoStream.fromStreamArn(stack, 'Door', `arn:aws:kinesisvideo:eu-west-1:${account}:stream/door/1700000000000`);
  expect(door.metrics.incomingBytes().toMetricConfig().metricStat).toMatchObject({
    namespace: 'AWS/KinesisVideo', metricName: 'PutMedia.IncomingBytes', statistic: 'Sum', region: 'eu-west-1', account,
  });
  const { region, account: owner } = new KinesisVideoStream(testStack(), 'Door').metrics.incomingBytes();
  expect([region, owner]).toEqual([undefined, undefined]);
});

describe('tags', () => {
  test('tags of the stack are set on the stream and the role alias', () => {
    const stack = testStack();
    new KinesisVideoStream(stack, 'Door');
    new DeviceRole(stack, 'Camera');
    Tags.of(stack).add('team', 'radio');
    for (const type of [TYPE, 'AWS::IoT::RoleAlias', 'AWS::IAM::Role']) {
      Template.fromStack(stack).hasResourceProperties(type, { Tags: [{ Key: 'team', Value: 'radio' }] });
    }
  });

  const KEY = 'tag keys must have 1 to 128 letters, digits, spaces and any of _.:/=+-@, and not begin with \'aws:\', got: ';
  const VALUE = 'tag values must have at most 256 letters, digits, spaces and any of _.:/=+-@, got: ';

  test.each<[string, string, string]>([
    ['a,b', 'a', `${KEY}'a,b'`],
    ['AWS:team', 'a', `${KEY}'AWS:team'`],
    ['k'.repeat(129), 'a', `${KEY}'${'k'.repeat(129)}'`],
    ['team', 'a\n', `${VALUE}'a\n' for 'team'`],
    ['team', 'v'.repeat(257), `${VALUE}'${'v'.repeat(257)}' for 'team'`],
  ])('refuses a tag that the service refuses: %s', (key, value, message) => {
    const stack = testStack();
    Tags.of(new KinesisVideoStream(stack, 'Door')).add(key, value);
    expect(() => Template.fromStack(stack)).toThrow(message);
  });

  test('accepts 50 tags, with values that are known only at deployment', () => {
    const tagged = (count: number) => {
      const stack = testStack();
      const door = new KinesisVideoStream(stack, 'Door');
      for (let index = 1; index < count; index++) Tags.of(door).add(`${'k'.repeat(125)}${index}`, 'v'.repeat(256));
      Tags.of(door).add('account', stack.account);
      return () => Template.fromStack(stack);
    };
    expect(tagged(50)).not.toThrow();
    expect(tagged(51)).toThrow('a stream must have at most 50 tags, got: 51');
  });
});

test.each([
  [RemovalPolicy.DESTROY, { DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' }],
  [RemovalPolicy.RETAIN, { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' }],
  [RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE, { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' }],
])('the removal policy %s applies only to the stream, as a property and as a call', (removalPolicy, expected) => {
  const stack = testStack();
  new KinesisVideoStream(stack, 'Door', { removalPolicy, exposeVersion: true });
  new KinesisVideoStream(stack, 'Gate').applyRemovalPolicy(removalPolicy);
  Template.fromStack(stack).allResources(TYPE, expected);
  Template.fromStack(stack).allResources(LOOKUP, { DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
});

test('the storage tier does not change the logical ID', () => {
  const idOf = (storageTier?: StorageTier) => {
    const stack = testStack();
    new KinesisVideoStream(stack, 'Door', { storageTier });
    return Object.keys(Template.fromStack(stack).findResources(TYPE));
  };
  expect(idOf(StorageTier.WARM)).toEqual(idOf());
});

describe('the version of a video stream', () => {
  test('F114: the version lookup has the properties of a stream in a nested stack and a stage, with a key of another stack', () => {
    const stage = new Stage(new App(), 'Production');
    const keys = new Stack(stage, 'Keys');
    const nested = new NestedStack(new Stack(stage, 'MyStack'), 'Nested');
    const door = new KinesisVideoStream(nested, 'Door', { exposeVersion: true, encryptionKey: new kms.Key(keys, 'Key') });
    Tags.of(door).add('stack', nested.stackName);
    const template = Template.fromStack(nested);
    const [{ Properties: stream }] = Object.values<any>(template.findResources(TYPE));
    const [{ Properties: lookup }] = Object.values<any>(template.findResources(LOOKUP));
    expect(stream).toEqual({ KmsKeyId: { 'Fn::ImportValue': expect.stringContaining('Production-Keys:') }, Tags: [{ Key: 'stack', Value: expect.anything() }] });
    expect(lookup.Stream).toEqual(stream);
  });

  test('the version lookup depends on nothing that the app adds to the handler', () => {
    const stack = testStack();
    const door = new KinesisVideoStream(stack, 'Door', { exposeVersion: true });
    // depends on the version and is a child of the handler, on which the lookup depends
    new CfnResource(HandlerFunction.getOrCreate(stack), 'Child', { type: 'Test::Child', properties: { Version: door.streamVersion } });
    expect(() => Template.fromStack(stack)).not.toThrow();
  });

  test('the version in another stack gives a warning, because an export in use cannot change', () => {
    const app = new App();
    const stack = new Stack(app, 'MyStack');
    const door = new KinesisVideoStream(stack, 'Door', { exposeVersion: true });
    new CfnOutput(new Stack(app, 'Other'), 'Version', { value: door.streamVersion });
    app.synth();
    Annotations.fromStack(stack).hasWarning('/MyStack/Door', "'streamVersion' is used in stack 'Other': CloudFormation refuses to change an export that is in use, "
      + 'so a deployment that changes the version fails; pass it in an SSM parameter, or put its users into a nested stack of this stack [ack: cdk-iot-streams:exportedStreamVersion]');
  });
});

describe('precreated roles', () => {
  test('a device role with a precreated role adds no role and accepts any duration of credentials', () => {
    const app = new App();
    iam.Role.customizeRoles(app, { usePrecreatedRoles: { 'MyStack/Camera/Role': 'cameras' } });
    const stack = new Stack(app, 'MyStack');
    const camera = new DeviceRole(stack, 'Camera', { credentialDuration: Duration.hours(12) });
    camera.grantOwnVideoStreams();
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::IAM::Role', 0);
    template.hasResourceProperties('AWS::IoT::RoleAlias', { RoleArn: Match.anyValue(), CredentialDurationSeconds: 43_200 });
  });
});
