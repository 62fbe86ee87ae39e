import type { Stack } from 'aws-cdk-lib';
import { Annotations, Size, Token } from 'aws-cdk-lib';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { GENERATION_LENGTH, GENERATION_SEPARATOR, TAG_PREFIX } from './contract';
import { validateRegion } from '../../core/region';
import { resourceOf } from '../../core/resource-of';
import { validateUnique } from '../../core/unique-name';
import type { WrittenTemplate } from '../../core/written-template';
import type { IotFileStreamProps } from '../props';

/*
 * What can be known before a deployment, one check per property. Each lets unresolved tokens through, but where a literal
 * is needed. Limits of the service: https://docs.aws.amazon.com/iot/latest/apireference/API_CreateStream.html
 */

/** The block offset of a device's request ends at 98,304 blocks of 256 bytes. */
export const DEFAULT_MAXIMUM_FILE_SIZE = Size.mebibytes(24);
/** AWS's own C clients copy a stream's name into a buffer of this size without a look at its length. */
const SAFE_STREAM_ID_LENGTH = 44;
export const MAXIMUM_DESCRIPTION_LENGTH = 2028;
const MAXIMUM_STREAM_ID_LENGTH = 128;
const MAXIMUM_FILES = 50;
const MAXIMUM_KEY_BYTES = 1024;
// AWS IoT's developer guide allows one character less than its API reference:
// https://docs.aws.amazon.com/iot/latest/developerguide/tagging-iot.html
const MAXIMUM_TAG_KEY_LENGTH = 127;
const MAXIMUM_TAG_VALUE_LENGTH = 255;
const TAG_CHARACTERS = /^[\p{L}\p{Z}\p{N}_.:/=+@-]*$/u;
const MAXIMUM_TAGS = 46; // the service's 50 without our own four
/** The GUID of the stack, the placement, the generation, the digest, and what stands between them. */
const KEY_BYTES_BELOW_STREAM_ID = '/'.length + 36 + '-'.length + 8 + '/'.length + 8 + '/'.length + 64;

interface ValidatedProps extends IotFileStreamProps {
  readonly streamId: string;
  readonly keyPrefix: string;
}

/** Throws for the first property of a stream that no deployment could accept; `reserved` are the characters of a generation. */
export function validateProps(stream: Construct, { streamId, description, keyPrefix, bucket }: ValidatedProps, reserved: number): void {
  validateStreamId(streamId, reserved);
  validateNoGeneration(streamId);
  validateUnique(stream, 'streamId', 'ids', streamId);
  validateDescription(description);
  validateKeyPrefix(keyPrefix, streamId);
  if (bucket) validateRegion(stream, 'bucket', 'bucket', bucket);
  const longest = streamId.length + reserved;
  if (longest > SAFE_STREAM_ID_LENGTH) {
    Annotations.of(stream).addWarningV2('cdk-iot-streams:longStreamId',
      `'streamId' has ${longest} characters${reserved > 0 ? ' with its generation' : ''}: AWS's C clients overflow a buffer if it is longer than ${SAFE_STREAM_ID_LENGTH}`);
  }
}

export function validateFileCount(count: number): void {
  if (count < 1 || count > MAXIMUM_FILES) throw new Error(`'files' must contain 1 to ${MAXIMUM_FILES} files, got: ${count}`);
}

export function validateFileIds(fileIds: readonly (number | undefined)[]): void {
  const explicit = fileIds.filter((fileId) => fileId !== undefined);
  if (explicit.length > 0 && explicit.length < fileIds.length) {
    throw new Error(`'fileId' must be given for all files or for none, got: ${explicit.length} of ${fileIds.length}`);
  }
  const twice = firstDuplicate(explicit);
  if (twice !== undefined) throw new Error(`duplicate 'fileId' ${twice} in 'files': ids must be unique within a stream`);
}

