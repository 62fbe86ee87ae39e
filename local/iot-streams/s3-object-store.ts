import type { S3Client } from '@aws-sdk/client-s3';
import { GetBucketPolicyCommand, GetObjectCommand, HeadObjectCommand, S3ServiceException } from '@aws-sdk/client-s3';
import type { ObjectFacts, ObjectStore } from './object-store';
import type { S3Location } from './requests';

// missing bucket or object; delete marker; malformed version ID
const absent = [404, 405, 400];

/** Reads objects from an S3 service. It caches complete objects, because a device requests thousands of pieces. */
export class S3ObjectStore implements ObjectStore {
  /** In the order of their last use. */
  private readonly contents = new Map<string, { bytes: Promise<Uint8Array>; size: number }>();

  constructor(private readonly client: S3Client, private readonly cacheBytes = 256 * 1024 * 1024) {}

  async head({ bucket, key, version }: S3Location): Promise<ObjectFacts | undefined> {
    const head = await this.unlessAbsent(this.client.send(new HeadObjectCommand({ Bucket: bucket, Key: key, VersionId: version })));
    return head && {
      size: head.ContentLength ?? 0,
      eTag: head.ETag ?? '',
      ...(head.VersionId === undefined ? {} : { version: head.VersionId }),
      ...(head.SSEKMSKeyId === undefined ? {} : { kmsKeyId: head.SSEKMSKeyId }),
    };
  }

  async read({ bucket, key }: S3Location, facts: ObjectFacts, start: number, end: number): Promise<Uint8Array> {
    // includes the ETag, because an unversioned object can change under the same key
    const name = JSON.stringify([bucket, key, facts.version, facts.eTag]);
    const kept = this.contents.get(name) ?? { bytes: this.contentOf(bucket, key, facts), size: facts.size };
    this.contents.delete(name);
    this.contents.set(name, kept);
    kept.bytes.catch(() => this.contents.delete(name));
    this.dropOldest();
    return (await kept.bytes).subarray(start, end);
  }

  async bucketPolicy(bucket: string): Promise<string | undefined> {
    return (await this.unlessAbsent(this.client.send(new GetBucketPolicyCommand({ Bucket: bucket }))))?.Policy;
  }

  private async contentOf(bucket: string, key: string, { version, eTag }: ObjectFacts): Promise<Uint8Array> {
    const object = await this.client.send(new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: version, IfMatch: eTag }));
    return object.Body?.transformToByteArray() ?? new Uint8Array();
  }

  private dropOldest(): void {
    let size = [...this.contents.values()].reduce((sum, content) => sum + content.size, 0);
    for (const [name, content] of this.contents) {
      if (size <= this.cacheBytes) return;
      this.contents.delete(name);
      size -= content.size;
    }
  }

  private async unlessAbsent<T>(answer: Promise<T>): Promise<T | undefined> {
    try {
      return await answer;
    } catch (error) {
      if (error instanceof S3ServiceException && absent.includes(error.$metadata.httpStatusCode ?? 0)) return undefined;
      throw error;
    }
  }
}
