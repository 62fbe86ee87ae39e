import { createHash } from 'node:crypto';
import {
  FileProperties, GENERATION_LENGTH, GENERATION_SEPARATOR, IN_PLACE, IN_PLACE_GENERATION, NEW_STREAM, ObjectsProperties, REQUESTS_TAG, RESOURCE_TAG,
  STACK_TAG, StreamProperties, TAGS_TAG,
} from '../src/private/contract';

/** Where a stream's objects live, and in whose name the handler works there. */
export interface Place {
  readonly operatorRoleArn: string;
  readonly bucket: string;
  readonly prefix: string;
}

/** Where a file's bytes are before they are in the place. */
export type Content =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'object'; readonly bucket: string; readonly key: string; readonly version?: string };

export interface DesiredFile {
  readonly fileId: number;
  /** In the place: names the content, or the declaration of an object in a bucket. */
  readonly key: string;
  readonly content: Content;
  /** Known content only, in hexadecimal digits. */
  readonly sha256?: string;
  /** Known content only, in bytes. */
  readonly size?: number;
}

export interface DesiredStream extends Place {
  /** Of the stream itself, so under `NEW_STREAM` with its generation. */
  readonly streamId: string;
  /** Names what devices receive, from which place and by which role. */
  readonly content: string;
  readonly description: string;
  readonly roleArn: string;
  readonly files: readonly DesiredFile[];
  readonly tags: Tags;
}

export interface PinnedFile {
  readonly fileId: number;
  readonly bucket: string;
  readonly key: string;
  readonly version: string;
}

export interface SizedFile extends PinnedFile {
  /** In bytes. */
  readonly size: number;
}

/** A stream as the service describes it, with its tags. */
export interface LiveStream {
  readonly streamId: string;
  readonly streamArn: string;
  readonly streamVersion: number;
  readonly description?: string;
  readonly roleArn: string;
  readonly files: readonly PinnedFile[];
  readonly tags: Tags;
}

export type Tags = Readonly<Record<string, string>>;

/** Whose event it is: what tells our stream from another's. */
export interface Owner {
  readonly stackId: string;
  readonly logicalId: string;
}

const REMEMBERED_REQUESTS = 6; // 6 UUIDs and 5 spaces are 221 of the 256 characters of a tag's value
const FINGERPRINT_LENGTH = 5; // of 46 keys: 230 of those 256; 30 bits tell a stranger's key from ours

/** CloudFormation's strings, read once: nothing behind this function sees a raw property. */
export function parseStream(properties: StreamProperties): DesiredStream {
  const place = parsePlace(properties);
  const streamId = required(properties, 'StreamId');
  const description = required(properties, 'Description');
  const roleArn = required(properties, 'RoleArn');
  const files = parseFiles(properties);
  const names = files.map(({ fileId, name }) => [fileId, name]);
  // with the place: a generation that moves is another stream, so that clean-up of the old place hits the old one alone
  const content = digest(JSON.stringify([place.bucket, place.prefix, roleArn, description, names])).slice(0, GENERATION_LENGTH);
  const generation = parseStrategy(properties) === NEW_STREAM ? content : IN_PLACE_GENERATION;
  return {
    ...place,
    streamId: streamIdOf(streamId, generation),
    content,
    description,
    roleArn,
    files: files.map(({ name, ...file }) => ({ ...file, key: `${place.prefix}${generation}/${name}` })),
    tags: properties.Tags ?? {},
  };
}

/** The stream of a generation. */
export function streamIdOf(streamId: string, generation: string): string {
  return generation === IN_PLACE_GENERATION ? streamId : `${streamId}${GENERATION_SEPARATOR}${generation}`;
}

function parseStrategy({ UpdateStrategy: strategy = IN_PLACE }: StreamProperties): string {
  if (strategy !== IN_PLACE && strategy !== NEW_STREAM) {
    throw new Error(`property 'UpdateStrategy' must be '${IN_PLACE}' or '${NEW_STREAM}', got: ${JSON.stringify(strategy)}`);
  }
  return strategy;
}

export function parsePlace(properties: ObjectsProperties | StreamProperties): Place {
  return {
    operatorRoleArn: required(properties, 'OperatorRoleArn'),
    bucket: required(properties, 'Bucket'),
    prefix: required(properties, 'Prefix'),
  };
}

/** A file whose generation is not known yet. */
interface NamedFile extends Omit<DesiredFile, 'key'> {
  readonly name: string;
}

function parseFiles(properties: StreamProperties): NamedFile[] {
  const files = Object.entries(properties.Files ?? {});
  if (files.length === 0) throw new Error(`property 'Files' must have at least one file, got: ${JSON.stringify(properties.Files)}`);
  return files
    .map(([fileId, file]) => parseFile(integer(fileId, 'Files'), file))
    .sort((a, b) => a.fileId - b.fileId);
}