export function validateFileNames(fileNames: readonly (string | undefined)[]): void {
  const twice = firstDuplicate(fileNames.filter((name) => name !== undefined && !Token.isUnresolved(name)));
  if (twice !== undefined) throw new Error(`duplicate 'fileName' '${twice}' in 'files': names must be unique within a stream; give one of the files another 'fileName'`);
}

function firstDuplicate<T>(values: readonly T[]): T | undefined {
  return values.find((value, index) => values.indexOf(value) < index);
}

export function validateFileName(fileName: string | undefined): void {
  if (fileName === '') throw new Error('\'fileName\' must not be empty, got: \'\'; omit it to use the default');
}

export function validateObjectVersion(objectVersion: string | undefined): void {
  if (objectVersion === '') throw new Error('\'objectVersion\' must not be empty, got: \'\'; omit it to use the current version');
}

/** A file that has no bytes has no block that a device could ask for. */
export function validateFileSize(path: string, bytes: number, maximum: Size): void {
  if (bytes === 0) throw new Error(`'path' must name a file with content, got: '${path}' with 0 bytes; a device cannot download an empty file`);
  if (maximum.isUnresolved()) throw new Error('\'maxFileSize\' must be a literal size, got: a token; local files are measured at synth');
  const limit = maximum.toBytes();
  if (bytes > limit) {
    throw new Error(`'path' must name a file of at most ${limit} bytes, got: '${path}' with ${bytes} bytes; `
      + 'AWS IoT delivers at most 24 MiB a file: split it, or raise \'maxFileSize\' if your account\'s quota is higher');
  }
}

/** With as many characters in reserve as a generation takes. */
export function validateStreamId(streamId: string | undefined, reserved = 0): void {
  if (streamId === undefined) return;
  const maximum = MAXIMUM_STREAM_ID_LENGTH - reserved;
  if (streamId.length < 1 || streamId.length > maximum) {
    const why = reserved > 0 ? `; ${reserved} more are kept for the generation of UpdateStrategy.NEW_STREAM` : '';
    throw new Error(`'streamId' must have 1 to ${maximum} characters, got: ${streamId.length}${why}`);
  }
  if (!/^[a-zA-Z0-9_-]+$/.test(streamId)) {
    throw new Error(`'streamId' must consist of letters, digits, '_' and '-', got: '${streamId}'`);
  }
}

/** Of a stream that is made here; one that exists may be a generation. */
function validateNoGeneration(streamId: string): void {
  if (!new RegExp(`${GENERATION_SEPARATOR}.{${GENERATION_LENGTH}}$`).test(streamId)) return;
  throw new Error(`'streamId' must not end with '${GENERATION_SEPARATOR}' and ${GENERATION_LENGTH} characters, got: '${streamId}'; `
    + 'this suffix is reserved for UpdateStrategy.NEW_STREAM; permissions for the stream without the suffix would also cover this one');
}

export function validateThingName(thingName: string): void {
  if (Token.isUnresolved(thingName) || /^([a-zA-Z0-9:_-]{1,128}|\$\{iot:[a-zA-Z.]+\})$/.test(thingName)) return;
  throw new Error(`'thingName' must be 1 to 128 letters, digits, ':', '_' and '-', or one policy variable of AWS IoT, got: '${thingName}'`);
}

export function validateOperation(operation: string): void {
  if (operation === '') throw new Error('\'operation\' must not be empty, got: \'\'; name the task of the device, such as \'update-firmware\'');
}

/** AWS's parser reads the position of a file as one digit. */
const MAXIMUM_OTA_FILES = 10;

interface OtaFile {
  readonly fileId: number;
  readonly signature?: string;
}

interface FileOfStream {
  readonly fileId: number;
  readonly signing?: unknown;
}

