import type { Duration, IResource } from 'aws-cdk-lib';
import { ArnFormat, RemovalPolicy, Resource, Stack } from 'aws-cdk-lib';
import * as kinesisvideo from 'aws-cdk-lib/aws-kinesisvideo';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { KinesisVideoStreamGrants } from './grants';
import { KinesisVideoStreamMetrics } from './metrics';
import { keyHash } from './private/encryption-key';
import { PARAMETERS, VIDEO_STREAM_ATTRIBUTES, VIDEO_STREAM_PROPS } from './private/input';
import { retentionInHours, tagProblems, validateDeviceName, validateMediaType, validateStreamArn, validateStreamName } from './private/validation';
import { lookUpVersion } from './private/version';
import { keyBehind } from '../core/encryption-key';
import { checked, checkedStruct } from '../core/input';
import { validateRegion } from '../core/region';
import { isKept, keptProblems } from '../core/removal';
import { renderedProperties } from '../core/rendered-properties';
import { validateUnique } from '../core/unique-name';

/**
 * A video stream of Amazon Kinesis Video Streams.
 */
export interface IKinesisVideoStream extends IResource {
  /**
   * The name of the stream.
   *
   * @attribute
   */
  readonly streamName: string;

  /**
   * The ARN of the stream. It ends with the time of the stream's creation.
   *
   * @attribute
   */
  readonly streamArn: string;

  /**
   * Permissions on this stream.
   */
  readonly grants: KinesisVideoStreamGrants;

  /**
   * CloudWatch metrics of this stream.
   */
  readonly metrics: KinesisVideoStreamMetrics;
}

/**
 * The storage tier of the media of a stream.
 */
export enum StorageTier {
  /** For media that is read within minutes. */
  HOT = 'HOT',

  /** For media that is kept long and read rarely. */
  WARM = 'WARM',
}

/**
 * Properties of a `KinesisVideoStream`.
 */
export interface KinesisVideoStreamProps {
  /**
   * The name of the stream: 1 to 256 letters, digits, '_', '.' and '-'. Anything else is an error at synth, and so is the name of
   * another stream of the stack. Changing it replaces the stream.
   *
   * Source of the limit: https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_CreateStream.html
   *
   * @default - CloudFormation generates a name
   */
  readonly streamName?: string;

  /**
   * The name of the device that sends media: 1 to 128 letters, digits, '_', '.' and '-'. Anything else is an error at synth.
   * Once set, it can be changed but not removed, because the service has no call for that.
   *
   * Source of the limit: https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_CreateStream.html
   *
   * @default - none
   */
  readonly deviceName?: string;

  /**
   * The media type that producers send: 1 to 128 characters of the form `type/subtype` or `type/subtype,type/subtype`.
   * Anything else is an error at synth. Once set, it can be changed but not removed, because the service has no call for
   * that.
   *
   * Source of the limit: https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_CreateStream.html
   *
   * @default - none
   */
  readonly mediaType?: string;

  /**
   * The KMS key that encrypts stored media. A key of another region is an error at synth. For an alias, the construct uses its
   * key if the key is known.
   *
   * The service cannot change the key of a stream. If you add, change or remove it, CloudFormation creates another stream, and
   * devices must learn its name. The old stream is kept, with its media and its cost, unless `removalPolicy` is DESTROY. If you
   * give a literal `streamName`, change it as well: otherwise the deployment fails, because the name is taken.
   *
   * @default - the service's own key, `alias/aws/kinesisvideo`
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * The period for which the stream keeps media: whole hours from 0 (nothing is kept) to 87,600. Anything else is an error at
   * synth. A shorter period deletes older media at once, also if a rollback restores it.
   *
   * Source of the limit: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-kinesisvideo-stream.html
   *
   * @default Duration.hours(0)
   */
  readonly retention?: Duration;

  /**
   * The storage tier of the media. Treat it as fixed at creation, because CloudFormation's update handler lists no call that
   * changes it.
   *
   * @default - the service's default, HOT
   */
  readonly storageTier?: StorageTier;

  /**
   * Whether `streamVersion` is available. If true, the handler function of the stack reads the version at each deployment
   * that changes the stream.
   *
   * @default false
   */
  readonly exposeVersion?: boolean;

  /**
   * Whether the stream and its media are kept or deleted when CloudFormation removes or replaces the stream. With RETAIN, a
   * stream of a failed creation is still deleted, so that its name does not block the next attempt. RETAIN is an error at
   * synth if the stack of the `encryptionKey` deletes the key.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * Attributes of a video stream that exists already.
 */
export interface KinesisVideoStreamAttributes {
  /**
   * The ARN of the stream, with the time of its creation. An ARN of another form is an error at synth.
   */
  readonly streamArn: string;

  /**
   * The KMS key of the stream. Grants include it.
   *
   * @default - the service's own key
   */
  readonly encryptionKey?: kms.IKey;
}

/**
 * A video stream of Amazon Kinesis Video Streams, with the resource type `AWS::KinesisVideo::Stream`.
 *
 * @resource AWS::KinesisVideo::Stream
 *
 * @example
 * const camera = new DeviceRole(this, 'Camera');
 * const door = new KinesisVideoStream(this, 'Door', { retention: Duration.hours(24) });
 * door.grants.putMedia(camera);
 */
export class KinesisVideoStream extends Resource implements IKinesisVideoStream {
  /**
   * Imports a stream by its ARN. There is no import by name, because the ARN ends with the time of creation.
   *
   * @param scope the parent
   * @param id the id of the construct
   * @param streamArn the ARN of the stream
   */
  public static fromStreamArn(scope: Construct, id: string, streamArn: string): IKinesisVideoStream {
    return KinesisVideoStream.fromStreamAttributes(scope, id, { streamArn });
  }

