import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePython } from '../../../local/ministack/python-environment';
import { temporaryDirectory } from '../../support/temporary-directory';

const temporary = temporaryDirectory();
let directory: string;
let progress: jest.SpyInstance;

beforeEach(() => {
  directory = temporary.path;
  mkdirSync(join(directory, 'bin'));
  progress = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
});

afterEach(() => progress.mockRestore());

test('fails with advice if Python is missing', async () => {
  await expect(ensure()).rejects.toHaveProperty('message',
    'the local AWS needs Python 3.10 or newer, but none of python3, python3.14, python3.13, python3.12, python3.11, python3.10, python runs: '
    + 'install a newer Python, or name one in the environment variable PYTHON');
});

test('lists the Pythons that are too old', async () => {
  interpreter('python3', '3.9');
  interpreter('python', '2.7');
  await expect(ensure()).rejects.toHaveProperty('message',
    "the local AWS needs Python 3.10 or newer, but 'python3' is 3.9 and 'python' is 2.7: "
    + 'install a newer Python, or name one in the environment variable PYTHON');
});

test('fails if the Python of the variable PYTHON does not run, although others exist', async () => {
  interpreter('python3', '3.13');
  await expect(ensure({ PYTHON: '/nowhere/python' })).rejects.toHaveProperty('message',
    "the local AWS needs Python 3.10 or newer, but '/nowhere/python' does not run: "
    + 'install a newer Python, or name one in the environment variable PYTHON');
});

test('fails with advice if venv or ensurepip is missing', async () => {
  interpreter('python3', '3.13', { hasVenv: false });
  await expect(ensure()).rejects.toHaveProperty('message',
    "the local AWS needs Python's modules venv and ensurepip, but 'python3' lacks one: "
    + 'install it (Debian and Ubuntu: apt install python3-venv), or name another Python in the environment variable PYTHON');
});

test('skips an old Python and uses a newer one with another name', async () => {
  interpreter('python3', '3.9');
  interpreter('python3.12', '3.12');
  await expect(ensure()).resolves.toBe(join(directory, 'venv/bin/python'));
  expect(installations()).toEqual(['3.12']);
});

test('shows the output of pip if the installation fails', async () => {
  interpreter('python3', '3.13', { failure: 'no matching distribution' });
  await expect(ensure()).rejects.toThrow(/must be installed into .*venv, but that failed: check the network and the configuration of pip, then try again\nno matching distribution$/);
});

test('prints once that it installs', async () => {
  interpreter('python3', '3.13');
  await ensure();
  expect(progress.mock.calls).toEqual([[`installing the local AWS into ${join(directory, 'venv')} (once) …\n`]]);

  await ensure();
  expect(progress).toHaveBeenCalledTimes(1);
  expect(installations()).toEqual(['3.13']);
});

test('installs again if the requirements have changed', async () => {
  interpreter('python3', '3.13');
  await ensure();
  writeFileSync(join(directory, 'venv/installed-requirements'), 'of an older checkout');
  await ensure();
  expect(installations()).toEqual(['3.13', '3.13']);
});

test('installs again if the interpreter of the environment is missing', async () => {
  interpreter('python3', '3.13');
  await ensure();
  rmSync(join(directory, 'venv/bin/python'));
  await ensure();
  expect(installations()).toEqual(['3.13', '3.13']);
});

function ensure(environment: NodeJS.ProcessEnv = {}): Promise<string> {
  return ensurePython({ directory: join(directory, 'venv'), environment: { PATH: join(directory, 'bin'), ...environment } });
}

/** Creates a program that behaves like Python for the checks of `ensurePython`. */
function interpreter(name: string, version: string, options: { hasVenv?: boolean; failure?: string } = {}): void {
  const file = join(directory, 'bin', name);
  const install = options.failure ? `echo '${options.failure}' >&2; exit 1` : `
    /bin/mkdir -p "$2/bin"
    : > "$2/bin/python"
    printf %s "$4" > "$2/installed-requirements"
    echo ${version} >> ${join(directory, 'installations')}`;
  writeFileSync(file, `#!/bin/sh
case "$*" in
  *version_info*) echo ${version} ;;
  *ensurepip*) ${options.hasVenv === false ? 'exit 1' : ':'} ;;
  *environment.py*) ${install} ;;
esac
`);
  chmodSync(file, 0o755);
}

function installations(): string[] {
  return readFileSync(join(directory, 'installations'), 'utf8').trim().split('\n');
}
