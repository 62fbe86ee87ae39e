import { App, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as iot from 'aws-cdk-lib/aws-iot';
import * as s3_assets from 'aws-cdk-lib/aws-s3-assets';
import { inputs } from './inputs';

/* The native resource with the object in the staging bucket, without a copy and without a pinned version. */
const app = new App();
const stack = new Stack(app, 'Bench');
for (const { number, path } of inputs()) {
  const asset = new s3_assets.Asset(stack, `File${number}`, { path });
  const role = new iam.Role(stack, `Role${number}`, { assumedBy: new iam.ServicePrincipal('iot.amazonaws.com') });
  asset.grantRead(role);
  const stream = new iot.CfnStream(stack, `Stream${number}`, {
    streamId: `Bench-${number}`,
    roleArn: role.roleArn,
    files: [{ fileId: 0, s3Location: { bucket: asset.s3BucketName, key: asset.s3ObjectKey } }],
  });
  stream.node.addDependency(role);
}
app.synth();
