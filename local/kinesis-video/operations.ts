import { createHash } from 'node:crypto';
import type { AuthorizationOptions } from './authorization';
import { arnOf, nameIn } from './authorization';
import { invalid, KinesisVideoError } from './errors';
import type {
  CreateStreamRequest, KinesisVideoRequest, ListStreamsRequest, StreamReference, TagStreamRequest, UntagStreamRequest,
  UpdateDataRetentionRequest, UpdateStorageRequest, UpdateStreamRequest,
} from './requests';
import type { Streams, StreamState } from './streams';
import type { Answer } from '../service/answers';

/** The changes that change the version of a stream, besides media type and device name. This is undocumented. */
export interface VersionMoves {
  tags: boolean;
  retention: boolean;
  storageTier: boolean;
}

/** The quotas of the account, and device names that the service refuses. */
export interface Quotas {
  streams: number;
  streamsPerDevice: number;
  readonly invalidDevices: Set<string>;
}

export interface OperationsOptions extends Omit<AuthorizationOptions, 'find'> {
  readonly streams: Streams;
  readonly versionMoves: VersionMoves;
  readonly quotas: Quotas;
}

const MAXIMUM_TAGS = 50;
/** Ten years: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-kinesisvideo-stream.html */
const MAXIMUM_RETENTION_HOURS = 87_600;
const PAGE_SIZE = 10_000;

/** Performs the requests of the API, which have been validated and authorized before. */
export class Operations {
  constructor(private readonly options: OperationsOptions) {}

  perform(request: KinesisVideoRequest): Answer {
    switch (request.operation) {
      case 'CreateStream': return this.createStream(request);
      case 'DescribeStream': return { StreamInfo: streamInfo(this.described(request)) };
      case 'ListStreams': return this.listStreams(request);
      case 'UpdateStream': return this.updateStream(request);
      case 'UpdateDataRetention': return this.updateDataRetention(request);
      case 'UpdateStreamStorageConfiguration': return this.updateStorage(request);
      case 'DescribeStreamStorageConfiguration': return this.describeStorage(request);
      case 'TagStream': return this.tagStream(request);
      case 'UntagStream': return this.untagStream(request);
      case 'ListTagsForStream': return { Tags: this.existing(request).tags };
      case 'DeleteStream': return this.deleteStream(request, request.currentVersion);
      case 'GetDataEndpoint': return this.dataEndpoint(request);
    }
  }

  private createStream(request: CreateStreamRequest): Answer {
    const { streams, quotas, region, account, partition } = this.options;
    const { streamName, deviceName, mediaType, kmsKeyId, dataRetentionInHours, storageTier, tags } = request;
    checkRetention(dataRetentionInHours);
    if (streams.find(streamName)) throw new KinesisVideoError('ResourceInUseException', `The stream ${streamName} already exists`);
    if (deviceName !== undefined && quotas.invalidDevices.has(deviceName)) {
      throw new KinesisVideoError('InvalidDeviceException', `The device ${deviceName} is not valid`);
    }
    const all = streams.all();
    if (all.length >= quotas.streams) throw new KinesisVideoError('AccountStreamLimitExceededException', 'The account has too many streams');
    if (deviceName !== undefined && all.filter((stream) => stream.deviceName === deviceName).length >= quotas.streamsPerDevice) {
      throw new KinesisVideoError('DeviceStreamLimitExceededException', `The device ${deviceName} has too many streams`);
    }
    const { streamArn } = streams.create({
      streamName,
      streamArn: arnOf(streamName, this.options),
      ...(deviceName === undefined ? {} : { deviceName }),
      ...(mediaType === undefined ? {} : { mediaType }),
      kmsKeyId: kmsKeyId ?? `arn:${partition}:kms:${region}:${account}:alias/aws/kinesisvideo`,
      dataRetentionInHours,
      storageTier,
      tags,
    });
    return { StreamARN: streamArn };
  }

  private listStreams({ maxResults = PAGE_SIZE, nextToken = '', nameBeginsWith }: ListStreamsRequest): Answer {
    const start = nextToken === '' ? 0 : Number(Buffer.from(nextToken, 'base64').toString());
    if (!Number.isInteger(start)) throw invalid('The NextToken is not one of this service');
    const all = this.options.streams.all().filter(({ streamName }) => streamName.startsWith(nameBeginsWith));
    const end = start + maxResults;
    return {
      StreamInfoList: all.slice(start, end).map(streamInfo),
      ...(end < all.length ? { NextToken: Buffer.from(String(end)).toString('base64') } : {}),
    };
  }

