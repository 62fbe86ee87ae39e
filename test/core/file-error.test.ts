import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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
])('a path %s is an error with property, path and reason', (_what, name, reason) => {
  const path = join(directory.path, name);
  expect(() => new IotFileStream(testStack(), 'Firmware', { files: [StreamFile.fromAsset(path)] })).toThrow(
    new Error(`'path' must name a file, got: '${path}', ${reason}`));
});

/** Tests may run as a user who may read everything, on a machine with any memory. */
test.each([
  ['EACCES', 'which this user may not read'],
  ['EPERM', 'which this user may not read'],
  ['EMFILE', 'which cannot be opened: the process has too many open files'],
  ['ERR_FS_FILE_TOO_LARGE', 'which is larger than Node.js can read'],
  ['ERR_MEMORY_ALLOCATION_FAILED', 'which is larger than the memory'],
  ['EIO', 'which cannot be read: i/o error'],
  [undefined, 'which cannot be read: i/o error'],
])('the code %s becomes a reason', (code, reason) => {
  const read = () => { throw Object.assign(new Error('i/o error'), { code }); };
  expect(() => readPath('path', 'app.bin', read)).toThrow(new Error(`'path' must name a file, got: 'app.bin', ${reason}`));
});
