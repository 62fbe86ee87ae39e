import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { App, CustomResource, Duration, Fn, Aws, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as s3_assets from 'aws-cdk-lib/aws-s3-assets';
import { inputs } from './inputs';

/* The resources of this library, written by hand: the difference is the cost of the construct itself. */
const app = new App();
const stack = new Stack(app, 'Bench');

const allow = (actions: string[], ...resources: string[]) => new iam.PolicyStatement({ actions, resources });
const policy = (...statements: iam.PolicyStatement[]) => ({ Own: new iam.PolicyDocument({ statements }) });

const bucket = new s3.Bucket(stack, 'Bucket', {
  versioned: true,
  encryption: s3.BucketEncryption.S3_MANAGED,
  blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
  objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
  enforceSSL: true,
  removalPolicy: RemovalPolicy.DESTROY,
});
const logGroup = new logs.LogGroup(stack, 'LogGroup', { retention: logs.RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY });
const role = new iam.Role(stack, 'Role', {
  assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
  inlinePolicies: policy(allow(['logs:CreateLogStream', 'logs:PutLogEvents'], logGroup.logGroupArn)),
});
const handler = new lambda.Function(stack, 'Function', {
  code: lambda.Code.fromAsset(join(dirname(require.resolve('cdk-iot-streams/package.json')), 'assets', 'lambda', 'index')),
  handler: 'index.handler',
  runtime: lambda.determineLatestNodeRuntime(stack),
  role,
  logGroup,
  memorySize: 256,
  timeout: Duration.minutes(5),
  retryAttempts: 0,
  maxEventAge: Duration.minutes(20),
});

for (const { number, path } of inputs()) {
  const streamId = `Bench-${number}`;
  const streamArn = stack.formatArn({ service: 'iot', resource: 'stream', resourceName: streamId });
  const prefix = `${streamId}/${Fn.select(2, Fn.split('/', Aws.STACK_ID))}/`;
  const objects = bucket.arnForObjects(`${prefix}*`);
  const content = readFileSync(path);
  const asset = new s3_assets.Asset(stack, `File${number}`, { path });
  const delivery = new iam.Role(stack, `Delivery${number}`, {
    assumedBy: new iam.ServicePrincipal('iot.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } } }),
    inlinePolicies: policy(allow(['s3:GetObject', 's3:GetObjectVersion'], objects)),
  });
  const operator = new iam.Role(stack, `Operator${number}`, {
    assumedBy: new iam.ArnPrincipal(role.roleArn),
    inlinePolicies: policy(
      allow(['Create', 'Update', 'Describe', 'Delete'].map((verb) => `iot:${verb}Stream`).concat('iot:TagResource', 'iot:UntagResource', 'iot:ListTagsForResource'), streamArn),
      allow(['iam:PassRole'], delivery.roleArn),
      allow(['s3:GetBucketVersioning', 's3:ListBucketVersions'], bucket.bucketArn),
      allow(['s3:PutObject', 's3:GetObject', 's3:GetObjectVersion', 's3:DeleteObjectVersion'], objects),
      allow(['s3:GetObject'], asset.bucket.arnForObjects(asset.s3ObjectKey)),
    ),
  });
  const place = { ManagementRoleArn: operator.roleArn, Bucket: bucket.bucketName, Prefix: prefix, StreamId: streamId };
  const serviceTimeout = Duration.minutes(30);
  const cleanUp = new CustomResource(stack, `Objects${number}`, {
    resourceType: 'Custom::Objects', serviceToken: handler.functionArn, serviceTimeout, properties: place,
  });
  cleanUp.node.addDependency(handler, delivery, operator, bucket);
  const stream = new CustomResource(stack, `Stream${number}`, {
    resourceType: 'Custom::Stream',
    serviceToken: handler.functionArn,
    serviceTimeout,
    properties: {
      ...place,
      Description: streamId,
      RoleArn: delivery.roleArn,
      Files: {
        0: {
          FileName: 'app.bin',
          Sha256: createHash('sha256').update(content).digest('hex'),
          Size: String(content.length),
          SourceBucket: asset.s3BucketName,
          SourceKey: asset.s3ObjectKey,
        },
      },
    },
  });
  stream.node.addDependency(cleanUp, handler, delivery, operator, bucket);
}
app.synth();
