import { App, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as iot from 'aws-cdk-lib/aws-iot';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as s3_deployment from 'aws-cdk-lib/aws-s3-deployment';
import { FILE_NAME, inputs } from './inputs';

/* The native resource with an object in another bucket, uploaded by BucketDeployment. */
const app = new App();
const stack = new Stack(app, 'Bench');
const bucket = new s3.Bucket(stack, 'Bucket', { versioned: true });
for (const { number, directory } of inputs()) {
  const destinationKeyPrefix = `stream-${number}/`;
  const deployment = new s3_deployment.BucketDeployment(stack, `File${number}`, {
    sources: [s3_deployment.Source.asset(directory)], destinationBucket: bucket, destinationKeyPrefix,
  });
  const role = new iam.Role(stack, `Role${number}`, { assumedBy: new iam.ServicePrincipal('iot.amazonaws.com') });
  bucket.grantRead(role, `${destinationKeyPrefix}*`);
  const stream = new iot.CfnStream(stack, `Stream${number}`, {
    streamId: `Bench-${number}`,
    roleArn: role.roleArn,
    files: [{ fileId: 0, s3Location: { bucket: bucket.bucketName, key: `${destinationKeyPrefix}${FILE_NAME}` } }],
  });
  stream.node.addDependency(role, deployment);
}
app.synth();
