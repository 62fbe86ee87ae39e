import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/* What npm would publish, after the library was compiled, from a folder in which somebody has worked. */

const root = join(__dirname, '..', '..');
/** Files that are nobody's business, wherever they come to lie. */
const STRAY = ['.env', 'npm-debug.log', 'notes.txt', 'src/notes.txt', 'lib/notes.txt', 'assets/lambda/index/.env'];

const written: string[] = [];
let files: string[];
let size: number;
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

beforeAll(() => {
  for (const path of STRAY) {
    if (existsSync(join(root, path))) continue;
    writeFileSync(join(root, path), 'SECRET=1\n');
    written.push(path);
  }
  const [tarball]: { size: number; files: { path: string }[] }[] = JSON.parse(
    execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  files = tarball.files.map(({ path }) => path);
  size = tarball.size;
});

afterAll(() => written.forEach((path) => rmSync(join(root, path))));

test('brings the compiled library, the handler\'s bundle, the assembly and the documents', () => {
  expect(files).toEqual(expect.arrayContaining(['lib/index.js', 'lib/index.d.ts', 'assets/lambda/index/index.js', '.jsii', 'README.md', 'API.md', 'LICENSE', 'NOTICE']));
});

test('brings no sources of the handler, no tools, no tests', () => {
  expect(files.filter((path) => !/^(lib|assets)\/|^(\.jsii|README\.md|API\.md|LICENSE|NOTICE|package\.json)$/.test(path))).toEqual([]);
});

test('brings no file that lies about: a log, notes, secrets of the environment', () => {
  expect(STRAY.filter((path) => existsSync(join(root, path)))).toEqual(STRAY);
  expect(files.filter((path) => STRAY.includes(path))).toEqual([]);
});

test('is small for three constructs that sign as well: under 210 KB and 130 files', () => {
  expect(size).toBeLessThan(210_000);
  expect(files.length).toBeLessThan(130);
});

test('has exactly two peers and no dependency at run time', () => {
  expect(Object.keys(manifest.peerDependencies).sort()).toEqual(['aws-cdk-lib', 'constructs']);
  expect(manifest.dependencies).toBeUndefined();
  expect(manifest.bundledDependencies).toBeUndefined();
});
