import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as iot from 'aws-cdk-lib/aws-iot';
import * as kms from 'aws-cdk-lib/aws-kms';
// in a project of your own: from 'cdk-iot-streams'
import { allowLocalAws } from '../../local/allow-local-aws';
import type { UpdateStrategy } from '../../src';
import { FileSigning, IotFileStream, StreamFile } from '../../src';

/*
 * Updates over the air: a fleet of devices, what they may do, the firmware, and the job that tells them of it.
 * `cdk deploy -c firmware=build/app.bin` uploads the firmware and makes a job template; a job made of it, for the group,
 * starts the update. README.md says how to try it.
 */
export const app = new App();
export const stack = new Stack(app, 'Ota');

// '-c signingKey=2026': devices with this public key keep nothing that it has not signed; another name is another key
const keyName: string | undefined = app.node.tryGetContext('signingKey');
const key = keyName === undefined ? undefined : new kms.Key(stack, `SigningKey${keyName}`, {
  keySpec: kms.KeySpec.ECC_NIST_P256, keyUsage: kms.KeyUsage.SIGN_VERIFY, description: 'Signs the firmware',
});

export const stream = new IotFileStream(stack, 'Firmware', {
  files: [StreamFile.fromAsset(app.node.getContext('firmware'), { fileName: 'app.bin', signing: key && FileSigning.kmsKey(key) })],
  // '-c updateStrategy=NEW_STREAM': what has begun ends with the bytes it began with
  updateStrategy: app.node.tryGetContext('updateStrategy') as UpdateStrategy | undefined,
});
allowLocalAws(stream);

const fleet = new iot.CfnThingGroup(stack, 'Fleet');

/** What a device needs to hear of its jobs and to report on them. */
function jobStatements(): iam.PolicyStatement[] {
  const jobs = '$aws/things/${iot:Connection.Thing.ThingName}/jobs/*';
  const allow = (actions: string[], resource: string) =>
    new iam.PolicyStatement({ actions, resources: [stack.formatArn({ service: 'iot', resource, resourceName: jobs })] });
  return [allow(['iot:Publish', 'iot:Receive'], 'topic'), allow(['iot:Subscribe'], 'topicfilter')];
}

const policy = new iot.CfnPolicy(stack, 'DevicePolicy', {
  policyDocument: new iam.PolicyDocument({ statements: [...stream.deviceStatements(), ...jobStatements()] }),
});

// another version, another id: job templates cannot be changed, only replaced
export const template = new iot.CfnJobTemplate(stack, 'Update', {
  jobTemplateId: stream.jobId(),
  description: 'Download the firmware, check it, and report',
  document: stream.jobDocument({ operation: 'update-firmware' }),
});
// no device is told of what it may not download yet
template.node.addDependency(policy);

const outputs = {
  StreamId: stream.streamId,
  StreamVersion: stream.streamVersion,
  JobId: stream.jobId(),
  JobTemplateArn: template.attrArn,
  ThingGroupArn: fleet.attrArn,
  PolicyName: policy.ref,
  ...key ? { SigningKeyId: key.keyId, Signature: stream.signature('app.bin') } : {},
};
for (const [name, value] of Object.entries(outputs)) new CfnOutput(stack, name, { value });
