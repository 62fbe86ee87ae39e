/** How bad the line between devices and the service is. Shares are of 1. */
export interface NetworkFaults {
  loss: number;
  duplication: number;
  /** Messages that come `lateMilliseconds` later, hence in another order as well. */
  lateness: number;
  lateMilliseconds: number;
}

export function noNetworkFaults(): NetworkFaults {
  return { loss: 0, duplication: 0, lateness: 0, lateMilliseconds: 200 };
}

/** The same numbers for the same seed, from 0 to 1 (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** When copies of a message arrive, in milliseconds from now; none where it is lost. */
export function arrivals(faults: NetworkFaults, random: () => number): number[] {
  if (random() < faults.loss) return [];
  const delay = random() < faults.lateness ? faults.lateMilliseconds : 0;
  return random() < faults.duplication ? [delay, delay] : [delay];
}
