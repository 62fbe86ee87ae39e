import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cdk } from '../../../local/cdk';
import type { LocalAws } from '../../../local/local-aws';
import { startLocalAws } from '../../../local/local-aws';

export type SharedLocalAws = () => Promise<LocalAws>;

/** The key of the global variable, because jest's environment and its teardown do not share modules. */
const STARTED = Symbol.for('cdk-iot-streams:started-local-aws');
const store = globalThis as { [STARTED]?: Promise<LocalAws> };

/** Starts and bootstraps the local AWS of this process when the first test file needs it. */
export const sharedLocalAws: SharedLocalAws = async () => store[STARTED] ??= start();

async function start(): Promise<LocalAws> {
  const aws = await startLocalAws();
  await bootstrap(aws);
  return aws;
}

export async function bootstrap(aws: LocalAws): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'cdk-iot-streams-bootstrap-'));
  try {
    await cdk(['bootstrap', `aws://${aws.account}/${aws.region}`], { environment: aws.environment, outputDirectory: directory });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Stops the local AWS if it has been started. */
export async function stopSharedLocalAws(): Promise<void> {
  await (await store[STARTED])?.stop();
}
