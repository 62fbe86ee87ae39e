import { parseArgs } from 'node:util';
import { fuzzAnswers, fuzzRequest } from './fuzz';

/* npm run fuzz -- --runs N --seed S. Run K of seed S equals run 0 of seed S + K, so a failure can be repeated with --runs 1. */

const { values } = parseArgs({ options: { runs: { type: 'string', default: '10000' }, seed: { type: 'string' } } });

async function main(): Promise<void> {
  const runs = Number(values.runs);
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
  console.log(`${runs} requests and ${runs} downloads, seed ${seed}`);
  const ends: Record<string, number> = {};
  for (let run = 0; run < runs; run++) {
    for (const [kind, fuzz] of [['request', fuzzRequest], ['answer', fuzzAnswers]] as const) {
      try {
        const end = `${kind}: ${await fuzz(seed + run)}`;
        ends[end] = (ends[end] ?? 0) + 1;
      } catch (error) {
        console.error(`${kind}: replay it with npm run fuzz -- --runs 1 --seed ${seed + run}\n`, error);
        process.exitCode = 1;
      }
    }
  }
  console.log(ends);
}

void main();
