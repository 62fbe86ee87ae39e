import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from './support/temporary-directory';

const apps = readdirSync(__dirname).filter((name) => /^integ\.(?!test\.).*\.ts$/.test(name));
const directory = temporaryDirectory();

test.each(apps)('%s is an app that integ-runner can deploy, with something to assert', (app) => {
  execFileSync('npx', ['tsx', join(__dirname, app)], { env: { ...process.env, CDK_OUTDIR: directory.path }, stdio: 'pipe' });

  const { testCases } = JSON.parse(readFileSync(join(directory.path, 'integ.json'), 'utf8'));
  expect(Object.values(testCases)).toEqual([{ stacks: ['IotFileStreamInteg'], assertionStack: expect.any(String), assertionStackName: expect.any(String) }]);
  const { Resources } = JSON.parse(readFileSync(join(directory.path, 'IotFileStreamInteg.template.json'), 'utf8'));
  expect(Object.values(Resources)).toContainEqual(expect.objectContaining({ Type: 'Custom::IotFileStream' }));
}, 120_000);
