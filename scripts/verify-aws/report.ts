import type { Finding, Question } from './question';
import { errorText } from './question';
import type { World } from './world';

export type Verdict = 'holds' | 'FAILED' | 'nothing assumed' | 'not asked' | 'NOT ANSWERED';

export interface Row {
  readonly fact: string;
  readonly assumption: string;
  readonly answer: string;
  readonly verdict: Verdict;
}

/** Asks one question. An unexpected error is reported as not answered. */
export async function ask({ fact, assumption, ask: by }: Question, world: World): Promise<Row> {
  if (typeof by === 'string') return { fact, assumption, answer: `by hand: ${by}`, verdict: 'not asked' };
  try {
    const finding = await by(world);
    return { fact, assumption, answer: finding.answer, verdict: verdictOf(finding) };
  } catch (error) {
    return { fact, assumption, answer: errorText(error), verdict: 'NOT ANSWERED' };
  }
}

function verdictOf({ holds }: Finding): Verdict {
  if (holds === undefined) return 'nothing assumed';
  return holds ? 'holds' : 'FAILED';
}

/** Returns the answers as a table in Markdown. */
export function table(rows: readonly Row[]): string {
  return [
    '| fact | what the library assumes | what the account says | |',
    '| --- | --- | --- | --- |',
    ...rows.map(({ fact, assumption, answer, verdict }) => `| ${[fact, assumption, answer, verdict].map(cell).join(' | ')} |`),
  ].join('\n');
}

function cell(text: string): string {
  return text.replace(/\s+/g, ' ').replaceAll('|', '\\|');
}

/** Returns 0 if all tested assumptions hold, 1 if one failed, 2 if one could not be tested or something was left behind. */
export function exitCode(rows: readonly Row[], leftBehind: readonly string[]): number {
  if (rows.some(({ verdict }) => verdict === 'FAILED')) return 1;
  return leftBehind.length > 0 || rows.some(({ verdict }) => verdict === 'NOT ANSWERED') ? 2 : 0;
}

/** Returns the assumptions that failed or could not be tested, and the resources that were left behind. */
export function problems(rows: readonly Row[], leftBehind: readonly string[]): string[] {
  const bad = rows.filter(({ verdict }) => verdict === 'FAILED' || verdict === 'NOT ANSWERED');
  return [...bad.map(({ fact, assumption, answer, verdict }) => `${verdict}: ${fact}; assumed: ${assumption}; got: ${answer}`),
    ...leftBehind.map((what) => `left behind: ${what}`)];
}
