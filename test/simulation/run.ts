import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import * as fc from 'fast-check';
import { history } from './history';
import { inParallel } from './in-parallel';
import { SystemUnderTest } from './simulation';

/*
 * npm run simulate -- --runs N [--seed S [--path P]]
 * The histories are divided into batches, each in a process and with a seed of its own; a failure is printed with what replays it.
 */

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '5000' },
    seed: { type: 'string' },
    path: { type: 'string' },
    workers: { type: 'string', default: String(availableParallelism()) },
  },
});

type Message = { readonly done: number } | { readonly broken: string } | { readonly report: string };

/** aws-cdk-lib never forgets a token, so a process gets slower with each of the thousands of templates that it synthesises. */
const MAX_BATCH = 2_500;

/** How many of the broken promises are shrunk and reported; the others are likely to be the same. */
const REPORTS = 3;

interface Batch {
  readonly runs: number;
  readonly seed: number;
}

/** The first batch has the seed that was asked for; those of the next seed are other ones. */
function batchesOf(runs: number, seed: number, workers: number): Batch[] {
  const size = Math.min(MAX_BATCH, Math.ceil(runs / workers));
  return Array.from({ length: Math.ceil(runs / size) }, (_, index) => ({
    runs: Math.min(size, runs - index * size),
    seed: (seed + index * 1_000_003) % 2 ** 31,
  }));
}

/** Runs one batch, in a process of this file. It continues after a broken promise, because there may be others. */
async function work(runs: number, seed: number): Promise<void> {
  const subject = await SystemUnderTest.load();
  const send = (message: Message) => process.send!(message);
  const broken: number[] = [];
  let done = 0;
  try {
    await fc.check(fc.asyncProperty(history, async (each) => {
      try {
        await subject.run(each);
      } catch (error) {
        broken.push(done);
        send({ broken: `--seed ${seed} --path ${done}: ${(error as Error).message.slice(0, 300)}` });
      }
      done += 1;
      if (done % 10 === 0 || done === runs) send({ done });
    }), { numRuns: runs, seed });
    for (const path of broken.slice(0, REPORTS)) send({ report: await reportOf(subject, seed, String(path)) ?? '' });
    if (broken.length > 0) process.exitCode = 1;
  } finally {
    subject.dispose();
  }
}

/** The smallest history that breaks the promise, and all that happens in it. */
async function reportOf(subject: SystemUnderTest, seed: number, path: string): Promise<string | undefined> {
  const property = fc.asyncProperty(history, async (each) => subject.run(each));
  const { counterexample, counterexamplePath, errorInstance } = await fc.check(property, { seed, path });
  if (!counterexample) return undefined;
  const [smallest] = counterexample;
  return [
    JSON.stringify(smallest, undefined, 1), ...await subject.trace(smallest), (errorInstance as Error).message,
    `replay it: npm run simulate -- --seed ${seed} --path ${counterexamplePath}`,
  ].join('\n');
}

async function replay(seed: number, path: string): Promise<void> {
  const subject = await SystemUnderTest.load();
  try {
    const report = await reportOf(subject, seed, path);
    console.log(report ?? 'no promise was broken');
    if (report !== undefined) process.exitCode = 1;
  } finally {
    subject.dispose();
  }
}

async function main(): Promise<void> {
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
  if (values.path !== undefined) return replay(seed, values.path);
  if (process.send) return work(Number(values.runs), seed);
  const runs = Number(values.runs);
  const workers = Number(values.workers);
  const batches = batchesOf(runs, seed, workers);
  console.log(`${runs} histories, seed ${seed}, ${workers} workers`);
  const bar = new SingleBar({ format: '{bar} {value}/{total} histories, {duration_formatted}, {eta_formatted} to go', noTTYOutput: true, notTTYSchedule: 30_000 });
  bar.start(runs, 0);
  const reports: string[] = [];
  const done = new Map<number, number>();
  const outcome = async (batch: Batch) => new Promise<number>((resolve) => {
    const worker = fork(__filename, ['--runs', String(batch.runs), '--seed', String(batch.seed)], { execArgv: process.execArgv });
    worker.on('message', (message: Message) => {
      if ('done' in message) bar.update([...done.set(batch.seed, message.done).values()].reduce((sum, each) => sum + each));
      else if ('broken' in message) console.log(`\n${message.broken}`);
      else reports.push(message.report);
    });
    worker.on('exit', (code) => resolve(code ?? 1));
  });
  const codes: number[] = [];
  await inParallel(batches, workers, async (batch) => { codes.push(await outcome(batch)); });
  bar.stop();
  reports.forEach((report) => console.log(report));
  const hasFailed = codes.some((code) => code !== 0);
  console.log(hasFailed ? 'a promise was broken' : `${runs} histories, and no promise was broken`);
  if (hasFailed) process.exitCode = 1;
}

void main();
