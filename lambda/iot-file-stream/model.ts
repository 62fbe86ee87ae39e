import { createHash } from 'node:crypto';
import type {
  FileProperties, ObjectsProperties,
  StreamProperties,
} from '../../src/iot-file-stream/private/contract';
import {
  DIGEST_LENGTH, ECDSA_SHA_256, GENERATION_LENGTH, GENERATION_SEPARATOR, IN_PLACE, IN_PLACE_GENERATION, NEW_STREAM,
  RSASSA_PKCS1_V1_5_SHA_256,
} from '../../src/iot-file-stream/private/contract';

/** The location of a stream's objects, and the role that the handler assumes to access it. */
export interface StorageLocation {
  readonly managementRoleArn: string;
  readonly bucket: string;
  readonly prefix: string;
}

/** The source of a file. */
export type Content =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'object'; readonly bucket: string; readonly key: string; readonly version?: string };

export interface DesiredFile {
  readonly fileId: number;
  /** The object key in the storage location: contains a hash of the content, or of the declaration of an object in another bucket. */
  readonly key: string;
  readonly content: Content;
  /** In hexadecimal digits; undefined if the content is unknown. */
  readonly sha256?: string;
  /** In bytes; undefined if the content is unknown. */
  readonly size?: number;
  readonly signing?: Signing;
}

/** The KMS key and the algorithm that sign a file. */
export interface Signing {
  readonly keyArn: string;
  readonly algorithm: string;
}

export interface DesiredStream extends StorageLocation {
  /** The ID of the stream; for a generation it includes the eight digits. */
  readonly streamId: string;
  /** Whether each content has a stream of its own. */
  readonly isNewStream: boolean;
  /** A hash of what devices receive, of the storage location and of the role. */
  readonly content: string;
  readonly description: string;
  readonly roleArn: string;
  readonly files: readonly DesiredFile[];
  /** The encryption of new objects; undefined for the default of the bucket. */
  readonly encryption?: Encryption;
  readonly tags: Tags;
  /** The files whose signatures or locations are returned as attributes. */
  readonly answered: AnsweredFiles;
}

export interface AnsweredFiles {
  readonly signatures: readonly number[];
  readonly locations: readonly number[];
}

export interface Encryption {
  readonly algorithm?: string;
  readonly key?: string;
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
  /** In hexadecimal digits; undefined if neither the content is declared nor S3 states the SHA-256 of the complete object. */
  readonly sha256?: string;
}

/** A stream as the service describes it, with its tags. */
export interface LiveStream {
  readonly streamId: string;
  readonly streamArn: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly streamVersion: number;
  readonly description?: string;
  readonly roleArn: string;
  readonly files: readonly PinnedFile[];
  readonly tags: Tags;
}

export type Tags = Readonly<Record<string, string>>;

/**
 * Parses the properties, which CloudFormation sends as strings. The result has the ID and the keys of a stream that is
 * updated in place, also with `NEW_STREAM`: `inGeneration` replaces them by those of a generation.
 */
export function parseStream(properties: StreamProperties): DesiredStream {
  const location = parseStorageLocation(properties);
  const streamId = required(properties, 'StreamId');
  const description = required(properties, 'Description');
  const roleArn = required(properties, 'RoleArn');
  const files = parseFiles(properties);
  const names = files.map(({ fileId, name }) => [fileId, name]);
  // includes the storage location, so that a content that moves becomes another generation and the clean-up deletes only the old one
  const content = digest(JSON.stringify([location.bucket, location.prefix, roleArn, description, names]));
  return {
    ...location,
    streamId,
    isNewStream: parseStrategy(properties) === NEW_STREAM,
    content,
    description,
    roleArn,
    encryption: { algorithm: properties.ServerSideEncryption, key: properties.EncryptionKey },
    files: files.map(({ name, ...file }) => ({ ...file, key: `${location.prefix}${IN_PLACE_GENERATION}/${name}` })),
    tags: properties.Tags ?? {},
    answered: parseAnswered(properties, files),
  };
}

/** Returns the parsed properties with the ID and the keys of a generation. */
export function inGeneration(parsed: DesiredStream, generation: string): DesiredStream {
  return {
    ...parsed,
    streamId: streamIdOf(parsed.streamId, generation),
    files: parsed.files.map((file) => ({ ...file, key: `${parsed.prefix}${generation}/${file.key.slice(-DIGEST_LENGTH)}` })),
  };
}

/** Returns the generation that an event creates. Each event has its own, because AWS IoT may continue the versions of a deleted ID. */
export function newGeneration({ content }: DesiredStream, requestId: string): string {
  return digest(JSON.stringify([content, requestId])).slice(0, GENERATION_LENGTH);
}

