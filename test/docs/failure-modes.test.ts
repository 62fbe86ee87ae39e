import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { numberedTitles } from './test-titles';

/*
 * docs/failure-modes.md explains the failure modes of the custom resource and lists their tests. `npm run docs` writes the
 * lists of tests; the rest of the page is written by hand.
 */

const root = resolve(__dirname, '..', '..');
const page = join(root, 'docs', 'failure-modes.md');
const SECTION = /^## F(\d+): .*?^\*\*Tests\*\*\n(.*?)(?=^## |(?![^]))/gms;

const titles = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.includes('node_modules'))
  .map((name) => join(root, 'test', name))
  .sort()
  .flatMap((file) => numberedTitles(file).map((title) => ({ ...title, file: relative(root, file).split(sep).join('/') })));
const tested = [...new Set(titles.flatMap(({ numbers }) => numbers))].sort((a, b) => a - b);

function testsOf(number: number): string {
  const found = titles.filter(({ numbers }) => numbers.includes(number));
  const files = [...new Set(found.map(({ file }) => file))];
  return files.map((file) => {
    const paths = [...new Set(found.filter((title) => title.file === file).map(({ path }) => path.join(' › ')))];
    return `- [${file}](../${file})\n${paths.map((path) => `  - \`${path}\`\n`).join('')}`;
  }).join('');
}

function withTests(text: string): string {
  return text.replace(SECTION, (section: string, number: string, list: string) =>
    `${section.slice(0, section.length - list.length).trimEnd()}\n\n${testsOf(Number(number))}\n`).trimEnd() + '\n';
}

if (process.env.UPDATE_DOCS) writeFileSync(page, withTests(readFileSync(page, 'utf8')));
const text = readFileSync(page, 'utf8');
const listed = [...text.matchAll(SECTION)].map(([, number]) => Number(number));

test('every failure mode in docs/failure-modes.md has a list of tests', () => {
  expect([...text.matchAll(/^## F(\d+): /gm)].map(([, number]) => Number(number))).toEqual(listed);
});

test('every failure mode that the documents cite is described in docs/failure-modes.md', () => {
  const documents = ['README.md', 'CONTRIBUTING.md', ...readdirSync(join(root, 'docs')).filter((name) => /^[a-z-]+\.md$/.test(name)).map((name) => join('docs', name))];
  const cited = documents.flatMap((name) => [...readFileSync(join(root, name), 'utf8').matchAll(/\bF(\d{1,3})\b/g)].map(([, number]) => `${name}: F${number}`));

  expect(cited.filter((citation) => !listed.includes(Number(/\d+$/.exec(citation)![0])))).toEqual([]);
});

test('the failure modes in docs/failure-modes.md are in ascending order of their numbers', () => {
  expect(listed.length).toBeGreaterThan(0);
  expect(listed).toEqual([...new Set(listed)].sort((one, other) => one - other));
});

test('every failure mode that the title of a test names is described in docs/failure-modes.md', () => {
  expect(tested.filter((number) => !listed.includes(number))).toEqual([]);
});

test('every failure mode in docs/failure-modes.md has a test', () => {
  expect(listed.filter((number) => !tested.includes(number))).toEqual([]);
});

test('docs/failure-modes.md contains the current lists of tests, which `npm run docs` writes', () => {
  expect(text).toBe(withTests(text));
});
