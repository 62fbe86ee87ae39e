import { spawn } from 'node:child_process';
import type { Sample } from './compare';

/** The process itself tells what it used, into a pipe of its own: no other program is needed for it. */
const USAGE = `data:text/javascript,${encodeURIComponent(`
  import { writeSync } from 'node:fs';
  process.on('exit', () => writeSync(3, JSON.stringify(process.resourceUsage())));
`)}`;

export interface ChildOptions {
  readonly directory: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface ChildResult {
  readonly output: string;
  /** `seconds`, `cpuSeconds` and `megabytes` at the peak. */
  readonly cost: Sample;
}

/** Runs a script on Node.js, from its start to its end. */
export async function runNode(script: readonly string[], options: ChildOptions): Promise<ChildResult> {
  const { output, extra, seconds } = await run(process.execPath, ['--import', USAGE, ...script], options);
  const { userCPUTime, systemCPUTime, maxRSS } = JSON.parse(extra) as NodeJS.ResourceUsage;
  return { output, cost: { seconds, cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, megabytes: maxRSS / 1024 } };
}

/** Waits for a program, and tells what it and its own children used. */
const USAGE_OF_CHILDREN = `
import json, os, resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
os.write(3, json.dumps(usage.ru_utime + usage.ru_stime).encode())
`;

/** Runs a program that starts others, such as the Node.js behind a CDK app in another language. */
export async function runFamily(program: readonly string[], options: ChildOptions): Promise<Sample> {
  const { extra, seconds } = await run('python3', ['-c', USAGE_OF_CHILDREN, ...program], options);
  return { seconds, cpuSeconds: Number(extra) };
}

/** Runs any program; fails with what it said. */
export async function run(program: string, parameters: readonly string[], { directory, environment }: ChildOptions) {
  const startedAt = performance.now();
  const child = spawn(program, parameters, { cwd: directory, env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
  const [output, errors, extra] = [1, 2, 3].map((descriptor) => {
    const texts: string[] = [];
    const stream = child.stdio[descriptor] as NodeJS.ReadableStream;
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => texts.push(text));
    return texts;
  });
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  const seconds = (performance.now() - startedAt) / 1000;
  if (code !== 0) throw new Error(`'${[program, ...parameters].join(' ')}' failed:\n${errors.join('')}${output.join('')}`);
  return { output: output.join(''), extra: extra.join(''), seconds };
}
