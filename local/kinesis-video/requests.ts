export type StorageTier = 'HOT' | 'WARM';
export type Tags = Readonly<Record<string, string>>;

/** A reference to a stream by name or ARN; a request contains exactly one of them. */
export interface StreamReference {
  readonly streamName?: string;
  readonly streamArn?: string;
}

export interface CreateStreamRequest {
  readonly operation: 'CreateStream';
  readonly streamName: string;
  readonly deviceName?: string;
  readonly mediaType?: string;
  readonly kmsKeyId?: string;
  readonly dataRetentionInHours: number;
  readonly storageTier: StorageTier;
  readonly tags: Tags;
}

export interface ListStreamsRequest {
  readonly operation: 'ListStreams';
  readonly maxResults?: number;
  readonly nextToken?: string;
  readonly nameBeginsWith: string;
}

/** A request that needs the stream's current version. */
interface VersionedRequest extends StreamReference {
  readonly currentVersion: string;
}

export interface UpdateStreamRequest extends VersionedRequest {
  readonly operation: 'UpdateStream';
  readonly deviceName?: string;
  readonly mediaType?: string;
}

export interface UpdateDataRetentionRequest extends VersionedRequest {
  readonly operation: 'UpdateDataRetention';
  readonly change: 'INCREASE_DATA_RETENTION' | 'DECREASE_DATA_RETENTION';
  readonly hours: number;
}

export interface UpdateStorageRequest extends VersionedRequest {
  readonly operation: 'UpdateStreamStorageConfiguration';
  readonly storageTier: StorageTier;
}

export interface TagStreamRequest extends StreamReference {
  readonly operation: 'TagStream';
  readonly tags: Tags;
}

export interface UntagStreamRequest extends StreamReference {
  readonly operation: 'UntagStream';
  readonly tagKeys: readonly string[];
}

export interface DeleteStreamRequest extends StreamReference {
  readonly operation: 'DeleteStream';
  readonly streamArn: string;
  readonly currentVersion?: string;
}

export interface GetDataEndpointRequest extends StreamReference {
  readonly operation: 'GetDataEndpoint';
  readonly apiName: string;
}

export interface ReadRequest extends StreamReference {
  readonly operation: 'DescribeStream' | 'DescribeStreamStorageConfiguration' | 'ListTagsForStream';
}

export type StreamRequest =
  | UpdateStreamRequest | UpdateDataRetentionRequest | UpdateStorageRequest | TagStreamRequest | UntagStreamRequest
  | DeleteStreamRequest | GetDataEndpointRequest | ReadRequest;

export type KinesisVideoRequest = CreateStreamRequest | ListStreamsRequest | StreamRequest;

export type Operation = KinesisVideoRequest['operation'];