  private updateStream({ deviceName, mediaType, currentVersion, ...reference }: UpdateStreamRequest): Answer {
    const stream = this.changeable(reference, currentVersion);
    this.options.streams.update(
      stream, { ...deviceName === undefined ? {} : { deviceName }, ...mediaType === undefined ? {} : { mediaType } }, true,
    );
    return {};
  }

  private updateDataRetention({ change, hours, currentVersion, ...reference }: UpdateDataRetentionRequest): Answer {
    const stream = this.changeable(reference, currentVersion);
    const dataRetentionInHours = stream.dataRetentionInHours + (change === 'INCREASE_DATA_RETENTION' ? hours : -hours);
    checkRetention(dataRetentionInHours);
    this.options.streams.update(stream, { dataRetentionInHours }, this.options.versionMoves.retention);
    return {};
  }

  private updateStorage({ storageTier, currentVersion, ...reference }: UpdateStorageRequest): Answer {
    const stream = this.changeable(reference, currentVersion);
    this.options.streams.update(stream, { storageTier }, this.options.versionMoves.storageTier);
    return {};
  }

  private describeStorage(reference: StreamReference): Answer {
    const { streamName, streamArn, storageTier } = this.described(reference);
    return { StreamName: streamName, StreamARN: streamArn, StreamStorageConfiguration: { DefaultStorageTier: storageTier } };
  }

  private tagStream({ tags, ...reference }: TagStreamRequest): Answer {
    const stream = this.existing(reference);
    const after = { ...stream.tags, ...tags };
    if (Object.keys(after).length > MAXIMUM_TAGS) {
      throw new KinesisVideoError('TagsPerResourceExceededLimitException', `A stream can have at most ${MAXIMUM_TAGS} tags`);
    }
    this.options.streams.setTags(stream, after, this.options.versionMoves.tags);
    return {};
  }

  private untagStream({ tagKeys, ...reference }: UntagStreamRequest): Answer {
    const stream = this.existing(reference);
    const after = Object.fromEntries(Object.entries(stream.tags).filter(([key]) => !tagKeys.includes(key)));
    this.options.streams.setTags(stream, after, this.options.versionMoves.tags);
    return {};
  }

  private deleteStream(reference: StreamReference, currentVersion: string | undefined): Answer {
    this.options.streams.delete(this.changeable(reference, currentVersion));
    return {};
  }

  private dataEndpoint(reference: StreamReference): Answer {
    const host = createHash('sha256').update(this.existing(reference).streamArn).digest('hex').slice(0, 8);
    return { DataEndpoint: `https://s-${host}.kinesisvideo.${this.options.region}.amazonaws.com` };
  }

  private existing(reference: StreamReference, find = (name: string) => this.options.streams.find(name)): StreamState {
    const stream = find(nameIn(reference));
    // the ARN may be that of an earlier stream with the same name
    if (!stream || (reference.streamArn !== undefined && reference.streamArn !== stream.streamArn)) {
      throw new KinesisVideoError('ResourceNotFoundException', `The requested stream ${nameIn(reference)} is not found or not active.`);
    }
    if (reference.streamName !== undefined && reference.streamName !== stream.streamName) throw invalid('StreamName and StreamARN name two streams');
    return stream;
  }

  private described(reference: StreamReference): StreamState {
    return this.existing(reference, (name) => this.options.streams.described(name));
  }

  private changeable(reference: StreamReference, currentVersion: string | undefined): StreamState {
    const stream = this.existing(reference);
    if (stream.status !== 'ACTIVE') {
      throw new KinesisVideoError('ResourceInUseException', `The stream ${stream.streamName} is ${stream.status}`);
    }
    if (currentVersion !== undefined && currentVersion !== stream.version) {
      throw new KinesisVideoError('VersionMismatchException', `The version of the stream is not ${currentVersion}`);
    }
    return stream;
  }
}

function checkRetention(hours: number): void {
  if (hours < 0 || hours > MAXIMUM_RETENTION_HOURS) throw invalid(`DataRetentionInHours must be between 0 and ${MAXIMUM_RETENTION_HOURS}, not ${hours}`);
}

/** Other calls return the tags and the storage tier. */
function streamInfo(stream: StreamState): Answer {
  return {
    StreamName: stream.streamName,
    StreamARN: stream.streamArn,
    DeviceName: stream.deviceName,
    MediaType: stream.mediaType,
    KmsKeyId: stream.kmsKeyId,
    DataRetentionInHours: stream.dataRetentionInHours,
    Version: stream.version,
    Status: stream.status,
    CreationTime: stream.creationTime,
  };
}
