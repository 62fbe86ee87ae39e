import type { VirtualTime } from '../cloudformation/virtual-time';

/** A promise that was broken. */
export class Broken extends Error {}

/** What happens, for whoever wants to read it, and the first promise that was broken. */
export class Journal {
  /** The first promise broken ends the run. */
  broken?: Error;

  constructor(private readonly time: VirtualTime, readonly trace?: (line: string) => void) {}

  fail(message: string): void {
    this.note(() => `BROKEN: ${message}`);
    this.broken ??= new Broken(message);
  }

  note(what: () => string): void {
    this.trace?.(`${new Date(this.time.now()).toISOString().slice(8, 23)} ${what()}`);
  }
}
