import type { ServerSideEncryption } from '@aws-sdk/client-s3';
import {
  CopyObjectCommand, DeleteObjectCommand, GetBucketVersioningCommand, GetObjectLockConfigurationCommand, HeadObjectCommand,
  ListObjectVersionsCommand, PutObjectCommand, S3Client,
} from '@aws-sdk/client-s3';
import type { BucketVersioning, ObjectStore, StoredVersion, WrittenVersion } from './services';
import { run, undefinedIf } from '../core/call';
import type { ClientOptions } from '../core/credentials';
import type { LogContext } from '../core/log';

export function objectStore(options: ClientOptions, context: LogContext, abortSignal: AbortSignal): ObjectStore {
  const client = new S3Client(options);
  copyNoAnnotations(client);
  const call = <Output extends object>(phrase: string, send: () => Promise<Output>) => run(context, phrase, send);

  return {
    async list(bucket, prefix): Promise<StoredVersion[]> {
      const found: StoredVersion[] = [];
      let next: { KeyMarker?: string; VersionIdMarker?: string } | undefined = {};
      while (next) {
        const marker: object = next;
        const page = await call(`list 's3://${bucket}/${prefix}'`, () =>
          client.send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix, ...marker }), { abortSignal }));
        for (const { Key, VersionId, Size } of page.Versions ?? []) {
          found.push({ bucket, key: Key!, version: VersionId!, size: Size!, isDeleteMarker: false });
        }
        for (const { Key, VersionId } of page.DeleteMarkers ?? []) {
          found.push({ bucket, key: Key!, version: VersionId!, size: 0, isDeleteMarker: true });
        }
        next = page.IsTruncated ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker } : undefined;
      }
      return found;
    },
    async write(content, bucket, key, { algorithm, key: keyArn } = {}): Promise<WrittenVersion> {
      const encryption = { ServerSideEncryption: algorithm as ServerSideEncryption | undefined, SSEKMSKeyId: keyArn };
      if (content.kind === 'text') {
        const put = await call(`write 's3://${bucket}/${key}'`, () => client.send(new PutObjectCommand({
          Bucket: bucket, Key: key, Body: Buffer.from(content.text), ChecksumAlgorithm: 'SHA256', ...encryption,
        }), { abortSignal }));
        return { version: put.VersionId, checksum: put.ChecksumSHA256 };
      }
      const copied = await call(`copy ${source(content)} to bucket '${bucket}'`, () => client.send(new CopyObjectCommand({
        Bucket: bucket,
        Key: key,
        CopySource: copySource(content),
        MetadataDirective: 'REPLACE',
        TaggingDirective: 'REPLACE',
        ChecksumAlgorithm: 'SHA256',
        ...encryption,
      }), { abortSignal }));
      return { version: copied.VersionId, checksum: copied.CopyObjectResult?.ChecksumSHA256 };
    },
    async inspect({ bucket, key, version }) {
      const head = await call(`inspect 's3://${bucket}/${key}'`, () => client.send(new HeadObjectCommand({
        Bucket: bucket, Key: key, VersionId: version, ChecksumMode: 'ENABLED',
      }), { abortSignal }));
      return { size: head.ContentLength!, checksum: head.ChecksumSHA256 };
    },
    async remove({ bucket, key, version }): Promise<void> {
      await call(`delete 's3://${bucket}/${key}'`, () =>
        client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key, VersionId: version }), { abortSignal }));
    },
    async versioning(bucket): Promise<BucketVersioning> {
      const { Status, MFADelete } = await call(`read the versioning of bucket '${bucket}'`, () =>
        client.send(new GetBucketVersioningCommand({ Bucket: bucket }), { abortSignal }));
      return { status: Status, isMfaDelete: MFADelete === 'Enabled' };
    },
    async hasDefaultRetention(bucket): Promise<boolean> {
      const answer = await undefinedIf(['ObjectLockConfigurationNotFoundError'], call(`read the Object Lock configuration of bucket '${bucket}'`, () =>
        client.send(new GetObjectLockConfigurationCommand({ Bucket: bucket }), { abortSignal })));
      return answer?.ObjectLockConfiguration?.Rule?.DefaultRetention !== undefined;
    },
  };
}

/**
 * S3 copies an object's annotations unless it is told not to, and then asks for two more permissions. As a header, because
 * SDKs before 3.1080 drop the parameter.
 */
function copyNoAnnotations(client: S3Client): void {
  client.middlewareStack.add((next, { commandName }) => (args) => {
    const request = args.request as { headers: Record<string, string> };
    if (commandName === 'CopyObjectCommand') request.headers['x-amz-object-annotation-directive'] = 'EXCLUDE';
    return next(args);
  }, { step: 'build' });
}

interface SourceObject {
  readonly bucket: string;
  readonly key: string;
  readonly version?: string;
}

function source({ bucket, key, version }: SourceObject): string {
  return `'s3://${bucket}/${key}'${version ? ` (version ${version})` : ''}`;
}

/** S3 wants the header encoded; the SDK sends it as it is. */
function copySource({ bucket, key, version }: SourceObject): string {
  const path = [bucket, ...key.split('/')].map(encodeURIComponent).join('/');
  return version ? `${path}?versionId=${encodeURIComponent(version)}` : path;
}
