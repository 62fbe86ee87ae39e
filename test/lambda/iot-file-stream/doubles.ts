import type { KeyPairKeyObjectResult } from 'node:crypto';
import { createHash, verify } from 'node:crypto';
import { CallFailed } from '../../../lambda/core/call';
import type { Clock } from '../../../lambda/core/iam-propagation';
import type { Content, LiveStream, PinnedFile, Tags } from '../../../lambda/iot-file-stream/model';
import type { ObjectStore, Services, Signer, StoredVersion, StreamService } from '../../../lambda/iot-file-stream/services';
import { newKeyPair } from '../../support/key-pair';
import { signDigest } from '../support/sign-digest';

/*
 * AWS IoT, S3 and KMS in memory, as far as the handler uses them. They refuse what the services refuse, with the error codes
 * of the services, and they record every call.
 */

/** Performs a call or fails it; the default performs it. */
export type Way = <T>(call: string, perform: () => T, rights?: readonly Right[]) => Promise<T>;

/** A permission that a call needs. */
export interface Right {
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, string>>;
}

const straight: Way = async (_, perform) => perform();

export class World {
  /** Every call that was performed, oldest first. */
  readonly calls: string[] = [];
  readonly streams = new Streams(this);
  readonly keys = new Keys();
  private readonly buckets = new Map<string, Bucket>();
  private versions = 0;

  /** `mayRead` throws if AWS IoT cannot read an object with a role. */
  constructor(readonly mayRead: (roleArn: string, file: PinnedFile) => void = () => undefined) {}

  /** Returns the services for one event. */
  connect(way: Way = straight): Services {
    const call: Way = (name, perform, rights) => way(name, () => {
      this.calls.push(name);
      return perform();
    }, rights);
    return { streams: this.streams.serve(call), objects: this.serveObjects(call), signer: this.keys.serve(call) };
  }

  /** The recorded calls that change something. */
  writes(): string[] {
    return this.calls.filter((call) => !/^(describe|list|inspect|read|sign) /.test(call));
  }

  makeBucket(name: string, properties: Partial<Omit<Bucket, 'objects'>> = {}): Bucket {
    const bucket = { versioning: 'Enabled', hidesVersions: false, checksums: 'whole', isMfaDelete: false, isRetained: false, isDamaging: false, ...properties, objects: [] } as Bucket;
    this.buckets.set(name, bucket);
    return bucket;
  }

  bucketNames(): string[] {
    return [...this.buckets.keys()];
  }

  removeBucket(name: string): void {
    this.buckets.delete(name);
  }

  bucket(name: string): Bucket {
    const bucket = this.buckets.get(name);
    if (!bucket) throw refused('NoSuchBucket', 'The specified bucket does not exist', name);
    return bucket;
  }

  /** Puts an object as somebody other than the handler would. */
  put(bucket: string, key: string, text: string): string {
    return this.store(bucket, key, Buffer.from(text)).version;
  }

  putDeleteMarker(bucket: string, key: string): string {
    const version = this.nextVersion();
    this.bucket(bucket).objects.push({ key, version, bytes: Buffer.alloc(0), isDeleteMarker: true });
    return version;
  }

  /** The objects of a bucket as `key@version`, oldest first. */
  contents(bucket: string): string[] {
    return this.bucket(bucket).objects.map(({ key, version }) => `${key}@${version}`);
  }

  /** The content that devices would receive now, by file ID. */
  download(streamId: string): Record<number, string> {
    const { files } = this.streams.get(streamId)!;
    return Object.fromEntries(files.map((file) => [file.fileId, this.read(file).toString()]));
  }

  /** The attributes with the sizes of the files that devices would receive. */
  sizes(streamId: string): Record<string, string> {
    const { files } = this.streams.get(streamId)!;
    return Object.fromEntries(files.map((file) => [`FileSize${file.fileId}`, String(this.read(file).length)]));
  }

  /** Returns the bytes of a version. For a missing one it throws AccessDenied, as S3 does if the caller may not list the bucket. */
  read({ bucket, key, version }: { bucket: string; key: string; version?: string }): Buffer {
    const newestFirst = [...this.bucket(bucket).objects].reverse();
    const object = newestFirst.find((candidate) => candidate.key === key && (version === undefined || candidate.version === version));
    if (!object || object.isDeleteMarker) throw refused('AccessDenied', 'Access Denied', `read ${bucket}/${key}`);
    return object.bytes;
  }

