import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/* What `npm run package-all` leaves in dist/, and how a project in another language comes by it. */

const root = join(__dirname, '..');

export function packaged(...path: string[]): string {
  return join(root, 'dist', ...path);
}

/** The one file in a directory that ends so. */
export function only(directory: string, suffix: string): string {
  const found = existsSync(directory) ? readdirSync(directory).filter((name) => name.endsWith(suffix)) : [];
  if (found.length !== 1) throw new Error(`${directory} must have one file that ends with '${suffix}', got: ${found.length}; run 'npm run package-all' first`);
  return join(directory, found[0]);
}

/** A program and its parameters. */
export type Command = readonly [string, ...string[]];

/** How to make a virtual environment with what requirements.txt says and the wheel, and the interpreter that is then in it. */
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

/** What Maven must be told to find the jar, in a repository of its own. */
export function mavenOptions(): string[] {
  const cache = join(root, '.local', 'm2');
  // 0.0.0 is what is built here; Maven would go on with the one that it saw first
  rmSync(join(cache, 'io', 'github', 'cdk-iot-streams'), { recursive: true, force: true });
  return ['--batch-mode', '--no-transfer-progress', `-Dmaven.repo.local=${cache}`, `-Dpackages=${packaged('java')}`];
}
