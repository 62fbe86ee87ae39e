import type { ServerSideEncryption } from '@aws-sdk/client-s3';
import {
  CopyObjectCommand, DeleteObjectCommand, GetBucketVersioningCommand, GetObjectCommand, GetObjectLockConfigurationCommand,
  HeadObjectCommand, ListObjectVersionsCommand, PutObjectCommand, S3Client,
} from '@aws-sdk/client-s3';
import type { Encryption } from './model';
import type { BucketVersioning, ObjectStore, StoredVersion, WrittenVersion } from './services';
import { run, undefinedIf } from '../core/call';
import type { ClientOptions } from '../core/credentials';
import type { LogContext } from '../core/log';

export function objectStore(options: ClientOptions, context: LogContext, abortSignal: AbortSignal): ObjectStore {
  const client = new S3Client(options);
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
    async write(content, bucket, key, encryption): Promise<WrittenVersion> {
      if (content.kind === 'text') {
        const put = await call(`write 's3://${bucket}/${key}'`, () => client.send(new PutObjectCommand({
          Bucket: bucket, Key: key, Body: Buffer.from(content.text), ChecksumAlgorithm: 'SHA256', ...headers(encryption),
        }), { abortSignal }));
        return { version: put.VersionId, checksum: put.ChecksumSHA256 };
      }
      const command = new CopyObjectCommand({
        Bucket: bucket,
        Key: key,
        CopySource: copySource(content),
        MetadataDirective: 'REPLACE',
        TaggingDirective: 'REPLACE',
        ChecksumAlgorithm: 'SHA256',
        ...headers(encryption),
      });
      // by default S3 copies annotations as well, which needs two more permissions
      withHeader(command, 'x-amz-object-annotation-directive', 'EXCLUDE');
      const copied = await call(`copy ${source(content)} to bucket '${bucket}'`, () => client.send(command, { abortSignal }));
      return { version: copied.VersionId, checksum: copied.CopyObjectResult?.ChecksumSHA256 };
    },
    async writeIfAbsent(text, bucket, key, encryption): Promise<void> {
      const command = new PutObjectCommand({
        Bucket: bucket, Key: key, Body: Buffer.from(text), ChecksumAlgorithm: 'SHA256', ...headers(encryption),
      });
      withHeader(command, 'if-none-match', '*');
      await call(`write 's3://${bucket}/${key}'`, () => client.send(command, { abortSignal }));
    },
    async read({ bucket, key, version }): Promise<string> {
      const { Body } = await call(`read 's3://${bucket}/${key}'`, () =>
        client.send(new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: version }), { abortSignal }));
      return Body!.transformToString();
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

/** Sets a header instead of a parameter, because older SDKs ignore unknown parameters. */
function withHeader(command: CopyObjectCommand | PutObjectCommand, name: string, value: string): void {
  (command as CopyObjectCommand).middlewareStack.add((next) => (args) => {
    (args.request as { headers: Record<string, string> }).headers[name] = value;
    return next(args);
  }, { step: 'build' });
}

function headers({ algorithm, key }: Encryption = {}) {
  return { ServerSideEncryption: algorithm as ServerSideEncryption | undefined, SSEKMSKeyId: key };
}

interface SourceObject {
  readonly bucket: string;
  readonly key: string;
  readonly version?: string;
}

function source({ bucket, key, version }: SourceObject): string {
  return `'s3://${bucket}/${key}'${version ? ` (version ${version})` : ''}`;
}

/** Encodes the header, because S3 requires it and the SDK does not do it. */
function copySource({ bucket, key, version }: SourceObject): string {
  const path = [bucket, ...key.split('/')].map(encodeURIComponent).join('/');
  return version ? `${path}?versionId=${encodeURIComponent(version)}` : path;
}