  private store(bucket: string, key: string, bytes: Buffer): StoredObject {
    const { versioning, objects, isDamaging } = this.bucket(bucket);
    const object = {
      key, version: versioning === 'Enabled' ? this.nextVersion() : 'null', bytes: isDamaging ? bytes.map((byte) => 255 - byte) : bytes,
    };
    objects.push({ ...object, isDeleteMarker: false, bytes: Buffer.from(object.bytes) });
    return objects[objects.length - 1];
  }

  private nextVersion(): string {
    this.versions += 1;
    return `v${this.versions}`;
  }

  private serveObjects(call: Way): ObjectStore {
    return {
      list: (bucket, prefix) => call(`list ${bucket}/${prefix}`, (): StoredVersion[] => [...this.bucket(bucket).objects].reverse()
        // as S3 lists: by key, the newest version first
        .sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)))
        .filter(({ key }) => key.startsWith(prefix))
        .map(({ key, version, bytes, isDeleteMarker }) => ({ bucket, key, version, size: bytes.length, isDeleteMarker })),
      [{ action: 's3:ListBucketVersions', resource: bucketArn(bucket), context: { 's3:prefix': prefix } }]),
      write: (content, bucket, key) => call(`write ${bucket}/${key}`, () => {
        const { version, bytes } = this.store(bucket, key, this.bytesOf(content));
        const { versioning } = this.bucket(bucket);
        // S3 returns no version ID if the bucket has never been versioned
        return { version: versioning === undefined ? undefined : version, checksum: this.checksum(bucket, bytes) };
      }, [{ action: 's3:PutObject', resource: objectArn(bucket, key) }, ...content.kind === 'text' ? [] : [readOf(content)]]),
      writeIfAbsent: (text, bucket, key) => call(`keep ${bucket}/${key}`, () => {
        const newest = [...this.bucket(bucket).objects].reverse().find((object) => object.key === key);
        if (newest && !newest.isDeleteMarker) throw refused('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', `write ${key}`);
        this.store(bucket, key, Buffer.from(text));
      }, [{ action: 's3:PutObject', resource: objectArn(bucket, key) }]),
      read: ({ bucket, key, version }) => call(`read ${bucket}/${key}@${version}`, () => this.read({ bucket, key, version }).toString(),
        [readOf({ bucket, key, version })]),
      inspect: ({ bucket, key, version }) => call(`inspect ${bucket}/${key}@${version}`, () => {
        this.checkFound({ bucket, version }, 'NotFound');
        const bytes = this.read({ bucket, key, version });
        return { size: bytes.length, checksum: this.checksum(bucket, bytes) };
      }, [readOf({ bucket, key, version })]),
      remove: ({ bucket, key, version }) => call(`remove ${bucket}/${key}@${version}`, () => {
        const { objects } = this.bucket(bucket);
        const index = objects.findIndex((object) => object.key === key && object.version === version);
        // S3 succeeds for a version that does not exist
        if (index >= 0) objects.splice(index, 1);
      }, [{ action: 's3:DeleteObjectVersion', resource: objectArn(bucket, key) }]),
      versioning: (bucket) => call(`read the versioning of ${bucket}`, () => {
        const { versioning, toldVersioning = versioning, isMfaDelete } = this.bucket(bucket);
        return { status: toldVersioning === 'none' ? undefined : toldVersioning, isMfaDelete };
      },
      [{ action: 's3:GetBucketVersioning', resource: bucketArn(bucket) }]),
      hasDefaultRetention: (bucket) => call(`read the retention of ${bucket}`, () => this.bucket(bucket).isRetained,
        [{ action: 's3:GetBucketObjectLockConfiguration', resource: bucketArn(bucket) }]),
    };
  }

  private bytesOf(content: Content): Buffer {
    if (content.kind === 'text') return Buffer.from(content.text);
    this.checkFound(content, content.version === undefined ? 'NoSuchKey' : 'NoSuchVersion');
    return this.read(content);
  }

  /** Throws if S3 does not find the version, which can happen for some minutes after versioning has been enabled. */
  checkFound({ bucket, version }: { readonly bucket: string; readonly version?: string }, code: string): void {
    if (this.bucket(bucket).hidesVersions && version !== 'null') throw refused(code, 'The specified version does not exist.', `find ${bucket}`);
  }

  private checksum(bucket: string, bytes: Buffer): string | undefined {
    const { checksums } = this.bucket(bucket);
    if (checksums === 'none') return undefined;
    const whole = createHash('sha256').update(bytes).digest();
    return checksums === 'whole' ? whole.toString('base64') : `${createHash('sha256').update(whole).digest('base64')}-1`;
  }
}

