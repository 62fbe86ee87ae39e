import { CreateStreamCommand, DescribeStreamCommand, IoTClient } from '@aws-sdk/client-iot';
import type { SigningAlgorithmSpec } from '@aws-sdk/client-kms';
import { KMSClient, SignCommand } from '@aws-sdk/client-kms';
import { CopyObjectCommand, HeadObjectCommand, ListObjectVersionsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { FileProperties, StreamProperties } from '../../src/iot-file-stream/private/contract';

/** The part of an event of CloudFormation that is needed here. */
export interface StreamEvent {
  readonly [name: string]: unknown;
  readonly ResponseURL: string;
  readonly ResourceProperties: StreamProperties;
}

/**
 * Makes only the calls that create a stream, without checks, log, retries or deadline. A faster handler would have to omit a
 * call.
 */
export async function makeStream({ ResponseURL, ResourceProperties: properties }: StreamEvent): Promise<void> {
  const { Credentials: issued } = await new STSClient({}).send(new AssumeRoleCommand({ RoleArn: properties.ManagementRoleArn, RoleSessionName: 'bare' }));
  const credentials = { accessKeyId: issued!.AccessKeyId!, secretAccessKey: issued!.SecretAccessKey!, sessionToken: issued!.SessionToken! };
  const [iot, s3, kms] = [new IoTClient({ credentials }), new S3Client({ credentials }), new KMSClient({ credentials })];
  const { StreamId: streamId, Bucket: bucket, Prefix: prefix } = properties;
  await Promise.all([
    iot.send(new DescribeStreamCommand({ streamId })).catch((error: Error) => {
      if (error.name !== 'ResourceNotFoundException') throw error;
    }),
    s3.send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix })),
  ]);
  const sign = async ({ SigningKeyArn: keyArn, SigningAlgorithm: algorithm, Sha256: sha256 }: FileProperties): Promise<void> => {
    const { Signature: signature } = await kms.send(new SignCommand({
      KeyId: keyArn, Message: Buffer.from(sha256!, 'hex'), MessageType: 'DIGEST', SigningAlgorithm: algorithm as SigningAlgorithmSpec,
    }));
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: `${prefix}00000000/signature-${sha256}`, Body: signature, IfNoneMatch: '*' }));
  };
  const copy = async (fileId: string, file: FileProperties) => {
    const key = `${prefix}00000000/${file.Sha256}`;
    const { VersionId: version } = await s3.send(new CopyObjectCommand({
      Bucket: bucket, Key: key, CopySource: `${file.SourceBucket}/${file.SourceKey}`, ChecksumAlgorithm: 'SHA256',
    }));
    // the local S3 returns no checksum for a copy, so another call reads it
    await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key, VersionId: version, ChecksumMode: 'ENABLED' }));
    return { fileId: Number(fileId), s3Location: { bucket, key, version } };
  };
  const files = await Promise.all(Object.entries(properties.Files).map(async ([fileId, file]) => {
    const [copied] = await Promise.all([copy(fileId, file), file.SigningKeyArn === undefined ? undefined : sign(file)]);
    return copied;
  }));
  await iot.send(new CreateStreamCommand({ streamId, description: properties.Description, roleArn: properties.RoleArn, files }));
  await (await fetch(ResponseURL, { method: 'PUT', headers: { 'content-type': '' }, body: '{}' })).arrayBuffer();
}
