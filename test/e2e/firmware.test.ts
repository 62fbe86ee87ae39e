import { createHash, randomBytes } from 'crypto';
import { mkdtemp, readFile, rm, writeFile } from 'fs/promises';
import { tmpdir } from 'os';
import { join } from 'path';
import { ListStreamsCommand } from '@aws-sdk/client-iot';
import { Deployment } from './deployment';
import { cdk } from '../../local/cdk';
import { LocalAws, startLocalAws } from '../../local/local-aws';

/* The smallest example, deployed twice, rolled back once, and destroyed. Each test goes on where the one before it ended. */

let aws: LocalAws;
let directory: string;
let deployment: Deployment;
let outputs: { readonly StreamId: string; readonly StreamVersion: string };
let delivered: string;

async function run(context: Record<string, string>, ...command: string[]): Promise<void> {
  await cdk(command, { environment: aws.environment, app: 'test/e2e/firmware.ts', outputDirectory: join(directory, 'cdk.out'), context });
}

/** Of a new firmware; answers its SHA-256. */
async function deploy(context: Record<string, string> = {}): Promise<string> {
  const [firmware, file] = [join(directory, 'app.bin'), join(directory, 'outputs.json')];
  const content = randomBytes(300_001);
  await writeFile(firmware, content);
  await run({ firmware, ...context }, 'deploy', 'Firmware', '--require-approval', 'never', '--outputs-file', file);
  outputs = JSON.parse(await readFile(file, 'utf8')).Firmware;
  return createHash('sha256').update(content).digest('hex');
}

async function expectDelivered(streamVersion: number): Promise<void> {
  expect(await deployment.download(outputs.StreamId)).toMatchObject([{ sha256: delivered, streamVersion }]);
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cdk-iot-streams-firmware-'));
  aws = await startLocalAws();
  deployment = new Deployment(aws, directory);
  await deployment.bootstrap();
});

afterAll(async () => {
  await aws?.stop();
  await rm(directory, { recursive: true, force: true });
});

test.each([1, 2])('deployment %i of the example brings its firmware to a device', async (version) => {
  delivered = await deploy();
  expect(outputs.StreamVersion).toBe(String(version));
  await expectDelivered(version);
});

test('a deployment that fails brings back the firmware before it', async () => {
  await expect(deploy({ failing: 'true' })).rejects.toThrow('\'Custom::NobodyKnowsThis\' is unknown');
  await expectDelivered(4);
});

test('destroying the example leaves no stream', async () => {
  await run({ firmware: join(directory, 'app.bin') }, 'destroy', 'Firmware', '--force');
  expect((await deployment.iot.send(new ListStreamsCommand({}))).streams).toEqual([]);
});
