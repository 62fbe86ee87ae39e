import { cp, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { run, runFamily } from './child';
import type { Sample } from './compare';
import { QUIET_JSII, REPOSITORY } from './library';
import { mavenOptions, pythonEnvironment } from '../scripts/packages';

/*
 * The same app in other languages, with their packages in dist/.
 */

export const VARIANTS = { 'ours': 'ours', 'CfnStream + asset': 'native' } as const;
export type VariantName = keyof typeof VARIANTS;

export interface Language {
  readonly name: string;
  synthesize(variant: VariantName, file: string): Promise<Sample>;
}

/** Prepares an app and returns the command that synthesises it. */
type Prepare = (folder: string) => Promise<readonly string[]>;

interface Recipe {
  readonly name: string;
  /** The name in projen's tasks and in `apps`. */
  readonly target: string;
  readonly prepare: Prepare;
}

const RECIPES: readonly Recipe[] = [
  {
    name: 'Python',
    target: 'python',
    async prepare(folder) {
      const { python, commands } = pythonEnvironment(folder);
      for (const [program, ...parameters] of commands) await run(program, parameters, { directory: folder });
      return [python, 'app.py'];
    },
  },
  {
    name: 'Java',
    target: 'java',
    async prepare(folder) {
      // prepares the classpath, so that Maven itself is not measured
      await run('mvn', [...mavenOptions(), 'compile', 'dependency:build-classpath', '-Dmdep.outputFile=classpath'], { directory: folder });
      const classpath = (await readFile(join(folder, 'classpath'), 'utf8')).trim();
      return ['java', '-cp', `${join(folder, 'target', 'classes')}:${classpath}`, 'io.github.cdkiotstreams.bench.BenchApp'];
    },
  },
];

export const LANGUAGES = RECIPES.length;

/** Returns the languages that this machine can run; calls `without` with the reason for each other one. */
export async function prepareLanguages(directory: string, without: (reason: string) => void): Promise<Language[]> {
  const ready: Language[] = [];
  for (const recipe of RECIPES) {
    try {
      ready.push(await prepared(recipe, directory));
    } catch (error) {
      without(`${recipe.name} could not be measured: ${reasonIn((error as Error).message)}`);
    }
  }
  return ready;
}

/** Extracts the reason from the long output of Maven. */
function reasonIn(message: string): string {
  const [first, ...others] = message.split('\n');
  return others.find((line) => /\berror\b/i.test(line)) ?? first;
}

async function prepared({ name, target, prepare }: Recipe, directory: string): Promise<Language> {
  // always built, because dist/ may contain an older library
  await run('npx', ['projen', `package:${target}`], { directory: REPOSITORY, environment: QUIET_JSII });
  const folder = join(directory, target);
  await mkdir(folder);
  await cp(join(__dirname, 'apps', target), folder, { recursive: true });
  const command = await prepare(folder);
  return {
    name,
    async synthesize(variant, file) {
      const output = join(folder, 'cdk.out');
      const environment = { ...QUIET_JSII, CDK_OUTDIR: output };
      const sample = await runFamily([...command, VARIANTS[variant], file], { directory: folder, environment });
      await rm(output, { recursive: true });
      return sample;
    },
  };
}
