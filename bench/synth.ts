import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FILE_NAME } from './apps/synth/inputs';
import { runNode } from './child';
import type { Comparison, Sample, Variant } from './compare';
import { compare, medianOf, ratioOf } from './compare';
import type { Library } from './library';
import { compileApps } from './library';
import type { Findings, Part, BenchContext } from './part';
import { timesOf } from './part';

const NATIVE = 'CfnStream + asset';
const BY_HAND = 'the same resources by hand';
const HAND_ROLLED = 'AwsCustomResource + BucketDeployment';
const EMPTY = 'empty stack';

interface Rival {
  /** The file in `apps/synth`. */
  readonly app: string;
  readonly mostStreams: number;
}

/** A stack has at most 500 resources, and each BucketDeployment needs three, including its layer. */
const MOST_DEPLOYMENTS = 90;
const RIVALS: Readonly<Record<string, Rival>> = {
  'ours': { app: 'ours', mostStreams: Infinity },
  [NATIVE]: { app: 'native', mostStreams: Infinity },
  [BY_HAND]: { app: 'by-hand', mostStreams: Infinity },
  'CfnStream + BucketDeployment': { app: 'native-with-deployment', mostStreams: MOST_DEPLOYMENTS },
  [HAND_ROLLED]: { app: 'hand-rolled', mostStreams: MOST_DEPLOYMENTS },
  [EMPTY]: { app: 'empty', mostStreams: 1 },
};
/** The rounds by number of streams; the goal for one stream is the strictest. */
const ROUNDS: Readonly<Record<number, number>> = { 1: 7, 10: 3, 50: 3, 100: 3 };
const COUNTS = Object.keys(ROUNDS).map(Number);
/** With and without the CDK's validation of templates, which needs seconds to start and most of the time of a synthesis. */
const MODES: readonly { readonly suffix: string; readonly environment: Readonly<Record<string, string>> }[] = [
  { suffix: '', environment: {} },
  { suffix: ', CDK_VALIDATION=false', environment: { CDK_VALIDATION: 'false' } },
];
const FILE_BYTES = 64 * 1024;

export const synthPart: Part = {
  name: 'synth',
  title: 'Synthesis: an app with one file a stream',
  steps: (rounds) => MODES.length * COUNTS.reduce((sum, count) => sum + rivals(count).length * rounds(ROUNDS[count]), 0),
  async run({ library, rounds, tick }: BenchContext): Promise<Findings> {
    const packed = await library();
    const apps = await compileApps(join(__dirname, 'apps', 'synth'), packed);
    const files = join(packed.directory, 'files');
    for (let number = 0; number < Math.max(...COUNTS); number++) {
      await mkdir(join(files, String(number)), { recursive: true });
      await writeFile(join(files, String(number), FILE_NAME), content(number));
    }
    const comparisons: Comparison[] = [];
    for (const { suffix, environment } of MODES) {
      for (const count of COUNTS) {
        const variants: Variant[] = rivals(count).map((name) => ({
          name,
          measure: () => synthesize(packed, [apps[RIVALS[name].app], files, String(count)], name === EMPTY ? 0 : count, environment),
        }));
        comparisons.push(await compare(`${streams(count)}${suffix}`, variants, rounds(ROUNDS[count]), tick));
      }
    }
    return findings(comparisons);
  },
};

function rivals(count: number): string[] {
  return Object.keys(RIVALS).filter((name) => count <= RIVALS[name].mostStreams);
}

function streams(count: number): string {
  return `${count} stream${count > 1 ? 's' : ''}`;
}

/** Returns pseudo-random content, which is the same in every run. */
function content(number: number): Buffer {
  const blocks = Array.from({ length: FILE_BYTES / 32 }, (_, block) => createHash('sha256').update(`${number} ${block}`).digest());
  return Buffer.concat(blocks);
}

async function synthesize(
  { directory }: Library, script: readonly string[], files: number, environment: Readonly<Record<string, string>>,
): Promise<Sample> {
  const output = join(directory, 'cdk.out');
  const { cost } = await runNode(script, { directory, environment: { ...environment, CDK_OUTDIR: output } });
  const template = await readFile(join(output, 'Bench.template.json'), 'utf8');
  const bytes = await sizeOf(output);
  const assets = (await readdir(output)).filter((name) => name.startsWith('asset.'));
  const assetBytes = (await Promise.all(assets.map((name) => sizeOf(join(output, name))))).reduce((sum, size) => sum + size, 0);
  await rm(output, { recursive: true });
  return {
    ...cost,
    outputKilobytes: (bytes - files * FILE_BYTES) / 1000,
    codeKilobytes: (assetBytes - files * FILE_BYTES) / 1000,
    templateKilobytes: Buffer.byteLength(template) / 1000,
    resources: Object.keys(JSON.parse(template).Resources ?? {}).length,
  };
}

