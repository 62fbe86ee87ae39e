import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cdk } from '../../../local/cdk';
import type { LocalAws } from '../../../local/local-aws';
import { startLocalAws } from '../../../local/local-aws';

export type SharedLocalAws = () => Promise<LocalAws>;

/** Where this process keeps it: the modules of jest's environment and of its teardown are not the same ones. */
const STARTED = Symbol.for('cdk-iot-streams:started-local-aws');
const store = globalThis as { [STARTED]?: Promise<LocalAws> };

/** Starts and bootstraps the local AWS of this process the first time that a test file asks for it. */
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

/** Stops it, if a test file has asked for it. */
export async function stopSharedLocalAws(): Promise<void> {
  await (await store[STARTED])?.stop();
}
