import { readdirSync, readFileSync } from 'fs';
import { join, resolve } from 'path';

/*
 * Custom resources fail in ways that are known: a stack that hangs, a rollback that removes somebody else's resource, a
 * clean-up without permission. Each has a number, from 1 to 53, and a test whose name begins with it: 'F7: ...'.
 */

const FAILURE_MODES = 53;

/** The titles of tests and groups in a file: what follows `test(` and `describe(`, or the rows of their `.each`. */
function numbersIn(file: string): number[] {
  return [...readFileSync(file, 'utf8').matchAll(/['"`]((?:F\d+(?:, |: ))+)/g)]
    .flatMap(([, title]) => [...title.matchAll(/F(\d+)/g)].map(([, number]) => Number(number)));
}

const tests = resolve(__dirname, '..');
const files = readdirSync(tests, { recursive: true, encoding: 'utf8' })
  .map((name) => join(tests, name))
  .filter((file) => file.endsWith('.test.ts') && file !== __filename);

test('every failure mode has a test that is named by its number', () => {
  const covered = new Set(files.flatMap(numbersIn));

  expect(Array.from({ length: FAILURE_MODES }, (_, index) => index + 1).filter((number) => !covered.has(number))).toEqual([]);
  expect([...covered].filter((number) => number > FAILURE_MODES)).toEqual([]);
});
