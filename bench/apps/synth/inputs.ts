import { join } from 'node:path';

/** One file for each stream, in a directory of its own. */
export interface Input {
  readonly number: number;
  readonly directory: string;
  readonly path: string;
}

export const FILE_NAME = 'app.bin';

/** Reads the command line: the directory of the files and the number of streams. */
export function inputs(): Input[] {
  const [, , directory, count] = process.argv;
  return Array.from({ length: Number(count) }, (_, number) => {
    const own = join(directory, String(number));
    return { number, directory: own, path: join(own, FILE_NAME) };
  });
}
