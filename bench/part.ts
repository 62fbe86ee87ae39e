import type { Comparison, Spread } from './compare';
import type { Library } from './library';

/** A question that the benchmark answers, with what it needs for that. */
export interface Part {
  readonly name: string;
  readonly title: string;
  /** How many measurements there are to come, for the progress bar. */
  steps(rounds: Rounds): number;
  run(workshop: BenchContext): Promise<Findings>;
}

/** How often to repeat what is usually repeated so many times. */
export type Rounds = (usual: number) => number;

/** What every part works with. */
export interface BenchContext {
  /** Gone after the run. */
  readonly directory: string;
  /** The library as users install it; compiled and packed when it is first asked for. */
  readonly library: () => Promise<Library>;
  readonly rounds: Rounds;
  /** One measurement is done. */
  readonly tick: () => void;
}

export interface Metric {
  readonly key: string;
  readonly label: string;
  readonly digits: number;
}

export interface Findings {
  readonly metrics: readonly Metric[];
  readonly comparisons: readonly Comparison[];
  /** The first variant of every comparison is set against all others; without such a line, nothing is. */
  readonly goals: readonly Goal[];
  readonly bars: readonly Bar[];
  /** The part of it for docs/benchmarks.md. */
  readonly summary: readonly SummaryLine[];
  /** What the reader must know to read the numbers right. */
  readonly notes: readonly string[];
}

export interface Goal {
  readonly text: string;
  readonly got: number;
  readonly atMost: number;
  readonly digits: number;
}

/** One line of the chart: how many times as much as something else. */
export interface Bar {
  readonly label: string;
  readonly ratio: Spread;
}

/** One line of the table in docs/benchmarks.md. */
export interface SummaryLine {
  readonly what: string;
  readonly ours: string;
  readonly beside: string;
}

/** How many times as much as something else, in words. */
export function timesOf({ median, low, high }: Spread, other: string): string {
  const [from, to] = [low.toFixed(2), high.toFixed(2)];
  return from === to ? `${from} times ${other}` : `${median.toFixed(2)} (${from} to ${to}) times ${other}`;
}
