import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { History } from './history';

/** A history that broke a promise, of the code as it was once or with a planted bug. */
export interface Recorded {
  readonly promise: string;
  readonly history: History;
}

export function recordedHistories(): Recorded[] {
  const directory = join(__dirname, 'cases');
  return readdirSync(directory).sort().map((name) => JSON.parse(readFileSync(join(directory, name), 'utf8')) as Recorded);
}
