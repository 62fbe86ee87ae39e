import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import * as fc from 'fast-check';
import { History, history } from './history';
import { Subject } from './simulation';

/*
 * npm run simulate -- --runs N [--seed S [--path P]]
 * Each worker runs its share of the histories with a seed of its own; a failure is printed with what replays it.
 */

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '5000' },
    seed: { type: 'string' },
    path: { type: 'string' },
    workers: { type: 'string', default: String(availableParallelism()) },
  },
});

type Message = { readonly done: number } | { readonly report: string };

/** A worker is this very file, with all that it needs on its command line. */
async function work(runs: number, seed: number, path: string | undefined): Promise<void> {
  const subject = await Subject.load();
  const send = (message: Message) => process.send ? process.send(message) : undefined;
  try {
    const property = fc.asyncProperty(history, async (each: History) => {
      await subject.run(each);
      send({ done: 1 });
    });
    const details = await fc.check(property, { numRuns: runs, seed, path, endOnFailure: path !== undefined });
    if (details.failed) {
      const replay = `npm run simulate -- --seed ${details.seed} --path ${details.counterexamplePath}`;
      const [counterexample] = details.counterexample!;
      const trace = (await subject.trace(counterexample)).join('\n');
      const report = `${JSON.stringify(counterexample, undefined, 1)}\n\n${trace}\n\n${(details.errorInstance as Error).message}\n\nreplay it: ${replay}`;
      if (!send({ report })) console.log(report);
      process.exitCode = 1;
    }
  } finally {
    subject.dispose();
  }
}

async function main(): Promise<void> {
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
  if (values.path !== undefined || process.send) return work(Number(values.runs), seed, values.path);
  const runs = Number(values.runs);
  const workers = Math.min(Number(values.workers), runs);
  console.log(`${runs} histories, seed ${seed}, ${workers} workers`);
  const bar = new SingleBar({ format: '{bar} {value}/{total} histories, {duration_formatted}, {eta_formatted} to go' });
  bar.start(runs, 0);
  const reports: string[] = [];
  const codes = await Promise.all(Array.from({ length: workers }, async (_, index) => new Promise<number>((resolve) => {
    const share = Math.floor(runs / workers) + (index < runs % workers ? 1 : 0);
    const worker = fork(__filename, ['--runs', String(share), '--seed', String(seed + index)], { execArgv: process.execArgv });
    worker.on('message', (message: Message) => {
      if ('done' in message) bar.increment(message.done);
      else reports.push(message.report);
    });
    worker.on('exit', (code) => resolve(code ?? 1));
  })));
  bar.stop();
  reports.forEach((report) => console.log(report));
  const hasFailed = codes.some((code) => code !== 0);
  console.log(hasFailed ? 'a promise was broken' : `${runs} histories, and no promise was broken`);
  if (hasFailed) process.exitCode = 1;
}

void main();
