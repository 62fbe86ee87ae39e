import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { useLocalAws } from './support/local-aws';
import { cdk } from '../../local/cdk';

/* Two deployments by the real CLI. The second one changes the version, which would be impossible with an export in use. */

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

test('F45: both deployments pass the version to another stack in an SSM parameter, and to a nested stack in its parameter', async () => {
  for (const [content, version] of [['one', '1'], ['two', '2']]) {
    const { Producer, Consumer } = await deploy(content);
    expect(Producer.SeenByNested).toBe(version);
    expect(Consumer.SeenByConsumer).toBe(version);
  }
});

test('cdk diff shows the hash, the size and the staging object of a changed file', async () => {
  await writeFile(assetPath(), 'three and more');
  const difference = await run('diff', 'Producer', '--no-change-set');
  expect(difference).toMatch(/\[~\] Custom::IotFileStream Firmware\/Stream/);
  const changes = difference.slice(difference.indexOf('[~] Custom::IotFileStream')).replace(/[│├└─\s]+/g, ' ');
  expect(changes).toMatch(/\[~\] \.Sha256: \[-\] [0-9a-f]{64} \[\+\] [0-9a-f]{64} \[~\] \.Size: \[-\] 3 \[\+\] 14 \[~\] \.SourceKey: /);
});
