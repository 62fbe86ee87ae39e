import { mkdtemp, readFile, rm, writeFile } from 'fs/promises';
import { tmpdir } from 'os';
import { join } from 'path';
import { cdk } from '../../local/cdk';
import { LocalAws, startLocalAws } from '../../local/local-aws';

/* Two deployments by the real CLI: the second one moves the version, which an export in use could not. */

let aws: LocalAws;
let directory: string;
const assetPath = () => join(directory, 'app.bin');

const run = (...command: string[]) => cdk(command, {
  environment: aws.environment,
  app: 'test/e2e/cross-stack-app.ts',
  outputDirectory: join(directory, 'cdk.out'),
  context: { assetPath: assetPath() },
});

async function deploy(content: string): Promise<Record<string, Record<string, string>>> {
  await writeFile(assetPath(), content);
  const outputs = join(directory, 'outputs.json');
  await run('deploy', '--all', '--require-approval', 'never', '--outputs-file', outputs);
  return JSON.parse(await readFile(outputs, 'utf8'));
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cdk-iot-streams-cross-stack-'));
  aws = await startLocalAws();
  await cdk(['bootstrap', `aws://${aws.account}/${aws.region}`], { environment: aws.environment, outputDirectory: join(directory, 'cdk.out') });
});

afterAll(async () => {
  await aws?.stop();
  await rm(directory, { recursive: true, force: true });
});

test('F45: the version reaches another stack by an SSM parameter, and a nested stack by its parameter, at both deployments', async () => {
  for (const [content, version] of [['one', '1'], ['two', '2']]) {
    const { Producer, Consumer } = await deploy(content);
    expect(Producer.SeenByNested).toBe(version);
    expect(Consumer.SeenByConsumer).toBe(version);
  }
});

test('the difference that a changed file makes is readable: its hash, its size and its place in the staging bucket', async () => {
  await writeFile(assetPath(), 'three and more');
  const difference = await run('diff', 'Producer', '--no-change-set');
  expect(difference).toMatch(/\[~\] Custom::IotFileStream Firmware\/Stream/);
  const changes = difference.slice(difference.indexOf('[~] Custom::IotFileStream')).replace(/[│├└─\s]+/g, ' ');
  expect(changes).toMatch(/\[~\] \.Sha256: \[-\] [0-9a-f]{64} \[\+\] [0-9a-f]{64} \[~\] \.Size: \[-\] 3 \[\+\] 14 \[~\] \.SourceKey: /);
});
