import type { BlockSet } from './block-set';
import { bitmapOf, nextBlocks, type BlockLayout, type MissingBlocks } from './blocks';

export interface RequestOptions {
  /** Requests without a full answer that may be under way at once. */
  readonly requestsInFlight: number;
  readonly missingBlocks: MissingBlocks;
  readonly patience: Patience;
}

/** How long to wait for an answer, and how often to ask again. */
export interface Patience {
  readonly answerTimeoutMs: number;
  readonly maxAnswerTimeoutMs: number;
  readonly retries: number;
}

export function answerTimeout(patience: Patience, round: number): number {
  return Math.min(patience.answerTimeoutMs * 2 ** round, patience.maxAnswerTimeoutMs);
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
 * Which requests to send when. Knows no clock and no network: the time comes as an argument, so that a test can live
 * through hours in a millisecond.
 */
export class BlockRequests {
  private readonly flights = new Set<Flight>();
  private readonly flightOf = new Map<number, Flight>();
  private lastBlockAt = -Infinity;
  private silentRounds = 0;

  constructor(private readonly layout: BlockLayout, private readonly stored: BlockSet, private readonly options: RequestOptions) {}

  /** Rounds of asking that brought nothing new at all; any new block starts the count again. */
  get exhausted(): boolean {
    return this.silentRounds > this.options.patience.retries;
  }

  /** What to send now. */
  due(now: number): BlockRequest[] {
    this.expire(now);
    const requests: BlockRequest[] = [];
    // counted first, because the search for wanted blocks is the only work here that grows with the file
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

  /** A block that was not there before has come, by whichever request. */
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

  /** When to look again if nothing comes. */
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
    // a request whose answer has not begun may queue behind the others: on a slow line, asking again would only make the queue longer
    const aliveAt = flight.lastBlockAt ?? Math.max(flight.sentAt, this.lastBlockAt);
    return aliveAt + answerTimeout(this.options.patience, flight.round);
  }
}
