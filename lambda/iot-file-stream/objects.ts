import type { Content, DesiredFile, DesiredStream, Encryption, LiveStream, PinnedFile, SizedFile, StorageLocation } from './model';
import { emptyFile } from './model';
import { isOlder } from './ownership';
import type { ObjectStore, ObjectVersion, StoredVersion, VersionFacts } from './services';
import { DIGEST_LENGTH, GENERATION_LENGTH } from '../../src/iot-file-stream/private/contract';
import { CallFailed, codeOf, TransientFailure, undefinedIf } from '../core/call';

/** The version ID of an object that was written without versioning. S3 can overwrite it, so it is never pinned. */
const UNVERSIONED = 'null';

/** Takes the place of the generation in the key of the record of a Delete. No generation contains these characters. */
const DELETION = 'deleted-';

/** S3's error codes for an object or a version that it does not find. */
const INVISIBLE = ['NotFound', 'NoSuchKey', 'NoSuchVersion'];
const NOT_VISIBLE_YET = 'S3 may take 15 minutes to find every version after versioning was enabled: deploy again later';

type Pin = Pick<SizedFile, 'version' | 'size' | 'sha256'>;

/** Called as soon as the SHA-256 of an object is known, to sign it while other files are copied. */
export type Learn = (key: string, sha256: string) => Promise<void>;

/**
 * Pins every file of a stream to an existing object version in its storage location, or to a new copy. Versions that the
 * given streams name take precedence, in the order of the streams, so that devices see no change.
 */
export async function pinFiles(
  desired: DesiredStream, streams: readonly LiveStream[], stored: StoredVersion[], store: ObjectStore, learn: Learn,
): Promise<SizedFile[]> {
  const { bucket, encryption } = desired;
  const pins = new Map<string, Promise<Pin>>();
  for (const file of desired.files) {
    const present = () => named(streams, presentVersions(desired, file, stored));
    const isSigned = desired.files.some(({ key, signing }) => key === file.key && signing);
    // files with equal content share one object, because two copies would be two versions
    if (!pins.has(file.key)) pins.set(file.key, pin({ ...file, isSigned, present: present() }, { bucket, encryption, store, learn }));
  }
  return Promise.all(desired.files.map(async ({ fileId, key }): Promise<SizedFile> => {
    const pinned = await pins.get(key)!;
    if (pinned.size === 0) throw new Error(emptyFile(fileId));
    return { fileId, bucket, key, ...pinned };
  }));
}

/** Returns the versions of a file's content in any generation of its storage location. */
function presentVersions(location: StorageLocation, file: DesiredFile, stored: StoredVersion[]): StoredVersion[] {
  return inAnyGeneration(location, file.key, stored)
    .filter(({ version, size }) => version !== UNVERSIONED && (file.size === undefined || file.size === size));
}

/**
 * Returns the versions of an object in any generation of its storage location, without delete markers. Of each key the oldest
 * version is the first: it is a copy of this handler, while a newer one may have been written by somebody else.
 */
export function inAnyGeneration(location: StorageLocation, key: string, stored: readonly StoredVersion[]): StoredVersion[] {
  const digits = key.slice(-DIGEST_LENGTH);
  return stored.filter((version) => (
    generationOf(location, version.key) !== undefined && version.key.endsWith(digits) && !version.isDeleteMarker)).reverse();
}

function named(streams: readonly LiveStream[], present: StoredVersion[]): StoredVersion[] {
  const first = streams.flatMap(({ files }) => files).flatMap((file) => present.filter((version) => isSame(file, version)));
  return [...new Set([...first, ...present])];
}

function isSame(a: ObjectVersion, b: ObjectVersion): boolean {
  return a.bucket === b.bucket && a.key === b.key && a.version === b.version;
}

/** The destination of an object, and what to do once its SHA-256 is known. */
interface Target {
  readonly bucket: string;
  readonly encryption?: Encryption;
  readonly store: ObjectStore;
  readonly learn: Learn;
}

interface PlacedFile extends DesiredFile {
  /** Whether at least one of the files with this key is signed. */
  readonly isSigned: boolean;
  /** Its versions in the storage location, in order of precedence. */
  readonly present: readonly StoredVersion[];
}

