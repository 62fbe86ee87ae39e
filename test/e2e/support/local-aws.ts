import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Deployment } from './deployment';
import { Inventory } from './inventory';
import type { SharedLocalAws } from './shared-local-aws';
import { bootstrap } from './shared-local-aws';
import type { LocalAws, LocalAwsOptions } from '../../../local/local-aws';
import { startLocalAws } from '../../../local/local-aws';

declare const sharedLocalAws: SharedLocalAws;

/** A bootstrapped AWS for a file of tests. It is there from the file's first `beforeAll` on. */
export interface LocalAwsFixture {
  readonly aws: LocalAws;
  /** Removed when the file ends. */
  readonly directory: string;
  readonly deployment: Deployment;
  /** What this file has made and not removed; the AWS may be older than the file. */
  leftovers(): Promise<string[]>;
}

/**
 * The AWS that all files of the process share; or one of its own for a file that says how it is to be, because it plans
 * faults that nobody else must meet.
 *
 * As on AWS, a stream ID that was used before goes on counting its versions: every file has stream IDs of its own.
 */
export function useLocalAws(options?: LocalAwsOptions): LocalAwsFixture {
  let fixture: Omit<LocalAwsFixture, 'leftovers'>;
  let before: readonly string[];

  beforeAll(async () => {
    const directory = await mkdtemp(join(tmpdir(), 'cdk-iot-streams-e2e-'));
    const aws = await (options ? startLocalAws(options) : sharedLocalAws());
    fixture = { aws, directory, deployment: new Deployment(aws, directory) };
    if (options) await bootstrap(aws);
    before = await new Inventory(aws).list();
  });

  afterAll(async () => {
    if (options) await fixture?.aws.stop();
    if (fixture) await rm(fixture.directory, { recursive: true, force: true });
  });

  return {
    get aws() { return fixture.aws; },
    get directory() { return fixture.directory; },
    get deployment() { return fixture.deployment; },
    leftovers: async () => (await new Inventory(fixture.aws).list()).filter((item) => !before.includes(item)),
  };
}
