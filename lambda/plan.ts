import { createHash } from 'node:crypto';
import {
  FileProperties, IN_PLACE_GENERATION, ObjectsProperties, REQUESTS_TAG, RESOURCE_TAG, STACK_TAG, StreamProperties, TAG_PREFIX,
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
  readonly streamId: string;
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

/** CloudFormation's strings, read once: nothing behind this function sees a raw property. */
export function parseStream(properties: StreamProperties): DesiredStream {
  return {
    ...parsePlace(properties),
    streamId: required(properties, 'StreamId'),
    description: required(properties, 'Description'),
    roleArn: required(properties, 'RoleArn'),
    files: parseFiles(properties),
    tags: properties.Tags ?? {},
  };
}

export function parsePlace(properties: ObjectsProperties | StreamProperties): Place {
  return {
    operatorRoleArn: required(properties, 'OperatorRoleArn'),
    bucket: required(properties, 'Bucket'),
    prefix: required(properties, 'Prefix'),
  };
}

function parseFiles(properties: StreamProperties): DesiredFile[] {
  const files = Object.entries(properties.Files ?? {});
  if (files.length === 0) throw new Error(`property 'Files' must have at least one file, got: ${JSON.stringify(properties.Files)}`);
  return files
    .map(([fileId, file]) => parseFile(integer(fileId, 'Files'), properties.Prefix, file))
    .sort((a, b) => a.fileId - b.fileId);
}

function parseFile(fileId: number, prefix: string, file: FileProperties): DesiredFile {
  const text = file.Text;
  if (text !== undefined) {
    const sha256 = digest(text);
    return { fileId, key: keyOf(prefix, sha256), content: { kind: 'text', text }, sha256, size: Buffer.byteLength(text) };
  }
  const bucket = required(file, 'SourceBucket');
  const key = required(file, 'SourceKey');
  return {
    fileId,
    key: keyOf(prefix, file.Sha256 ?? digest(JSON.stringify([bucket, key, file.SourceVersion ?? '', file.Revision ?? '']))),
    content: { kind: 'object', bucket, key, version: file.SourceVersion },
    sha256: file.Sha256,
    size: file.Size === undefined ? undefined : integer(file.Size, 'Size'),
  };
}

function keyOf(prefix: string, name: string): string {
  return `${prefix}${IN_PLACE_GENERATION}/${name}`;
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

/** The tags of a stream that this event creates. */
export function tagsAtCreation(desired: DesiredStream, owner: Owner, requestId: string): Tags {
  return { ...desired.tags, [STACK_TAG]: owner.stackId, [RESOURCE_TAG]: owner.logicalId, [REQUESTS_TAG]: requestId };
}

/** Whether this very event has been carried out before: a duplicate may arrive after the rollback that undid it. */
export function hasSeen(live: LiveStream, requestId: string): boolean {
  return requestsOf(live).includes(requestId);
}

function requestsOf(live: LiveStream): string[] {
  return (live.tags[REQUESTS_TAG] ?? '').split(' ').filter(Boolean);
}

export interface TagChange {
  readonly set: Tags;
  readonly remove: readonly string[];
}

/** Removes only what an earlier template of ours had set: a tag that somebody else added stays. */
export function planTags(live: LiveStream, desired: Tags, old: Tags, requestId: string): TagChange {
  const requests = [...requestsOf(live), requestId].slice(-REMEMBERED_REQUESTS).join(' ');
  const changed = Object.entries(desired).filter(([key, value]) => live.tags[key] !== value);
  return {
    set: { ...Object.fromEntries(changed), [REQUESTS_TAG]: requests },
    remove: Object.keys(old).filter((key) => Object.hasOwn(live.tags, key) && !Object.hasOwn(desired, key) && !key.startsWith(TAG_PREFIX)),
  };
}

/** The keys in the place that the properties of an event name; those of other places are not this event's business. */
export function keysOf(stream: DesiredStream, place: Place): string[] {
  return samePlace(stream, place) ? stream.files.map((file) => file.key) : [];
}

function samePlace(a: Place, b: Place): boolean {
  return a.bucket === b.bucket && a.prefix === b.prefix;
}
