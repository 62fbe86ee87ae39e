import { Duration, NestedStack, Stack, Tags } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as iot from 'aws-cdk-lib/aws-iot';
import * as kms from 'aws-cdk-lib/aws-kms';
import { DeviceRole, KinesisVideoStream, StorageTier } from '../../src';
import { ACCOUNT, testGolden } from '../support/golden';

/* Complete templates, as snapshot tests of users see them: see test/support/golden.ts. */

/** Uses every property of the two constructs. */
function contents(stack: Stack): Stack {
  const camera = new DeviceRole(stack, 'Camera', { roleAliasName: 'cameras', credentialDuration: Duration.hours(2) });
  camera.grantOwnVideoStreams();
  new iot.CfnPolicy(stack, 'Policy', { policyDocument: new iam.PolicyDocument({ statements: camera.deviceStatements() }) });
  const door = new KinesisVideoStream(stack, 'Door', {
    streamName: 'front-door',
    deviceName: 'camera-1',
    mediaType: 'video/h264,audio/aac',
    retention: Duration.days(1),
    storageTier: StorageTier.WARM,
    encryptionKey: new kms.Key(stack, 'Key', { enableKeyRotation: true }),
    exposeVersion: true,
  });
  Tags.of(door).add('site', 'north');
  door.grants.putMedia(camera);
  door.grants.readMedia(new iam.Role(stack, 'Viewer', { assumedBy: new iam.AccountRootPrincipal() }));
  return stack;
}

testGolden('kinesis-video', {
  'plain': (app) => {
    const stack = new Stack(app, 'MyStack');
    new KinesisVideoStream(stack, 'Door').grants.putMedia(new DeviceRole(stack, 'Camera'));
    return stack;
  },
  'everything': (app) => contents(new Stack(app, 'MyStack', { env: { region: 'eu-west-1', account: ACCOUNT } })),
  'region-agnostic': (app) => contents(new Stack(app, 'MyStack')),
  'nested': (app) => contents(new NestedStack(new Stack(app, 'MyStack'), 'Nested')),
});
