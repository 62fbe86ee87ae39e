import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { useLocalAws } from './support/local-aws';
import { cdk } from '../../local/cdk';

/* Two deployments by the real CLI: the second one moves the version, which an export in use could not. */

const local = useLocalAws();
const assetPath = () => join(local.directory, 'app.bin');

const run = (...command: string[]) => cdk(command, {
  environment: local.aws.environment,
  app: 'test/e2e/apps/cross-stack.ts',
  outputDirectory: join(local.directory, 'cdk.out'),
  context: { assetPath: assetPath() },
});

async function deploy(content: string): Promise<Record<string, Record<string, string>>> {
  await writeFile(assetPath(), content);
  const outputs = join(local.directory, 'outputs.json');
  await run('deploy', '--all', '--require-approval', 'never', '--outputs-file', outputs);
  return JSON.parse(await readFile(outputs, 'utf8'));
}

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
