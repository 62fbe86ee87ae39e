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
import type { Library } from './library';
import { packLibrary } from './library';
import { packagePart } from './package';
import type { Findings, Part, Rounds } from './part';
import { report, summary } from './report';
import { synthPart } from './synth';

const PARTS: readonly Part[] = [packagePart, synthPart, handlerPart, devicePart, deployPart];

const FILES = ['summary.md', 'report.md', 'chart.svg', 'results.json'];

const HELP = `What it costs, beside what one would do instead. Takes about 20 minutes on a quiet machine with two cores, and needs no account.

Usage: npm run bench -- [options] [part ...]

  part                 ${PARTS.map(({ name }) => name).join(', ')} (all)
  --rounds N           N rounds at most of everything: 1 is a look, not a result
  --output DIRECTORY   where the results are written: ${FILES.join(', ')}
                       (bench/results for a whole run, .local/bench for a part or a look)
  --help               this text
`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { output: { type: 'string' }, rounds: { type: 'string', default: 'Infinity' }, help: { type: 'boolean' } },
  });
  if (values.help) return void process.stdout.write(HELP);
  const unknown = positionals.find((name) => !PARTS.some((part) => part.name === name));
  if (unknown !== undefined) throw new Error(`a part must be one of ${PARTS.map(({ name }) => name).join(', ')}, got: '${unknown}'\n\n${HELP}`);
  const atMost = Number(values.rounds);
  if (!(atMost >= 1)) throw new Error(`--rounds must be a number from 1, got: '${values.rounds}'`);
  const parts = PARTS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  const isWhole = parts.length === PARTS.length && atMost === Infinity;
  const output = resolve(values.output ?? (isWhole ? 'bench/results' : '.local/bench'));
  const results = await measure(parts, (usual) => Math.min(usual, atMost), (soFar) => write(output, soFar));
  process.stdout.write(`\n${text(results)}\n# For docs/benchmarks.md\n\n${summaryOf(results)}\n\nwritten to ${output}: ${FILES.join(', ')}\n`);
  if (results.length < parts.length) process.exitCode = 1;
}

interface Result {
  readonly part: Part;
  readonly findings: Findings;
  readonly seconds: number;
}

/** Runs all parts with one progress bar. A part that fails does not stop the others. */
async function measure(parts: readonly Part[], rounds: Rounds, save: (soFar: readonly Result[]) => Promise<void>): Promise<Result[]> {
  const directory = await mkdtemp(join(tmpdir(), 'cdk-iot-streams-bench-'));
  const steps = parts.reduce((sum, part) => sum + part.steps(rounds), 0);
  const bar = new SingleBar({
    format: '{bar} {percentage} % | {part} | {duration_formatted}', noTTYOutput: true, notTTYSchedule: 30_000, stream: process.stderr,
  });
  bar.start(steps, 0, { part: '' });
  const results: Result[] = [];
  const failures: string[] = [];
  let packed: Promise<Library> | undefined;
  const library = () => packed ??= packLibrary(directory);
  let stepsBefore = 0;
  try {
    for (const part of parts) {
      bar.update(stepsBefore, { part: part.name });
      stepsBefore += part.steps(rounds);
      const startedAt = performance.now();
      try {
        const findings = await part.run({ directory, library, rounds, tick: () => bar.increment() });
        results.push({ part, findings, seconds: Math.round((performance.now() - startedAt) / 1000) });
        await save(results);
      } catch (error) {
        failures.push(`part '${part.name}' failed: ${(error as Error).message}\n`);
      }
    }
    return results;
  } finally {
    bar.stop();
    process.stderr.write(failures.join(''));
    await rm(directory, { recursive: true, force: true });
  }
}

function text(results: readonly Result[]): string {
  return [`# What it costs\n\n${machine().text}\n`, ...results.map(({ part, findings }) => report(part, findings))].join('\n');
}

function summaryOf(results: readonly Result[]): string {
  return summary(results.flatMap(({ findings }) => findings.summary));
}

async function write(directory: string, results: readonly Result[]): Promise<void> {
  const contents = [
    `${summaryOf(results)}\n`,
    text(results),
    chart(results.map(({ part, findings }) => ({ title: part.title, bars: findings.bars }))),
    `${JSON.stringify({
      ...machine(),
      parts: Object.fromEntries(results.map(({ part, findings, seconds }) => [part.name, { seconds, ...findings }])),
    }, undefined, 1)}\n`,
  ];
  await mkdir(directory, { recursive: true });
  for (const [index, name] of FILES.entries()) await writeFile(join(directory, name), contents[index]);
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