async function sizeOf(path: string): Promise<number> {
  const stats = await stat(path);
  if (!stats.isDirectory()) return stats.size;
  const sizes = await Promise.all((await readdir(path)).map((name) => sizeOf(join(path, name))));
  return sizes.reduce((sum, size) => sum + size, 0);
}

function findings(comparisons: readonly Comparison[]): Findings {
  const [checked, unchecked] = MODES.map(({ suffix }) =>
    (count: number) => comparisons.find(({ scenario }) => scenario === `${streams(count)}${suffix}`)!);
  const one = (metric: string, variant = 'ours') => medianOf(checked(1), variant, metric);
  const perStream = (from: number, to: number) =>
    (medianOf(unchecked(to), 'ours', 'cpuSeconds') - medianOf(unchecked(from), 'ours', 'cpuSeconds')) / (to - from);
  const aboveEmpty = one('outputKilobytes') - one('outputKilobytes', EMPTY);
  const cpu = (comparison: Comparison, peer: string) => ratioOf(comparison, 'cpuSeconds', 'ours', peer);
  return {
    metrics: [
      { key: 'seconds', label: 'time, s', digits: 2 },
      { key: 'cpuSeconds', label: 'CPU time, s', digits: 2 },
      { key: 'megabytes', label: 'memory at the peak, MB', digits: 0 },
      { key: 'outputKilobytes', label: 'cdk.out beyond the files, kB', digits: 1 },
      { key: 'codeKilobytes', label: 'of that, the code of functions, kB', digits: 1 },
      { key: 'templateKilobytes', label: 'of that, the template, kB', digits: 1 },
      { key: 'resources', label: 'resources', digits: 0 },
    ],
    comparisons,
    goals: [
      { text: `CPU time of one stream ÷ ${NATIVE}`, got: cpu(checked(1), NATIVE).median, atMost: 1.05, digits: 2 },
      { text: `CPU time of one stream ÷ ${BY_HAND}`, got: cpu(checked(1), BY_HAND).median, atMost: 1.05, digits: 2 },
      {
        text: 'growth, without the CDK\'s checks: CPU time of a stream more between 50 and 100 streams ÷ between 10 and 50',
        got: perStream(50, 100) / perStream(10, 50),
        atMost: 1.25,
        digits: 2,
      },
      { text: 'kB in cdk.out beyond the files and an empty stack', got: aboveEmpty, atMost: 60, digits: 1 },
    ],
    bars: [1, 50].flatMap((count) => rivals(count).filter((name) => name !== 'ours' && name !== EMPTY).map((peer) => (
      { label: `CPU time, ${streams(count)} ÷ ${peer}`, ratio: cpu(checked(count), peer) }))),
    summary: [
      {
        what: 'resources, one stream',
        ours: one('resources').toFixed(0),
        beside: `${one('resources', NATIVE)} with ${NATIVE}, ${one('resources', HAND_ROLLED)} with ${HAND_ROLLED}`,
      },
      {
        what: 'template, one stream',
        ours: `${one('templateKilobytes').toFixed(0)} kB`,
        beside: `${one('templateKilobytes', NATIVE).toFixed(0)} kB with ${NATIVE}, ${one('templateKilobytes', HAND_ROLLED).toFixed(0)} kB with ${HAND_ROLLED}`,
      },
      {
        what: '`cdk.out` beyond the files and an empty stack, one stream',
        ours: `${aboveEmpty.toFixed(0)} kB, ${one('codeKilobytes').toFixed(0)} of them the Lambda's code`,
        beside: `${(one('outputKilobytes', NATIVE) - one('outputKilobytes', EMPTY)).toFixed(0)} kB with ${NATIVE}, `
          + `${(one('outputKilobytes', HAND_ROLLED) / 1000).toFixed(0)} MB with ${HAND_ROLLED}`,
      },
      ...[{ condition: '', inMode: checked }, { condition: ', without the CDK\'s checks of the template', inMode: unchecked }].flatMap(
        ({ condition, inMode }) => [1, 100].map((count) => ({
          what: `CPU time of synthesis, ${streams(count)}${condition}`,
          ours: `${medianOf(inMode(count), 'ours', 'cpuSeconds').toFixed(1)} s`,
          beside: [NATIVE, BY_HAND].map((peer) => timesOf(cpu(inMode(count), peer), peer)).join(', '),
        }))),
    ],
    notes: [
      'Each synthesis is a process of its own, from start to end, of a compiled app with the packed library.',
      'Most of a synthesis is the CDK starting the engine that checks templates. It has more to do where there are a function and a bucket: '
        + 'whoever writes the same resources by hand pays the same. CDK_VALIDATION=false shows the rest.',
      'BucketDeployment is not there with 100 streams: they would be 510 resources, and a stack has at most 500.',
      'BucketDeployment brings the AWS CLI as a layer: that is most of its output.',
    ],
  };
}
