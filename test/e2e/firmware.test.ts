import { createHash, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { useLocalAws } from './support/local-aws';
import { cdk } from '../../local/cdk';

/* The smallest example is deployed twice, rolled back once, and destroyed. Each test continues from the previous one. */

const local = useLocalAws();
let outputs: { readonly StreamId: string; readonly StreamVersion: string };
let delivered: string;

async function run(context: Record<string, string>, ...command: string[]): Promise<void> {
  await cdk(command, { environment: local.aws.environment, app: 'test/e2e/apps/firmware.ts', outputDirectory: join(local.directory, 'cdk.out'), context });
}

/** Deploys a new firmware and returns its SHA-256. */
async function deploy(context: Record<string, string> = {}): Promise<string> {
  const [firmware, file] = [join(local.directory, 'app.bin'), join(local.directory, 'outputs.json')];
  const content = randomBytes(300_001);
  await writeFile(firmware, content);
  await run({ firmware, ...context }, 'deploy', 'Firmware', '--require-approval', 'never', '--outputs-file', file);
  outputs = JSON.parse(await readFile(file, 'utf8')).Firmware;
  return createHash('sha256').update(content).digest('hex');
}

async function expectDelivered(streamVersion: number): Promise<void> {
  expect(await local.deployment.download(outputs.StreamId)).toMatchObject([{ sha256: delivered, streamVersion }]);
}

test.each([1, 2])('deployment %i of the example delivers its firmware to a device', async (version) => {
  delivered = await deploy();
  expect(outputs.StreamVersion).toBe(String(version));
  await expectDelivered(version);
});

test('a failed deployment restores the previous firmware', async () => {
  await expect(deploy({ failing: 'true' })).rejects.toThrow('\'Custom::NobodyKnowsThis\' is unknown');
  await expectDelivered(4);
});

test('destroying the example leaves nothing behind', async () => {
  await run({ firmware: join(local.directory, 'app.bin') }, 'destroy', 'Firmware', '--force');
  expect(await local.leftovers()).toEqual([]);
});
