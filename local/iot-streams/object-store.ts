import type { S3Location } from './requests';

/** What S3 says of an object. */
export interface ObjectFacts {
  readonly size: number;
  readonly eTag: string;
  /** The version that was looked at, where the bucket has versions. */
  readonly version?: string;
  /** The KMS key that the object is encrypted with: its ARN, or the id alone. */
  readonly kmsKeyId?: string;
}

/** Where the objects are. It reads with rights of its own: whether a role may read is decided before it is asked. */
export interface ObjectStore {
  /** Undefined where there is no such bucket, object or version. */
  head(location: S3Location): Promise<ObjectFacts | undefined>;
  /** Bytes `start` to `end` (exclusive) of the version that `facts` are of. */
  read(location: S3Location, facts: ObjectFacts, start: number, end: number): Promise<Uint8Array>;
  /** The bucket's policy, as JSON; undefined where it has none. */
  bucketPolicy(bucket: string): Promise<string | undefined>;
}
