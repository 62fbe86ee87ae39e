import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/* Runs `npm run compat` against a last release with one property more or less. */

const root = join(__dirname, '..', '..');
const { steps: [{ execArgs: [command, , ...options] }] } = JSON.parse(readFileSync(join(root, '.projen', 'tasks.json'), 'utf8')).tasks.compat;
const released = mkdtempSync(join(tmpdir(), 'released-'));
beforeAll(() => {
  copyFileSync(join(root, 'package.json'), join(released, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(released, 'node_modules'));
});
afterAll(() => rmSync(released, { recursive: true }));

function compare(change: (properties: { name: string }[]) => { name: string }[]): { status: number | null; output: string } {
  const assembly = JSON.parse(readFileSync(join(root, '.jsii'), 'utf8'));
  const { 'cdk-iot-streams.IotFileStreamProps': props } = assembly.types;
  props.properties = change(props.properties);
  writeFileSync(join(released, '.jsii'), JSON.stringify(assembly));
  const { status, stdout, stderr } = spawnSync(join(root, 'node_modules', '.bin', command), [released, root, ...options], { cwd: root, encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

test('a removed optional property is a breaking change, with the key for .compatignore', () => {
  const { status, output } = compare((properties) => [...properties, { ...properties.find(({ name }) => name === 'description')!, name: 'formerOption' }]);
  expect(output).toContain('[removed:cdk-iot-streams.IotFileStreamProps.formerOption]');
  expect(status).toBe(1);
});

test('adding an optional property is not a breaking change', () => {
  expect(compare((properties) => properties.filter(({ name }) => name !== 'description')).status).toBe(0);
});
