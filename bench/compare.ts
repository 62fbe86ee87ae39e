/*
 * Comparisons within one run. The speed of a machine varies over time, so the variants alternate, and each ratio compares
 * measurements that follow each other.
 */

/** The cost of one run of a variant, by metric. */
export type Sample = Readonly<Record<string, number>>;

export interface Variant {
  readonly name: string;
  measure(round: number): Promise<Sample>;
}

/** The samples of all variants in one scenario; those with the same index are from the same round. */
export interface Comparison {
  readonly scenario: string;
  readonly samples: Readonly<Record<string, readonly Sample[]>>;
}

/** Runs all variants in turn, `rounds` times, with reversed order in every second round. */
export async function compare(scenario: string, variants: readonly Variant[], rounds: number, tick: () => void): Promise<Comparison> {
  const samples: Record<string, Sample[]> = Object.fromEntries(variants.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, measure } of round % 2 === 0 ? variants : [...variants].reverse()) {
      samples[name].push(await measure(round));
      tick();
    }
  }
  return { scenario, samples };
}

export interface Spread {
  readonly median: number;
  /** The lower quartile. */
  readonly low: number;
  /** The upper quartile. */
  readonly high: number;
}

export function spread(values: readonly number[]): Spread {
  const ordered = [...values].sort((a, b) => a - b);
  const at = (share: number) => {
    const position = share * (ordered.length - 1);
    const [below, above] = [ordered[Math.floor(position)], ordered[Math.ceil(position)]];
    return below + (above - below) * (position - Math.floor(position));
  };
  return { median: at(0.5), low: at(0.25), high: at(0.75) };
}

export function valuesOf({ samples }: Comparison, variant: string, metric: string): number[] {
  return samples[variant].flatMap((sample) => metric in sample ? [sample[metric]] : []);
}

export function medianOf(comparison: Comparison, variant: string, metric: string): number {
  return spread(valuesOf(comparison, variant, metric)).median;
}

/** Returns the ratios between the costs of two variants, round by round. */
export function ratioOf(comparison: Comparison, metric: string, variant: string, reference: string): Spread {
  const references = valuesOf(comparison, reference, metric);
  return spread(valuesOf(comparison, variant, metric).map((value, round) => value / references[round]));
}
