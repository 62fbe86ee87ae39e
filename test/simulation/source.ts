import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { compileFunction } from 'node:vm';
import type { Plugin } from 'esbuild';
import { build } from 'esbuild';
import type * as Library from '../../src';

/** A replacement of text in a file: a planted bug consists of one or more. */
export interface Edit {
  /** Relative to the root of the repository. */
  readonly file: string;
  readonly search: string;
  readonly replace: string;
}

export const ROOT = join(__dirname, '..', '..');

/** Services that replace the SDK. Their errors have the names that the services give them. */
const SERVICES = `
  import { run } from '../core/call';
  const served = (services, subject) => Object.fromEntries(Object.entries(services).map(([name, method]) => [name, async (...values) =>
    (await run(subject, name, async () => ({ value: await method(...values) }))).value]));
`;
const REPLACED: Readonly<Record<string, string>> = {
  'lambda/iot-file-stream/iot.ts': `${SERVICES} export const streamService = (session, subject, signal) => served(SIMULATION.streams(session, signal), subject);`,
  'lambda/iot-file-stream/s3.ts': `${SERVICES} export const objectStore = (session, subject, signal) => served(SIMULATION.objects(session, signal), subject);`,
  'lambda/iot-file-stream/kms.ts': `${SERVICES} export const signer = (session, subject, signal) => served(SIMULATION.signer(session, signal), subject);`,
  'lambda/kinesis-video/kinesis-video.ts': "export const videoStreams = () => { throw new Error('the simulation has no video streams'); };",
  'lambda/core/credentials.ts': `${SERVICES} export const assume = async (roleArn, subject, signal) => served(SIMULATION.sts(signal), subject).assume(roleArn);`,
};

/** Returns the bundle of the handler without the SDK; time, network and process come from its environment. */
export async function handlerSource(edits: readonly Edit[] = []): Promise<string> {
  return bundled('lambda/index.ts', edits, []);
}

/** Globals of the handler that replace those of Node.js. */
export const GLOBALS = ['Date', 'Math', 'AbortSignal', 'setTimeout', 'clearTimeout', 'fetch', 'process', 'console', 'SIMULATION'] as const;

export function compiledHandler(source: string): (environment: Readonly<Record<typeof GLOBALS[number] | 'require', unknown>>) => { handler: unknown } {
  const code = compileFunction(source, ['module', 'exports', 'require', ...GLOBALS], { filename: 'handler.js' }) as (...values: unknown[]) => void;
  return (environment) => {
    const module = { exports: {} as { handler: unknown } };
    code(module, module.exports, environment.require, ...GLOBALS.map((name) => environment[name]));
    return module.exports;
  };
}

/** Loads the library; aws-cdk-lib is not part of its bundle. */
export async function library(edits: readonly Edit[] = []): Promise<{ readonly library: typeof Library; readonly cache: string }> {
  const source = await bundled('src/index.ts', edits, ['aws-cdk-lib', 'constructs']);
  const module = { exports: {} };
  const directory = join(ROOT, 'src', 'core');
  const code = compileFunction(source, ['module', 'exports', 'require', '__dirname'], { filename: 'library.js' }) as (...values: unknown[]) => void;
  code(module, module.exports, createRequire(join(directory, 'index.js')), directory);
  return {
    library: module.exports as typeof Library,
    // valid for this version of the library and of the templates
    cache: join(ROOT, '.local', 'simulation', createHash('sha256').update(source).update(readFileSync(join(__dirname, 'templates.ts'))).digest('hex')),
  };
}

async function bundled(entry: string, edits: readonly Edit[], external: string[]): Promise<string> {
  const done = new Set<Edit>();
  const plugin: Plugin = {
    name: 'edits',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const file = relative(ROOT, path).split('\\').join('/');
        const replaced = REPLACED[file];
        if (replaced !== undefined) return { contents: replaced, loader: 'ts', resolveDir: dirname(path) };
        let contents = readFileSync(path, 'utf8');
        for (const edit of edits.filter((candidate) => candidate.file === file)) {
          contents = applied(edit, contents);
          done.add(edit);
        }
        return { contents, loader: 'ts' };
      });
    },
  };
  const { outputFiles } = await build({
    entryPoints: [join(ROOT, entry)], bundle: true, platform: 'node', format: 'cjs', target: 'node20', write: false, external, plugins: [plugin], logLevel: 'silent',
  });
  const forgotten = edits.find((edit) => !done.has(edit) && edit.file.startsWith(`${entry.split('/')[0]}/`));
  if (forgotten) throw new Error(`'${forgotten.file}' is not part of the bundle of '${entry}'`);
  return outputFiles[0].text;
}

/** Applies a replacement; an edit that no longer fits the code would prove nothing. */
export function applied({ file, search, replace }: Edit, contents: string): string {
  const count = contents.split(search).length - 1;
  if (count !== 1) throw new Error(`'${file}' must contain the text to replace exactly once, got: ${count} times; mend the mutant: ${search}`);
  return contents.replace(search, () => replace);
}
