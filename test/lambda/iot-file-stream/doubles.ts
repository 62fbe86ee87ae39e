import type { KeyPairKeyObjectResult } from 'node:crypto';
import { createHash, generateKeyPairSync, verify } from 'node:crypto';
import { CallFailed } from '../../../lambda/core/call';
import type { Clock } from '../../../lambda/core/iam-propagation';
import type { Content, LiveStream, PinnedFile, Tags } from '../../../lambda/iot-file-stream/model';
import type { ObjectStore, Services, Signer, StoredVersion, StreamService } from '../../../lambda/iot-file-stream/services';
import { signDigest } from '../support/sign-digest';

/*
 * AWS IoT and S3 in memory, as far as streams need them. They are strict: what the services refuse is refused, in the
 * services' names; every call is written down.
 */

/** What becomes of a call on its way; the default is that it arrives, and its answer too. */
export type Way = <T>(call: string, perform: () => T, rights?: readonly Right[]) => Promise<T>;

/** What a policy must allow for a call. */
export interface Right {
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, string>>;
}

const straight: Way = async (_, perform) => perform();

export class World {
  /** Every call that arrived, oldest first. */
  readonly calls: string[] = [];
  readonly streams = new Streams(this);
  readonly keys = new Keys();
  private readonly buckets = new Map<string, Bucket>();
  private versions = 0;

  /** `mayRead` says whether AWS IoT can read an object with a role; it throws where it cannot. */
  constructor(readonly mayRead: (roleArn: string, file: PinnedFile) => void = () => undefined) {}

  /** The services in one event's hands. */
  connect(way: Way = straight): Services {
    const call: Way = (name, perform, rights) => way(name, () => {
      this.calls.push(name);
      return perform();
    }, rights);
    return { streams: this.streams.serve(call), objects: this.serveObjects(call), signer: this.keys.serve(call) };
  }

  /** The calls that change something. */
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

  /** Puts an object by another hand than the handler's. */
  put(bucket: string, key: string, text: string): string {
    return this.store(bucket, key, Buffer.from(text)).version;
  }

  putDeleteMarker(bucket: string, key: string): string {
    const version = this.nextVersion();
    this.bucket(bucket).objects.push({ key, version, bytes: Buffer.alloc(0), isDeleteMarker: true });
    return version;
  }

  /** What lies in a bucket: `key@version`, oldest first. */
  contents(bucket: string): string[] {
    return this.bucket(bucket).objects.map(({ key, version }) => `${key}@${version}`);
  }

  /** What devices would receive now, by file id. */
  download(streamId: string): Record<number, string> {
    const { files } = this.streams.get(streamId)!;
    return Object.fromEntries(files.map((file) => [file.fileId, this.read(file).toString()]));
  }

  /** The attributes with the sizes of what devices would receive. */
  sizes(streamId: string): Record<string, string> {
    const { files } = this.streams.get(streamId)!;
    return Object.fromEntries(files.map((file) => [`FileSize${file.fileId}`, String(this.read(file).length)]));
  }

