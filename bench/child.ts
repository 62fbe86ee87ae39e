import { spawn } from 'node:child_process';
import type { Sample } from './compare';

/** Makes a Node.js process write its resource usage into a separate pipe, so that no other program is needed. */
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
  /** `seconds`, `cpuSeconds` and the peak of `megabytes`. */
  readonly cost: Sample;
}

/** Runs a script with Node.js and measures the process. */
export async function runNode(script: readonly string[], options: ChildOptions): Promise<ChildResult> {
  const { output, extra, seconds } = await run(process.execPath, ['--import', USAGE, ...script], options);
  const { userCPUTime, systemCPUTime, maxRSS } = JSON.parse(extra) as NodeJS.ResourceUsage;
  return { output, cost: { seconds, cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, megabytes: maxRSS / 1024 } };
}

/** Waits for a program and prints the resource usage of it and its children. */
const USAGE_OF_CHILDREN = `
import json, os, resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
os.write(3, json.dumps(usage.ru_utime + usage.ru_stime).encode())
`;

/** Measures a program with its children, such as the Node.js behind a CDK app in another language. */
export async function runFamily(program: readonly string[], options: ChildOptions): Promise<Sample> {
  const { extra, seconds } = await run('python3', ['-c', USAGE_OF_CHILDREN, ...program], options);
  return { seconds, cpuSeconds: Number(extra) };
}

/** Runs a program; fails with its output. */
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
