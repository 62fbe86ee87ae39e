import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as iot from 'aws-cdk-lib/aws-iot';
import * as kms from 'aws-cdk-lib/aws-kms';
import { DeviceRole, KinesisVideoStream } from '../../src';
import { cdkNag, environments, type Contents } from '../support/cdk-nag';

/* The findings of cdk-nag in an app with this library. Nothing is suppressed, here or in the library. */

const streamsAndRoles: Contents = (stack) => {
  const camera = new DeviceRole(stack, 'Camera', { roleAliasName: 'cameras' });
  camera.grantOwnVideoStreams();
  new iot.CfnPolicy(stack, 'Policy', { policyDocument: new iam.PolicyDocument({ statements: camera.deviceStatements() }) });
  const encryptionKey = new kms.Key(stack, 'Key', { enableKeyRotation: true });
  const door = new KinesisVideoStream(stack, 'Door', { exposeVersion: true, retention: Duration.days(1), encryptionKey });
  const imported = KinesisVideoStream.fromStreamArn(stack, 'Gate', 'arn:aws:kinesisvideo:eu-west-1:111111111111:stream/gate/1700000000000');
  const viewer = new iam.Role(stack, 'Viewer', { assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com') });
  for (const { grants } of [door, imported]) {
    grants.putMedia(camera);
    grants.readMedia(viewer);
  }
};

describe.each(environments)('%s', (_what, props) => {
  test.each(cdkNag)('cdk-nag %s, AwsSolutions, finds nothing', (_version, findings) => {
    expect(findings(streamsAndRoles, props)).toEqual([]);
  });

  test.each(cdkNag)('cdk-nag %s finds a wildcard in the permissions of a device, so it runs', (_version, findings) => {
    const wildcard: Contents = (stack) => {
      const camera = new DeviceRole(stack, 'Camera');
      camera.grantPrincipal.addToPrincipalPolicy(new iam.PolicyStatement({ actions: ['kinesisvideo:*'], resources: ['arn:aws:kinesisvideo:::stream/a'] }));
    };
    expect(findings(wildcard, props)).toEqual(['AwsSolutions-IAM5[Action::kinesisvideo:*]']);
  });
});
