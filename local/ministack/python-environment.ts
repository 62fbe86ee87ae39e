import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { complaintOf } from './errors';

export interface PythonEnvironmentOptions {
  /** The directory of the virtual environment. @default .venv in the repository */
  readonly directory?: string;
  /** The environment variables with PATH, PYTHON and those of pip. @default the environment of this process */
  readonly environment?: NodeJS.ProcessEnv;
}

type Version = readonly [major: number, minor: number];

interface Interpreter {
  readonly command: string;
  readonly version: Version;
}

const execute = promisify(execFile);

const oldestVersion: Version = [3, 10];
const repository = resolve(__dirname, '../..');
const requirementsFile = join(repository, 'local/requirements.txt');

/** On macOS, `python3` may be an old one, while a newer one has another name. */
const customaryCommands = ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python'];

/**
 * Creates the virtual environment of the local AWS if it is missing or out of date.
 * @returns the path of its Python
 */
export async function ensurePython(options: PythonEnvironmentOptions = {}): Promise<string> {
  const directory = options.directory ?? join(repository, '.venv');
  const environment = options.environment ?? process.env;
  const python = join(directory, 'bin/python');
  const digest = await digestOf(requirementsFile);
  if (!await isComplete(directory, python, digest)) {
    const { command } = await findInterpreter(environment);
    await assertHasVenv(command, environment);
    process.stderr.write(`installing the local AWS into ${directory} (once) …\n`);
    await install(command, directory, digest, environment);
  }
  return python;
}

async function isComplete(directory: string, python: string, digest: string): Promise<boolean> {
  // the interpreter is a link to the one that created the environment, which may have been uninstalled
  if (!existsSync(python)) return false;
  const marker = join(directory, 'installed-requirements');
  return existsSync(marker) && await readFile(marker, 'utf8') === digest;
}

async function digestOf(file: string): Promise<string> {
  return createHash('sha256').update(await readFile(file)).digest('hex');
}

async function findInterpreter(environment: NodeJS.ProcessEnv): Promise<Interpreter> {
  const commands = environment.PYTHON ? [environment.PYTHON] : customaryCommands;
  const tooOld: Interpreter[] = [];
  for (const command of commands) {
    const version = await versionOf(command, environment);
    if (version && !isOlder(version, oldestVersion)) return { command, version };
    if (version) tooOld.push({ command, version });
  }
  throw new Error(`the local AWS needs Python ${oldestVersion.join('.')} or newer, but ${whatWasFound(commands, tooOld)}: `
    + 'install a newer Python, or name one in the environment variable PYTHON');
}

function whatWasFound(commands: readonly string[], tooOld: readonly Interpreter[]): string {
  if (tooOld.length > 0) {
    return tooOld.map(({ command, version }) => `'${command}' is ${version.join('.')}`).join(' and ');
  }
  return commands.length === 1 ? `'${commands[0]}' does not run` : `none of ${commands.join(', ')} runs`;
}

async function versionOf(command: string, environment: NodeJS.ProcessEnv): Promise<Version | undefined> {
  // valid in Python 2 as well, because `python` may be Python 2
  const script = 'import sys; print("%d.%d" % sys.version_info[:2])';
  try {
    const { stdout } = await execute(command, ['-c', script], { env: environment });
    const [major, minor] = stdout.trim().split('.').map(Number);
    return [major, minor];
  } catch {
    return undefined;
  }
}

function isOlder(version: Version, than: Version): boolean {
  return version[0] < than[0] || (version[0] === than[0] && version[1] < than[1]);
}

async function assertHasVenv(command: string, environment: NodeJS.ProcessEnv): Promise<void> {
  try {
    await execute(command, ['-c', 'import venv, ensurepip'], { env: environment });
  } catch (error) {
    throw new Error(`the local AWS needs Python's modules venv and ensurepip, but '${command}' lacks one: `
      + 'install it (Debian and Ubuntu: apt install python3-venv), or name another Python in the environment variable PYTHON', { cause: error });
  }
}

async function install(command: string, directory: string, digest: string, environment: NodeJS.ProcessEnv): Promise<void> {
  try {
    await execute(command, [join(__dirname, 'environment.py'), directory, requirementsFile, digest], { env: environment });
  } catch (error) {
    throw new Error(`the packages of ${requirementsFile} must be installed into ${directory}, but that failed: `
      + `check the network and the configuration of pip, then try again\n${complaintOf(error)}`, { cause: error });
  }
}
