import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Stack } from 'aws-cdk-lib';
import { manyStreams } from './apps/many-streams';
import { useLocalAws } from './support/local-aws';
import { Stacks } from './support/stacks';
import { cdk } from '../../local/cdk';
import type { StoredStream } from '../../local/iot-streams/store';

/*
 * Eighty streams of three files in a new account: each operation of AWS IoT accepts fifteen calls a second, and ten Lambda
 * functions run at once. The local CloudFormation creates the resources of a stack one after the other, so one stack tests the
 * size and ten concurrent stacks the load. Whether throttling occurs here depends on the machine;
 * test/lambda/core/throttling.test.ts tests it reliably.
 */

const STREAMS = 80;
const CALLS_PER_SECOND = 15;
const CONCURRENCY = 10;

const local = useLocalAws({ environment: { LAMBDA_ACCOUNT_CONCURRENCY: String(CONCURRENCY) } });
let assetPath: string;
let stacks: Stacks;

beforeAll(async () => {
  stacks = new Stacks(local.aws, local.directory);
  assetPath = join(local.directory, 'model.bin');
  await writeFile(assetPath, randomBytes(100_000));
  local.aws.streams.faults.requestsPerSecond = CALLS_PER_SECOND;
});

function versions(streams: readonly StoredStream[]): string[] {
  return [...new Set(streams.map(({ streamVersion, files }) => `version ${streamVersion} of ${files.length} files`))];
}

test('the real CLI deploys and destroys one stack with eighty streams', async () => {
  const run = (...command: string[]) => cdk([...command, 'Fleet'], {
    environment: local.aws.environment, app: 'test/e2e/apps/scale.ts', outputDirectory: join(local.directory, 'cdk.out'), context: { asset: assetPath, release: '1' },
  });

  await run('deploy', '--require-approval', 'never');
  expect(local.aws.streams.store.size).toBe(STREAMS);
  expect(versions(local.aws.streams.store.all())).toEqual(['version 1 of 3 files']);

  await run('destroy', '--force');
  expect(local.aws.streams.store.size).toBe(0);
});

test('ten stacks at once create, update and delete every stream with ten concurrent executions', async () => {
  const names = Array.from({ length: CONCURRENCY }, (_, index) => `Part${index}`);
  const deployAll = (release: string) => Promise.all(names.map((name) => stacks.deploy(name, (stack: Stack) =>
    manyStreams(stack, { count: STREAMS / CONCURRENCY, assetPath, release }))));

  for (const [release, status] of [['1', 'CREATE_COMPLETE'], ['2', 'UPDATE_COMPLETE']]) {
    expect((await deployAll(release)).map((deployed) => [deployed.status, deployed.failure])).toEqual(names.map(() => [status, undefined]));
    expect(local.aws.streams.store.size).toBe(STREAMS);
    expect(versions(local.aws.streams.store.all())).toEqual([`version ${release} of 3 files`]);
  }

  await Promise.all(names.map((name) => stacks.destroy(name)));
  expect(local.aws.streams.store.size).toBe(0);
});
