import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/* The packages of `npm run package-all` in dist/, and how projects in other languages install them. */

const root = join(__dirname, '..');

export function packaged(...path: string[]): string {
  return join(root, 'dist', ...path);
}

/** Returns the only file in a directory with this suffix. */
export function only(directory: string, suffix: string): string {
  const found = existsSync(directory) ? readdirSync(directory).filter((name) => name.endsWith(suffix)) : [];
  if (found.length !== 1) throw new Error(`${directory} must have one file that ends with '${suffix}', got: ${found.length}; run 'npm run package-all' first`);
  return join(directory, found[0]);
}

/** A program and its parameters. */
export type Command = readonly [string, ...string[]];

/** Returns the commands that create a virtual environment with requirements.txt and the wheel, and its interpreter. */
export function pythonEnvironment(folder: string): { readonly python: string; readonly commands: readonly Command[] } {
  const python = join(folder, 'environment', 'bin', 'python');
  return {
    python,
    commands: [
      ['python3', '-m', 'venv', 'environment'],
      [python, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', 'requirements.txt', only(packaged('python'), '.whl')],
    ],
  };
}

/** Returns the options with which Maven finds the jar in a separate repository. */
export function mavenOptions(): string[] {
  const cache = join(root, '.local', 'm2');
  // the version is always 0.0.0, so Maven would use an older jar in its cache
  rmSync(join(cache, 'io', 'github', 'cdk-iot-streams'), { recursive: true, force: true });
  return ['--batch-mode', '--no-transfer-progress', `-Dmaven.repo.local=${cache}`, `-Dpackages=${packaged('java')}`];
}
