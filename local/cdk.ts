import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';

const repository = resolve(__dirname, '..');

export interface CdkOptions {
  /** The environment variables of the local AWS. They replace the user's own AWS configuration. */
  readonly environment: Readonly<Record<string, string>>;
  /** The file of the app, relative to the repository; undefined to bootstrap. */
  readonly app?: string;
  /** The directory of a synthesised app, instead of `app`. */
  readonly assembly?: string;
  readonly outputDirectory: string;
  readonly context?: Readonly<Record<string, string>>;
  /** Called with the output of the CLI as it is printed. */
  readonly onOutput?: (text: string) => void;
}

export class CdkFailed extends Error {
  constructor(readonly command: string, readonly output: string) {
    super(`'cdk ${command}' failed:\n${output}`);
  }
}

/** Runs the real CDK CLI and returns its output. */
export async function cdk(command: readonly string[], options: CdkOptions): Promise<string> {
  // the CDK's own validation takes most of the time of a synthesis; test/iot-file-stream/golden.test.ts runs it for all templates
  const environment = { ...withoutAws(process.env), CDK_VALIDATION: 'false', ...options.environment, CI: 'true' };
  const context = Object.entries({ localAws: 'true', ...options.context }).flatMap(([key, value]) => ['--context', `${key}=${value}`]);
  const output: string[] = [];
  const child = spawn(process.execPath, [
    join(repository, 'node_modules', 'aws-cdk', 'bin', 'cdk'),
    ...command,
    ...options.app ? ['--app', `${process.execPath} --import tsx ${options.app}`] : [],
    ...options.assembly ? ['--app', options.assembly] : [],
    '--output', options.outputDirectory,
    '--no-notices', '--no-version-reporting',
    ...context,
  ], { cwd: repository, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      output.push(text);
      options.onOutput?.(text);
    });
  }
  const code = await new Promise<number | null>((done, fail) => child.on('error', fail).on('close', done));
  if (code !== 0) throw new CdkFailed(command.join(' '), output.join(''));
  return output.join('');
}

function withoutAws(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !/^(AWS|CDK)_/.test(name)));
}
