import { mkdir, readdir, rename, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Plugin } from 'esbuild';
import { build } from 'esbuild';
import { run } from './child';

export const REPOSITORY = resolve(__dirname, '..');

/** The library as users install it: compiled, packed and unpacked, with the peer dependencies of this repository. */
export interface Library {
  /** Programs in this directory can import `cdk-iot-streams`, `aws-cdk-lib` and `constructs`. */
  readonly directory: string;
  readonly packedBytes: number;
  readonly unpackedBytes: number;
  readonly files: number;
}

interface PackReport {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly entryCount: number;
}

/** Disables jsii's warnings about versions of Node.js. */
export const QUIET_JSII = { JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '20', JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION: '1' };

export async function packLibrary(directory: string): Promise<Library> {
  await run('npx', ['projen', 'compile'], { directory: REPOSITORY, environment: QUIET_JSII });
  const { output } = await run('npm', ['pack', '--json', '--pack-destination', directory], { directory: REPOSITORY });
  const [{ filename, size, unpackedSize, entryCount }] = JSON.parse(output) as [PackReport];
  await run('tar', ['-xzf', filename], { directory });
  const modules = join(directory, 'node_modules');
  await mkdir(modules);
  await rename(join(directory, 'package'), join(modules, 'cdk-iot-streams'));
  for (const peer of ['aws-cdk-lib', 'constructs']) await symlink(join(REPOSITORY, 'node_modules', peer), join(modules, peer));
  return { directory, packedBytes: size, unpackedBytes: unpackedSize, files: entryCount };
}

/** Makes an app import the package instead of the sources of this repository. */
const theLibrary: Plugin = {
  name: 'the library',
  setup({ onResolve }) {
    onResolve({ filter: /\/src$/ }, () => ({ path: 'cdk-iot-streams', external: true }));
  },
};

/** Compiles the apps of a folder into the library's directory, and returns the compiled files by name. */
export async function compileApps(folder: string, { directory }: Library): Promise<Readonly<Record<string, string>>> {
  const names = (await readdir(folder)).map((name) => name.replace(/\.ts$/, ''));
  await build({
    entryPoints: names.map((name) => join(folder, `${name}.ts`)),
    outdir: join(directory, 'apps'),
    bundle: true,
    platform: 'node',
    external: ['aws-cdk-lib', 'constructs', 'cdk-iot-streams'],
    plugins: [theLibrary],
    logLevel: 'error',
  });
  return Object.fromEntries(names.map((name) => [name, join(directory, 'apps', `${name}.js`)]));
}
