import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';

/** What a producer calls: https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/how-iot.html */
const PUT_ACTIONS = ['DescribeStream', 'GetDataEndpoint', 'PutMedia'];
/** The reading calls: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonkinesisvideostreams.html */
const READ_ACTIONS = [
  'DescribeStream', 'GetDataEndpoint', 'GetMedia', 'GetMediaForFragmentList', 'ListFragments', 'GetHLSStreamingSessionURL',
  'GetDASHStreamingSessionURL', 'GetClip', 'GetImages',
];

/**
 * Permissions on a video stream.
 */
export class KinesisVideoStreamGrants {
  /** @internal */
  constructor(private readonly streamArn: string, private readonly encryptionKey?: kms.IKey) {}

  /**
   * Grants what a producer needs: describe the stream, get its endpoint, and send media. With a key of yours,
   * `kms:GenerateDataKey` on it as well.
   *
   * @param grantee the principal: a role, or a `DeviceRole`
   */
  public putMedia(grantee: iam.IGrantable): iam.Grant {
    this.encryptionKey?.grant(grantee, 'kms:GenerateDataKey');
    return this.actions(grantee, PUT_ACTIONS.map((action) => `kinesisvideo:${action}`));
  }

  /**
   * Grants what a viewer needs: describe the stream, get its endpoints, and read media, fragments, clips, images and playlists.
   * With a key of yours, `kms:Decrypt` on it as well.
   *
   * @param grantee the principal
   */
  public readMedia(grantee: iam.IGrantable): iam.Grant {
    this.encryptionKey?.grant(grantee, 'kms:Decrypt');
    return this.actions(grantee, READ_ACTIONS.map((action) => `kinesisvideo:${action}`));
  }

  /**
   * Grants any actions on the stream.
   *
   * @param grantee the principal
   * @param actions IAM actions, such as 'kinesisvideo:DescribeStream'
   */
  public actions(grantee: iam.IGrantable, actions: string[]): iam.Grant {
    return iam.Grant.addToPrincipal({ grantee, actions, resourceArns: [this.streamArn] });
  }
}
