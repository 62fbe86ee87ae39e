import { ExpectedResult, IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as iot from 'aws-cdk-lib/aws-iot';
import { DeviceRole, KinesisVideoStream } from '../src';

/*
 * Creates, describes and deletes a video stream and the role of a camera in a real account, with integ-runner (see CONTRIBUTING).
 */

const app = new App();
const stack = new Stack(app, 'KinesisVideoInteg');
const camera = new DeviceRole(stack, 'Camera', { credentialDuration: Duration.hours(2) });
camera.grantOwnVideoStreams();
new iot.CfnPolicy(stack, 'Policy', { policyDocument: new iam.PolicyDocument({ statements: camera.deviceStatements() }) });
const door = new KinesisVideoStream(stack, 'Door', {
  mediaType: 'video/h264', retention: Duration.hours(1), removalPolicy: RemovalPolicy.DESTROY, exposeVersion: true,
});
door.grants.putMedia(camera);

const integ = new IntegTest(app, 'KinesisVideoIntegTest', { testCases: [stack] });
integ.assertions.awsApiCall('kinesis-video', 'DescribeStream', { StreamName: door.streamName }).expect(ExpectedResult.objectLike({
  StreamInfo: { Status: 'ACTIVE', Version: door.streamVersion, MediaType: 'video/h264', DataRetentionInHours: 1 },
}));
integ.assertions.awsApiCall('iot', 'DescribeRoleAlias', { roleAlias: camera.roleAliasName }).expect(ExpectedResult.objectLike({
  roleAliasDescription: { credentialDurationSeconds: 7200 },
}));
