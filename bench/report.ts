import type { Comparison, Spread } from './compare';
import { ratioOf, spread, valuesOf } from './compare';
import type { Findings, Goal, Part, SummaryLine } from './part';

/** Formats the findings as a table that is legible as text and as Markdown. */
export function report({ name, title }: Part, findings: Findings): string {
  return [
    `## ${name}: ${title}`,
    table(['', 'metric', 'variant', 'median', 'middle half', 'first ÷ this'], findings.comparisons.flatMap((comparison) => rowsOf(comparison, findings))),
    ...findings.notes.map((note) => `- ${note}`),
    ...findings.goals.map(verdict),
    '',
  ].join('\n');
}

/** Formats the table of docs/benchmarks.md. */
export function summary(lines: readonly SummaryLine[]): string {
  return table(['what', 'this library', 'beside it'], lines.map(({ what, ours, beside }) => [what, ours, beside]), 0);
}

function rowsOf(comparison: Comparison, { metrics }: Findings): string[][] {
  const [first, ...others] = Object.keys(comparison.samples);
  return metrics.flatMap(({ key, label, digits }) => [first, ...others].flatMap((variant) => {
    const values = valuesOf(comparison, variant, key);
    if (values.length === 0) return [];
    const { median, low, high } = spread(values);
    const isComparable = variant !== first && valuesOf(comparison, first, key).length > 0;
    return [[
      comparison.scenario, label, variant, median.toFixed(digits), low === high ? '' : `${low.toFixed(digits)} to ${high.toFixed(digits)}`,
      isComparable ? times(ratioOf(comparison, key, first, variant)) : '',
    ]];
  }));
}

function times({ median, low, high }: Spread): string {
  return Number.isFinite(median) ? `${median.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})` : '';
}

export function verdict({ text, got, atMost, digits }: Goal): string {
  return `- ${got <= atMost ? 'reached' : 'MISSED'}: ${text}: ${got.toFixed(digits)}, to be at most ${atMost}`;
}

function table(head: readonly string[], rows: readonly string[][], groupingColumns = 2): string {
  // omits values that repeat the line above, to show the groups
  const sparse = rows.map((row, index) => row.map((cell, column) =>
    column < groupingColumns && index > 0 && row.slice(0, column + 1).every((value, at) => value === rows[index - 1][at]) ? '' : cell));
  const widths = head.map((title, column) => Math.max(title.length, ...sparse.map((row) => row[column].length)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  return [line(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...sparse.map(line)].join('\n');
}
