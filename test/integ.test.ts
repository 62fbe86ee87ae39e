import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from './support/temporary-directory';

/** The stack of each app, and a type of resource that it must contain. */
const APPS: Readonly<Record<string, readonly [stack: string, type: string]>> = {
  'integ.iot-file-stream.ts': ['IotFileStreamInteg', 'Custom::IotFileStream'],
  'integ.kinesis-video.ts': ['KinesisVideoInteg', 'Custom::KinesisVideoStreamVersion'],
};
const apps = readdirSync(__dirname).filter((name) => /^integ\.(?!test\.).*\.ts$/.test(name));
const directory = temporaryDirectory();

test('every app for integ-runner is tested', () => {
  expect(apps.sort()).toEqual(Object.keys(APPS).sort());
});

test.each(Object.entries(APPS))('integ-runner can deploy %s, which contains something to assert', (app, [stack, type]) => {
  const outdir = join(directory.path, app);
  execFileSync('npx', ['tsx', join(__dirname, app)], { env: { ...process.env, CDK_OUTDIR: outdir }, stdio: 'pipe' });

  const { testCases } = JSON.parse(readFileSync(join(outdir, 'integ.json'), 'utf8'));
  const assertions = { assertionStack: expect.any(String), assertionStackName: expect.any(String) };
  expect(Object.values(testCases)).toEqual([{ stacks: [stack], ...assertions }]);
  const { Resources } = JSON.parse(readFileSync(join(outdir, `${stack}.template.json`), 'utf8'));
  expect(Object.values(Resources)).toContainEqual(expect.objectContaining({ Type: type }));
}, 120_000);