/** Returns the ID of the stream of a generation. */
export function streamIdOf(streamId: string, generation: string): string {
  return generation === IN_PLACE_GENERATION ? streamId : `${streamId}${GENERATION_SEPARATOR}${generation}`;
}

function parseStrategy({ UpdateStrategy: strategy = IN_PLACE }: StreamProperties): string {
  if (strategy !== IN_PLACE && strategy !== NEW_STREAM) {
    throw new Error(`property 'UpdateStrategy' must be '${IN_PLACE}' or '${NEW_STREAM}', got: ${JSON.stringify(strategy)}`);
  }
  return strategy;
}

export function parseStorageLocation(properties: ObjectsProperties | StreamProperties): StorageLocation {
  return {
    managementRoleArn: required(properties, 'ManagementRoleArn'),
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
  // JavaScript enumerates integer keys in ascending order
  return files.map(([fileId, file]) => parseFile(integer(fileId, 'Files'), file));
}

function parseFile(fileId: number, file: FileProperties): NamedFile {
  const signing = parseSigning(file);
  return { ...parseContent(fileId, file), ...signing ? { signing } : {} };
}

function parseSigning(file: FileProperties): Signing | undefined {
  if (file.SigningKeyArn === undefined && file.SigningAlgorithm === undefined) return undefined;
  const algorithm = required(file, 'SigningAlgorithm');
  if (algorithm !== ECDSA_SHA_256 && algorithm !== RSASSA_PKCS1_V1_5_SHA_256) {
    throw new Error(`property 'SigningAlgorithm' must be '${ECDSA_SHA_256}' or '${RSASSA_PKCS1_V1_5_SHA_256}', got: ${JSON.stringify(algorithm)}`);
  }
  return { keyArn: required(file, 'SigningKeyArn'), algorithm };
}

function parseAnswered(properties: StreamProperties, files: readonly NamedFile[]): AnsweredFiles {
  const signed = files.filter(({ signing }) => signing);
  return {
    signatures: fileIds(properties, 'AnsweredSignatures', signed),
    locations: fileIds(properties, 'AnsweredLocations', files),
  };
}

function fileIds(properties: StreamProperties, name: 'AnsweredSignatures' | 'AnsweredLocations', files: readonly NamedFile[]): number[] {
  const ids = (properties[name] ?? []).map((id) => integer(id, name));
  const missing = ids.find((id) => !files.some(({ fileId }) => fileId === id));
  if (missing !== undefined) {
    const known = files.map(({ fileId }) => fileId).join(', ') || 'none';
    throw new Error(`property '${name}' must name files of ${known}, got: ${missing}`);
  }
  return ids;
}

function parseContent(fileId: number, file: FileProperties): NamedFile {
  if (file.Text !== undefined) return parseText(fileId, file.Text, file.Sha256);
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

function parseText(fileId: number, text: string, declared: string | undefined): NamedFile {
  if (text === '') throw new Error(emptyFile(fileId));
  const sha256 = digest(text);
  if (declared !== undefined && declared !== sha256) {
    throw new Error(`the text of file ${fileId} must have the SHA-256 ${declared}, got: ${sha256}; it was changed between synthesis and deployment, `
      + 'as some tools change characters outside of ASCII: put it into a file and use StreamFile.fromAsset');
  }
  return { fileId, name: sha256, content: { kind: 'text', text }, sha256, size: Buffer.byteLength(text) };
}

/** The error about an empty file, of which a device cannot request a block. */
export function emptyFile(fileId: number): string {
  return `file ${fileId} must not be empty, got: 0 bytes; a device cannot download an empty file`;
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

/** Returns the object keys that parsed properties name in a storage location. */
export function keysOf(stream: DesiredStream, location: StorageLocation): string[] {
  if (!isSameLocation(stream, location)) return [];
  return stream.files.flatMap((file) => [file.key, signatureKey(file)]).filter((key) => key !== undefined);
}

/** Returns the object key of a file's signature; undefined for an unsigned file. */
export function signatureKey({ key, signing }: DesiredFile): string | undefined {
  if (!signing) return undefined;
  const content = key.slice(-DIGEST_LENGTH);
  return key.slice(0, -DIGEST_LENGTH) + digest(JSON.stringify([content, signing.keyArn, signing.algorithm]));
}

function isSameLocation(a: StorageLocation, b: StorageLocation): boolean {
  return a.bucket === b.bucket && a.prefix === b.prefix;
}
