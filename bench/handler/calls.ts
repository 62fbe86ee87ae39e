import { CreateStreamCommand, DescribeStreamCommand, IoTClient } from '@aws-sdk/client-iot';
import { CopyObjectCommand, HeadObjectCommand, ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { StreamProperties } from '../../src/iot-file-stream/private/contract';

/** What CloudFormation sends, as far as it is needed here. */
export interface StreamEvent {
  readonly [name: string]: unknown;
  readonly ResponseURL: string;
  readonly ResourceProperties: StreamProperties;
}

/**
 * The calls that making a stream takes, and nothing else: no check, no log, no repetition, no deadline. Whatever is better
 * than this leaves a call out.
 */
export async function makeStream({ ResponseURL, ResourceProperties: properties }: StreamEvent): Promise<void> {
  const { Credentials: issued } = await new STSClient({}).send(new AssumeRoleCommand({ RoleArn: properties.ManagementRoleArn, RoleSessionName: 'bare' }));
  const credentials = { accessKeyId: issued!.AccessKeyId!, secretAccessKey: issued!.SecretAccessKey!, sessionToken: issued!.SessionToken! };
  const [iot, s3] = [new IoTClient({ credentials }), new S3Client({ credentials })];
  const { StreamId: streamId, Bucket: bucket, Prefix: prefix } = properties;
  await Promise.all([
    iot.send(new DescribeStreamCommand({ streamId })).catch((error: Error) => {
      if (error.name !== 'ResourceNotFoundException') throw error;
    }),
    s3.send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix })),
  ]);
  const files = await Promise.all(Object.entries(properties.Files).map(async ([fileId, file]) => {
    const key = `${prefix}00000000/${file.Sha256}`;
    const { VersionId: version } = await s3.send(new CopyObjectCommand({
      Bucket: bucket, Key: key, CopySource: `${file.SourceBucket}/${file.SourceKey}`, ChecksumAlgorithm: 'SHA256',
    }));
    // the local S3 answers a copy without its checksum, so it takes one more look
    await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key, VersionId: version, ChecksumMode: 'ENABLED' }));
    return { fileId: Number(fileId), s3Location: { bucket, key, version } };
  }));
  await iot.send(new CreateStreamCommand({ streamId, description: properties.Description, roleArn: properties.RoleArn, files }));
  await (await fetch(ResponseURL, { method: 'PUT', headers: { 'content-type': '' }, body: '{}' })).arrayBuffer();
}
