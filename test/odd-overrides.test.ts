import { App, CfnOutput, CfnResource, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as iot from 'aws-cdk-lib/aws-iot';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { IConstruct } from 'constructs';
import { DeviceRole, FileSigning, IotFileStream, KinesisVideoStream, StreamFile } from '../src';

/*
 * Overrides and L1 resources may hold anything. CloudFormation judges what is not ours, so our checks may refuse a value
 * with a message of their own, but must never fail themselves.
 */

const VALUES = [
  [], {}, 7, true, '', 'text', '*', ['text'], [null], [[]], { Statement: 7 }, { Statement: [7] }, { Key: {} }, { Service: [null] },
  { Ref: [] }, { Ref: 'AWS::NoValue' }, { 'Fn::GetAtt': [] }, { 'Fn::GetAtt': null }, { 'Fn::GetAtt': 7 }, { 'Fn::GetAtt': 'Other.Arn' },
  { 'Fn::GetAtt': [['A', 'B']] }, { 'Fn::GetAtt': ['__proto__', 'x'] }, { 'Fn::GetAtt': ['constructor', { Ref: 'Attribute' }] },
  { 'Fn::Join': null }, { 'Fn::Join': ['', { 'Fn::Split': [] }] }, { 'Fn::Sub': {} }, { 'Fn::Sub': ['${A}', { A: 'b' }] },
  { 'Fn::If': ['Condition', { 'Fn::GetAtt': [] }, []] },
];

const resourceOf = (construct: IConstruct) => construct.node.defaultChild as CfnResource;
const policy = (type: string, name: string) => (stack: Stack, value: unknown) => {
  new CfnResource(stack, 'Other', { type, properties: { PolicyName: 'other', PolicyDocument: { Statement: [] }, [name]: value } });
};
const files = [StreamFile.fromText('a.txt', 'a')];
const override = (target: (stack: Stack) => IConstruct, path: string) => (stack: Stack, value: unknown) => {
  resourceOf(target(stack)).addOverride(path, value);
};
const other = (path: string) => (stack: Stack, value: unknown) => {
  new CfnResource(stack, 'Other', { type: 'AWS::Any::Thing' }).addOverride(path, value);
};
const stream = (stack: Stack) => new IotFileStream(stack, 'Firmware', { files });
const roleOf = (role: 'role' | 'managementRole') => (stack: Stack) => stream(stack)[role];
const streamOnBucket = (path: string, valueOf = (odd: unknown) => odd) => (stack: Stack, value: unknown) => {
  const bucket = new s3.Bucket(stack, 'Bucket', { versioned: true });
  resourceOf(bucket).addOverride(path, valueOf(value));
  new IotFileStream(stack, 'Firmware', { files, bucket });
};
const signedStream = (path: string) => (stack: Stack, value: unknown) => {
  const key = new kms.Key(stack, 'Key', { keySpec: kms.KeySpec.ECC_NIST_P256, keyUsage: kms.KeyUsage.SIGN_VERIFY });
  resourceOf(key).addOverride(path, value);
  new IotFileStream(stack, 'Firmware', { files: [StreamFile.fromText('a.txt', 'a', { signing: FileSigning.kmsKey(key) })] });
};
const video = (stack: Stack) => new KinesisVideoStream(stack, 'Door', { streamName: 'door', exposeVersion: true });

const POSITIONS: Readonly<Record<string, (stack: Stack, value: unknown) => void>> = {
  'a property of another resource': other('Properties.Any'),
  'all properties of another resource': other('Properties'),
  'what another resource depends on': other('DependsOn'),
  'the type of another resource': other('Type'),
  'the roles of a policy': policy('AWS::IAM::Policy', 'Roles'),
  'the document of a policy': policy('AWS::IAM::Policy', 'PolicyDocument'),
  'the name of the role of a policy': policy('AWS::IAM::RolePolicy', 'RoleName'),
  'the policies of the delivery role': override(roleOf('role'), 'Properties.Policies'),
  'a policy of the delivery role': override(roleOf('role'), 'Properties.Policies.0'),
  'the policies of the management role': override(roleOf('managementRole'), 'Properties.Policies'),
  'the properties of the management role': override(roleOf('managementRole'), 'Properties'),
  'the name of the management role': override(roleOf('managementRole'), 'Properties.RoleName'),
  ...Object.fromEntries(['Tags', 'Files', 'Files.0', 'Files.0.Text', 'Files.0.Sha256', 'Files.0.FileName', 'Description', 'StreamId', 'RoleArn', 'ServiceToken', 'Extra']
    .map((name) => [`'${name}' of a stream`, override(stream, `Properties.${name}`)])),
  'the properties of a stream': override(stream, 'Properties'),
  'what a stream depends on': override(stream, 'DependsOn'),
  'the properties of the function': override((stack) => stream(stack).handler, 'Properties'),
  'a JSON file': (stack, value) => { new IotFileStream(stack, 'Firmware', { files: [StreamFile.fromJson('a.json', { value })] }); },
  'the versioning of a bucket': streamOnBucket('Properties.VersioningConfiguration'),
  'the encryption of a bucket': streamOnBucket('Properties.BucketEncryption'),
  'the rules of the encryption of a bucket': streamOnBucket('Properties.BucketEncryption.ServerSideEncryptionConfiguration'),
  'the lifecycle of a bucket': streamOnBucket('Properties.LifecycleConfiguration'),
  'the rules of the lifecycle of a bucket': streamOnBucket('Properties.LifecycleConfiguration.Rules'),
  'a rule of the lifecycle of a bucket': streamOnBucket('Properties.LifecycleConfiguration.Rules', (value) => [value]),
  'the prefix of a rule of the lifecycle of a bucket':
    streamOnBucket('Properties.LifecycleConfiguration.Rules', (value) => [{ Status: 'Enabled', Prefix: value, ExpirationInDays: 1 }]),
  ...Object.fromEntries(['Transition', 'Transitions', 'TagFilters', 'NoncurrentVersionTransitions', 'NoncurrentVersionExpiration'].map((name) => [
    `'${name}' of a rule of the lifecycle of a bucket`,
    streamOnBucket('Properties.LifecycleConfiguration.Rules', (value) => [{ Status: 'Enabled', [name]: value }]),
  ])),
  'the object lock of a bucket': streamOnBucket('Properties.ObjectLockConfiguration'),
  'the properties of a bucket': streamOnBucket('Properties'),
  'the spec of a key': signedStream('Properties.KeySpec'),
  'the usage of a key': signedStream('Properties.KeyUsage'),
  'the properties of a key': signedStream('Properties'),
  ...Object.fromEntries(['Tags', 'Tags.0', 'Name', 'MediaType', 'DataRetentionInHours', 'KmsKeyId']
    .map((name) => [`'${name}' of a video stream`, override(video, `Properties.${name}`)])),
  'the properties of a video stream': override(video, 'Properties'),
  'the key of a tag of a video stream': (stack, value) => resourceOf(video(stack)).addOverride('Properties.Tags', [{ Key: value, Value: 'v' }]),
  'the value of a tag of a video stream': (stack, value) => resourceOf(video(stack)).addOverride('Properties.Tags', [{ Key: 'k', Value: value }]),
  ...Object.fromEntries(['AssumeRolePolicyDocument', 'AssumeRolePolicyDocument.Statement', 'AssumeRolePolicyDocument.Statement.0', 'MaxSessionDuration']
    .map((name) => [`'${name}' of the role of a device`, (stack: Stack, value: unknown) => {
      const role = new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('credentials.iot.amazonaws.com') });
      resourceOf(role).addOverride(`Properties.${name}`, value);
      new DeviceRole(stack, 'Device', { role });
    }])),
  'the document of an IoT policy': (stack, value) => {
    const firmware = stream(stack);
    const document = new iam.PolicyDocument({ statements: firmware.deviceStatements() });
    new iot.CfnPolicy(stack, 'DevicePolicy', { policyDocument: document }).addOverride('Properties.PolicyDocument', value);
  },
  'the value of an export': (stack, value) => {
    stream(stack);
    new CfnOutput(stack, 'Output', { value: stack.resolve(value) as string, exportName: 'other' });
  },
};

const OWN_FAULT = /^(TypeError|RangeError|SyntaxError|ReferenceError)$/;

test.each(Object.keys(POSITIONS))('no check fails because of an odd value: %s', (position) => {
  const faults = VALUES.flatMap((value) => {
    const app = new App();
    const stack = new Stack(app, 'MyStack');
    try {
      POSITIONS[position](stack, value);
      if (!stack.node.tryFindChild('Firmware') && !stack.node.tryFindChild('Door')) stream(stack);
      app.synth();
    } catch (error) {
      const { name, message, stack: trace } = error as Error;
      if (OWN_FAULT.test(name) || /undefined'|\[object/.test(message)) return [`${JSON.stringify(value)}: ${message.slice(0, 300)} ${/\/src\/[^)]*/.exec(trace!)?.[0]}`];
    }
    return [];
  });
  expect(faults).toEqual([]);
});
