import { runNode } from './child';
import { compare, Comparison, ratioOf } from './compare';
import { Library } from './library';
import { Findings, Part, Workshop } from './part';

const ROUNDS = 15;
/** aws-cdk-lib loads a class when it is first asked for, so an import is what is imported and asked for. */
const IMPORTS: Readonly<Record<string, string>> = {
  'ours': "const { IotFileStream, StreamFile } = require('cdk-iot-streams'); const { App, Stack } = require('aws-cdk-lib');",
  'CfnStream + asset': `const { App, Stack } = require('aws-cdk-lib'); const { CfnStream } = require('aws-cdk-lib/aws-iot');
    const { Asset } = require('aws-cdk-lib/aws-s3-assets'); const { Role, ServicePrincipal } = require('aws-cdk-lib/aws-iam');`,
  'aws-cdk-lib alone': "const { App, Stack } = require('aws-cdk-lib');",
};

export const packagePart: Part = {
  name: 'package',
  title: 'The package: its size, and what loading it costs',
  steps: (rounds) => Object.keys(IMPORTS).length * rounds(ROUNDS),
  async run({ library, rounds, tick }: Workshop): Promise<Findings> {
    const packed = await library();
    const imports = await compare(
      'import', Object.entries(IMPORTS).map(([name, script]) => ({ name, measure: () => importing(packed, script) })), rounds(ROUNDS), tick,
    );
    return findings(packed, imports);
  },
};

async function importing({ directory }: Library, script: string) {
  const measured = `const startedAt = performance.now(); ${script}; console.log(performance.now() - startedAt);`;
  const { output, cost: { megabytes } } = await runNode(['-e', measured], { directory });
  return { milliseconds: Number(output), megabytes };
}

function findings({ packedBytes, unpackedBytes, files }: Library, imports: Comparison): Findings {
  return {
    metrics: [
      { key: 'packedKilobytes', label: 'tarball, kB', digits: 0 },
      { key: 'unpackedKilobytes', label: 'unpacked, kB', digits: 0 },
      { key: 'files', label: 'files', digits: 0 },
      { key: 'milliseconds', label: 'time, ms', digits: 0 },
      { key: 'megabytes', label: 'memory at the peak, MB', digits: 0 },
    ],
    comparisons: [
      { scenario: 'npm package', samples: { ours: [{ packedKilobytes: packedBytes / 1000, unpackedKilobytes: unpackedBytes / 1000, files }] } },
      imports,
    ],
    goals: [],
    bars: Object.keys(IMPORTS).slice(1).map((other) => ({ label: `import ÷ ${other}`, ratio: ratioOf(imports, 'milliseconds', 'ours', other) })),
    notes: ['No runtime dependency: the package is all that is installed besides its two peers.'],
  };
}
