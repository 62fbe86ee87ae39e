import type { Content, DesiredStream, Encryption, LiveStream, PinnedFile, Signing, Tags } from './model';
import type { Invocation } from '../core/resource-type';

/*
 * The interfaces to AWS. `iot.ts`, `s3.ts` and `kms.ts` implement them with the SDK, tests in memory.
 */

/** The calls to AWS IoT. */
export interface StreamService {
  /** Returns the stream with its tags; undefined if there is none. */
  describe(streamId: string): Promise<LiveStream | undefined>;
  create(stream: DesiredStream, files: readonly PinnedFile[], tags: Tags): Promise<StreamRevision>;
  update(stream: DesiredStream, files: readonly PinnedFile[]): Promise<StreamRevision>;
  tag(streamArn: string, change: TagChange): Promise<void>;
  delete(streamId: string): Promise<void>;
}

export interface StreamRevision {
  readonly streamArn: string;
  readonly streamVersion: number;
}

export interface TagChange {
  readonly set: Tags;
  readonly remove: readonly string[];
}

/** The calls to S3. */
export interface ObjectStore {
  /** Lists everything below a prefix, the newest version of each key first. */
  list(bucket: string, prefix: string): Promise<StoredVersion[]>;
  write(content: Content, bucket: string, key: string, encryption?: Encryption): Promise<WrittenVersion>;
  /** Writes a text if the key has no object; otherwise throws one of `OBJECT_EXISTS`. */
  writeIfAbsent(text: string, bucket: string, key: string, encryption?: Encryption): Promise<void>;
  read(version: ObjectVersion): Promise<string>;
  inspect(version: ObjectVersion): Promise<VersionFacts>;
  remove(version: ObjectVersion): Promise<void>;
  versioning(bucket: string): Promise<BucketVersioning>;
  hasDefaultRetention(bucket: string): Promise<boolean>;
}

/** S3's error codes for a conditional write if the object exists or is being written. */
export const OBJECT_EXISTS = ['PreconditionFailed', 'ConditionalRequestConflict'];

/** The calls to KMS. */
export interface Signer {
  /** Signs a SHA-256 that is given in hexadecimal digits; returns the signature in Base64. */
  sign(sha256: string, signing: Signing): Promise<string>;
}

export interface BucketVersioning {
  /** Undefined if versioning has never been enabled, or was enabled moments ago. */
  readonly status?: 'Enabled' | 'Suspended';
  /** Whether the deletion of a version needs an MFA device. */
  readonly isMfaDelete: boolean;
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

/** The result of a write. */
export interface WrittenVersion {
  readonly version?: string;
  /** Base64, as S3 returns it. */
  readonly checksum?: string;
}

export interface VersionFacts {
  readonly size: number;
  readonly checksum?: string;
}

export interface Services {
  readonly streams: StreamService;
  readonly objects: ObjectStore;
  readonly signer: Signer;
}

/** Connects to the services with fresh credentials of a management role. */
export type Connect = (managementRoleArn: string, invocation: Invocation) => Promise<Services>;
