/** @jest-environment-options {"sharesLibraries": false} */
import type * as cdk from 'aws-cdk-lib';
import { App as OurApp, Duration as OurDuration, Stack as OurStack } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { CfnBucket as OurCfnBucket } from 'aws-cdk-lib/aws-s3';
import { DeviceRole, IotFileStream, KinesisVideoStream, StreamFile } from '../../src';

/*
 * Package managers may install aws-cdk-lib twice. The classes of the app then differ from those of this library, which must
 * accept the same values and check the app's resources in the same way.
 */

interface Copy {
  readonly cdk: typeof cdk;
  readonly iam: typeof iam;
  readonly kms: typeof kms;
  readonly s3: typeof s3;
}

/** Loads a second copy, after everything that this library uses has been loaded from the first: the CDK loads its modules lazily. */
function anotherCopy(): Copy {
  const stack = new OurStack(new OurApp(), 'First');
  new IotFileStream(stack, 'Firmware', { files: [StreamFile.fromText('a', 'text')] });
  new DeviceRole(stack, 'Camera');
  new KinesisVideoStream(stack, 'Door', { retention: OurDuration.hours(1), exposeVersion: true });
  (stack.node.root as OurApp).synth();
  jest.resetModules();
  return {
    cdk: jest.requireActual('aws-cdk-lib'),
    iam: jest.requireActual('aws-cdk-lib/aws-iam'),
    kms: jest.requireActual('aws-cdk-lib/aws-kms'),
    s3: jest.requireActual('aws-cdk-lib/aws-s3'),
  };
}

// read before the second copy is loaded, because imports are looked up when they are used
const [firstDuration, FirstBucket] = [OurDuration, OurCfnBucket];
const other = anotherCopy();
const { App, Duration, RemovalPolicy, Size, Stack } = other.cdk;

function templateOf(build: (stack: cdk.Stack) => unknown): Record<string, { Type: string; Properties: any }> {
  const app = new App();
  const stack = new Stack(app, 'MyStack');
  build(stack);
  return app.synth().getStackByName('MyStack').template.Resources;
}
const only = (resources: ReturnType<typeof templateOf>, type: string) =>
  Object.values(resources).find(({ Type }) => Type === type)!.Properties;

test('the test has loaded two different copies of aws-cdk-lib', () => {
  expect(Duration).not.toBe(firstDuration);
  expect(new other.s3.Bucket(new Stack(), 'Bucket').node.defaultChild).not.toBeInstanceOf(FirstBucket);
});

test('a stream accepts every kind of value from the other copy', () => {
  const template = templateOf((stack) => {
    const encryptionKey = new other.kms.Key(stack, 'Key');
    const bucket = new other.s3.Bucket(stack, 'Bucket', { versioned: true, encryptionKey });
    const role = new other.iam.Role(stack, 'Role', { roleName: 'reader', assumedBy: new other.iam.ServicePrincipal('iot.amazonaws.com') });
    const stream = new IotFileStream(stack, 'Firmware', {
      files: [StreamFile.fromText('a', `text of ${stack.region}`), StreamFile.fromAsset(__filename), StreamFile.fromBucket(bucket, 'fw.bin')],
      description: other.cdk.Lazy.string({ produce: () => 'late' }),
      bucket,
      role,
      maxFileSize: Size.mebibytes(1),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    stream.grants.describe(role);
    other.cdk.Tags.of(stream).add('team', 'radio');
    new other.cdk.CfnOutput(stack, 'Version', { value: stream.streamVersion, exportName: 'version' });
  });
  expect(only(template, 'Custom::IotFileStream')).toMatchObject({
    Description: 'late',
    ServerSideEncryption: 'aws:kms',
    EncryptionKey: { 'Fn::GetAtt': [expect.stringMatching(/^Key/), 'Arn'] },
    Tags: { team: 'radio' },
    Files: { 0: { Text: { 'Fn::Join': ['', ['text of ', { Ref: 'AWS::Region' }]] } } },
  });
});

test('a stream refuses an unversioned bucket from the other copy', () => {
  expect(() => templateOf((stack) => new IotFileStream(stack, 'Firmware', {
    files: [StreamFile.fromText('a', 'text')], bucket: new other.s3.Bucket(stack, 'Bucket'),
  }))).toThrow("'bucket' must have versioning enabled, got: 'MyStack/Bucket' without it; add 'versioned: true' to the bucket");
});

test('a device role and a video stream accept every kind of value from the other copy', () => {
  const template = templateOf((stack) => {
    const role = new other.iam.Role(stack, 'Role', {
      assumedBy: new other.iam.ServicePrincipal('credentials.iot.amazonaws.com'), maxSessionDuration: Duration.hours(2),
    });
    const camera = new DeviceRole(stack, 'Camera', { credentialDuration: Duration.hours(2), role });
    const door = new KinesisVideoStream(stack, 'Door', {
      encryptionKey: new other.kms.Key(stack, 'Key'), retention: Duration.hours(24), exposeVersion: true, removalPolicy: RemovalPolicy.DESTROY,
    });
    door.grants.putMedia(camera);
    new other.cdk.CfnOutput(stack, 'DoorVersion', { value: door.streamVersion });
  });
  expect(only(template, 'AWS::KinesisVideo::Stream')).toMatchObject({ DataRetentionInHours: 24 });
  expect(only(template, 'AWS::IoT::RoleAlias')).toMatchObject({ CredentialDurationSeconds: 7_200 });
});
