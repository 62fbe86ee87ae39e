/**
 * The S3 object that stores a file of a stream, for resources that read the file from S3 themselves.
 */
export interface FileLocation {
  /** The name of the bucket. */
  readonly bucketName: string;

  /** The key of the object. It changes with the content and is known only at deployment. */
  readonly objectKey: string;

  /** The S3 version of the object. It is known only at deployment. */
  readonly objectVersion: string;
}
