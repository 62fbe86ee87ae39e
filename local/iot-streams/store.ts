import type { Tag } from './requests';
import type { StreamRecord } from './stream';

/** A stream with the properties that only the control plane uses. */
export interface StoredStream extends StreamRecord {
  /** In seconds since 1970, as in the API. */
  readonly createdAt: number;
  readonly lastUpdatedAt: number;
  /** Increases with each creation; lists are ordered by it. */
  readonly sequence: number;
  readonly tags: ReadonlyMap<string, string>;
}

/** The properties that the caller gives; the store adds the others. */
export type StreamContent = Pick<StreamRecord, 'description' | 'roleArn' | 'files'>;

export interface StoreOptions {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  /** The version of a stream with a new ID: some documents say 0, examples and existing clients 1. */
  readonly firstVersion: 0 | 1;
  readonly now: () => number;
}

const RETENTION_MILLIS = 90 * 24 * 60 * 60 * 1000;
export const MAX_VERSION = 65_535;

/** The streams of one account in one region, and the last versions of deleted ones. */
export class StreamStore {
  private readonly streams = new Map<string, StoredStream>();
  private readonly deleted = new Map<string, { version: number; at: number }>();
  private nextSequence = 0;

  constructor(private readonly options: StoreOptions) {}

  get size(): number {
    return this.streams.size;
  }

  find(streamId: string): StoredStream | undefined {
    return this.streams.get(streamId);
  }

  /** Oldest first. */
  all(): StoredStream[] {
    return [...this.streams.values()].sort((a, b) => a.sequence - b.sequence);
  }

  arnOf(streamId: string): string {
    const { partition, region, account } = this.options;
    return `arn:${partition}:iot:${region}:${account}:stream/${streamId}`;
  }

  /** Returns the first version of a new stream with this ID, which continues the numbers of a stream that was deleted within 90 days. */
  nextVersionOf(streamId: string): number {
    const before = this.deleted.get(streamId);
    if (before === undefined || this.options.now() - before.at > RETENTION_MILLIS) return this.options.firstVersion;
    return before.version + 1;
  }

  create(streamId: string, content: StreamContent, tags: readonly Tag[]): StoredStream {
    const seconds = this.options.now() / 1000;
    const stream: StoredStream = {
      ...content,
      streamId,
      streamArn: this.arnOf(streamId),
      streamVersion: this.nextVersionOf(streamId),
      createdAt: seconds,
      lastUpdatedAt: seconds,
      sequence: this.nextSequence++,
      tags: new Map(tags.map(({ Key, Value }) => [Key, Value])),
    };
    this.deleted.delete(streamId);
    this.streams.set(streamId, stream);
    return stream;
  }

  update(stream: StoredStream, content: Partial<StreamContent>): StoredStream {
    const updated = { ...stream, ...content, streamVersion: stream.streamVersion + 1, lastUpdatedAt: this.options.now() / 1000 };
    this.streams.set(stream.streamId, updated);
    return updated;
  }

  delete(stream: StoredStream): void {
    this.streams.delete(stream.streamId);
    this.deleted.set(stream.streamId, { version: stream.streamVersion, at: this.options.now() });
  }

  setTags(stream: StoredStream, tags: ReadonlyMap<string, string>): void {
    this.streams.set(stream.streamId, { ...stream, tags });
  }
}
