/** Time that passes only when everything that could happen at an instant has happened. */
export class VirtualTime {
  private time = Date.UTC(2026, 0, 1);
  private order = 0;
  /** A heap: the next one first. */
  private readonly timers: Timer[] = [];

  now(): number {
    return this.time;
  }

  /** Runs something later; the function that it returns cancels it. */
  after(milliseconds: number, run: () => void): () => void {
    const timer: Timer = { at: this.time + Math.max(0, milliseconds), order: this.order++, run };
    this.push(timer);
    return () => { timer.run = undefined; };
  }

  async sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => { this.after(milliseconds, resolve); });
  }

  /** Lets time pass until a promise is settled. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    const settle = () => { isSettled = true; };
    promise.then(settle, settle);
    for (;;) {
      await quiet();
      if (isSettled) return promise;
      const timer = this.pop();
      if (!timer) throw new Error('nothing is left that could happen, and something still waits');
      this.time = timer.at;
      timer.run?.();
    }
  }

  private push(timer: Timer): void {
    const heap = this.timers;
    let index = heap.push(timer) - 1;
    while (index > 0) {
      const parent = Math.floor((index - 1) / 2);
      if (!isBefore(timer, heap[parent])) break;
      heap[index] = heap[parent];
      index = parent;
    }
    heap[index] = timer;
  }

  private pop(): Timer | undefined {
    const heap = this.timers;
    const first = heap[0];
    const last = heap.pop();
    if (heap.length === 0 || !last) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child += 1;
      if (!isBefore(heap[child], last)) break;
      heap[index] = heap[child];
      index = child;
    }
    heap[index] = last;
    return first;
  }
}

interface Timer {
  readonly at: number;
  readonly order: number;
  /** Absent after it was cancelled. */
  run?: () => void;
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/** Waits until every promise that can be settled now is settled. */
async function quiet(): Promise<void> {
  return new Promise((resolve) => { setImmediate(resolve); });
}
