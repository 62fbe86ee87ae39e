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

/** A bootstrapped local AWS for a test file, available from its first `beforeAll` on. */
export interface LocalAwsFixture {
  readonly aws: LocalAws;
  /** Removed at the end of the test file. */
  readonly directory: string;
  readonly deployment: Deployment;
  /** Returns the resources that this test file has created and not removed. */
  leftovers(): Promise<string[]>;
}

/**
 * Returns the local AWS that all test files of the process share, or a separate one for a file with options, such as `{}`,
 * because its faults must not affect other files.
 *
 * As on AWS, a new stream with a deleted ID continues its versions, so every test file must use stream IDs of its own.
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
