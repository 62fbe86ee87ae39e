import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MUTANTS } from './mutants';
import { applied, ROOT } from './source';

/* `npm run simulate:mutants` takes minutes and is run by hand. These tests check that its bugs can be planted. */

test.each(MUTANTS)('the planted bug fits the code: $name', ({ edits }) => {
  for (const edit of edits) {
    const contents = readFileSync(join(ROOT, edit.file), 'utf8');
    expect(applied(edit, contents)).not.toBe(contents);
  }
});

test('three bugs at least are planted in each of protocol, stream resource, objects resource and plan', () => {
  for (const part of ['protocol', 'stream resource', 'objects resource', 'plan']) {
    expect(MUTANTS.filter((mutant) => mutant.part === part).length).toBeGreaterThanOrEqual(3);
  }
});

const table = readFileSync(join(ROOT, 'docs', 'design.md'), 'utf8').split('## What the simulation checks')[1].split('\n## ')[0]
  .split('\n').filter((line) => line.startsWith('| ')).slice(2).map((line) => line.slice(2, -2).split(' | '));

test.each(table)('docs/design.md names planted bugs against the promise: %s', (_promise, _check, bugs) => {
  const planted = MUTANTS.map(({ name }) => name);
  expect(bugs.split('; ').filter((bug) => !planted.includes(bug))).toStrictEqual([]);
});

test('every bug has a name of its own', () => {
  const names = MUTANTS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});
