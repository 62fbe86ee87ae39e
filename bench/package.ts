import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runNode } from './child';
import type { Comparison } from './compare';
import { compare, medianOf, ratioOf } from './compare';
import type { VariantName } from './languages';
import { LANGUAGES, prepareLanguages, VARIANTS } from './languages';
import type { Library } from './library';
import type { Findings, Part, BenchContext } from './part';
import { timesOf } from './part';

const ROUNDS = 15;
const LANGUAGE_ROUNDS = 3;
const NATIVE: VariantName = 'CfnStream + asset';
/** Uses each class once, because aws-cdk-lib loads classes lazily. */
const IMPORTS: Readonly<Record<string, string>> = {
  'ours': "const { IotFileStream, StreamFile } = require('cdk-iot-streams'); const { App, Stack } = require('aws-cdk-lib');",
  [NATIVE]: `const { App, Stack } = require('aws-cdk-lib'); const { CfnStream } = require('aws-cdk-lib/aws-iot');
    const { Asset } = require('aws-cdk-lib/aws-s3-assets'); const { Role, ServicePrincipal } = require('aws-cdk-lib/aws-iam');`,
  'aws-cdk-lib alone': "const { App, Stack } = require('aws-cdk-lib');",
};
const NAMES = Object.keys(VARIANTS) as VariantName[];

export const packagePart: Part = {
  name: 'package',
  title: 'The package: its size, what loading it costs, and synthesis from other languages',
  steps: (rounds) => Object.keys(IMPORTS).length * rounds(ROUNDS) + LANGUAGES * NAMES.length * (1 + rounds(LANGUAGE_ROUNDS)),
  async run({ directory, library, rounds, tick }: BenchContext): Promise<Findings> {
    const packed = await library();
    const imports = await compare(
      'import', Object.entries(IMPORTS).map(([name, script]) => ({ name, measure: () => importing(packed, script) })), rounds(ROUNDS), tick,
    );
    const file = join(directory, 'app.bin');
    await writeFile(file, randomBytes(64 * 1024));
    const notes: string[] = [];
    const syntheses: Comparison[] = [];
    for (const { name, synthesize } of await prepareLanguages(directory, (reason) => notes.push(reason))) {
      const variants = NAMES.map((variant) => ({ name: variant, measure: () => synthesize(variant, file) }));
      // in the first run, jsii unpacks the libraries into its cache
      await compare('warm-up', variants, 1, tick);
      syntheses.push(await compare(`synthesis in ${name}, 1 stream`, variants, rounds(LANGUAGE_ROUNDS), tick));
    }
    return findings(packed, imports, syntheses, notes);
  },
};

async function importing({ directory }: Library, script: string) {
  const measured = `const startedAt = performance.now(); ${script}; console.log(performance.now() - startedAt);`;
  const { output, cost: { megabytes } } = await runNode(['-e', measured], { directory });
  return { milliseconds: Number(output), megabytes };
}

function findings(
  { packedBytes, unpackedBytes, files }: Library, imports: Comparison, syntheses: readonly Comparison[], notes: readonly string[],
): Findings {
  const cpu = (synthesis: Comparison) => ratioOf(synthesis, 'cpuSeconds', 'ours', NATIVE);
  return {
    metrics: [
      { key: 'packedKilobytes', label: 'tarball, kB', digits: 0 },
      { key: 'unpackedKilobytes', label: 'unpacked, kB', digits: 0 },
      { key: 'files', label: 'files', digits: 0 },
      { key: 'milliseconds', label: 'time, ms', digits: 0 },
      { key: 'megabytes', label: 'memory at the peak, MB', digits: 0 },
      { key: 'seconds', label: 'time, s', digits: 2 },
      { key: 'cpuSeconds', label: 'CPU time, s', digits: 2 },
    ],
    comparisons: [
      { scenario: 'npm package', samples: { ours: [{ packedKilobytes: packedBytes / 1000, unpackedKilobytes: unpackedBytes / 1000, files }] } },
      imports,
      ...syntheses,
    ],
    goals: [],
    bars: [
      ...Object.keys(IMPORTS).slice(1).map((other) => ({ label: `time to import ÷ ${other}`, ratio: ratioOf(imports, 'milliseconds', 'ours', other) })),
      ...syntheses.map((synthesis) => ({ label: `CPU time, ${synthesis.scenario} ÷ ${NATIVE}`, ratio: cpu(synthesis) })),
    ],
    summary: [
      {
        what: 'npm package',
        ours: `${(packedBytes / 1000).toFixed(0)} kB, ${(unpackedBytes / 1000).toFixed(0)} kB unpacked, ${files} files`,
        beside: 'nothing beyond aws-cdk-lib',
      },
      {
        what: 'import in Node.js',
        ours: `${medianOf(imports, 'ours', 'milliseconds').toFixed(0)} ms`,
        beside: timesOf(ratioOf(imports, 'milliseconds', 'ours', NATIVE), NATIVE),
      },
      ...syntheses.map((synthesis) => ({
        what: `CPU time of ${synthesis.scenario}`,
        ours: `${medianOf(synthesis, 'ours', 'cpuSeconds').toFixed(1)} s`,
        beside: timesOf(cpu(synthesis), NATIVE),
      })),
    ],
    notes: [
      'No runtime dependency: the package is all that is installed besides its two peers.',
      'In other languages, CfnStream is written as a CfnResource of the same type; their CPU time includes the Node.js that runs the CDK.',
      ...notes,
    ],
  };
}
