import { randomBytes } from 'node:crypto';
import type { StorageTier, Tags } from './requests';

export type Status = 'CREATING' | 'ACTIVE' | 'UPDATING' | 'DELETING';

/** A stream as it is at one moment. */
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
  /** Seconds of the epoch, as the wire has them. */
  readonly creationTime: number;
}

/** What a moment changes: another state, or the end of the stream. */
interface Moment {
  readonly at: number;
  readonly state: StreamState | undefined;
}

/** How fast the service is; may be changed while it runs. */
export interface Delays {
  /** How long a new stream is CREATING. */
  creationMilliseconds: number;
  /** How long a change takes: the stream is UPDATING, and DescribeStream answers the old values. */
  updateMilliseconds: number;
  /** How long a deleted stream is DELETING. */
  deletionMilliseconds: number;
  /** How much later than the change DescribeStream answers it: the service is not documented to be consistent at once. */
  describeLagMilliseconds: number;
}

const VERSION_LENGTH = 20;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** The streams of one account in one region, each as a series of states over time. */
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

  /** The state that DescribeStream answers. */
  described(streamName: string): StreamState | undefined {
    const now = this.find(streamName);
    // what the caller was told by CreateStream or DeleteStream is known at once
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

  /** Changes an active stream: first UPDATING, then as it shall be. */
  update(stream: StreamState, change: Partial<StreamState>, movesVersion: boolean): void {
    const at = this.now();
    this.push(stream, { at, state: { ...stream, status: 'UPDATING' } });
    this.push(stream, {
      at: at + this.delays.updateMilliseconds, state: { ...stream, ...change, ...movesVersion ? { version: newVersion() } : {} },
    });
  }

  /** Tags change at once, whatever else is under way. */
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

/** Opaque and without an order, as the service's are. */
function newVersion(): string {
  return [...randomBytes(VERSION_LENGTH)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
}
