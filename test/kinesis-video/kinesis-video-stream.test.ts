import type { IAspect } from 'aws-cdk-lib';
import { App, Aspects, Aws, CfnParameter, Duration, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kinesisvideo from 'aws-cdk-lib/aws-kinesisvideo';
import * as kms from 'aws-cdk-lib/aws-kms';
import type { IConstruct } from 'constructs';
import type { KinesisVideoStreamProps } from '../../src';
import { KinesisVideoStream, StorageTier } from '../../src';

const TYPE = 'AWS::KinesisVideo::Stream';
const LOOKUP = 'Custom::KinesisVideoStreamVersion';
const ARN = 'arn:aws:kinesisvideo:eu-west-1:111122223333:stream/door/1700000000000';

function stackOf(build: (stack: Stack) => unknown): Template {
  const stack = new Stack(new App(), 'MyStack');
  build(stack);
  return Template.fromStack(stack);
}

function streamOf(props?: KinesisVideoStreamProps): Template {
  return stackOf((stack) => new KinesisVideoStream(stack, 'Door', props));
}

function logicalId(template: Template, type: string): string {
  return Object.keys(template.findResources(type))[0];
}

test('F112: creates one resource with the given properties, which is retained unless its creation fails', () => {
  const template = streamOf({
    streamName: 'door', deviceName: 'camera', mediaType: 'video/h264,audio/aac', retention: Duration.days(1), storageTier: StorageTier.WARM,
  });
  expect(template.toJSON().Resources).toEqual({
    [logicalId(template, TYPE)]: {
      Type: TYPE,
      Properties: {
        Name: 'door',
        DeviceName: 'camera',
        MediaType: 'video/h264,audio/aac',
        DataRetentionInHours: 24,
        StreamStorageConfiguration: { DefaultStorageTier: 'WARM' },
      },
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
    },
  });
});

test('renders no properties if none are given', () => {
  streamOf().hasResource(TYPE, { Properties: Match.absent() });
});

test('renders a retention of zero', () => {
  streamOf({ retention: Duration.hours(0) }).hasResourceProperties(TYPE, { DataRetentionInHours: 0 });
});

test.each<[KinesisVideoStreamProps, string]>([
  [{ streamName: 'a b' }, "'streamName' must consist of letters, digits, '_', '.' and '-', got: 'a b'"],
  [{ streamName: '' }, "'streamName' must have 1 to 256 characters, got: 0"],
  [{ streamName: 'a'.repeat(257) }, "'streamName' must have 1 to 256 characters, got: 257"],
  [{ deviceName: 'a:b' }, "'deviceName' must consist of letters, digits, '_', '.' and '-', got: 'a:b'"],
  [{ deviceName: 'a'.repeat(129) }, "'deviceName' must have 1 to 128 characters, got: 129"],
  [{ mediaType: 'video' }, "'mediaType' must be of the form 'type/subtype' or 'type/subtype,type/subtype', got: 'video'"],
  [{ mediaType: 'video/h264, audio/aac' }, "'mediaType' must be of the form 'type/subtype' or 'type/subtype,type/subtype', got: 'video/h264, audio/aac'"],
  [{ mediaType: '' }, "'mediaType' must have 1 to 128 characters, got: 0"],
  [{ mediaType: `video/${'a'.repeat(123)}` }, "'mediaType' must have 1 to 128 characters, got: 129"],
  [{ retention: Duration.minutes(90) }, "'retention' must be a whole number of hours between 0 and 87600, got: 1.5 hours"],
  [{ retention: Duration.hours(87_601) }, "'retention' must be a whole number of hours between 0 and 87600, got: 87601 hours"],
])('refuses the properties %j', (props, message) => {
  expect(() => streamOf(props)).toThrow(new Error(message));
});

test('accepts values that are known only at deployment', () => {
  const template = stackOf((stack) => {
    const text = new CfnParameter(stack, 'Text').valueAsString;
    const retention = Duration.hours(new CfnParameter(stack, 'Hours', { type: 'Number' }).valueAsNumber);
    new KinesisVideoStream(stack, 'Door', { streamName: text, deviceName: text, mediaType: text, retention });
  });
  const Text = { Ref: 'Text' };
  template.hasResourceProperties(TYPE, { Name: Text, DeviceName: Text, MediaType: Text, DataRetentionInHours: { Ref: 'Hours' } });
});

describe('the key of a video stream', () => {
  const withKey = (arn?: string) => logicalId(stackOf((stack) => new KinesisVideoStream(stack, 'Door', {
    encryptionKey: arn === undefined ? undefined : kms.Key.fromKeyArn(stack, 'Key', arn),
  })), TYPE);
  const arn = 'arn:aws:kms:eu-west-1:111122223333:key/1a2b3c4d-0000-4000-8000-000000000001';

  test('gives the stream another logical ID if the key is added or changed', () => {
    const ids = [withKey(), withKey(arn), withKey(arn.replace('0001', '0002'))];
    expect(new Set(ids).size).toBe(3);
    expect(withKey(arn)).toBe(ids[1]);
  });

  test('refers to a key of the app', () => {
    const template = stackOf((stack) => new KinesisVideoStream(stack, 'Door', { encryptionKey: new kms.Key(stack, 'Key') }));
    template.hasResourceProperties(TYPE, { KmsKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('Key'), 'Arn'] } });
  });

  test('refuses a key that is deleted with its stack for a retained stream', () => {
    const build = (removalPolicy?: RemovalPolicy) => (stack: Stack) => new KinesisVideoStream(stack, 'Door', {
      encryptionKey: new kms.Key(stack, 'Key', { removalPolicy: RemovalPolicy.DESTROY }), removalPolicy,
    });
    expect(() => stackOf(build())).toThrow("'removalPolicy' must not be RETAIN where 'encryptionKey' goes with its stack, got: 'MyStack/Key'; call applyRemovalPolicy(RemovalPolicy.RETAIN) on it");
    stackOf(build(RemovalPolicy.DESTROY)).hasResource(TYPE, { DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
  });
});

describe('the grants of a video stream', () => {
  const actionsOf = (grant: (stream: KinesisVideoStream, role: iam.Role) => unknown) => {
    const template = stackOf((stack) => {
      const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:111122223333:key/1a2b3c4d-0000-4000-8000-000000000001');
      grant(new KinesisVideoStream(stack, 'Door', { encryptionKey }), new iam.Role(stack, 'Role', { assumedBy: new iam.AccountRootPrincipal() }));
    });
    const [policy] = Object.values(template.findResources('AWS::IAM::Policy'));
    return policy.Properties.PolicyDocument.Statement.map(({ Action, Resource }: any) => [Action, Resource]);
  };
  const key = 'arn:aws:kms:eu-west-1:111122223333:key/1a2b3c4d-0000-4000-8000-000000000001';
  const stream = { 'Fn::GetAtt': [expect.stringMatching(/^DoorStream/), 'Arn'] };

  test('grants.putMedia allows a producer to describe the stream, to send media and to encrypt', () => {
    expect(actionsOf((door, role) => door.grants.putMedia(role))).toEqual([
      ['kms:GenerateDataKey', key],
      [['kinesisvideo:DescribeStream', 'kinesisvideo:GetDataEndpoint', 'kinesisvideo:PutMedia'], stream],
    ]);
  });

  test('grants.readMedia allows a viewer to describe and read the stream and to decrypt', () => {
    expect(actionsOf((door, role) => door.grants.readMedia(role))).toEqual([
      ['kms:Decrypt', key],
      [[
        'DescribeStream', 'GetDataEndpoint', 'GetMedia', 'GetMediaForFragmentList', 'ListFragments', 'GetHLSStreamingSessionURL',
        'GetDASHStreamingSessionURL', 'GetClip', 'GetImages',
      ].map((action) => `kinesisvideo:${action}`), stream],
    ]);
  });

  test('grants.actions allows the given actions', () => {
    expect(actionsOf((door, role) => door.grants.actions(role, ['kinesisvideo:TagStream']))).toEqual([['kinesisvideo:TagStream', stream]]);
  });
});

test('each metric has a useful default statistic', () => {
  const stack = new Stack(new App(), 'MyStack');
  const { metrics } = KinesisVideoStream.fromStreamArn(stack, 'Door', ARN);
  const rendered = [
    metrics.incomingBytes(), metrics.incomingFragments(), metrics.putMediaSuccess(), metrics.errorAcks(),
    metrics.fragmentIngestionLatency(),
    metrics.millisBehindNow(), metrics.metric('GetMedia.Requests'), metrics.incomingBytes({ statistic: 'Maximum', period: Duration.hours(1) }),
  ].map(({ namespace, metricName, statistic, dimensions }) => [namespace, metricName, statistic, dimensions]);
  const dimensions = { StreamName: 'door' };
  expect(rendered).toEqual([
    ['PutMedia.IncomingBytes', 'Sum'], ['PutMedia.IncomingFragments', 'Sum'], ['PutMedia.Success', 'Average'], ['PutMedia.ErrorAckCount', 'Sum'],
    ['PutMedia.FragmentIngestionLatency', 'Average'], ['GetMedia.MillisBehindNow', 'Maximum'], ['GetMedia.Requests', 'Average'],
    ['PutMedia.IncomingBytes', 'Maximum'],
  ].map((each) => ['AWS/KinesisVideo', ...each, dimensions]));
});

describe('an imported video stream', () => {
  test('imports a stream with the name and environment of its ARN, whose grants include the key', () => {
    const template = stackOf((stack) => {
      const door = KinesisVideoStream.fromStreamAttributes(stack, 'Door', {
        streamArn: ARN, encryptionKey: kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:111122223333:key/1a2b3c4d-0000-4000-8000-000000000001'),
      });
      expect([door.streamName, door.streamArn, door.env]).toEqual(['door', ARN, { account: '111122223333', region: 'eu-west-1' }]);
      door.grants.putMedia(new iam.Role(stack, 'Role', { assumedBy: new iam.AccountRootPrincipal() }));
    });
    template.hasResourceProperties('AWS::IAM::Policy', { PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Resource: ARN })]) } });
  });

  test('imports a stream by an ARN that is known only at deployment', () => {
    const stack = new Stack(new App(), 'MyStack');
    const door = KinesisVideoStream.fromStreamArn(stack, 'Door', new CfnParameter(stack, 'Arn').valueAsString);
    expect(stack.resolve(door.streamName)).toEqual({
      'Fn::Select': [1, { 'Fn::Split': ['/', { 'Fn::Select': [5, { 'Fn::Split': [':', { Ref: 'Arn' }] }] }] }],
    });
  });

  test.each(['arn:aws:kinesisvideo:eu-west-1:111122223333:stream/door', 'door'])('refuses the ARN %s', (arn) => {
    expect(() => KinesisVideoStream.fromStreamArn(new Stack(), 'Door', arn)).toThrow(new Error(
      `'streamArn' must be of the form 'arn:<partition>:kinesisvideo:<region>:<account>:stream/<stream name>/<creation time>', got: '${arn}'`));
  });
});