export function validateOtaFiles(files: readonly OtaFile[], ofStream: readonly FileOfStream[]): void {
  if (files.length < 1 || files.length > MAXIMUM_OTA_FILES) {
    throw new Error(`'files' of an OTA job must contain 1 to ${MAXIMUM_OTA_FILES} files, got: ${files.length}; list the files of this job, and create another job for the others`);
  }
  const twice = firstDuplicate(files.map(({ fileId }) => fileId));
  if (twice !== undefined) throw new Error(`duplicate 'fileId' ${twice} in 'files' of an OTA job: a job can name a file only once`);
  for (const { fileId, signature } of files) {
    const file = ofStream.find((candidate) => candidate.fileId === fileId);
    if (!file) throw new Error(`'fileId' must be one of the stream's, ${ofStream.map((other) => other.fileId).join(', ')}, got: ${fileId}`);
    if (signature !== undefined && file.signing !== undefined) {
      throw new Error(`'signature' must not be given for file ${fileId}, which has 'signing', got: ${Token.isUnresolved(signature) ? 'a token' : `'${signature}'`}; omit it: the document contains the signature that the deployment makes`);
    }
    if (signature !== undefined && !Token.isUnresolved(signature) && !/^([a-zA-Z0-9+/]{4})+([a-zA-Z0-9+/]{2}==|[a-zA-Z0-9+/]{3}=)?$/.test(signature)) {
      throw new Error(`'signature' must be Base64, got: '${signature}'`);
    }
  }
}

/** Limits of jobs: https://docs.aws.amazon.com/iot/latest/apireference/API_CreateJob.html */
const MAXIMUM_JOB_ID_LENGTH = 64;
const MAXIMUM_JOB_DOCUMENT_LENGTH = 32_768;

/** @param suffix the longest text that follows the stream id */
export function validateJobId(purpose: string | undefined, streamIdLength: number, suffix: string): void {
  if (Token.isUnresolved(purpose)) return;
  if (purpose !== undefined && !/^[a-zA-Z0-9_-]+$/.test(purpose)) {
    throw new Error(`'purpose' must consist of letters, digits, '_' and '-', got: '${purpose}'`);
  }
  const length = streamIdLength + suffix.length + (purpose === undefined ? 0 : 1 + purpose.length);
  if (length > MAXIMUM_JOB_ID_LENGTH) {
    throw new Error(`a job id must have at most ${MAXIMUM_JOB_ID_LENGTH} characters, got: up to ${length}; shorten 'purpose' or 'streamId'`);
  }
}

export function validateJobDocument(longestDocument: string): void {
  if (longestDocument.length <= MAXIMUM_JOB_DOCUMENT_LENGTH) return;
  throw new Error(`a job document must have at most ${MAXIMUM_JOB_DOCUMENT_LENGTH} characters, got: up to ${longestDocument.length}; move long values into a file of the stream`);
}

/** What a bucket that this app makes is in the template, with everything that overrides, aspects and mixins did to it. */
export function bucketProblems(bucket: s3.IBucket, templateOf: (stack: Stack) => WrittenTemplate): string[] {
  const resource = resourceOf(bucket, 'AWS::S3::Bucket');
  if (!resource) return [];
  const { Properties = {} } = templateOf(resource.stack).resources[resource.stack.resolve(resource.logicalId)];
  const { VersioningConfiguration: versioning = { Status: 'Suspended' }, ObjectLockConfiguration: lock } = Properties;
  const problems: string[] = [];
  if (versioning.Status === 'Suspended') {
    problems.push(`'bucket' must have versioning enabled, got: '${bucket.node.path}' without it; add 'versioned: true' to the bucket`);
  }
  if (lock?.Rule !== undefined) {
    problems.push(`'bucket' must not have a default retention of Object Lock, got: '${bucket.node.path}' with one; the objects of the stream could not be deleted: use another bucket`);
  }
  return problems;
}