export interface Bucket {
  /** The versioning that applies to writes. */
  versioning?: 'Enabled' | 'Suspended';
  /** The versioning that S3 reports, if it differs. */
  toldVersioning?: 'none' | 'Enabled';
  /** Whether S3 does not find existing versions. */
  hidesVersions: boolean;
  /** The checksum that S3 returns: the SHA-256 of the content, the one of a multipart upload, or none. */
  checksums: 'whole' | 'in parts' | 'none';
  /** Whether the deletion of a version needs an MFA device. */
  isMfaDelete: boolean;
  /** Whether Object Lock has a default retention. */
  isRetained: boolean;
  /** Whether S3 stores other bytes than it receives. */
  isDamaging: boolean;
  /** Oldest first. */
  readonly objects: StoredObject[];
}

export interface StoredObject {
  readonly key: string;
  readonly version: string;
  readonly bytes: Buffer;
  readonly isDeleteMarker: boolean;
}

export class Streams {
  /** Streams whose deletion the service refuses. */
  readonly attached = new Set<string>();
  /** The first version of a new stream: 0 or 1, because documents and clients of AWS disagree. */
  firstVersion = 1;
  private readonly streams = new Map<string, LiveStream>();
  private readonly lastVersions = new Map<string, number>();
  private created = 0;

  constructor(private readonly world: World) {}

  get(streamId: string): LiveStream | undefined {
    return this.streams.get(streamId);
  }

  /** The IDs of all streams, oldest first. */
  ids(): string[] {
    return [...this.streams.keys()];
  }

  /** Creates a stream as somebody other than the handler would. */
  put(stream: Partial<LiveStream> & { streamId: string }): LiveStream {
    const made = {
      streamArn: arnOf(stream.streamId), createdAt: ++this.created, streamVersion: 1, roleArn: 'arn:aws:iam::111122223333:role/Other', files: [], tags: {}, ...stream,
    };
    this.streams.set(stream.streamId, made);
    return made;
  }

  serve(call: Way): StreamService {
    return {
      describe: (streamId) => call(`describe ${streamId}`, () => this.streams.get(streamId), onStream(streamId, 'DescribeStream', 'ListTagsForResource')),
      create: ({ streamId, description, roleArn }, files, tags) => call(`create ${streamId}`, () => {
        if (this.streams.has(streamId)) throw refused('ResourceAlreadyExistsException', `Stream ${streamId} already exists`, `create ${streamId}`);
        this.checkReadable(roleArn, files);
        // AWS IoT continues the version numbers of a deleted stream with the same ID
        const streamVersion = (this.lastVersions.get(streamId) ?? this.firstVersion - 1) + 1;
        return this.put({ streamId, streamVersion, description, roleArn, files: files.map(named), tags: { ...tags } });
      }, [...onStream(streamId, 'CreateStream', 'TagResource'), { action: 'iam:PassRole', resource: roleArn }]),
      update: ({ streamId, description, roleArn }, files) => call(`update ${streamId}`, () => {
        const before = this.existing(streamId);
        this.checkReadable(roleArn, files);
        return this.put({ ...before, streamVersion: before.streamVersion + 1, description, roleArn, files: files.map(named) });
      }, [...onStream(streamId, 'UpdateStream'), { action: 'iam:PassRole', resource: roleArn }]),
      tag: (streamArn, { set, remove }) => call(`tag ${idOf(streamArn)}`, () => {
        const before = this.existing(idOf(streamArn));
        const kept = Object.entries(before.tags).filter(([key]) => !remove.includes(key));
        const tags: Tags = { ...Object.fromEntries(kept), ...set };
        this.put({ ...before, tags });
      }, onStream(idOf(streamArn), 'TagResource', ...remove.length > 0 ? ['UntagResource'] : [])),
      delete: (streamId) => call(`delete ${streamId}`, () => {
        const { streamVersion } = this.existing(streamId);
        if (this.attached.has(streamId)) {
          throw refused('DeleteConflictException', `Stream ${streamId} is attached to one or more resources`, `delete stream '${streamId}'`);
        }
        this.lastVersions.set(streamId, streamVersion);
        this.streams.delete(streamId);
      }, onStream(streamId, 'DeleteStream')),
    };
  }

  private existing(streamId: string): LiveStream {
    const stream = this.streams.get(streamId);
    if (!stream) throw refused('ResourceNotFoundException', `Stream ${streamId} does not exist`, streamId);
    return stream;
  }

