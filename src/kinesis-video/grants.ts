import type { IResource } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { warnOfUnknownKey } from './private/encryption-key';
import { PARAMETERS } from './private/input';
import { keyBehind } from '../core/encryption-key';

/** What a producer calls: https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/how-iot.html */
const PUT_ACTIONS = ['DescribeStream', 'GetDataEndpoint', 'PutMedia'];
/** The reading calls: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonkinesisvideostreams.html */
const READ_ACTIONS = [
  'DescribeStream', 'GetDataEndpoint', 'GetMedia', 'GetMediaForFragmentList', 'ListFragments', 'GetHLSStreamingSessionURL',
  'GetDASHStreamingSessionURL', 'GetClip', 'GetImages',
];

/** The stream that permissions are about. */
interface GrantedStream extends IResource {
  readonly streamArn: string;
}

/**
 * Permissions on a video stream.
 */
export class KinesisVideoStreamGrants {
  /** @internal */
  public static _of(stream: GrantedStream, encryptionKey?: kms.IKey): KinesisVideoStreamGrants {
    return new KinesisVideoStreamGrants(stream, encryptionKey);
  }

  private constructor(private readonly stream: GrantedStream, private readonly encryptionKey?: kms.IKey) {}

  /**
   * Grants the permissions of a producer: describe the stream, get its endpoint, and send media. If the stream has your own
   * key, this includes `kms:GenerateDataKey` on the key.
   *
   * @param grantee the principal: a role, or a `DeviceRole`
   */
  public putMedia(grantee: iam.IGrantable): iam.Grant {
    return this.withKey(grantee, PUT_ACTIONS, 'kms:GenerateDataKey');
  }

  /**
   * Grants the permissions of a viewer: describe the stream, get its endpoints, and read media, fragments, clips, images and
   * playlists. If the stream has your own key, this includes `kms:Decrypt` on the key.
   *
   * @param grantee the principal
   */
  public readMedia(grantee: iam.IGrantable): iam.Grant {
    return this.withKey(grantee, READ_ACTIONS, 'kms:Decrypt');
  }

  /**
   * Grants the given actions on the stream, and nothing on its key.
   *
   * @param grantee the principal
   * @param actions IAM actions, such as 'kinesisvideo:DescribeStream'
   */
  public actions(grantee: iam.IGrantable, actions: string[]): iam.Grant {
    PARAMETERS.grantee('grantee', grantee);
    PARAMETERS.actions('actions', actions);
    return iam.Grant.addToPrincipal({ grantee, actions, resourceArns: [this.stream.streamArn] });
  }

  private withKey(grantee: iam.IGrantable, actions: string[], keyAction: string): iam.Grant {
    PARAMETERS.grantee('grantee', grantee);
    const key = this.encryptionKey && keyBehind(this.encryptionKey);
    const onKey = key?.grant(grantee, keyAction);
    if (this.encryptionKey && !key) warnOfUnknownKey(this.stream, this.encryptionKey, keyAction);
    const onStream = this.actions(grantee, actions.map((action) => `kinesisvideo:${action}`));
    return onKey ? onStream.combine(onKey) : onStream;
  }
}
