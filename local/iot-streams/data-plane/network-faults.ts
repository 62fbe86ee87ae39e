/** The faults of the network between devices and the service. Shares are between 0 and 1. */
export interface NetworkFaults {
  loss: number;
  duplication: number;
  /** The share of messages that are delayed by `lateMilliseconds`, and so arrive in another order. */
  lateness: number;
  lateMilliseconds: number;
}

export function noNetworkFaults(): NetworkFaults {
  return { loss: 0, duplication: 0, lateness: 0, lateMilliseconds: 200 };
}

/** Returns a generator of numbers from 0 to 1, the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Returns the delays of the copies of a message in milliseconds; none if it is lost. */
export function arrivals(faults: NetworkFaults, random: () => number): number[] {
  if (random() < faults.loss) return [];
  const delay = random() < faults.lateness ? faults.lateMilliseconds : 0;
  return random() < faults.duplication ? [delay, delay] : [delay];
}