function parseFile(fileId: number, file: FileProperties): NamedFile {
  const text = file.Text;
  if (text !== undefined) {
    const sha256 = digest(text);
    return { fileId, name: sha256, content: { kind: 'text', text }, sha256, size: Buffer.byteLength(text) };
  }
  const bucket = required(file, 'SourceBucket');
  const key = required(file, 'SourceKey');
  return {
    fileId,
    name: file.Sha256 ?? digest(JSON.stringify([bucket, key, file.SourceVersion ?? '', file.Revision ?? ''])),
    content: { kind: 'object', bucket, key, version: file.SourceVersion },
    sha256: file.Sha256,
    size: file.Size === undefined ? undefined : integer(file.Size, 'Size'),
  };
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function required<T extends object>(properties: T, name: keyof T & string): string {
  const value: unknown = properties[name];
  if (typeof value !== 'string' || value === '') {
    throw new Error(`property '${name}' must be a non-empty string, got: ${JSON.stringify(value)}`);
  }
  return value;
}

function integer(text: string, name: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`property '${name}' must be a whole number, got: ${JSON.stringify(text)}`);
  return Number(text);
}

/** Whether devices would receive something else: what alone justifies a new stream version. */
export function differs(live: LiveStream, desired: DesiredStream, pinned: readonly PinnedFile[]): boolean {
  return live.description !== desired.description
    || live.roleArn !== desired.roleArn
    || canonical(live.files) !== canonical(pinned);
}

function canonical(files: readonly PinnedFile[]): string {
  return JSON.stringify([...files]
    .sort((a, b) => a.fileId - b.fileId)
    .map((file) => [file.fileId, file.bucket, file.key, file.version]));
}

export function isOwned(tags: Tags, owner: Owner): boolean {
  return tags[STACK_TAG] === owner.stackId && tags[RESOURCE_TAG] === owner.logicalId;
}

/** What a stream of this event's has to carry. */
export function tagsFor(desired: DesiredStream, owner: Owner, memory: string): Tags {
  return { ...remembered(desired.tags), [STACK_TAG]: owner.stackId, [RESOURCE_TAG]: owner.logicalId, [REQUESTS_TAG]: memory };
}

/** Whether something else has been asked for since: a duplicate may arrive after the rollback that undid it. */
export function isSuperseded(live: LiveStream, requestId: string): boolean {
  return requestsOf(live).slice(0, -1).includes(requestId);
}

function requestsOf(live: LiveStream): string[] {
  return (live.tags[REQUESTS_TAG] ?? '').split(' ').filter(Boolean);
}

/** The last requests of all generations, this one last: what one of them has seen must be known when it is gone. */
export function memoryOf(streams: readonly LiveStream[], requestId: string): string {
  const earlier = streams.flatMap(requestsOf).filter((request) => request !== requestId);
  return [...new Set([...earlier, requestId])].slice(-REMEMBERED_REQUESTS).join(' ');
}

export interface TagChange {
  readonly set: Tags;
  readonly remove: readonly string[];
}

/**
 * Removes only what a template of ours had set: a tag that somebody else added stays. The stream itself says what that
 * is, for what CloudFormation says may be long ago: of a stream that was kept, or after a rollback that was given up.
 */
export function planTags(live: LiveStream, tags: Tags): TagChange {
  const set = Object.entries(tags).filter(([key, value]) => live.tags[key] !== value);
  const earlier = chunks(live.tags[TAGS_TAG] ?? '');
  return {
    set: Object.fromEntries(set),
    remove: Object.keys(live.tags).filter((key) => !Object.hasOwn(tags, key) && (key === TAGS_TAG || earlier.includes(fingerprint(key)))),
  };
}

/** The user's tags, and which they are. */
function remembered(tags: Tags): Tags {
  const fingerprints = Object.keys(tags).map(fingerprint).sort().join('');
  return fingerprints ? { ...tags, [TAGS_TAG]: fingerprints } : tags;
}

/** All keys together would not fit one tag. */
function fingerprint(key: string): string {
  return createHash('sha256').update(key).digest('base64url').slice(0, FINGERPRINT_LENGTH);
}

function chunks(fingerprints: string): string[] {
  return Array.from({ length: fingerprints.length / FINGERPRINT_LENGTH }, (_, index) => (
    fingerprints.slice(index * FINGERPRINT_LENGTH, (index + 1) * FINGERPRINT_LENGTH)));
}

/** The keys in the place that the properties of an event name; those of other places are not this event's business. */
export function keysOf(stream: DesiredStream, place: Place): string[] {
  return samePlace(stream, place) ? stream.files.map((file) => file.key) : [];
}

function samePlace(a: Place, b: Place): boolean {
  return a.bucket === b.bucket && a.prefix === b.prefix;
}
