import type { BlockSet } from './block-set';
import { bitmapOf, nextBlocks, type BlockLayout, type MissingBlocks } from './blocks';

export interface RequestOptions {
  /** The greatest number of unanswered requests at one time. */
  readonly requestsInFlight: number;
  readonly missingBlocks: MissingBlocks;
  readonly retryOptions: RetryOptions;
}

/** The time to wait for an answer, and the number of retries. */
export interface RetryOptions {
  readonly answerTimeoutMs: number;
  readonly maxAnswerTimeoutMs: number;
  readonly retries: number;
}

export function answerTimeout(retryOptions: RetryOptions, round: number): number {
  return Math.min(retryOptions.answerTimeoutMs * 2 ** round, retryOptions.maxAnswerTimeoutMs);
}

export interface BlockRequest {
  readonly blockOffset: number;
  readonly numberOfBlocks: number;
  readonly blockBitmap?: Uint8Array;
}

interface Flight {
  readonly missing: Set<number>;
  readonly sentAt: number;
  readonly round: number;
  lastBlockAt?: number;
}

/**
 * Decides which requests to send and when. It uses neither a clock nor a network: the time is an argument, so that a test can
 * simulate hours in a millisecond.
 */
export class BlockRequests {
  private readonly flights = new Set<Flight>();
  private readonly flightOf = new Map<number, Flight>();
  private lastBlockAt = -Infinity;
  private silentRounds = 0;

  constructor(private readonly layout: BlockLayout, private readonly stored: BlockSet, private readonly options: RequestOptions) {}

  /** Whether the retries are used up: every new block restarts the count. */
  get exhausted(): boolean {
    return this.silentRounds > this.options.retryOptions.retries;
  }

  /** Returns the requests to send now. */
  due(now: number): BlockRequest[] {
    this.expire(now);
    const requests: BlockRequest[] = [];
    // checks the counts first, because the search for wanted blocks takes longer for larger files
    while (!this.exhausted && this.flights.size < this.options.requestsInFlight
      && this.stored.size + this.flightOf.size < this.layout.blockCount) {
      const blocks = nextBlocks(this.layout, (block) => !this.stored.has(block) && !this.flightOf.has(block), this.options.missingBlocks);
      const flight: Flight = { missing: new Set(blocks), sentAt: now, round: this.silentRounds };
      this.flights.add(flight);
      for (const block of blocks) this.flightOf.set(block, flight);
      requests.push({ blockOffset: blocks[0], numberOfBlocks: blocks.length, blockBitmap: bitmapOf(blocks) });
    }
    return requests;
  }

  /** Records a new block, which may answer any request. */
  received(block: number, now: number): void {
    this.lastBlockAt = now;
    this.silentRounds = 0;
    const flight = this.flightOf.get(block);
    if (!flight) return;
    this.flightOf.delete(block);
    flight.missing.delete(block);
    flight.lastBlockAt = now;
    if (flight.missing.size === 0) this.flights.delete(flight);
  }

  /** Returns the time of the next timeout. */
  nextDeadline(): number {
    return Math.min(...[...this.flights].map((flight) => this.deadline(flight)));
  }

  private expire(now: number): void {
    for (const flight of [...this.flights].filter((candidate) => this.deadline(candidate) <= now)) {
      this.flights.delete(flight);
      for (const block of flight.missing) this.flightOf.delete(block);
      if (this.lastBlockAt < flight.sentAt) this.silentRounds = Math.max(this.silentRounds, flight.round + 1);
    }
  }

  private deadline(flight: Flight): number {
    // a request without any block may wait behind other requests: on a slow network, a retry would only lengthen the queue
    const aliveAt = flight.lastBlockAt ?? Math.max(flight.sentAt, this.lastBlockAt);
    return aliveAt + answerTimeout(this.options.retryOptions, flight.round);
  }
}