  /** Throws if the role cannot read every object, which AWS IoT checks when a stream is created or updated. */
  private checkReadable(roleArn: string, files: readonly PinnedFile[]): void {
    try {
      files.forEach((file) => {
        this.world.mayRead(roleArn, file);
        this.world.checkFound(file, 'NoSuchVersion');
        this.world.read(file);
      });
    } catch (error) {
      throw refused('InvalidRequestException', (error as Error).message, 'read the files');
    }
  }
}

/** KMS with real keys. */
export class Keys {
  /** The error codes of keys that cannot sign, by key ARN. */
  readonly errors = new Map<string, string>();
  private readonly pairs = new Map<string, KeyPairKeyObjectResult>();

  serve(call: Way): Signer {
    return {
      sign: (sha256, { keyArn, algorithm }) => call(`sign with ${keyArn}`, () => {
        const error = this.errors.get(keyArn);
        if (error !== undefined) throw refused(error, `${keyArn} does not sign`, `sign with key '${keyArn}'`);
        return signDigest(Buffer.from(sha256, 'hex'), this.pair(keyArn, algorithm).privateKey).toString('base64');
      }, [{ action: 'kms:Sign', resource: keyArn, context: { 'kms:SigningAlgorithm': algorithm } }]),
    };
  }

  /** Whether a signature, in Base64, of these bytes is valid for the key. */
  verifies(keyArn: string, signature: string, bytes: Buffer | string): boolean {
    const pair = this.pairs.get(keyArn);
    return pair !== undefined && verify('sha256', Buffer.from(bytes), pair.publicKey, Buffer.from(signature, 'base64'));
  }

  private pair(keyArn: string, algorithm: string): KeyPairKeyObjectResult {
    const made = this.pairs.get(keyArn) ?? (algorithm.startsWith('ECDSA')
      ? newKeyPair('P-256')
      : newKeyPair('RSA_2048'));
    this.pairs.set(keyArn, made);
    return made;
  }
}

/** The properties of a file that AWS IoT stores. */
export function named({ fileId, bucket, key, version }: PinnedFile): PinnedFile {
  return { fileId, bucket, key, version };
}

export function refused(code: string, message: string, phrase: string): CallFailed {
  return new CallFailed(code, message, phrase, { cause: new Error(message) });
}

export function arnOf(streamId: string): string {
  return `arn:aws:iot:eu-west-1:111122223333:stream/${streamId}`;
}

function onStream(streamId: string, ...names: string[]): Right[] {
  return names.map((name) => ({ action: `iot:${name}`, resource: arnOf(streamId) }));
}

function bucketArn(bucket: string): string {
  return `arn:aws:s3:::${bucket}`;
}

function objectArn(bucket: string, key: string): string {
  return `${bucketArn(bucket)}/${key}`;
}

function readOf({ bucket, key, version }: { bucket: string; key: string; version?: string }): Right {
  return { action: version === undefined ? 's3:GetObject' : 's3:GetObjectVersion', resource: objectArn(bucket, key) };
}

function idOf(streamArn: string): string {
  return streamArn.slice(streamArn.indexOf('/') + 1);
}

/** A clock that advances only when somebody sleeps. */
export class FakeClock implements Clock {
  readonly pauses: number[] = [];
  private time = 1_000_000;

  now(): number {
    return this.time;
  }

  async sleep(milliseconds: number, _signal: AbortSignal): Promise<void> {
    this.pauses.push(milliseconds);
    this.time += milliseconds;
  }
}

/** Ways in which one call, counted from 1, fails; the calls after it succeed. */
export const failing = {
  /** The call is not performed. */
  before: (number: number): Way => nth(number, async () => { throw refused('InternalFailureException', 'on the way there', 'call'); }),
  /** The call is performed, and its response is lost. */
  after: (number: number): Way => nth(number, async (_, perform) => {
    perform();
    throw refused('InternalFailureException', 'on the way back', 'call');
  }),
};

function nth(number: number, way: Way): Way {
  let count = 0;
  return (call, perform, rights) => {
    count += 1;
    return count === number ? way(call, perform, rights) : straight(call, perform, rights);
  };
}

/** Runs something else before the call of that number. */
export function waiting(number: number, something: () => Promise<unknown>): Way {
  return nth(number, async (_, perform) => {
    await something();
    return perform();
  });
}

/** Simulates the end of the process: from the call of that number on, no call is performed and none returns. */
export function dying(number: number, when: 'before' | 'after', died: () => void): Way {
  let count = 0;
  return async (_, perform) => {
    count += 1;
    if (count < number) return perform();
    if (count === number && when === 'after') perform();
    died();
    return new Promise<never>(() => undefined);
  };
}
