import type { Content, DesiredFile, DesiredStream, Encryption, LiveStream, PinnedFile, SizedFile, StorageLocation } from './model';
import { emptyFile } from './model';
import type { ObjectStore, ObjectVersion, StoredVersion, VersionFacts } from './services';
import { DIGEST_LENGTH, GENERATION_LENGTH } from '../../src/iot-file-stream/private/contract';
import { CallFailed, codeOf, TransientFailure, undefinedIf } from '../core/call';

/** S3's version id of what was written without versioning. It can be overwritten. */
const UNVERSIONED = 'null';

/** In place of a generation: what Delete leaves until the location is emptied. No content has such digits. */
const DELETION = 'deleted-';

/** S3's names for an object or a version that it does not find. */
const INVISIBLE = ['NotFound', 'NoSuchKey', 'NoSuchVersion'];
const NOT_VISIBLE_YET = 'S3 may take 15 minutes to find every version after versioning was enabled: deploy again later';

type Pin = Pick<SizedFile, 'version' | 'size' | 'sha256'>;

/** Begins what can be done beside the pinning, as soon as the SHA-256 of the object with a key is known. */
export type Learn = (key: string, sha256: string) => Promise<void>;

const learnNothing: Learn = async () => undefined;

/**
 * Pins every file of a stream to an object version in its location: found there, or else copied. What the given streams name
 * comes first, in their order: whatever else lies there, devices see no change.
 */
export async function pinFiles(
  desired: DesiredStream, streams: readonly LiveStream[], stored: StoredVersion[], store: ObjectStore, learn: Learn = learnNothing,
): Promise<SizedFile[]> {
  const { bucket, encryption } = desired;
  const pins = new Map<string, Promise<Pin>>();
  for (const file of desired.files) {
    const present = () => named(streams, presentVersions(desired, file, stored));
    const isSigned = desired.files.some(({ key, signing }) => key === file.key && signing);
    // files of one content are one object: two copies of it would be two versions
    if (!pins.has(file.key)) pins.set(file.key, pin({ ...file, isSigned, present: present() }, { bucket, encryption, store, learn }));
  }
  return Promise.all(desired.files.map(async ({ fileId, key }): Promise<SizedFile> => {
    const pinned = await pins.get(key)!;
    if (pinned.size === 0) throw new Error(emptyFile(fileId));
    return { fileId, bucket, key, ...pinned };
  }));
}

/** The versions of a file's content in any generation of its location. */
function presentVersions(location: StorageLocation, file: DesiredFile, stored: StoredVersion[]): StoredVersion[] {
  return inAnyGeneration(location, file.key, stored)
    .filter(({ version, size }) => version !== UNVERSIONED && (file.size === undefined || file.size === size));
}

/** The versions of an object in any generation of its location, but delete markers. */
export function inAnyGeneration(location: StorageLocation, key: string, stored: readonly StoredVersion[]): StoredVersion[] {
  const digits = key.slice(-DIGEST_LENGTH);
  return stored.filter((version) => (
    generationOf(location, version.key) !== undefined && version.key.endsWith(digits) && !version.isDeleteMarker));
}

function named(streams: readonly LiveStream[], present: StoredVersion[]): StoredVersion[] {
  const first = streams.flatMap(({ files }) => files).flatMap((file) => present.filter((version) => isSame(file, version)));
  return [...new Set([...first, ...present])];
}

function isSame(a: ObjectVersion, b: ObjectVersion): boolean {
  return a.bucket === b.bucket && a.key === b.key && a.version === b.version;
}

/** Where an object is written, and what happens beside it. */
interface Target {
  readonly bucket: string;
  readonly encryption?: Encryption;
  readonly store: ObjectStore;
  readonly learn: Learn;
}

