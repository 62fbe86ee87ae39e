import { run } from './run';

const controller = new AbortController();
// only the first time, so that a second Ctrl-C ends the process immediately
process.once('SIGINT', () => controller.abort());
process.once('SIGTERM', () => controller.abort());

void run(process.argv.slice(2), { stdout: process.stdout, stderr: process.stderr, signal: controller.signal })
  .then((code) => { process.exitCode = code; });
