import type { RemovalPolicy, Size } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { StreamFile } from './stream-file';

/** How a stream is updated when files, description, role or storage location change. */
export enum UpdateStrategy {
  /**
   * Updates the stream, which keeps its ID. Its version increases by one. A device in the middle of a download whose requests
   * name the version receives `VersionMismatch` and starts again.
   */
  IN_PLACE = 'IN_PLACE',

  /**
   * Creates another stream. Its ID is `<streamId>--` and eight hexadecimal digits, and you must tell it to your devices. The
   * previous stream is kept until the next change, so that running downloads finish. At most two streams exist, with the
   * objects of both.
   */
  NEW_STREAM = 'NEW_STREAM',
}

/**
 * Properties of an `IotFileStream`.
 */
export interface IotFileStreamProps {
  /**
   * The files of the stream: 1 to 50. Any other number is an error at synth.
   *
   * Source of the limit: https://docs.aws.amazon.com/iot/latest/apireference/API_CreateStream.html
   */
  readonly files: StreamFile[];

  /**
   * The ID of the stream in the account and region: a literal of 1 to 128 letters, digits, '_' and '-'. Anything else is
   * an error at synth. Changing the ID replaces the stream; the new stream is created before the old one is deleted. With
   * `UpdateStrategy.NEW_STREAM`, the IDs of all streams begin with it, and it has at most 118 characters.
   *
   * An ID of more than 44 characters (34 with `NEW_STREAM`) produces a warning: AWS's C clients overflow a buffer.
   *
   * @default - stack name and construct path with a hash, at most 34 characters
   */
  readonly streamId?: string;

  /**
   * The purpose of the stream, which devices receive: 1 to 2,028 characters without control or format characters (newlines,
   * tabs, joined emoji). Anything else is an error at synth.
   *
   * Source of the limit: https://docs.aws.amazon.com/iot/latest/apireference/API_CreateStream.html
   *
   * @default - the path of the construct
   */
  readonly description?: string;

  /**
   * The bucket that stores the objects of the stream. It must be in the region of the stack, with versioning and without a
   * default retention of Object Lock. A bucket that is known to differ is an error at synth. Otherwise the deployment fails.
   *
   * @default - one bucket for all streams of the stack: versioned, encrypted by S3, TLS only, not public
   */
  readonly bucket?: s3.IBucket;

  /**
   * The first part of the keys of the stream's objects: a literal of letters, digits and !_.'()/- that ends with '/',
   * without empty parts, '.' or '..'. Anything else is an error at synth.
   *
   * @default - no prefix
   */
  readonly keyPrefix?: string;

  /**
   * The role that AWS IoT assumes to read the objects. The construct attaches a policy to it. If the role is immutable, a
   * warning prints the statement to add. Changing the role, the bucket or `keyPrefix` copies the objects again, so that
   * the previous role and objects are kept until the stream has moved.
   *
   * @default - a new role that AWS IoT of this account and region can assume, and that can only read the objects of this stream
   */
  readonly role?: iam.IRole;

  /**
   * The effect of a change on running downloads. You can change the strategy at any time.
   *
   * @default UpdateStrategy.IN_PLACE
   */
  readonly updateStrategy?: UpdateStrategy;

  /**
   * Whether the stream, its objects, its role and the default bucket are deleted or kept when the construct is removed.
   *
   * @default RemovalPolicy.DESTROY
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * The size of the largest local file that is accepted. A larger file is an error at synth. AWS IoT delivers files of up
   * to 24 MiB, so increase it only if your quota is higher.
   *
   * Source of the limit: https://docs.aws.amazon.com/iot/latest/developerguide/mqtt-based-file-delivery-in-devices.html
   *
   * @default Size.mebibytes(24)
   */
  readonly maxFileSize?: Size;
}
