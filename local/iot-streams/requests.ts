/** The requests of the API after validation. */

export interface S3Location {
  readonly bucket: string;
  readonly key: string;
  readonly version?: string;
}

export interface StreamFile {
  readonly fileId: number;
  readonly s3Location: S3Location;
}

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

export interface CreateStreamRequest {
  readonly operation: 'CreateStream';
  readonly streamId: string;
  readonly description?: string;
  readonly files: readonly StreamFile[];
  readonly roleArn: string;
  readonly tags: readonly Tag[];
}

export interface UpdateStreamRequest {
  readonly operation: 'UpdateStream';
  readonly streamId: string;
  readonly description?: string;
  readonly files?: readonly StreamFile[];
  readonly roleArn?: string;
}

export interface DescribeStreamRequest {
  readonly operation: 'DescribeStream';
  readonly streamId: string;
}

export interface DeleteStreamRequest {
  readonly operation: 'DeleteStream';
  readonly streamId: string;
}

export interface ListStreamsRequest {
  readonly operation: 'ListStreams';
  readonly maxResults?: number;
  readonly nextToken?: string;
  readonly ascendingOrder: boolean;
}

export interface TagResourceRequest {
  readonly operation: 'TagResource';
  readonly resourceArn: string;
  readonly tags: readonly Tag[];
}

export interface UntagResourceRequest {
  readonly operation: 'UntagResource';
  readonly resourceArn: string;
  readonly tagKeys: readonly string[];
}

export interface ListTagsForResourceRequest {
  readonly operation: 'ListTagsForResource';
  readonly resourceArn: string;
}

export type StreamsRequest =
  | CreateStreamRequest | UpdateStreamRequest | DescribeStreamRequest | DeleteStreamRequest | ListStreamsRequest
  | TagResourceRequest | UntagResourceRequest | ListTagsForResourceRequest;

export type Operation = StreamsRequest['operation'];
