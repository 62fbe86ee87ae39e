import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/* docs/troubleshooting.md must explain every warning of synthesis, by its ID. */

const root = join(__dirname, '..', '..');
const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(join(root, 'src', name), 'utf8')).join('\n');
const warnings = [...sources.matchAll(/addWarningV2\(\s*['`](cdk-iot-streams:\w+)/g)].map(([, id]) => id);
const page = readFileSync(join(root, 'docs', 'troubleshooting.md'), 'utf8');

test('every warning has an ID', () => {
  expect(warnings).toHaveLength([...sources.matchAll(/addWarningV2\(/g)].length);
});

test.each([...new Set(warnings)])('docs/troubleshooting.md explains the warning %s', (id) => {
  expect(page).toMatch(new RegExp(`^\\| .*\`${id}.*\` \\| \\w+.*: \\[?\\w+`, 'm'));
});
