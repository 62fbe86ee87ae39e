import { unless } from './call';
import { Content, DesiredFile, DesiredStream, LiveStream, PinnedFile, Place } from './plan';
import { DIGEST_LENGTH, GENERATION_LENGTH } from '../src/private/contract';

/** S3, as far as streams need it. */
export interface ObjectStore {
  /** Everything below a prefix, the newest version of each key first. */
  list(bucket: string, prefix: string): Promise<StoredVersion[]>;
  write(content: Content, bucket: string, key: string): Promise<WrittenVersion>;
  inspect(version: ObjectVersion): Promise<VersionFacts>;
  remove(version: ObjectVersion): Promise<void>;
  isVersioned(bucket: string): Promise<boolean>;
  hasDefaultRetention(bucket: string): Promise<boolean>;
}

export interface ObjectVersion {
  readonly bucket: string;
  readonly key: string;
  readonly version: string;
}

export interface StoredVersion extends ObjectVersion {
  readonly size: number;
  readonly isDeleteMarker: boolean;
}

/** What a write itself answered. */
export interface WrittenVersion {
  readonly version?: string;
  /** Base64, as S3 answers it. */
  readonly checksum?: string;
}

export interface VersionFacts {
  readonly size: number;
  readonly checksum?: string;
}

/** S3's version id of what was written without versioning. It can be overwritten. */
const UNVERSIONED = 'null';

/** Pins every file of a stream to an object version in its place: found there, or else copied. */
export async function pinFiles(desired: DesiredStream, live: LiveStream | undefined, stored: StoredVersion[], store: ObjectStore) {
  const pins = new Map<string, Promise<string>>();
  for (const file of desired.files) {
    // files of one content are one object: two copies of it would be two versions
    if (!pins.has(file.key)) pins.set(file.key, pin(file, desired.bucket, candidates(file, desired.bucket, live, stored), store));
  }
  return Promise.all(desired.files.map(async ({ fileId, key }): Promise<PinnedFile> => (
    { fileId, bucket: desired.bucket, key, version: (await pins.get(key))! })));
}

/** The version that the stream names comes first: whatever else lies there, devices see no change. */
function candidates(file: DesiredFile, bucket: string, live: LiveStream | undefined, stored: StoredVersion[]): StoredVersion[] {
  const present = stored.filter((version) => version.key === file.key && !version.isDeleteMarker && version.version !== UNVERSIONED
    && (file.size === undefined || file.size === version.size));
  const named = (version: StoredVersion) => live?.files.some((pinned) =>
    pinned.bucket === bucket && pinned.key === version.key && pinned.version === version.version) ?? false;
  return [...present.filter(named), ...present.filter((version) => !named(version))];
}

async function pin(file: DesiredFile, bucket: string, found: StoredVersion[], store: ObjectStore): Promise<string> {
  for (const version of found) {
    if (file.sha256 === undefined || agrees(file, await store.inspect(version)) === undefined) return version.version;
  }
  return write(file, bucket, store);
}

async function write(file: DesiredFile, bucket: string, store: ObjectStore): Promise<string> {
  const { version, checksum } = await store.write(file.content, bucket, file.key);
  if (version === undefined || version === UNVERSIONED) throw new Error(unversioned(bucket));
  if (file.sha256 !== undefined) {
    const facts = provesContent(checksum) ? { checksum } : await store.inspect({ bucket, key: file.key, version });
    const problem = agrees(file, facts);
    if (problem) throw new Error(`the copy of ${describe(file.content)} in bucket '${bucket}' ${problem}: the source is not what was synthesised; upload it again`);
  }
  return version;
}

/** What is wrong with a version's content, where that can be told. */
function agrees(file: DesiredFile, facts: Partial<VersionFacts>): string | undefined {
  if (provesContent(facts.checksum)) {
    const sha256 = Buffer.from(facts.checksum!, 'base64').toString('hex');
    return sha256 === file.sha256 ? undefined : `must have the SHA-256 ${file.sha256}, got: ${sha256}`;
  }
  return facts.size === file.size ? undefined : `must have ${file.size} bytes, got: ${facts.size}`;
}

/** A checksum of checksums ('…-N', of an object in parts) says nothing about the content as a whole. */
function provesContent(checksum: string | undefined): boolean {
  return checksum !== undefined && !/-\d+$/.test(checksum);
}

function describe(content: Content): string {
  return content.kind === 'text' ? 'a text' : `'s3://${content.bucket}/${content.key}'`;
}

/** Removes versions that neither properties nor stream name any more. */
export async function prune(place: Place, stored: StoredVersion[], keepKeys: readonly string[], keep: readonly PinnedFile[], store: ObjectStore) {
  const pinned = new Set(keep.map((file) => `${file.key} ${file.version}`));
  await removeAll(stored.filter((version) => isOurs(place, version)
    && !keepKeys.includes(version.key) && !pinned.has(`${version.key} ${version.version}`)), store);
}

/** Removes every version and delete marker of ours. A bucket that is gone has none. */
export async function empty(place: Place, store: ObjectStore): Promise<void> {
  const stored = await unless(['NoSuchBucket'], store.list(place.bucket, place.prefix));
  await removeAll((stored ?? []).filter((version) => isOurs(place, version)), store);
}

async function removeAll(versions: StoredVersion[], store: ObjectStore): Promise<void> {
  await Promise.all(versions.map((version) => store.remove(version)));
}

/** The operator role may touch exactly these; a stranger's object below our prefix is not ours to remove. */
function isOurs(place: Place, { key }: StoredVersion): boolean {
  const [generation, name, ...rest] = key.slice(place.prefix.length).split('/');
  return key.startsWith(place.prefix) && rest.length === 0 && generation.length === GENERATION_LENGTH && name?.length === DIGEST_LENGTH;
}

/** What a bucket must be for a stream to pin versions in it, and for its deletion to leave nothing behind. */
export async function checkBucket(bucket: string, store: ObjectStore): Promise<void> {
  const [versioned, retained] = await Promise.all([store.isVersioned(bucket), store.hasDefaultRetention(bucket)]);
  if (!versioned) throw new Error(unversioned(bucket));
  if (retained) {
    throw new Error(`bucket '${bucket}' must not have a default retention of Object Lock, got: one that would keep this stream's objects from being deleted; take another bucket`);
  }
}

function unversioned(bucket: string): string {
  return `bucket '${bucket}' must have versioning enabled, because a stream pins object versions; enable it and deploy again`;
}