interface PlacedFile extends DesiredFile {
  /** Whether one at least of the files with this key is signed. */
  readonly isSigned: boolean;
  /** Its versions in the storage location, what is to be taken first. */
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
    // what is unknown is taken as it is, and looked at only to be signed
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

/** S3 can say for minutes after versioning was enabled that a version does not exist which it has listed or written. */
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
  // the object stays below the storage location, and is deleted with it
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

/** Says what is wrong with a version's content, if that can be known. */
function agrees(file: DesiredFile, facts: Partial<VersionFacts>): string | undefined {
  const sha256 = sha256Of(facts);
  if (sha256 !== undefined) return sha256 === file.sha256 ? undefined : `must have the SHA-256 ${file.sha256}, got: ${sha256}`;
  return facts.size === file.size ? undefined : `must have ${file.size} bytes, got: ${facts.size}`;
}

/** A checksum of checksums ('…-N', of an object in parts) says nothing about the content as a whole. Base64 has no dash. */
function provesContent(checksum: string | undefined): boolean {
  return checksum !== undefined && !checksum.includes('-');
}

function sha256Of({ checksum }: Partial<VersionFacts>): string | undefined {
  return provesContent(checksum) ? Buffer.from(checksum!, 'base64').toString('hex') : undefined;
}

function describe(content: Content): string {
  return content.kind === 'text' ? 'a text' : `'s3://${content.bucket}/${content.key}'`;
}

/** Whether a listing has every version that a stream names. */
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

/** What a pruning leaves. */
export interface Kept {
  readonly keys: readonly string[];
  /** Of streams that stay although no properties are at hand which name their signatures. */
  readonly generations: readonly string[];
}

/** Removes everything but what properties or streams still name. */
export async function prune(location: StorageLocation, stored: StoredVersion[], kept: Kept, store: ObjectStore): Promise<void> {
  const isKept = ({ key }: StoredVersion) => kept.keys.includes(key) || kept.generations.includes(generationOf(location, key) ?? '');
  await removeAll(location, stored.filter((version) => !isKept(version)), store);
}

/** Every version and delete marker in a location. A bucket that is gone has none. */
export async function listStorage(location: StorageLocation, store: ObjectStore): Promise<StoredVersion[]> {
  return await undefinedIf(['NoSuchBucket'], store.list(location.bucket, location.prefix)) ?? [];
}

/** Removes exactly what has a generation: other objects below our prefix are not ours. */
export async function removeAll(location: StorageLocation, versions: StoredVersion[], store: ObjectStore): Promise<void> {
  await Promise.all(versions.filter(({ key }) => generationOf(location, key) !== undefined).map((version) => store.remove(version)));
}

/** The generations that have objects in a location. */
export function generationsIn(location: StorageLocation, stored: StoredVersion[]): string[] {
  return [...new Set(stored.flatMap(({ key }) => generationOf(location, key) ?? []))].filter((generation) => generation !== DELETION);
}

/**
 * Leaves the time of a Delete in the location, so that an older event that arrives late does not create the stream again.
 * It is removed with everything else in the location. Where it cannot be written, the stream is deleted all the same.
 */
export async function recordDeletion(location: StorageLocation, expiry: number, store: ObjectStore): Promise<void> {
  const key = `${location.prefix}${DELETION}/${String(expiry).padStart(DIGEST_LENGTH, '0')}`;
  await store.write({ kind: 'text', text: '' }, location.bucket, key).catch((error: unknown) => {
    if (codeOf(error) === undefined) throw error;
  });
}

/** The time of the newest Delete in a location; undefined if there was none. */
export function newestDeletion(location: StorageLocation, stored: StoredVersion[]): number | undefined {
  const times = stored.filter(({ key }) => generationOf(location, key) === DELETION).map(({ key }) => Number(key.slice(-DIGEST_LENGTH)));
  return times.length > 0 ? Math.max(...times) : undefined;
}

/** The generation that a key names in a location; undefined for what is not ours. */
export function generationOf(location: StorageLocation, key: string): string | undefined {
  const [generation, name, ...rest] = key.slice(location.prefix.length).split('/');
  const isOurs = key.startsWith(location.prefix) && rest.length === 0
    && generation.length === GENERATION_LENGTH && name?.length === DIGEST_LENGTH;
  return isOurs ? generation : undefined;
}

/** Checks that streams can pin versions in a bucket, and that deleting them leaves nothing behind. */
export async function checkBucket(bucket: string, store: ObjectStore): Promise<void> {
  const [{ status, isMfaDelete }, retained] = await Promise.all([store.versioning(bucket), store.hasDefaultRetention(bucket)]);
  if (status === undefined) throw new TransientFailure(unversioned(bucket));
  if (status !== 'Enabled') throw new Error(unversioned(bucket));
  if (isMfaDelete) {
    throw new Error(`bucket '${bucket}' must not have MFA Delete, got: one that would keep this stream's objects from being deleted; take another bucket`);
  }
  if (retained) {
    throw new Error(`bucket '${bucket}' must not have a default retention of Object Lock, got: one that would keep this stream's objects from being deleted; take another bucket`);
  }
}

function unversioned(bucket: string): string {
  return `bucket '${bucket}' must have versioning enabled, because a stream pins object versions; enable it and deploy again (S3 may take 15 minutes to apply it)`;
}
