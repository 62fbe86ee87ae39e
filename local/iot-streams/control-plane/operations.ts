import { streamIdIn } from './authorization';
import { ServiceError } from './errors';
import type { StreamsFaults } from './faults';
import type { ObjectAccess } from '../object-access';
import { NoAccess } from '../object-access';
import type {
  CreateStreamRequest, ListStreamsRequest, StreamFile, StreamsRequest, TagResourceRequest, UntagResourceRequest, UpdateStreamRequest,
} from '../requests';
import type { StoredStream, StreamStore } from '../store';
import { MAX_VERSION } from '../store';
import type { StreamFileRecord } from '../stream';
import { invalid } from './validation';
import type { Answer } from '../../service/answers';

export interface OperationsOptions {
  readonly store: StreamStore;
  readonly access: ObjectAccess;
  readonly faults: StreamsFaults;
  readonly maxFileSize: number;
  /** The page size of ListStreams if the caller gives none. */
  readonly defaultPageSize: number;
  readonly now: () => number;
}

const MAX_TAGS = 50;

/** Performs the requests of the API, which have been validated and authorized before. */
export class Operations {
  private readonly roleFirstSeen = new Map<string, number>();

  constructor(private readonly options: OperationsOptions) {}

  async perform(request: StreamsRequest): Promise<Answer> {
    switch (request.operation) {
      case 'CreateStream': return this.createStream(request);
      case 'UpdateStream': return this.updateStream(request);
      case 'DescribeStream': return { streamInfo: streamInfo(this.existing(request.streamId)) };
      case 'DeleteStream': return this.deleteStream(request.streamId);
      case 'ListStreams': return this.listStreams(request);
      case 'TagResource': return this.tagResource(request);
      case 'UntagResource': return this.untagResource(request);
      case 'ListTagsForResource': return {
        tags: [...this.tagged(request.resourceArn).tags].map(([Key, Value]) => ({ Key, Value })),
      };
    }
  }

  private async createStream({ streamId, description, files, roleArn, tags }: CreateStreamRequest): Promise<Answer> {
    const { store, faults } = this.options;
    const refuseSecond = () => {
      const existing = store.find(streamId);
      if (existing) {
        throw new ServiceError('ResourceAlreadyExistsException', `Stream ${streamId} already exists`, {
          resourceId: streamId, resourceArn: existing.streamArn,
        });
      }
    };
    refuseSecond();
    if (store.size >= faults.streamLimit) {
      throw new ServiceError('LimitExceededException', 'You have exceeded the limit for the number of streams in your AWS account');
    }
    if (tags.length > MAX_TAGS) throw tooManyTags();
    if (store.nextVersionOf(streamId) > MAX_VERSION) throw noMoreVersions(streamId);
    const records = await this.readObjectFacts(files, roleArn, store.arnOf(streamId));
    // a concurrent call may have created the stream
    refuseSecond();
    return summary(store.create(streamId, { ...(description === undefined ? {} : { description }), files: records, roleArn }, tags));
  }

  private async updateStream({ streamId, description, files, roleArn }: UpdateStreamRequest): Promise<Answer> {
    const { store } = this.options;
    const before = this.existing(streamId);
    if (before.streamVersion >= MAX_VERSION) throw noMoreVersions(streamId);
    const records = await this.readObjectFacts(files ?? before.files.map(asStreamFile), roleArn ?? before.roleArn, before.streamArn);
    return summary(store.update(this.existing(streamId), {
      ...(description === undefined ? {} : { description }), ...(roleArn === undefined ? {} : { roleArn }), files: records,
    }));
  }

  private deleteStream(streamId: string): Answer {
    const stream = this.existing(streamId);
    if (this.options.faults.attachedStreams.has(streamId)) {
      throw new ServiceError('DeleteConflictException', `Stream ${streamId} is attached to one or more resources`);
    }
    this.options.store.delete(stream);
    return {};
  }

  private listStreams({ maxResults = this.options.defaultPageSize, nextToken, ascendingOrder }: ListStreamsRequest): Answer {
    const after = nextToken === undefined ? undefined : sequenceIn(nextToken);
    const oldestFirst = this.options.store.all();
    const ordered = (ascendingOrder ? oldestFirst : oldestFirst.reverse())
      .filter(({ sequence }) => after === undefined || (ascendingOrder ? sequence > after : sequence < after));
    const page = ordered.slice(0, maxResults);
    return {
      streams: page.map(summary),
      ...(ordered.length > page.length ? { nextToken: tokenOf(page[page.length - 1].sequence) } : {}),
    };
  }

