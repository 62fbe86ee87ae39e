import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '..', '..');
const constructs = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory() && entry.name !== 'core').map(({ name }) => name);

test('the sources contain constructs', () => {
  expect(constructs).toContain('iot-file-stream');
});

test.each(constructs)('every public property and parameter of %s is tested with every kind of bad input', (construct) => {
  const path = join(root, 'test', construct, 'input.test.ts');
  expect(existsSync(path)).toBe(true);
  expect(readFileSync(path, 'utf8')).toContain(`checkTable('${construct}', `);
});
