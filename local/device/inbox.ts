/** The longest timer of Node.js; a longer one fires at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** A queue of messages for a reader that handles one at a time. */
export class Inbox<T> {
  private readonly waiting: T[] = [];
  private wake: () => void = () => {};

  push(message: T): void {
    this.waiting.push(message);
    this.wake();
  }

  /** Returns the next message; undefined if none arrives in time. */
  async next(timeoutMs: number, signal?: AbortSignal): Promise<T | undefined> {
    signal?.throwIfAborted();
    if (this.waiting.length === 0) await this.arrival(timeoutMs, signal);
    signal?.throwIfAborted();
    return this.waiting.shift();
  }

  clear(): void {
    this.waiting.length = 0;
  }

  private async arrival(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(done, Math.min(timeoutMs, MAX_TIMER_MS));
      function done() {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      }
      signal?.addEventListener('abort', done);
      this.wake = done;
    });
  }
}