async function pin(file: PlacedFile, target: Target): Promise<Pin> {
  const { key, sha256 } = file;
  const [pinned] = await Promise.all([findOrWrite(file, target), sha256 === undefined ? undefined : target.learn(key, sha256)]);
  return pinned;
}

async function findOrWrite({ present, ...file }: PlacedFile, target: Target): Promise<Pin> {
  const { store } = target;
  for (const found of present.filter(({ key }) => key === file.key)) {
    // a copy of unknown content is used without a check, and inspected only if it must be signed
    const facts = file.sha256 === undefined && !file.isSigned ? found : await onceVisible(store.inspect(found));
    if (file.sha256 === undefined || agrees(file, facts) === undefined) {
      return { version: found.version, size: found.size, sha256: file.sha256 ?? sha256Of(facts) };
    }
  }
  // for unpinned sources, reuse the copy made by the first generation so that all generations serve the same bytes
  const [earlier] = file.sha256 === undefined ? present : [];
  if (earlier) return onceVisible(write({ ...file, content: { kind: 'object', ...earlier } }, target));
  return write(file, target);
}

/** Makes a missing version a transient failure: for minutes after versioning has been enabled, S3 may not find existing versions. */
export async function onceVisible<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof CallFailed) || !INVISIBLE.includes(error.code)) throw error;
    throw new TransientFailure(`${error.message}; ${NOT_VISIBLE_YET}`, { cause: error });
  }
}

async function write(file: DesiredFile, { bucket, encryption, store, learn }: Target): Promise<Pin> {
  const { version, checksum } = await store.write(file.content, bucket, file.key, encryption);
  // the Delete of the storage location deletes this object as well
  if (version === undefined) throw new TransientFailure(unversioned(bucket));
  if (version === UNVERSIONED) throw new Error(unversioned(bucket));
  const { size } = file;
  const answered = sha256Of({ checksum });
  const [facts] = await Promise.all([
    size !== undefined && answered !== undefined ? { size, checksum } : onceVisible(store.inspect({ bucket, key: file.key, version })),
    answered === undefined || file.sha256 !== undefined ? undefined : learn(file.key, answered),
  ]);
  const problem = file.sha256 === undefined ? undefined : agrees(file, facts);
  if (problem) throw new Error(`the copy of ${describe(file.content)} in bucket '${bucket}' ${problem}: the source is not what was synthesised; upload it again`);
  return { version, size: facts.size, sha256: file.sha256 ?? sha256Of(facts) };
}

/** Returns what is wrong with the content of a version; undefined if it is right or unknown. */
function agrees(file: DesiredFile, facts: Partial<VersionFacts>): string | undefined {
  const sha256 = sha256Of(facts);
  if (sha256 !== undefined) return sha256 === file.sha256 ? undefined : `must have the SHA-256 ${file.sha256}, got: ${sha256}`;
  return facts.size === file.size ? undefined : `must have ${file.size} bytes, got: ${facts.size}`;
}

/** Whether a checksum is that of the complete content. That of a multipart upload ends in '-N', and Base64 contains no dash. */
function provesContent(checksum: string | undefined): boolean {
  return checksum !== undefined && !checksum.includes('-');
}

function sha256Of({ checksum }: Partial<VersionFacts>): string | undefined {
  return provesContent(checksum) ? Buffer.from(checksum!, 'base64').toString('hex') : undefined;
}

function describe(content: Content): string {
  return content.kind === 'text' ? 'a text' : `'s3://${content.bucket}/${content.key}'`;
}

/** Whether a listing contains every version that a stream names. */
export function areStored(files: readonly PinnedFile[], stored: readonly StoredVersion[]): boolean {
  return files.every((file) => stored.some((version) => isSame(file, version)));
}

/** Whether a listing of a storage location lacks what a stream names there. */
export function isListingStale(stored: readonly StoredVersion[], location: StorageLocation, files: readonly PinnedFile[]): boolean {
  return !areStored(files.filter((file) => isIn(location, file)), stored);
}

/** Whether an object belongs to a storage location. */
export function isIn({ bucket, prefix }: StorageLocation, file: Pick<PinnedFile, 'bucket' | 'key'>): boolean {
  return file.bucket === bucket && file.key.startsWith(prefix);
}

