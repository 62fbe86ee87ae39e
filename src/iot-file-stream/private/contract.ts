/*
 * What the template says to the handler: names and shapes that both sides share, and that outlive both. A stack is
 * rolled back with the handler of one release and the properties of another, so a name here is never given another
 * meaning. This file imports nothing.
 */

/**
 * Travels as a property. A release that adds an attribute raises it, so that every stream gets an Update (which then
 * changes nothing) and answers with the new attribute before anything reads it.
 */
export const CONTRACT_VERSION = '1';

/** The resource types in the template, as CloudFormation hands them to the handler. */
export const STREAM_RESOURCE_TYPE = 'Custom::IotFileStream';
export const OBJECTS_RESOURCE_TYPE = 'Custom::IotFileStreamObjects';

/** The attributes of `Custom::IotFileStream`, for `Fn::GetAtt`. All are strings. */
export interface StreamAttributes {
  readonly StreamId: string;
  readonly StreamArn: string;
  readonly StreamVersion: string;
  /** Bytes, by file id: see `fileSizeAttribute`. Every answer carries those of all files. */
  readonly [fileSize: `FileSize${number}`]: string;
  /** Base64, of the files in `AnsweredSignatures`. */
  readonly [signature: `Signature${number}`]: string;
  /** Where a file's pinned object is, of the files in `AnsweredLocations`. */
  readonly [objectKey: `ObjectKey${number}`]: string;
  readonly [objectVersion: `ObjectVersion${number}`]: string;
  /** Eight hexadecimal digits over the version and the signatures of all signed files; of streams that have such files. */
  readonly SignedRevision?: string;
}

/** The attribute that says how many bytes a file of the stream has. */
export function fileSizeAttribute(fileId: number): `FileSize${number}` {
  return `FileSize${fileId}`;
}

/** The attribute that is the signature of a file. */
export function signatureAttribute(fileId: number): `Signature${number}` {
  return `Signature${fileId}`;
}

/** The attributes that say where a file's pinned object is. */
export function objectKeyAttribute(fileId: number): `ObjectKey${number}` {
  return `ObjectKey${fileId}`;
}

export function objectVersionAttribute(fileId: number): `ObjectVersion${number}` {
  return `ObjectVersion${fileId}`;
}

export const SIGNED_REVISION_ATTRIBUTE = 'SignedRevision';

/** How the SHA-256 of a file is signed, in the words of KMS. */
export const ECDSA_SHA_256 = 'ECDSA_SHA_256';
export const RSASSA_PKCS1_V1_5_SHA_256 = 'RSASSA_PKCS1_V1_5_SHA_256';

/** What an update of the content does: it changes the stream, or it makes another one and keeps the previous one for a while. */
export const IN_PLACE = 'IN_PLACE';
export const NEW_STREAM = 'NEW_STREAM';

/** Where one file of a stream comes from. Exactly one of `SourceBucket` and `Text` is there. */
export interface FileProperties {
  /** For people who read a diff; devices know files by id. */
  readonly FileName?: string;
  /** SHA-256 of the content in hexadecimal digits, where it is known at synth. */
  readonly Sha256?: string;
  /** Bytes, in decimal digits, where they are known at synth. */
  readonly Size?: string;
  readonly SourceBucket?: string;
  readonly SourceKey?: string;
  readonly SourceVersion?: string;
  /** Names one look at an unpinned source object. */
  readonly Revision?: string;
  /** The content itself, UTF-8. */
  readonly Text?: string;
  /** The KMS key that signs the file, and how. Both or neither. */
  readonly SigningKeyArn?: string;
  readonly SigningAlgorithm?: string;
}

/** What both resource types carry: the storage location, and who may work there. */
export interface StorageProperties {
  readonly ContractVersion: string;
  readonly ManagementRoleArn: string;
  readonly Bucket: string;
  /** Where this stream's objects live, with a closing slash: '<keyPrefix><streamId>/<stack GUID>-<placement>/'. */
  readonly Prefix: string;
}

/** The properties of `Custom::IotFileStream`. */
export interface StreamProperties extends StorageProperties, EncryptionProperties {
  /** Of the resource. Under `NEW_STREAM` the streams themselves are its generations. */
  readonly StreamId: string;
  /** `IN_PLACE` where there is none. */
  readonly UpdateStrategy?: string;
  readonly Description: string;
  readonly RoleArn: string;
  /** By file id, in decimal digits. */
  readonly Files: { readonly [fileId: string]: FileProperties };
  readonly Tags?: { readonly [key: string]: string };
  /** The ids of the files whose signatures or locations are answered, in decimal digits: those of all would not fit an answer. */
  readonly AnsweredSignatures?: readonly string[];
  readonly AnsweredLocations?: readonly string[];
}

/** How new objects are encrypted, in the words of S3's headers; as the bucket does by default where nothing is said. */
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

/** Tags that say whose a stream is. Keys that begin with the prefix are ours. */
export const TAG_PREFIX = 'cdk-iot-streams:';
export const STACK_TAG = `${TAG_PREFIX}stack`;
export const RESOURCE_TAG = `${TAG_PREFIX}resource`;
export const REQUESTS_TAG = `${TAG_PREFIX}requests`;
/** Names the user's tags, so that they can go when they are no longer declared. */
export const TAGS_TAG = `${TAG_PREFIX}tags`;