describe('the version of a video stream', () => {
  test('refuses to return the version without exposeVersion', () => {
    const door = new KinesisVideoStream(new Stack(new App(), 'MyStack'), 'Door');
    expect(() => door.streamVersion).toThrow(new Error(
      "'streamVersion' needs a lookup at deployment, got: a stream without it, 'MyStack/Door'; add 'exposeVersion: true'"));
  });

  test('looks up versions with one function, and with a role that may only describe its stream', () => {
    const template = stackOf((stack) => {
      const door = new KinesisVideoStream(stack, 'Door', { exposeVersion: true });
      new KinesisVideoStream(stack, 'Gate', { exposeVersion: true });
      expect(stack.resolve(door.streamVersion)).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^DoorVersion/), 'StreamVersion'] });
    });
    template.resourceCountIs('AWS::Lambda::Function', 1);
    template.resourceCountIs(LOOKUP, 2);
    template.hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: { Statement: [Match.objectLike({ Principal: { AWS: { 'Fn::GetAtt': [Match.stringLikeRegexp('^CdkIotStreamsHandlerRole'), 'Arn'] } } })] },
      Policies: [{
        PolicyName: 'Stream',
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [{
            Action: 'kinesisvideo:DescribeStream', Effect: 'Allow', Resource: { 'Fn::GetAtt': [Match.stringLikeRegexp('^DoorStream'), 'Arn'] },
          }],
        },
      }],
    });
  });

  test('F114: gives the lookup every property of the stream, with tags, overrides and changes of aspects', () => {
    const template = stackOf((stack) => {
      const door = new KinesisVideoStream(stack, 'Door', { exposeVersion: true, deviceName: 'camera' });
      Tags.of(stack).add('team', Aws.REGION);
      (door.node.defaultChild as kinesisvideo.CfnStream).addPropertyOverride('StreamStorageConfiguration.DefaultStorageTier', 'WARM');
      Aspects.of(stack).add(new LongerRetention());
    });
    const Stream = {
      DeviceName: 'camera',
      DataRetentionInHours: 48,
      StreamStorageConfiguration: { DefaultStorageTier: 'WARM' },
      Tags: [{ Key: 'team', Value: { Ref: 'AWS::Region' } }],
    };
    template.hasResourceProperties(TYPE, Stream);
    template.hasResourceProperties(LOOKUP, {
      Stream, StreamArn: { 'Fn::GetAtt': [logicalId(template, TYPE), 'Arn'] }, ManagementRoleArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^DoorManagementRole'), 'Arn'] },
    });
  });

  test('gives the lookup no properties of a stream without properties', () => {
    streamOf({ exposeVersion: true }).hasResourceProperties(LOOKUP, { Stream: {} });
  });
});

class LongerRetention implements IAspect {
  public visit(node: IConstruct): void {
    if (node instanceof kinesisvideo.CfnStream) node.dataRetentionInHours = 48;
  }
}
