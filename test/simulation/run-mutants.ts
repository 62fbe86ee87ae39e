import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import * as fc from 'fast-check';
import { history } from './history';
import { MUTANTS } from './mutants';
import { Subject } from './simulation';

/*
 * npm run simulate:mutants -- [--runs N] [--seed S] [--only TEXT]
 * Plants each bug and looks after how many histories it is found. One that is not found says what the simulation cannot see.
 */

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '5000' }, seed: { type: 'string', default: '1' }, only: { type: 'string' }, mutant: { type: 'string' } },
});

interface Found {
  readonly name: string;
  readonly runs: number;
  readonly promise?: string;
}

/** A bug and its simulation, in a process of their own. */
async function hunt(name: string): Promise<Found> {
  const { edits } = MUTANTS.find((mutant) => mutant.name === name)!;
  const subject = await Subject.load(edits);
  try {
    const { failed, numRuns, errorInstance } = await fc.check(fc.asyncProperty(history, async (each) => subject.run(each)), {
      numRuns: Number(values.runs), seed: Number(values.seed), endOnFailure: true,
    });
    return { name, runs: numRuns, promise: failed ? (errorInstance as Error).message.split(', got: ')[0] : undefined };
  } finally {
    subject.dispose();
  }
}

async function main(): Promise<void> {
  if (values.mutant !== undefined) {
    process.send!(await hunt(values.mutant));
    return;
  }
  const queue = MUTANTS.filter(({ name }) => name.includes(values.only ?? ''));
  const found = new Map<string, Found>();
  const bar = new SingleBar({ format: '{bar} {value}/{total} bugs, {duration_formatted}' });
  bar.start(queue.length, 0);
  const waiting = [...queue];
  const next = async (): Promise<void> => {
    const mutant = waiting.shift();
    if (!mutant) return;
    await new Promise<void>((resolve) => {
      const worker = fork(__filename, ['--mutant', mutant.name, '--runs', values.runs, '--seed', values.seed], { execArgv: process.execArgv });
      worker.on('message', (result: Found) => found.set(mutant.name, result));
      worker.on('exit', () => resolve());
    });
    bar.increment();
    return next();
  };
  await Promise.all(Array.from({ length: availableParallelism() }, next));
  bar.stop();
  console.log('| part | planted bug | found after | promise that was broken |\n| --- | --- | --- | --- |');
  for (const { part, name } of queue) {
    const result = found.get(name);
    console.log(`| ${part} | ${name} | ${result?.promise ? `${result.runs} histories` : 'NOT FOUND'} | ${result?.promise ?? ''} |`);
  }
  if (queue.some(({ name }) => !found.get(name)?.promise)) process.exitCode = 1;
}

void main();
