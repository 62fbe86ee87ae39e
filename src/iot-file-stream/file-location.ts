/**
 * The object that holds a file of a stream, for resources that read it from S3 themselves.
 */
export interface FileLocation {
  /** The name of the bucket. */
  readonly bucketName: string;

  /** The key of the object. It changes with the content; it is known at the deployment. */
  readonly objectKey: string;

  /** The S3 version of the object; it is known at the deployment. */
  readonly objectVersion: string;
}
