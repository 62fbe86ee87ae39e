import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FILE_NAME } from './apps/synth/inputs';
import { runNode } from './child';
import { compare, Comparison, medianOf, ratioOf, Sample, Variant } from './compare';
import { compileApps, Library } from './library';
import { Findings, Part, Workshop } from './part';

const NATIVE = 'CfnStream + asset';
const HAND_ROLLED = 'AwsCustomResource + BucketDeployment';
const APPS: Readonly<Record<string, string>> = {
  'ours': 'ours',
  [NATIVE]: 'native',
  'CfnStream + BucketDeployment': 'native-with-deployment',
  [HAND_ROLLED]: 'hand-rolled',
  'empty stack': 'empty',
};
/** More do not fit into a stack, which has at most 500 resources. */
const MOST_HAND_ROLLED = 90;
/** The goal for one stream is the narrowest. */
const ROUNDS: Readonly<Record<number, number>> = { 1: 15, 10: 5, 50: 5, 100: 5 };
const COUNTS = Object.keys(ROUNDS).map(Number);
const FILE_BYTES = 64 * 1024;

export const synthPart: Part = {
  name: 'synth',
  title: 'Synthesis: an app with one file a stream',
  steps: (rounds) => COUNTS.reduce((sum, count) => sum + appsFor(count).length * rounds(ROUNDS[count]), 0),
  async run({ library, rounds, tick }: Workshop): Promise<Findings> {
    const packed = await library();
    const apps = await compileApps(join(__dirname, 'apps', 'synth'), packed);
    const files = join(packed.directory, 'files');
    for (let number = 0; number < Math.max(...COUNTS); number++) {
      await mkdir(join(files, String(number)), { recursive: true });
      await writeFile(join(files, String(number), FILE_NAME), content(number));
    }
    const variants = (count: number): Variant[] => appsFor(count).map(([name, app]) =>
      ({ name, measure: () => synthesize(packed, [apps[app], files, String(count)], app === 'empty' ? 0 : count) }));
    const comparisons: Comparison[] = [];
    for (const count of COUNTS) {
      comparisons.push(await compare(`${count} stream${count > 1 ? 's' : ''}`, variants(count), rounds(ROUNDS[count]), tick));
    }
    return findings(comparisons);
  },
};

function appsFor(count: number): [string, string][] {
  return Object.entries(APPS).filter(([name]) => name !== HAND_ROLLED || count <= MOST_HAND_ROLLED);
}

/** Pseudo-random, because nobody's firmware is empty, and the same in every run. */
function content(number: number): Buffer {
  const blocks = Array.from({ length: FILE_BYTES / 32 }, (_, block) => createHash('sha256').update(`${number} ${block}`).digest());
  return Buffer.concat(blocks);
}

async function synthesize({ directory }: Library, script: readonly string[], files: number): Promise<Sample> {
  const output = join(directory, 'cdk.out');
  const { cost } = await runNode(script, { directory, environment: { CDK_OUTDIR: output } });
  const template = await readFile(join(output, 'Bench.template.json'), 'utf8');
  const bytes = await sizeOf(output);
  await rm(output, { recursive: true });
  return {
    ...cost,
    outputKilobytes: (bytes - files * FILE_BYTES) / 1000,
    templateKilobytes: Buffer.byteLength(template) / 1000,
    resources: Object.keys(JSON.parse(template).Resources ?? {}).length,
  };
}

async function sizeOf(directory: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size;
  }
  return bytes;
}

function findings(comparisons: readonly Comparison[]): Findings {
  const [one] = comparisons;
  const of = (count: number, metric: string, variant = 'ours') => medianOf(comparisons[COUNTS.indexOf(count)], variant, metric);
  const perStream = (from: number, to: number) => (of(to, 'cpuSeconds') - of(from, 'cpuSeconds')) / (to - from);
  return {
    metrics: [
      { key: 'seconds', label: 'time, s', digits: 2 },
      { key: 'cpuSeconds', label: 'CPU time, s', digits: 2 },
      { key: 'megabytes', label: 'memory at the peak, MB', digits: 0 },
      { key: 'outputKilobytes', label: 'cdk.out beyond the files, kB', digits: 1 },
      { key: 'templateKilobytes', label: 'template, kB', digits: 1 },
      { key: 'resources', label: 'resources', digits: 0 },
    ],
    comparisons,
    goals: [
      { text: `time of one stream ÷ ${NATIVE}`, got: ratioOf(one, 'seconds', 'ours', NATIVE).median, atMost: 1.05, digits: 2 },
      { text: `CPU time of one stream ÷ ${NATIVE}`, got: ratioOf(one, 'cpuSeconds', 'ours', NATIVE).median, atMost: 1.05, digits: 2 },
      { text: 'growth: CPU time of a stream more between 50 and 100 streams ÷ between 10 and 50', got: perStream(50, 100) / perStream(10, 50), atMost: 1.25, digits: 2 },
      { text: 'kB in cdk.out beyond the files and an empty stack', got: of(1, 'outputKilobytes') - of(1, 'outputKilobytes', 'empty stack'), atMost: 60, digits: 1 },
    ],
    bars: [1, 50].flatMap((count) => Object.keys(APPS).slice(1, -1).map((peer) => ({
      label: `synth of ${count} stream${count > 1 ? 's' : ''} ÷ ${peer}`, ratio: ratioOf(comparisons[COUNTS.indexOf(count)], 'seconds', 'ours', peer),
    }))),
    notes: [
      'Each synthesis is a process of its own, from start to end, of a compiled app with the packed library.',
      'AwsCustomResource is not there with 100 streams: they would be 510 resources, and a stack has at most 500.',
      'BucketDeployment brings the AWS CLI as a layer: that is most of its output.',
    ],
  };
}
