import type { Content, DesiredStream, Encryption, LiveStream, PinnedFile, Signing, Tags } from './model';
import type { Invocation } from '../core/resource-type';

/*
 * What the resources need of AWS. The adapters (`iot.ts`, `s3.ts`) do it with the SDK; tests do it in memory.
 */

/** AWS IoT, as far as streams need it. */
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

/** S3, as far as streams need it. */
export interface ObjectStore {
  /** Lists everything below a prefix, the newest version of each key first. */
  list(bucket: string, prefix: string): Promise<StoredVersion[]>;
  write(content: Content, bucket: string, key: string, encryption?: Encryption): Promise<WrittenVersion>;
  /** Writes a text unless the key has an object already: then it throws one of `OBJECT_EXISTS`. */
  writeIfAbsent(text: string, bucket: string, key: string, encryption?: Encryption): Promise<void>;
  read(version: ObjectVersion): Promise<string>;
  inspect(version: ObjectVersion): Promise<VersionFacts>;
  remove(version: ObjectVersion): Promise<void>;
  versioning(bucket: string): Promise<BucketVersioning>;
  hasDefaultRetention(bucket: string): Promise<boolean>;
}

/** S3's names for what meets a conditional write that another one has won, or is winning. */
export const OBJECT_EXISTS = ['PreconditionFailed', 'ConditionalRequestConflict'];

/** KMS, as far as streams need it. */
export interface Signer {
  /** Signs a SHA-256 that is given in hexadecimal digits; returns the signature in Base64. */
  sign(sha256: string, signing: Signing): Promise<string>;
}

export interface BucketVersioning {
  /** Absent for a bucket that never had versioning, and for one that has just got it. */
  readonly status?: 'Enabled' | 'Suspended';
  /** Whether only a person with an MFA device can delete versions. */
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

/** What a write itself returned. */
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

/** Services with the permissions of a management role, with fresh credentials each time. */
export type Connect = (managementRoleArn: string, invocation: Invocation) => Promise<Services>;
