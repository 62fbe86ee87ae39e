import type { Comparison, Spread } from './compare';
import type { Library } from './library';

/** A part of the benchmark. */
export interface Part {
  readonly name: string;
  readonly title: string;
  /** Returns the number of measurements, for the progress bar. */
  steps(rounds: Rounds): number;
  run(workshop: BenchContext): Promise<Findings>;
}

/** Returns the number of rounds for the usual number. */
export type Rounds = (usual: number) => number;

/** The context of every part. */
export interface BenchContext {
  /** Deleted after the run. */
  readonly directory: string;
  /** Returns the library as users install it; compiles and packs it at the first call. */
  readonly library: () => Promise<Library>;
  readonly rounds: Rounds;
  /** Called after each measurement. */
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
  /** The goals that compare the first variant with the others; empty for no comparison. */
  readonly goals: readonly Goal[];
  readonly bars: readonly Bar[];
  /** The lines for docs/benchmarks.md. */
  readonly summary: readonly SummaryLine[];
  /** Explanations that readers of the numbers need. */
  readonly notes: readonly string[];
}

export interface Goal {
  readonly text: string;
  readonly got: number;
  readonly atMost: number;
  readonly digits: number;
}

/** One line of the chart: a ratio to an alternative. */
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

/** Describes a ratio in words. */
export function timesOf({ median, low, high }: Spread, other: string): string {
  const [from, to] = [low.toFixed(2), high.toFixed(2)];
  return from === to ? `${from} times ${other}` : `${median.toFixed(2)} (${from} to ${to}) times ${other}`;
}