  /** The bytes of a version; S3 without the right to list answers 403 for whatever is not there. */
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
        .filter(({ key }) => key.startsWith(prefix))
        .map(({ key, version, bytes, isDeleteMarker }) => ({ bucket, key, version, size: bytes.length, isDeleteMarker })),
      [{ action: 's3:ListBucketVersions', resource: bucketArn(bucket), context: { 's3:prefix': prefix } }]),
      write: (content, bucket, key) => call(`write ${bucket}/${key}`, () => {
        const { version, bytes } = this.store(bucket, key, this.bytesOf(content));
        const { versioning } = this.bucket(bucket);
        // a bucket that never had versioning answers no version at all
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
        this.lookFor({ bucket, version }, 'NotFound');
        const bytes = this.read({ bucket, key, version });
        return { size: bytes.length, checksum: this.checksum(bucket, bytes) };
      }, [readOf({ bucket, key, version })]),
      remove: ({ bucket, key, version }) => call(`remove ${bucket}/${key}@${version}`, () => {
        const { objects } = this.bucket(bucket);
        const index = objects.findIndex((object) => object.key === key && object.version === version);
        // removing what is not there is success
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
    this.lookFor(content, content.version === undefined ? 'NoSuchKey' : 'NoSuchVersion');
    return this.read(content);
  }

  /** In the minutes after versioning was enabled, S3 may not find what it has listed or written. */
  lookFor({ bucket, version }: { readonly bucket: string; readonly version?: string }, code: string): void {
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
  /** How writes are versioned. */
  versioning?: 'Enabled' | 'Suspended';
  /** What S3 says about it, if that is something else. */
  toldVersioning?: 'none' | 'Enabled';
  /** Whether S3 does not find versions that it has. */
  hidesVersions: boolean;
  /** What S3 answers with: the SHA-256 of the content, that of an object in parts, or nothing. */
  checksums: 'whole' | 'in parts' | 'none';
  /** Whether only a person with an MFA device can delete versions. */
  isMfaDelete: boolean;
  /** Whether Object Lock keeps new objects by default. */
  isRetained: boolean;
  /** Whether what is written is not what is stored. */
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
  /** Documents and clients of AWS disagree: 0 or 1. */
  firstVersion = 1;
  private readonly streams = new Map<string, LiveStream>();
  private readonly lastVersions = new Map<string, number>();

  constructor(private readonly world: World) {}

  get(streamId: string): LiveStream | undefined {
    return this.streams.get(streamId);
  }

  /** All there are, oldest first. */
  ids(): string[] {
    return [...this.streams.keys()];
  }

  /** Makes a stream by another hand than the handler's. */
  put(stream: Partial<LiveStream> & { streamId: string }): LiveStream {
    const made = {
      streamArn: arnOf(stream.streamId), streamVersion: 1, roleArn: 'arn:aws:iam::111122223333:role/Other', files: [], tags: {}, ...stream,
    };
    this.streams.set(stream.streamId, made);
    return made;
  }

  serve(call: Way): StreamService {
    return {
      describe: (streamId) => call(`describe ${streamId}`, () => this.streams.get(streamId), onStream(streamId, 'DescribeStream', 'ListTagsForResource')),
      create: ({ streamId, description, roleArn }, files, tags) => call(`create ${streamId}`, () => {
        if (this.streams.has(streamId)) throw refused('ResourceAlreadyExistsException', `Stream ${streamId} already exists`, `create ${streamId}`);
        this.lookAt(roleArn, files);
        // an id that comes back goes on counting
        const streamVersion = (this.lastVersions.get(streamId) ?? this.firstVersion - 1) + 1;
        return this.put({ streamId, streamVersion, description, roleArn, files: files.map(named), tags: { ...tags } });
      }, [...onStream(streamId, 'CreateStream', 'TagResource'), { action: 'iam:PassRole', resource: roleArn }]),
      update: ({ streamId, description, roleArn }, files) => call(`update ${streamId}`, () => {
        const before = this.existing(streamId);
        this.lookAt(roleArn, files);
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

  /** The service reads every object when a stream is made or changed. */
  private lookAt(roleArn: string, files: readonly PinnedFile[]): void {
    try {
      files.forEach((file) => {
        this.world.mayRead(roleArn, file);
        this.world.lookFor(file, 'NoSuchVersion');
        this.world.read(file);
      });
    } catch (error) {
      throw refused('InvalidRequestException', (error as Error).message, 'read the files');
    }
  }
}

/** KMS with real keys. */
export class Keys {
  /** The service's names of the errors of keys that do not sign. */
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

  /** Whether a signature, in Base64, is one of these bytes with that key. */
  verifies(keyArn: string, signature: string, bytes: Buffer | string): boolean {
    const pair = this.pairs.get(keyArn);
    return pair !== undefined && verify('sha256', Buffer.from(bytes), pair.publicKey, Buffer.from(signature, 'base64'));
  }

  private pair(keyArn: string, algorithm: string): KeyPairKeyObjectResult {
    const made = this.pairs.get(keyArn) ?? (algorithm.startsWith('ECDSA')
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 }));
    this.pairs.set(keyArn, made);
    return made;
  }
}

/** What the service keeps of a file. */
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

/** Time that passes only where somebody sleeps. */
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

/** Ways on which one call, counted from 1, goes wrong; the calls after it arrive. */
export const failing = {
  /** It does not arrive. */
  before: (number: number): Way => nth(number, async () => { throw refused('InternalFailureException', 'on the way there', 'call'); }),
  /** It arrives, its answer is lost. */
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

/** Holds the call of that number back until something else has happened. */
export function waiting(number: number, something: () => Promise<unknown>): Way {
  return nth(number, async (_, perform) => {
    await something();
    return perform();
  });
}

/** From the call of that number on, nothing arrives any more and no answer comes: the process is gone. */
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
