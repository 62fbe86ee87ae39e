import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bundlePath } from '../../src/core/handler-bundle';
import { temporaryDirectory } from '../support/temporary-directory';

/* The package finds the code of the handler relative to its own file, which is elsewhere if an app is bundled into one file. */

const ROOT = join(__dirname, '..', '..');
const APP = `
  import { App, Stack } from 'aws-cdk-lib';
  import { IotFileStream, StreamFile } from '${join(ROOT, 'src')}';
  const app = new App({ outdir: process.argv[2] });
  new IotFileStream(new Stack(app, 'MyStack'), 'Firmware', { files: [StreamFile.fromText('a', 'text')] });
  app.synth();
`;

const directory = temporaryDirectory();
const run = (command: string, ...args: string[]) => promisify(execFile)(command, args, { env: { ...process.env, NODE_PATH: join(ROOT, 'node_modules') } });

test('the error in an app that esbuild has bundled says which files to copy, and the app synthesises with them', async () => {
  const bundled = join(directory.path, 'dist');
  const synthesise = () => run(process.execPath, join(bundled, 'app.js'), join(directory.path, 'cdk.out'));
  writeFileSync(join(directory.path, 'app.ts'), APP);
  await run(join(ROOT, 'node_modules', '.bin', 'esbuild'), join(directory.path, 'app.ts'), '--bundle', '--platform=node',
    `--outfile=${join(bundled, 'app.js')}`, '--external:aws-cdk-lib', '--external:constructs', '--log-level=error');

  const { stderr } = await synthesise().catch((error: { stderr: string }) => error);
  const [inPackage, besideBundle] = [join(bundled, '..', '..'), bundled].map((path) => join(path, 'assets', 'lambda', 'index'));
  expect(stderr).toContain(`Error: the code of the handler must be in '${inPackage}' or '${besideBundle}', got: no 'index.js' in either; `
    + `if the app is bundled into one file, copy the folder 'assets' of the package 'cdk-iot-streams' into '${bundled}'\n`);

  cpSync(join(ROOT, 'assets'), join(bundled, 'assets'), { recursive: true });
  await synthesise();
});

test('the code in the package has precedence', () => {
  const module = join(directory.path, 'lib', 'core');
  for (const path of [directory.path, module].map((parent) => join(parent, 'assets', 'lambda', 'index'))) {
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'index.js'), '');
  }
  expect(bundlePath(module)).toBe(join(directory.path, 'assets', 'lambda', 'index'));
});

test('the error without any code names both folders', () => {
  const module = join(directory.path, 'dist');
  expect(() => bundlePath(module)).toThrow(new Error(
    `the code of the handler must be in '${join(module, '..', '..', 'assets', 'lambda', 'index')}' or '${join(module, 'assets', 'lambda', 'index')}', `
    + `got: no 'index.js' in either; if the app is bundled into one file, copy the folder 'assets' of the package 'cdk-iot-streams' into '${module}'`));
});
