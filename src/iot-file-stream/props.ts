import type { RemovalPolicy, Size } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { StreamFile } from './stream-file';

/**
 * What a deployment does that changes what devices receive: files, description, role or storage location.
 */
export enum UpdateStrategy {
  /**
   * The stream is changed: its id stays, its version goes up by one. A device that names the version in its requests and is
   * in the middle of a download is refused with `VersionMismatch` and starts again.
   */
  IN_PLACE = 'IN_PLACE',

  /**
   * Another stream is made, `<streamId>--` and eight hexadecimal digits that name its content; devices must be told the new
   * id. The previous one stays until the next change, so that downloads under way finish; at most two are there, with
   * the objects of both.
   */
  NEW_STREAM = 'NEW_STREAM',
}

/**
 * Properties of an `IotFileStream`.
 */
export interface IotFileStreamProps {
  /**
   * The files, 1 to 50; another number is an error at synth.
   *
   * Source of the limit: https://docs.aws.amazon.com/iot/latest/apireference/API_CreateStream.html
   */
  readonly files: StreamFile[];

  /**
   * The id of the stream in the account and region: a literal of 1 to 128 letters, digits, '_' and '-'; anything else is
   * an error at synth. Another id is another stream: it is made before the old one is deleted. With
   * `UpdateStrategy.NEW_STREAM` it is what the ids of all streams begin with, and has at most 118 characters.
   *
   * Ids of more than 44 characters (34 with `NEW_STREAM`) bring a warning: AWS's own C clients write past a buffer with them.
   *
   * @default - made of stack name and construct path, with a hash, at most 34 characters
   */
  readonly streamId?: string;

  /**
   * What the stream is for; devices receive it. 1 to 2,028 characters without control or format characters (newlines, tabs,
   * joined emoji); anything else is an error at synth.
   *
   * Source of the limit: https://docs.aws.amazon.com/iot/latest/apireference/API_CreateStream.html
   *
   * @default - the path of the construct
   */
  readonly description?: string;

  /**
   * Where the objects of the stream are kept: a bucket of the stack's region with versioning, without a default retention
   * of Object Lock. What is known to be otherwise at synth is an error there, else the deployment fails.
   *
   * @default - one bucket for all streams of the stack: versioned, encrypted by S3, TLS only, not public
   */
  readonly bucket?: s3.IBucket;

  /**
   * What the keys of the stream's objects begin with: a literal that ends with '/', without empty parts, '.' or '..', of
   * letters, digits and !_.'()/-. Anything else is an error at synth.
   *
   * @default - nothing
   */
  readonly keyPrefix?: string;

  /**
   * The role with which AWS IoT reads the objects. A policy of this construct is attached to it; where that cannot be, a
   * warning prints the statement that it needs. With another role, as with another bucket or `keyPrefix`, the objects are
   * copied anew, so that the previous role and what it reads stay until the stream has moved.
   *
   * @default - a new role that AWS IoT of this account and region can assume, and that reads this stream's objects alone
   */
  readonly role?: iam.IRole;

  /**
   * What a change of files, description, role or storage location does to downloads that are under way. It can be changed at any time.
   *
   * @default UpdateStrategy.IN_PLACE
   */
  readonly updateStrategy?: UpdateStrategy;

  /**
   * What happens to the stream, its objects, its role and the default bucket when the construct goes.
   *
   * @default RemovalPolicy.DESTROY
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * The largest local file; a larger one is an error at synth. AWS IoT delivers 24 MiB a file, so raise it only with a
   * raised quota.
   *
   * Source of the limit: https://docs.aws.amazon.com/iot/latest/developerguide/mqtt-based-file-delivery-in-devices.html
   *
   * @default Size.mebibytes(24)
   */
  readonly maxFileSize?: Size;
}
