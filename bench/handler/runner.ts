import { join } from 'node:path';
import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import type { StreamEvent } from './calls';
import { makeStream } from './calls';

/* Handles events with the published bundle or with bare calls, and reports the costs to the parent process. */

export type Way = 'handler' | 'bare calls';

export interface Order {
  readonly way: Way;
  readonly event: StreamEvent;
}

const BUNDLE = join(__dirname, '..', '..', 'assets', 'lambda', 'index', 'index.js');
const bundle = import(BUNDLE) as Promise<{ handler: (event: CloudFormationCustomResourceEvent, context: Context) => Promise<void> }>;

const context = {
  functionName: 'bench', logGroupName: 'bench', logStreamName: 'bench', getRemainingTimeInMillis: () => 300_000,
} as Context;

const ways: Readonly<Record<Way, (event: StreamEvent) => Promise<void>>> = {
  'handler': async (event) => (await bundle).handler(event as unknown as CloudFormationCustomResourceEvent, context),
  'bare calls': makeStream,
};

process.on('message', ({ way, event }: Order) => void (async () => {
  const before = process.cpuUsage();
  const startedAt = performance.now();
  await ways[way](event);
  const milliseconds = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(before);
  process.send!({ milliseconds, cpuMilliseconds: (user + system) / 1000 });
})());
