import { chmodSync, mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Size } from 'aws-cdk-lib';
import { IotFileStream, StreamFile } from '../../src';
import { readPath } from '../../src/core/file-error';
import { testStack } from '../support/app';
import { temporaryDirectory } from '../support/temporary-directory';

const directory = temporaryDirectory();
beforeEach(() => {
  symlinkSync('loop.bin', join(directory.path, 'loop.bin'));
  writeFileSync(join(directory.path, 'app.bin'), 'content');
});

test.each([
  ['that does not exist', 'missing.bin', 'which does not exist'],
  ['that is a loop of links', 'loop.bin', 'which is a loop of symbolic links'],
  ['through a file', 'app.bin/config.json', 'which leads through a file as if it were a directory'],
  ['that is too long', 'x'.repeat(300), 'which is longer than the file system allows'],
  ['with a null character', 'app\0.bin', 'which has a null character'],
  ['of a directory', '.', 'which is not a regular file'],
  ['of a device', '/dev/null', 'which is not a regular file'],
])('names property, path and reason in the error about a path %s', (_what, name, reason) => {
  const path = resolve(directory.path, name);
  expect(() => new IotFileStream(testStack(), 'Firmware', { files: [StreamFile.fromAsset(path)] })).toThrow(
    new Error(`'path' must name a file, got: '${path}', ${reason}`));
});

test('names property, path and reason in the error about a file that is larger than Node.js can read', () => {
  const path = join(directory.path, 'app.bin');
  // a sparse file needs no disk space
  truncateSync(path, 3 * 1024 ** 3);
  expect(() => new IotFileStream(testStack(), 'Firmware', { files: [StreamFile.fromAsset(path)], maxFileSize: Size.gibibytes(4) })).toThrow(
    new Error(`'path' must name a file, got: '${path}', which is larger than Node.js can read`));
});

describe('a file that the user may not read', () => {
  const NOBODY = 65_534;

  /** Runs as another user if the test runs as root, who may read everything. */
  function asUserWithoutRights(attempt: () => unknown): string {
    const isRoot = process.geteuid!() === 0;
    if (isRoot) process.seteuid!(NOBODY);
    try {
      attempt();
      return 'no error';
    } catch (error) {
      return (error as Error).message;
    } finally {
      if (isRoot) process.seteuid!(0);
    }
  }

  test('names property, path and reason in the error about a file without read permission', () => {
    const path = join(directory.path, 'app.bin');
    chmodSync(directory.path, 0o755);
    chmodSync(path, 0o000);
    expect(asUserWithoutRights(() => readPath('path', path, readFileSync))).toBe(`'path' must name a file, got: '${path}', which this user may not read`);
  });

  test('names property, path and reason in the error about a file in a closed directory', () => {
    const closed = join(directory.path, 'closed');
    const path = join(closed, 'app.bin');
    mkdirSync(closed);
    writeFileSync(path, 'content');
    chmodSync(closed, 0o000);
    const found = asUserWithoutRights(() => new IotFileStream(testStack(), 'Firmware', { files: [StreamFile.fromAsset(path)] }));
    chmodSync(closed, 0o755);
    expect(found).toBe(`'path' must name a file, got: '${path}', which this user may not read`);
  });
});

test('names property, path and reason in the error if a directory replaces the file between two calls', () => {
  expect(() => readPath('path', directory.path, readFileSync)).toThrow(new Error(`'path' must name a file, got: '${directory.path}', which is a directory`));
});

/** Errors that a test cannot provoke on every machine. */
test.each([
  ['EPERM', 'which this user may not read'],
  ['EMFILE', 'which cannot be opened: the process has too many open files'],
  ['ENOMEM', 'which is larger than the memory'],
  ['ERR_MEMORY_ALLOCATION_FAILED', 'which is larger than the memory'],
  ['EIO', 'which cannot be read: i/o error'],
  [undefined, 'which cannot be read: i/o error'],
])('explains the error code %s', (code, reason) => {
  const read = () => { throw Object.assign(new Error('i/o error'), { code }); };
  expect(() => readPath('path', 'app.bin', read)).toThrow(new Error(`'path' must name a file, got: 'app.bin', ${reason}`));
});
