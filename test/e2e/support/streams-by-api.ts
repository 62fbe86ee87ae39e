import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import type { IoTClientConfig } from '@aws-sdk/client-iot';
import { CreateStreamCommand, DeleteStreamCommand, IoTClient } from '@aws-sdk/client-iot';
import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { LocalAws } from '../../../local/local-aws';

interface Aws extends Pick<LocalAws, 'clientConfiguration' | 'account' | 'region'> {
  readonly iotClientConfiguration: IoTClientConfig;
}

/** Streams of one file that are created with the API, without a stack. */
export class StreamsByApi {
  /** `name` is the name of the bucket and a part of the role name. */
  static async create(aws: Aws, name: string): Promise<StreamsByApi> {
    const s3 = new S3Client(aws.clientConfiguration);
    await s3.send(new CreateBucketCommand({ Bucket: name }));
    await s3.send(new PutBucketVersioningCommand({ Bucket: name, VersioningConfiguration: { Status: 'Enabled' } }));
    return new StreamsByApi(name, s3, new IoTClient(aws.iotClientConfiguration), await createDeliveryRole(aws, name));
  }

  private readonly streamIds: string[] = [];

  private constructor(
    private readonly bucket: string, private readonly s3: S3Client, private readonly iot: IoTClient, private readonly roleArn: string,
  ) {}

  async put(streamId: string, content: Buffer): Promise<void> {
    const { VersionId: version } = await this.s3.send(new PutObjectCommand({ Bucket: this.bucket, Key: streamId, Body: content }));
    const files = [{ fileId: 0, s3Location: { bucket: this.bucket, key: streamId, version } }];
    await this.iot.send(new CreateStreamCommand({ streamId, files, roleArn: this.roleArn }));
    this.streamIds.push(streamId);
  }

  /** Removes the streams, because other test files check which resources exist. */
  async remove(): Promise<void> {
    for (const streamId of this.streamIds) await this.iot.send(new DeleteStreamCommand({ streamId }));
    this.s3.destroy();
    this.iot.destroy();
  }
}

/** Creates a role that AWS IoT can assume and that may read the versions of the bucket's objects. */
async function createDeliveryRole(aws: Aws, bucket: string): Promise<string> {
  const trust = {
    Effect: 'Allow',
    Principal: { Service: 'iot.amazonaws.com' },
    Action: 'sts:AssumeRole',
    Condition: {
      StringEquals: { 'aws:SourceAccount': aws.account },
      ArnLike: { 'aws:SourceArn': `arn:aws:iot:${aws.region}:${aws.account}:*` },
    },
  };
  const permission = { Effect: 'Allow', Action: 's3:GetObjectVersion', Resource: `arn:aws:s3:::${bucket}/*` };
  const policy = (statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  const iam = new IAMClient(aws.clientConfiguration);
  const RoleName = `Delivery-${bucket}`;
  const { Role: role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: policy(trust) }));
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'Read', PolicyDocument: policy(permission) }));
  iam.destroy();
  return role!.Arn!;
}
