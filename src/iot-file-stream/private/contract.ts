/*
 * The contract between template and handler: shared names and types, which outlive both. A rollback can combine the
 * handler of one release with the properties of another, so the meaning of a name never changes. This file imports
 * nothing.
 */

/**
 * Part of the properties. A release that adds an attribute increases it, so that every stream gets an Update (which
 * changes nothing else) and returns the new attribute before another resource reads it.
 */
export const CONTRACT_VERSION = '1';

/** The resource types in the template and in CloudFormation's events. */
export const STREAM_RESOURCE_TYPE = 'Custom::IotFileStream';
export const OBJECTS_RESOURCE_TYPE = 'Custom::IotFileStreamObjects';

/** The attributes of `Custom::IotFileStream`, for `Fn::GetAtt`. All are strings. */
export interface StreamAttributes {
  readonly StreamId: string;
  readonly StreamArn: string;
  readonly StreamVersion: string;
  /** Bytes, by file ID: see `fileSizeAttribute`. Every answer contains those of all files. */
  readonly [fileSize: `FileSize${number}`]: string;
  /** Base64, of the files in `AnsweredSignatures`. */
  readonly [signature: `Signature${number}`]: string;
  /** The location of the pinned object, for the files in `AnsweredLocations`. */
  readonly [objectKey: `ObjectKey${number}`]: string;
  readonly [objectVersion: `ObjectVersion${number}`]: string;
  /** Eight hexadecimal digits, a hash of the version and the signatures of all signed files; absent if no file is signed. */
  readonly SignedRevision?: string;
}

/** The name of the attribute with the size of a file, in bytes. */
export function fileSizeAttribute(fileId: number): `FileSize${number}` {
  return `FileSize${fileId}`;
}

/** The name of the attribute with the signature of a file. */
export function signatureAttribute(fileId: number): `Signature${number}` {
  return `Signature${fileId}`;
}

/** The names of the attributes with the location of a file's pinned object. */
export function objectKeyAttribute(fileId: number): `ObjectKey${number}` {
  return `ObjectKey${fileId}`;
}

export function objectVersionAttribute(fileId: number): `ObjectVersion${number}` {
  return `ObjectVersion${fileId}`;
}

export const SIGNED_REVISION_ATTRIBUTE = 'SignedRevision';
export const SIGNED_REVISION_LENGTH = 8;

/** S3 promises at most 1,024 bytes and gives 32 characters; the handler measures its answer with the version itself. */
export const OBJECT_VERSION_LENGTH = 32;
/** The greatest version that the type of the API can hold: the answer has room for it. */
export const LARGEST_STREAM_VERSION = 2_147_483_647;

/** Signing algorithms for the SHA-256 of a file, as KMS names them. */
export const ECDSA_SHA_256 = 'ECDSA_SHA_256';
export const RSASSA_PKCS1_V1_5_SHA_256 = 'RSASSA_PKCS1_V1_5_SHA_256';

/** Whether new content changes the stream, or creates another one and keeps the previous one until the next change. */
export const IN_PLACE = 'IN_PLACE';
export const NEW_STREAM = 'NEW_STREAM';

/** The source of one file. Exactly one of `SourceBucket` and `Text` is present. */
export interface FileProperties {
  /** For people who read a diff. Devices use the file ID. */
  readonly FileName?: string;
  /** SHA-256 of the content in hexadecimal digits, if it is known at synth. */
  readonly Sha256?: string;
  /** Bytes, in decimal digits, if they are known at synth. */
  readonly Size?: string;
  readonly SourceBucket?: string;
  readonly SourceKey?: string;
  readonly SourceVersion?: string;
  /** A label for the current content of an unpinned source object. */
  readonly Revision?: string;
  /** The content itself, UTF-8. */
  readonly Text?: string;
  /** The KMS key that signs the file, and the algorithm: both or neither. */
  readonly SigningKeyArn?: string;
  readonly SigningAlgorithm?: string;
}

/** The properties of both resource types: the storage location, and the role that may use it. */
export interface StorageProperties {
  readonly ContractVersion: string;
  readonly ManagementRoleArn: string;
  readonly Bucket: string;
  /** The prefix of this stream's objects: '<keyPrefix><streamId>/<stack GUID>-<hash of the storage location>/'. */
  readonly Prefix: string;
}

/** The properties of `Custom::IotFileStream`. */
export interface StreamProperties extends StorageProperties, EncryptionProperties {
  /** The ID that the template asks for. With `NEW_STREAM`, the IDs of the streams are this one and a suffix. */
  readonly StreamId: string;
  /** @default IN_PLACE */
  readonly UpdateStrategy?: string;
  readonly Description: string;
  readonly RoleArn: string;
  /** By file id, in decimal digits. */
  readonly Files: { readonly [fileId: string]: FileProperties };
  readonly Tags?: { readonly [key: string]: string };
  /** The IDs of the files whose signatures or locations are returned, in decimal digits: those of all files would not fit an answer. */
  readonly AnsweredSignatures?: readonly string[];
  readonly AnsweredLocations?: readonly string[];
}

/** The encryption of new objects, as in S3's headers. @default that of the bucket */
export interface EncryptionProperties {
  readonly ServerSideEncryption?: string;
  readonly EncryptionKey?: string;
}

/** The properties of `Custom::IotFileStreamObjects`. */
export interface ObjectsProperties extends StorageProperties {
  readonly StreamId: string;
}

/** A key below the prefix: eight characters of generation, a slash, 64 hexadecimal digits. */
export const GENERATION_LENGTH = 8;
export const DIGEST_LENGTH = 64;
/** The generation of streams that are updated in place. */
export const IN_PLACE_GENERATION = '00000000';

/** Between a stream id and its generation. Two dashes keep the ids that other people choose out of our patterns. */
export const GENERATION_SEPARATOR = '--';

/** Ownership tags of a stream. Keys that begin with the prefix are reserved. */
export const TAG_PREFIX = 'cdk-iot-streams:';
export const STACK_TAG = `${TAG_PREFIX}stack`;
export const RESOURCE_TAG = `${TAG_PREFIX}resource`;
export const REQUESTS_TAG = `${TAG_PREFIX}requests`;
/** The names of the user's tags, so that the handler can remove them when they are no longer declared. */
export const TAGS_TAG = `${TAG_PREFIX}tags`;