/** The objects that `prune` keeps. */
export interface Kept {
  readonly keys: readonly string[];
  /** Generations of streams that are kept although no properties name their signatures. */
  readonly generations: readonly string[];
}

/** Deletes every object that neither properties nor streams still name. */
export async function prune(location: StorageLocation, stored: StoredVersion[], kept: Kept, store: ObjectStore): Promise<void> {
  const isKept = ({ key }: StoredVersion) => (
    kept.keys.includes(key) || kept.generations.some((generation) => generation === generationOf(location, key)));
  await removeAll(location, stored.filter((version) => !isKept(version)), store);
}

/** Returns every version and delete marker in a storage location; none if the bucket does not exist. */
export async function listStorage(location: StorageLocation, store: ObjectStore): Promise<StoredVersion[]> {
  return await undefinedIf(['NoSuchBucket'], store.list(location.bucket, location.prefix)) ?? [];
}

/** Deletes every object version with a generation in its key. Other objects below the prefix are not ours. */
export async function removeAll(location: StorageLocation, versions: StoredVersion[], store: ObjectStore): Promise<void> {
  await Promise.all(versions.filter(({ key }) => generationOf(location, key) !== undefined).map((version) => store.remove(version)));
}

/** Returns the generations that have objects in a storage location. */
export function generationsIn(location: StorageLocation, stored: StoredVersion[]): string[] {
  return [...new Set(stored.flatMap(({ key }) => generationOf(location, key) ?? []))].filter((generation) => generation !== DELETION);
}

/**
 * Writes the time of a Delete into the storage location, so that an older event that arrives late does not create the stream
 * again. The Delete of the storage location removes it. If it cannot be written, the stream is deleted nevertheless. A second
 * delivery finds the record of the first and writes none: it may be late, and nothing would remove its record.
 */
export async function recordDeletion(
  location: StorageLocation, stored: StoredVersion[], expiry: number | undefined, store: ObjectStore,
): Promise<void> {
  if (!isOlder(newestDeletion(location, stored), expiry)) return;
  const key = `${location.prefix}${DELETION}/${String(expiry).padStart(DIGEST_LENGTH, '0')}`;
  await store.write({ kind: 'text', text: '' }, location.bucket, key).catch((error: unknown) => {
    if (codeOf(error) === undefined) throw error;
  });
}

/** Returns the time of the newest Delete that a storage location has recorded; -Infinity, which is before every event, if there is none. */
export function newestDeletion(location: StorageLocation, stored: StoredVersion[]): number {
  return Math.max(...deletionsIn(location, stored).map(({ key }) => Number(key.slice(-DIGEST_LENGTH))));
}

/** Returns the records of Deletes. */
export function deletionsIn(location: StorageLocation, stored: StoredVersion[]): StoredVersion[] {
  return stored.filter(({ key }) => generationOf(location, key) === DELETION);
}

/** Returns the generation in the key of an object in a storage location; undefined if the object is not ours. */
export function generationOf(location: StorageLocation, key: string): string | undefined {
  const [generation, name, ...rest] = key.slice(location.prefix.length).split('/');
  const isOurs = key.startsWith(location.prefix) && rest.length === 0
    && generation.length === GENERATION_LENGTH && name?.length === DIGEST_LENGTH;
  return isOurs ? generation : undefined;
}

/** Checks that the objects of a bucket are versioned and can be deleted. */
export async function checkBucket(bucket: string, store: ObjectStore): Promise<void> {
  const [{ status, isMfaDelete }, retained] = await Promise.all([store.versioning(bucket), store.hasDefaultRetention(bucket)]);
  if (status === undefined) throw new TransientFailure(unversioned(bucket));
  if (status !== 'Enabled') throw new Error(unversioned(bucket));
  if (isMfaDelete) {
    throw new Error(`bucket '${bucket}' must not have MFA Delete, got: one that would keep this stream's objects from being deleted; use another bucket`);
  }
  if (retained) {
    throw new Error(`bucket '${bucket}' must not have a default retention of Object Lock, got: one that would keep this stream's objects from being deleted; use another bucket`);
  }
}

function unversioned(bucket: string): string {
  return `bucket '${bucket}' must have versioning enabled, because a stream pins object versions; enable it and deploy again (S3 may take 15 minutes to apply it)`;
}
