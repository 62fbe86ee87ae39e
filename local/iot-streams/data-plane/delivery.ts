import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import type { NetworkFaults } from './network-faults';
import { arrivals } from './network-faults';
import type { Message, ProtocolOptions } from '../protocol/protocol';
import { answer } from '../protocol/protocol';
import type { StreamSource } from '../stream';

/** The answers of a request have at most 128 KiB, so those of this number of requests have 2 MiB. */
const REQUESTS_AT_ONCE = 16;
/** More would not be faster, because the local AWS handles one after the other. */
const PUBLISHES_AT_ONCE = 16;

export interface DeliveryOptions extends ProtocolOptions {
  readonly source: StreamSource;
  readonly networkFaults: NetworkFaults;
  /** From 0 to 1. */
  readonly random: () => number;
  publish(message: Message, signal: AbortSignal): Promise<void>;
  report(reason: unknown): void;
}

/** Answers requests over a network with faults. */
export class Delivery {
  private readonly stopped = new AbortController();
  private readonly requests = pLimit(REQUESTS_AT_ONCE);
  private readonly publishes = pLimit(PUBLISHES_AT_ONCE);
  private readonly underWay = new Set<Promise<void>>();

  constructor(private readonly options: DeliveryOptions) {
    // every late answer listens for the end; there may be thousands, and Node.js warns from eleven on
    setMaxListeners(Infinity, this.stopped.signal);
  }

  take(request: Message): void {
    const served = this.requests(() => this.serve(request)).catch((error) => {
      if (!this.stopped.signal.aborted) this.options.report(error);
    }).finally(() => this.underWay.delete(served));
    this.underWay.add(served);
  }

  /** Stops the delivery; when the promise is fulfilled, nothing more is published. */
  async stop(): Promise<void> {
    this.stopped.abort();
    await Promise.all(this.underWay);
  }

  /** Answers a request. It ends with the last late answer, so that late answers cannot accumulate without limit. */
  private async serve(request: Message): Promise<void> {
    this.stopped.signal.throwIfAborted();
    const { source, networkFaults, random } = this.options;
    const late: Promise<void>[] = [];
    let punctual: Promise<void> = Promise.resolve();
    for (const message of await answer(request, source, this.options)) {
      for (const delay of arrivals(networkFaults, random)) {
        if (delay > 0) late.push(this.publishLater(message, delay));
        // published in order; only answers that the network delays are overtaken
        else punctual = punctual.then(() => this.publish(message));
      }
    }
    const outcomes = await Promise.allSettled([punctual, ...late]);
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }

  private async publishLater(message: Message, delay: number): Promise<void> {
    await sleep(delay, undefined, { signal: this.stopped.signal });
    await this.publish(message);
  }

  private publish(message: Message): Promise<void> {
    return this.publishes(async () => {
      this.stopped.signal.throwIfAborted();
      await this.options.publish(message, this.stopped.signal);
    });
  }
}