  private tagResource({ resourceArn, tags }: TagResourceRequest): Answer {
    const stream = this.tagged(resourceArn);
    const after = new Map([...stream.tags, ...tags.map(({ Key, Value }) => [Key, Value] as const)]);
    if (after.size > MAX_TAGS) throw tooManyTags();
    this.options.store.setTags(stream, after);
    return {};
  }

  private untagResource({ resourceArn, tagKeys }: UntagResourceRequest): Answer {
    const stream = this.tagged(resourceArn);
    this.options.store.setTags(stream, new Map([...stream.tags].filter(([key]) => !tagKeys.includes(key))));
    return {};
  }

  private existing(streamId: string): StoredStream {
    const stream = this.options.store.find(streamId);
    if (!stream) throw new ServiceError('ResourceNotFoundException', `Stream ${streamId} does not exist`);
    return stream;
  }

  private tagged(resourceArn: string): StoredStream {
    const streamId = streamIdIn(resourceArn);
    if (streamId === '') throw invalid(`'${resourceArn}' is not the ARN of a stream`);
    const stream = this.options.store.find(streamId);
    if (stream?.streamArn !== resourceArn) throw new ServiceError('ResourceNotFoundException', `Resource ${resourceArn} does not exist`);
    return stream;
  }

  /** Reads size and ETag of the objects, which the service needs for devices and which the request does not contain. */
  private async readObjectFacts(files: readonly StreamFile[], roleArn: string, streamArn: string): Promise<StreamFileRecord[]> {
    const { access, faults, maxFileSize, now } = this.options;
    const firstSeen = this.roleFirstSeen.get(roleArn) ?? now();
    this.roleFirstSeen.set(roleArn, firstSeen);
    const { roleDelayMilliseconds } = faults;
    const delay = typeof roleDelayMilliseconds === 'number' ? roleDelayMilliseconds : roleDelayMilliseconds(roleArn);
    if (now() - firstSeen < delay) throw invalid(`AWS IoT cannot assume role ${roleArn} yet`);
    try {
      const role = await access.assume(roleArn, streamArn);
      return await Promise.all(files.map(async ({ fileId, s3Location }) => {
        const { size, eTag } = await access.head(role, s3Location);
        if (size > maxFileSize) {
          throw invalid(`File ${fileId} has ${size} bytes, more than the ${maxFileSize} that a file of a stream may have`);
        }
        return { fileId, ...s3Location, size, eTag };
      }));
    } catch (error) {
      // the class of this error is undocumented
      if (error instanceof NoAccess) throw invalid(error.message);
      throw error;
    }
  }
}

function summary({ streamId, streamArn, description, streamVersion }: StoredStream): Answer {
  return { streamId, streamArn, ...(description === undefined ? {} : { description }), streamVersion };
}

/** The service returns neither tags nor sizes. */
function streamInfo(stream: StoredStream): Answer {
  return {
    ...summary(stream),
    files: stream.files.map(asStreamFile),
    createdAt: stream.createdAt,
    lastUpdatedAt: stream.lastUpdatedAt,
    roleArn: stream.roleArn,
  };
}

function asStreamFile({ fileId, bucket, key, version }: StreamFileRecord): StreamFile {
  return { fileId, s3Location: { bucket, key, ...(version === undefined ? {} : { version }) } };
}

function tooManyTags(): ServiceError {
  return new ServiceError('LimitExceededException', `A resource can have at most ${MAX_TAGS} tags`);
}

// the behaviour of the service in this case is undocumented
function noMoreVersions(streamId: string): ServiceError {
  return new ServiceError('LimitExceededException', `Stream ${streamId} has reached the last version, ${MAX_VERSION}`);
}

function tokenOf(sequence: number): string {
  return Buffer.from(`after:${sequence}`).toString('base64url');
}

function sequenceIn(token: string): number {
  const sequence = /^after:(\d+)$/.exec(Buffer.from(token, 'base64url').toString())?.[1];
  if (sequence === undefined) throw invalid('nextToken is not one of this service');
  return Number(sequence);
}
