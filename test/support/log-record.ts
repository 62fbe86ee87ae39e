import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

/*
 * Records everything that the handler logs in a run of jest. Each worker appends to a file of its own, and the end of the run
 * checks all files.
 */

const directory = resolve(__dirname, '../../test-reports/handler-log');

export function clearRecord(): void {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
}

export function record(line: string): void {
  appendFileSync(join(directory, `${process.env.JEST_WORKER_ID}.txt`), `${JSON.stringify(line)}\n`);
}

export function recordedLines(): string[] {
  return readdirSync(directory).flatMap((name) => readFileSync(join(directory, name), 'utf8').split('\n').filter(Boolean))
    .map((line) => JSON.parse(line) as string);
}