  /**
   * Imports a stream by its ARN and key.
   *
   * @param scope the parent
   * @param id the id of the construct
   * @param attributes the ARN and the key
   */
  public static fromStreamAttributes(scope: Construct, id: string, attributes: KinesisVideoStreamAttributes): IKinesisVideoStream {
    const given = checkedStruct('attributes', attributes, VIDEO_STREAM_ATTRIBUTES);
    validateStreamArn(given.streamArn);
    return new ImportedStream(checked('scope', scope, PARAMETERS.scope), checked('id', id, PARAMETERS.id), given);
  }

  /** @attribute */
  public readonly streamName: string;

  /** @attribute */
  public readonly streamArn: string;

  public readonly grants: KinesisVideoStreamGrants;

  public readonly metrics: KinesisVideoStreamMetrics;

  private readonly stream: kinesisvideo.CfnStream;
  private readonly exposedVersion?: string;

  /**
   * @param scope the parent
   * @param id the id of the construct
   * @param props the options of the stream
   */
  constructor(scope: Construct, id: string, props: KinesisVideoStreamProps = {}) {
    const given = checkedStruct('props', props, VIDEO_STREAM_PROPS);
    super(checked('scope', scope, PARAMETERS.scope), checked('id', id, PARAMETERS.id), { physicalName: given.streamName });
    const { streamName, deviceName, mediaType, encryptionKey, retention, storageTier, exposeVersion, removalPolicy } = given;
    validateStreamName(streamName);
    validateUnique(this, 'streamName', 'names', streamName);
    validateDeviceName(deviceName);
    validateMediaType(mediaType);
    if (encryptionKey) validateRegion(this, 'encryptionKey', 'key', encryptionKey);
    const key = encryptionKey && (keyBehind(encryptionKey) ?? encryptionKey);
    // the service has no call that changes the key, though CloudFormation's schema calls it updatable: another key is another resource
    this.stream = new kinesisvideo.CfnStream(this, `Stream${keyHash(this, encryptionKey)}`, {
      name: this.physicalName,
      deviceName,
      mediaType,
      kmsKeyId: key?.keyArn,
      dataRetentionInHours: retention && retentionInHours(retention),
    });
    // aws-cdk-lib has the property since 2.230.0 only
    if (storageTier) this.stream.addPropertyOverride('StreamStorageConfiguration', { DefaultStorageTier: storageTier });
    this.node.defaultChild = this.stream;
    this.streamName = this.getResourceNameAttribute(this.stream.ref);
    this.streamArn = this.stream.attrArn;
    this.grants = KinesisVideoStreamGrants._of(this, encryptionKey);
    this.metrics = KinesisVideoStreamMetrics._of(this);
    this.node.addValidation({
      validate: () => [
        ...isKept(this) ? keptProblems({ encryptionKey: key }) : [],
        ...tagProblems(renderedProperties(this.stream).Tags),
      ],
    });
    // not when it is first read: tags, aspects and checks must see the lookup
    if (exposeVersion) this.exposedVersion = lookUpVersion(this, this.stream);
    this.applyRemovalPolicy(removalPolicy ?? RemovalPolicy.RETAIN);
  }

  /**
   * The version of the stream after the last deployment that changed it. Reading it without `exposeVersion: true` is an error
   * at synth. The value is opaque and can be stale after a rollback. Do not export it to another stack: CloudFormation cannot
   * change an export that is in use.
   *
   * @attribute
   */
  public get streamVersion(): string {
    if (this.exposedVersion === undefined) {
      throw new Error(`'streamVersion' needs a lookup at deployment, got: a stream without it, '${this.node.path}'; add 'exposeVersion: true'`);
    }
    return this.exposedVersion;
  }

  /**
   * Keeps or deletes the stream and its media when CloudFormation removes it.
   *
   * @param policy RETAIN keeps the stream, except after a failed creation
   */
  public applyRemovalPolicy(policy: RemovalPolicy): void {
    PARAMETERS.policy('policy', policy);
    this.stream.applyRemovalPolicy(policy === RemovalPolicy.RETAIN ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : policy);
  }
}

class ImportedStream extends Resource implements IKinesisVideoStream {
  public readonly streamName: string;
  public readonly streamArn: string;
  public readonly grants: KinesisVideoStreamGrants;
  public readonly metrics: KinesisVideoStreamMetrics;

  constructor(scope: Construct, id: string, { streamArn, encryptionKey }: KinesisVideoStreamAttributes) {
    super(scope, id, { environmentFromArn: streamArn });
    this.streamArn = streamArn;
    const { resourceName } = Stack.of(scope).splitArn(streamArn, ArnFormat.SLASH_RESOURCE_NAME);
    this.streamName = nameOf(resourceName!);
    this.grants = KinesisVideoStreamGrants._of(this, encryptionKey);
    this.metrics = KinesisVideoStreamMetrics._of(this);
  }
}

/** Without the time of creation; of a token, CloudFormation's split has taken it off already. */
function nameOf(resourceName: string): string {
  return resourceName.split('/')[0];
}
