import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as iot from 'aws-cdk-lib/aws-iot';
// in a project of your own: from 'cdk-iot-streams'
import { DeviceRole, KinesisVideoStream } from '../../src';

/*
 * Cameras that send video: for each a thing and a stream of the same name, and for all of them one role, one role alias and
 * one policy. `cdk deploy`, or `cdk deploy -c cameras=front-door,garage`. README.md says what a camera does.
 */
export const app = new App();
export const stack = new Stack(app, 'Camera');

// cameras store the name of the role alias, so it is fixed
export const role = new DeviceRole(stack, 'Role', { roleAliasName: 'cameras', credentialDuration: Duration.hours(1) });
// each camera sends to the stream that bears its thing's name, and to no other one
role.grantOwnVideoStreams();

const policy = new iot.CfnPolicy(stack, 'Policy', {
  policyDocument: new iam.PolicyDocument({ statements: role.deviceStatements() }),
});

const cameras: string = app.node.tryGetContext('cameras') ?? 'front-door';
for (const name of cameras.split(',')) {
  new iot.CfnThing(stack, `Thing-${name}`, { thingName: name });
  // kept with its video when it leaves the app
  new KinesisVideoStream(stack, `Video-${name}`, { streamName: name, mediaType: 'video/h264', retention: Duration.days(1) });
}

new CfnOutput(stack, 'RoleAliasName', { value: role.roleAliasName });
new CfnOutput(stack, 'PolicyName', { value: policy.ref });