function validateDescription(description: string | undefined): void {
  if (description === undefined || Token.isUnresolved(description)) return;
  if (description.length < 1 || description.length > MAXIMUM_DESCRIPTION_LENGTH) {
    throw new Error(`'description' must have 1 to ${MAXIMUM_DESCRIPTION_LENGTH} characters, got: ${description.length}`);
  }
  if (!/^[^\p{C}]+$/u.test(description)) {
    throw new Error(`'description' must not contain control or format characters, got: ${JSON.stringify(description)}; this includes newlines, tabs and joined emoji`);
  }
}

function validateKeyPrefix(keyPrefix: string, streamId: string): void {
  if (keyPrefix === '') return;
  if (!keyPrefix.endsWith('/')) throw new Error(`'keyPrefix' must end with '/', got: '${keyPrefix}'`);
  if (keyPrefix.startsWith('/') || /(^|\/)\.{0,2}\//.test(keyPrefix)) {
    throw new Error(`'keyPrefix' must not have empty parts, '.' or '..', got: '${keyPrefix}'`);
  }
  if (!/^[a-zA-Z0-9!_.'()/-]+$/.test(keyPrefix)) {
    throw new Error(`'keyPrefix' must consist of letters, digits and any of !_.'()/-, got: '${keyPrefix}'; other characters have a meaning in IAM policies or need encoding`);
  }
  const bytes = keyPrefix.length + streamId.length + KEY_BYTES_BELOW_STREAM_ID;
  if (bytes > MAXIMUM_KEY_BYTES) {
    throw new Error(`'keyPrefix' must leave object keys at most ${MAXIMUM_KEY_BYTES} bytes, got: ${bytes}; shorten it by ${bytes - MAXIMUM_KEY_BYTES}`);
  }
}

export function validateSourceKey(key: string): void {
  if (Token.isUnresolved(key)) return;
  const bytes = Buffer.byteLength(key);
  if (bytes < 1 || bytes > MAXIMUM_KEY_BYTES) throw new Error(`'key' must have 1 to ${MAXIMUM_KEY_BYTES} bytes, got: ${bytes}`);
}

/** Of tags as they are rendered: a value that the deployment resolves is no string. */
export function tagProblems(tags: Readonly<Record<string, unknown>>): string[] {
  const count = Object.keys(tags).length;
  return [
    ...count > MAXIMUM_TAGS ? [`a stream must have at most ${MAXIMUM_TAGS} tags, got: ${count}; this library uses four of the service's 50`] : [],
    ...Object.entries(tags).flatMap(([key, value]) => tagProblem(key, value) ?? []),
  ];
}

function tagProblem(key: string, value: unknown): string | undefined {
  if (key.startsWith(TAG_PREFIX)) return `tag keys must not begin with '${TAG_PREFIX}', got: '${key}'; this prefix is reserved for ownership tags`;
  if (key.length < 1 || key.length > MAXIMUM_TAG_KEY_LENGTH || !TAG_CHARACTERS.test(key) || /^aws:/i.test(key)) {
    return `tag keys must have 1 to ${MAXIMUM_TAG_KEY_LENGTH} letters, digits, spaces and any of _.:/=+-@, and not begin with 'aws:', got: '${key}'`;
  }
  if (typeof value !== 'string') return undefined;
  if (value.length > MAXIMUM_TAG_VALUE_LENGTH) {
    return `tag values must have at most ${MAXIMUM_TAG_VALUE_LENGTH} characters, got: ${value.length} for '${key}'`;
  }
  if (!TAG_CHARACTERS.test(value)) return `tag values must have letters, digits, spaces and any of _.:/=+-@, got: '${value}' for '${key}'`;
  return undefined;
}

const STREAM_ARN = /^arn:[a-z-]+:iot:[a-z0-9-]+:\d{12}:stream\/[a-zA-Z0-9_-]{1,128}$/;

export function validateStreamArn(streamArn: string): void {
  if (!Token.isUnresolved(streamArn) && !STREAM_ARN.test(streamArn)) {
    throw new Error(`'streamArn' must be of the form 'arn:<partition>:iot:<region>:<account>:stream/<stream id>', got: '${streamArn}'`);
  }
}
