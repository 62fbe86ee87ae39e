import { execFileSync } from 'child_process';
import { readFileSync } from 'fs';
import { join } from 'path';

/* What npm would publish, after the library was compiled. */

const root = join(__dirname, '..', '..');
const [tarball]: { size: number; files: { path: string }[] }[] = JSON.parse(
  execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
const files = tarball.files.map(({ path }) => path);
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

test('brings the compiled library, the handler\'s bundle, the assembly and the documents', () => {
  expect(files).toEqual(expect.arrayContaining(['lib/index.js', 'lib/index.d.ts', 'assets/lambda/index/index.js', '.jsii', 'README.md', 'API.md', 'LICENSE', 'NOTICE']));
});

test('brings no sources of the handler, no tools, no tests', () => {
  expect(files.filter((path) => !/^(lib|assets)\/|^(\.jsii|README\.md|API\.md|LICENSE|NOTICE|package\.json)$/.test(path))).toEqual([]);
});

test('is small: under 150 KB and 40 files', () => {
  expect(tarball.size).toBeLessThan(150_000);
  expect(files.length).toBeLessThan(40);
});

test('has exactly two peers and no dependency at run time', () => {
  expect(Object.keys(manifest.peerDependencies).sort()).toEqual(['aws-cdk-lib', 'constructs']);
  expect(manifest.dependencies).toBeUndefined();
  expect(manifest.bundledDependencies).toBeUndefined();
});
