/*
 * Comparisons within one run. Machines are noisy, and noise comes in spells: variants take turns, and the ratio is that of
 * neighbours in time.
 */

/** What one run of one variant cost, by metric. */
export type Sample = Readonly<Record<string, number>>;

export interface Variant {
  readonly name: string;
  measure(round: number): Promise<Sample>;
}

/** The samples of all variants in one situation; the n-th ones were taken in the same round. */
export interface Comparison {
  readonly scenario: string;
  readonly samples: Readonly<Record<string, readonly Sample[]>>;
}

/** One and the same thing done by each variant in turn, `rounds` times; every other round goes backwards. */
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
  /** A quarter of the values lies below. */
  readonly low: number;
  /** A quarter of the values lies above. */
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

/** How many times as much one variant costs as another, round by round. */
export function ratioOf(comparison: Comparison, metric: string, variant: string, reference: string): Spread {
  const references = valuesOf(comparison, reference, metric);
  return spread(valuesOf(comparison, variant, metric).map((value, round) => value / references[round]));
}
