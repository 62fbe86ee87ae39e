import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import { chart } from './chart';
import { deployPart } from './deploy';
import { devicePart } from './device';
import { handlerPart } from './handler';
import { Library, packLibrary } from './library';
import { packagePart } from './package';
import { Findings, Part, Rounds } from './part';
import { report } from './report';
import { synthPart } from './synth';

const PARTS: readonly Part[] = [packagePart, synthPart, handlerPart, devicePart, deployPart];

const HELP = `What it costs, beside what one would do instead. Takes about 20 minutes on a quiet machine, and needs no account.

Usage: npm run bench -- [options] [part ...]

  part                 ${PARTS.map(({ name }) => name).join(', ')} (all)
  --rounds N           N rounds at most of everything: 1 is a look, not a result
  --output DIRECTORY   where report.md, chart.svg and results.json are written (.local/bench)
  --help               this text
`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { output: { type: 'string', default: '.local/bench' }, rounds: { type: 'string', default: 'Infinity' }, help: { type: 'boolean' } },
  });
  if (values.help) return void process.stdout.write(HELP);
  const unknown = positionals.find((name) => !PARTS.some((part) => part.name === name));
  if (unknown !== undefined) throw new Error(`a part must be one of ${PARTS.map(({ name }) => name).join(', ')}, got: '${unknown}'\n\n${HELP}`);
  const atMost = Number(values.rounds);
  if (!(atMost >= 1)) throw new Error(`--rounds must be a number from 1, got: '${values.rounds}'`);
  const parts = PARTS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  const results = await measure(parts, (usual) => Math.min(usual, atMost));
  await write(resolve(values.output), parts, results);
}

/** Part by part, with one progress bar for all. */
async function measure(parts: readonly Part[], rounds: Rounds): Promise<Map<Part, Findings>> {
  const directory = await mkdtemp(join(tmpdir(), 'cdk-iot-streams-bench-'));
  const steps = parts.reduce((sum, part) => sum + part.steps(rounds), 0);
  const bar = new SingleBar({ format: '{bar} {percentage} % | {part} | {duration_formatted}', noTTYOutput: true, notTTYSchedule: 30_000, stream: process.stderr });
  bar.start(steps, 0, { part: '' });
  const results = new Map<Part, Findings>();
  let packed: Promise<Library> | undefined;
  const library = () => packed ??= packLibrary(directory);
  try {
    for (const part of parts) {
      bar.update({ part: part.name });
      results.set(part, await part.run({ directory, library, rounds, tick: () => bar.increment() }));
    }
    return results;
  } finally {
    bar.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function write(directory: string, parts: readonly Part[], results: ReadonlyMap<Part, Findings>): Promise<void> {
  const text = [`# What it costs\n\n${machine().text}\n`, ...parts.map((part) => report(part, results.get(part)!))].join('\n');
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'report.md'), text);
  await writeFile(join(directory, 'chart.svg'), chart(parts.map((part) => ({ title: part.title, bars: results.get(part)!.bars }))));
  await writeFile(join(directory, 'results.json'), `${JSON.stringify({
    ...machine(), parts: Object.fromEntries(parts.map((part) => [part.name, results.get(part)!])),
  }, undefined, 1)}\n`);
  process.stdout.write(`\n${text}\nwritten to ${directory}: report.md, chart.svg, results.json\n`);
}

function machine() {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  const facts = {
    commit,
    date: new Date().toISOString(),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0].model,
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    load: loadavg()[0],
  };
  return {
    ...facts,
    text: `Commit ${commit}, ${facts.date.slice(0, 10)}, Node.js ${facts.node.slice(1)}, ${facts.platform}, ${facts.cores} cores, ${facts.memoryGiB} GiB, `
      + `load ${facts.load.toFixed(1)} at the end.`,
  };
}

main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
