import { App, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as s3_deployment from 'aws-cdk-lib/aws-s3-deployment';
import { AwsCustomResource, AwsCustomResourcePolicy, PhysicalResourceId } from 'aws-cdk-lib/custom-resources';
import { FILE_NAME, inputs } from './inputs';

/* An alternative without the native resource: the calls of the API as a custom resource. */
const app = new App();
const stack = new Stack(app, 'Bench');
const bucket = new s3.Bucket(stack, 'Bucket', { versioned: true });
for (const { number, directory } of inputs()) {
  const streamId = `Bench-${number}`;
  const destinationKeyPrefix = `stream-${number}/`;
  const deployment = new s3_deployment.BucketDeployment(stack, `File${number}`, {
    sources: [s3_deployment.Source.asset(directory)], destinationBucket: bucket, destinationKeyPrefix,
  });
  const role = new iam.Role(stack, `Role${number}`, { assumedBy: new iam.ServicePrincipal('iot.amazonaws.com') });
  bucket.grantRead(role, `${destinationKeyPrefix}*`);
  const parameters = {
    streamId,
    roleArn: role.roleArn,
    files: [{ fileId: 0, s3Location: { bucket: bucket.bucketName, key: `${destinationKeyPrefix}${FILE_NAME}` } }],
  };
  const physicalResourceId = PhysicalResourceId.of(streamId);
  const stream = new AwsCustomResource(stack, `Stream${number}`, {
    onCreate: { service: 'iot', action: 'createStream', parameters, physicalResourceId },
    onUpdate: { service: 'iot', action: 'updateStream', parameters, physicalResourceId },
    onDelete: { service: 'iot', action: 'deleteStream', parameters: { streamId } },
    policy: AwsCustomResourcePolicy.fromStatements([
      new iam.PolicyStatement({
        actions: ['iot:CreateStream', 'iot:UpdateStream', 'iot:DeleteStream'],
        resources: [stack.formatArn({ service: 'iot', resource: 'stream', resourceName: streamId })],
      }),
      new iam.PolicyStatement({ actions: ['iam:PassRole'], resources: [role.roleArn] }),
    ]),
    installLatestAwsSdk: false,
  });
  stream.node.addDependency(role, deployment);
}
app.synth();
