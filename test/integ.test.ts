import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const apps = readdirSync(__dirname).filter((name) => /^integ\.(?!test\.).*\.ts$/.test(name));

test.each(apps)('%s is an app that integ-runner can deploy, with something to assert', (app) => {
  const directory = mkdtempSync(join(tmpdir(), 'cdk-iot-streams-integ-'));
  try {
    execFileSync('npx', ['tsx', join(__dirname, app)], { env: { ...process.env, CDK_OUTDIR: directory }, stdio: 'pipe' });

    const { testCases } = JSON.parse(readFileSync(join(directory, 'integ.json'), 'utf8'));
    expect(Object.values(testCases)).toEqual([{ stacks: ['IotFileStreamInteg'], assertionStack: expect.any(String), assertionStackName: expect.any(String) }]);
    const { Resources } = JSON.parse(readFileSync(join(directory, 'IotFileStreamInteg.template.json'), 'utf8'));
    expect(Object.values(Resources)).toContainEqual(expect.objectContaining({ Type: 'Custom::IotFileStream' }));
  } finally {
    rmSync(directory, { recursive: true });
  }
}, 120_000);
