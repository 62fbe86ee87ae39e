import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/* Checks what npm would publish from a compiled working copy with stray files. */

const root = join(__dirname, '..', '..');
/** Stray files that must not be published from any folder. */
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

test('the package contains the compiled library, the bundle of the handler, the assembly and the documents', () => {
  expect(files).toEqual(expect.arrayContaining(['lib/index.js', 'lib/index.d.ts', 'assets/lambda/index/index.js', '.jsii', 'README.md', 'API.md', 'LICENSE', 'NOTICE']));
});

test('the package contains no sources of the handler, no tools and no tests', () => {
  expect(files.filter((path) => !/^(lib|assets)\/|^(\.jsii|README\.md|API\.md|LICENSE|NOTICE|package\.json)$/.test(path))).toEqual([]);
});

test('the package contains no stray file: a log, notes, secrets of the environment', () => {
  expect(STRAY.filter((path) => existsSync(join(root, path)))).toEqual(STRAY);
  expect(files.filter((path) => STRAY.includes(path))).toEqual([]);
});

test('the package has less than 210 KB and less than 130 files', () => {
  expect(size).toBeLessThan(210_000);
  expect(files.length).toBeLessThan(130);
});

test('the package has exactly two peer dependencies and no runtime dependency', () => {
  expect(Object.keys(manifest.peerDependencies).sort()).toEqual(['aws-cdk-lib', 'constructs']);
  expect(manifest.dependencies).toBeUndefined();
  expect(manifest.bundledDependencies).toBeUndefined();
});
