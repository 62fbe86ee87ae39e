import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import * as fc from 'fast-check';
import { history } from './history';
import { inParallel } from './in-parallel';
import type { Mutant } from './mutants';
import { MUTANTS } from './mutants';
import { recordedHistories } from './recorded';
import { SystemUnderTest } from './simulation';

/*
 * npm run simulate:mutants -- [--runs N] [--seed S] [--only TEXT] [--random] [--workers N]
 * Plants each bug and counts the histories until it is found: first those of `cases/` (not with --random), then random ones.
 * A bug that is not found shows a gap in the simulation. The control runs the same histories on the code as it is.
 */

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '5000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    random: { type: 'boolean', default: false },
    workers: { type: 'string', default: String(availableParallelism()) },
    subject: { type: 'string' },
  },
});

const CONTROL: Omit<Mutant, 'part'> = { name: 'no bug (control)', edits: [] };

type Message = { readonly done: number } | Found;

interface Found {
  readonly runs: number;
  /** Absent where no promise was broken. */
  readonly broken?: string;
}

/** A bug and its simulation, in a process of their own. */
async function hunt(name: string, send: (message: Message) => void): Promise<void> {
  const { edits } = [CONTROL, ...MUTANTS].find((mutant) => mutant.name === name)!;
  const subject = await SystemUnderTest.load(edits);
  let runs = 0;
  try {
    for (const recorded of values.random ? [] : recordedHistories()) {
      runs += 1;
      const broken = await subject.run(recorded.history).then(() => undefined, (error: Error) => error.message);
      if (broken !== undefined) return send({ runs, broken });
    }
    const property = fc.asyncProperty(history, async (each) => {
      runs += 1;
      if (runs % 20 === 0) send({ done: runs });
      await subject.run(each);
    });
    const { failed, errorInstance } = await fc.check(
      property, { numRuns: Number(values.runs), seed: Number(values.seed), endOnFailure: true },
    );
    send({ runs, broken: failed ? (errorInstance as Error).message : undefined });
  } finally {
    subject.dispose();
  }
}

async function outcomeOf(name: string, progress: (histories: number) => void): Promise<Found | undefined> {
  let found: Found | undefined;
  return new Promise((resolve) => {
    const random = values.random ? ['--random'] : [];
    const worker = fork(__filename, ['--subject', name, '--runs', values.runs, '--seed', values.seed, ...random], { execArgv: process.execArgv });
    worker.on('message', (message: Message) => {
      if ('done' in message) progress(message.done);
      else found = message;
    });
    // a worker that ends without a message has found nothing
    worker.on('exit', () => resolve(found));
  });
}

async function main(): Promise<void> {
  if (values.subject !== undefined) return hunt(values.subject, (message) => process.send!(message));
  const bar = new SingleBar({ format: '{bar} {value}/{total} bugs, {histories} histories, {duration_formatted}', noTTYOutput: true, notTTYSchedule: 30_000 });
  const total = [CONTROL, ...MUTANTS.filter(({ name }) => name.includes(values.only))];
  bar.start(total.length, 0, { histories: 0 });
  const done = new Map<string, number>();
  const progress = (name: string, histories: number) => {
    done.set(name, histories);
    bar.update({ histories: [...done.values()].reduce((sum, each) => sum + each) });
  };
  const found = new Map<string, Found | undefined>();
  await inParallel(total, Number(values.workers), async ({ name }) => {
    found.set(name, await outcomeOf(name, (histories) => progress(name, histories)));
    bar.increment();
  });
  bar.stop();

  console.log('| part | planted bug | found after | promise that was broken |\n| --- | --- | --- | --- |');
  for (const { part, name } of MUTANTS.filter((mutant) => found.has(mutant.name))) {
    const outcome = found.get(name);
    console.log(`| ${part} | ${name} | ${outcome?.broken ? `${outcome.runs} histories` : 'NOT FOUND'} | ${outcome?.broken?.split(', got: ')[0] ?? ''} |`);
  }
  const control = found.get(CONTROL.name);
  console.log(control && !control.broken
    ? `\nWithout a planted bug, no promise was broken in the same ${control.runs} histories.`
    : `\nWITHOUT A PLANTED BUG, a promise was broken after ${control?.runs} histories: ${control?.broken}`);
  const isValid = control && !control.broken && MUTANTS.every(({ name }) => !found.has(name) || found.get(name)?.broken);
  if (!isValid) process.exitCode = 1;
}

void main();
