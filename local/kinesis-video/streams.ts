import { randomBytes } from 'node:crypto';
import type { StorageTier, Tags } from './requests';

export type Status = 'CREATING' | 'ACTIVE' | 'UPDATING' | 'DELETING';

/** The state of a stream at one time. */
export interface StreamState {
  readonly streamName: string;
  readonly streamArn: string;
  readonly deviceName?: string;
  readonly mediaType?: string;
  readonly kmsKeyId: string;
  readonly dataRetentionInHours: number;
  readonly storageTier: StorageTier;
  readonly tags: Tags;
  readonly version: string;
  readonly status: Status;
  /** In seconds since 1970, as in the API. */
  readonly creationTime: number;
}

/** A change at one time: a new state, or the end of the stream. */
interface Moment {
  readonly at: number;
  readonly state: StreamState | undefined;
}

/** The delays of the service, which may be changed while it runs. */
export interface Delays {
  /** The time that a new stream is CREATING. */
  creationMilliseconds: number;
  /** The time of a change, during which the stream is UPDATING and DescribeStream returns the old values. */
  updateMilliseconds: number;
  /** The time that a deleted stream is DELETING. */
  deletionMilliseconds: number;
  /** The delay until DescribeStream shows a change, because the service does not document immediate consistency. */
  describeLagMilliseconds: number;
}

const VERSION_LENGTH = 20;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** The streams of one account in one region, each with its states over time. */
export class Streams {
  private readonly moments = new Map<string, Moment[]>();

  constructor(private readonly now: () => number, private readonly delays: Delays) {}

  /** By name, oldest first. */
  all(): StreamState[] {
    return [...this.moments.keys()].flatMap((streamName) => this.find(streamName) ?? [])
      .sort((a, b) => a.creationTime - b.creationTime || (a.streamName < b.streamName ? -1 : 1));
  }

  find(streamName: string): StreamState | undefined {
    return this.at(streamName, this.now());
  }

  /** Returns the state that DescribeStream shows. */
  described(streamName: string): StreamState | undefined {
    const now = this.find(streamName);
    // the effects of CreateStream and DeleteStream are visible at once
    return now && (this.at(streamName, this.now() - this.delays.describeLagMilliseconds) ?? { ...now, status: 'CREATING' });
  }

  create(state: Omit<StreamState, 'version' | 'status' | 'creationTime'>): StreamState {
    const at = this.now();
    const created: StreamState = { ...state, version: newVersion(), status: 'CREATING', creationTime: at / 1000 };
    this.moments.set(state.streamName, [
      { at, state: created }, { at: at + this.delays.creationMilliseconds, state: { ...created, status: 'ACTIVE' } },
    ]);
    return created;
  }

  /** Changes an active stream, which is UPDATING at first. */
  update(stream: StreamState, change: Partial<StreamState>, movesVersion: boolean): void {
    const at = this.now();
    this.push(stream, { at, state: { ...stream, status: 'UPDATING' } });
    this.push(stream, {
      at: at + this.delays.updateMilliseconds, state: { ...stream, ...change, ...movesVersion ? { version: newVersion() } : {} },
    });
  }

  /** Changes tags at once, even during another change. */
  setTags(stream: StreamState, tags: Tags, movesVersion: boolean): void {
    const at = this.now();
    const tagged = (state: StreamState): StreamState => ({ ...state, tags, ...movesVersion ? { version: newVersion() } : {} });
    const moments = this.moments.get(stream.streamName)!;
    this.moments.set(stream.streamName, [
      ...moments.filter((moment) => moment.at <= at),
      { at, state: tagged(stream) },
      ...moments.filter((moment) => moment.at > at).map((moment) => ({ ...moment, state: moment.state && tagged(moment.state) })),
    ]);
  }

  delete(stream: StreamState): void {
    const at = this.now();
    this.push(stream, { at, state: { ...stream, status: 'DELETING' } });
    this.push(stream, { at: at + this.delays.deletionMilliseconds, state: undefined });
  }

  private push({ streamName }: StreamState, moment: Moment): void {
    this.moments.get(streamName)!.push(moment);
  }

  private at(streamName: string, time: number): StreamState | undefined {
    return this.moments.get(streamName)?.filter(({ at }) => at <= time).pop()?.state;
  }
}

/** Returns a random version, because the versions of the service are opaque and unordered. */
function newVersion(): string {
  return [...randomBytes(VERSION_LENGTH)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
}
