import { help, parseOptions, WrongUsage } from './command-line';
import type { LocalAws } from './local-aws';
import { startLocalAws } from './local-aws';
import { messageOf } from './ministack/errors';

async function main(commandLine: readonly string[]): Promise<void> {
  const options = parseOptions(commandLine);
  if (!options) {
    process.stdout.write(help);
    return;
  }
  // listens from now on, so that Ctrl-C during the start leaves nothing behind
  const interrupted = untilInterrupted();
  process.stderr.write('starting the local AWS …\n');
  const started = startLocalAws(options);
  const localAws = await Promise.race([started, interrupted]);
  if (localAws === undefined) {
    // MiniStack ends with this process
    process.exit(130);
  }
  // standard output has the addresses and the lines to paste, and nothing else: scripts read it
  process.stderr.write('the local AWS is running; the addresses, and lines to paste into another shell:\n\n');
  process.stdout.write(announcement(localAws));
  process.stderr.write('\npress Ctrl-C to stop it and to delete everything in it\n');
  const wanted = await Promise.race([interrupted.then(() => true), localAws.ended.then(() => false)]);
  if (wanted) process.stderr.write('\nstopping the local AWS …\n');
  else process.stderr.write(`MiniStack must run until Ctrl-C, but it ended by itself; the end of its log:\n${await localAws.miniStack.logTail()}\n`);
  await localAws.stop();
  process.exitCode = wanted ? 0 : 1;
}

function untilInterrupted(): Promise<undefined> {
  return new Promise((fulfill) => {
    // only the first time, so that a second Ctrl-C ends the process immediately
    process.once('SIGINT', () => fulfill(undefined));
    process.once('SIGTERM', () => fulfill(undefined));
    process.once('SIGHUP', () => fulfill(undefined));
    // `tsx` forwards signals to this process; if `tsx` is killed, this process must notice it by itself
    const parent = process.ppid;
    setInterval(() => process.ppid === parent || fulfill(undefined), 500).unref();
  });
}

function announcement({ endpoints, environment }: LocalAws): string {
  const exports = Object.entries(environment).map(([name, value]) => `export ${name}='${value}'`);
  return [
    JSON.stringify(endpoints),
    // each of these would take precedence over the credentials below
    'unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SESSION_TOKEN',
    ...exports,
    '',
  ].join('\n');
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${messageOf(error)}\n`);
  // everything that has started ends with this process
  process.exit(error instanceof WrongUsage ? 2 : 1);
});
