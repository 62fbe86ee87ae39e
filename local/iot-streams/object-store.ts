import type { S3Location } from './requests';

/** The properties of an object in S3. */
export interface ObjectFacts {
  readonly size: number;
  readonly eTag: string;
  /** The version of the object; undefined in an unversioned bucket. */
  readonly version?: string;
  /** The KMS key that the object is encrypted with: its ARN, or the id alone. */
  readonly kmsKeyId?: string;
}

/** Reads objects with permissions of its own; the permissions of a role are checked before. */
export interface ObjectStore {
  /** Returns undefined if the bucket, the object or the version does not exist. */
  head(location: S3Location): Promise<ObjectFacts | undefined>;
  /** Returns bytes `start` to `end` (exclusive) of the version of `facts`. */
  read(location: S3Location, facts: ObjectFacts, start: number, end: number): Promise<Uint8Array>;
  /** Returns the policy of a bucket as JSON; undefined if it has none. */
  bucketPolicy(bucket: string): Promise<string | undefined>;
}
