import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Assembly } from './assembly';
import { violations } from './assembly';

/*
 * Checks the public interface against the rules of construct libraries, with a linter and with jsii's assembly. `planted/`
 * breaks every rule of the linter once, to show that each rule works.
 */

const root = join(__dirname, '..', '..');

function eslint(...args: string[]): string {
  try {
    return execFileSync(join(__dirname, 'node_modules', '.bin', 'eslint'), ['--config', join(__dirname, 'eslint.config.mjs'), ...args], { cwd: root, encoding: 'utf8' });
  } catch (error) {
    // status 1 means findings, status 2 a failure of the linter
    const { status, stdout } = error as { status: number; stdout: string };
    if (status !== 1) throw error;
    return stdout;
  }
}

const findings = (path: string): { ruleId: string; message: string; line: number }[] =>
  JSON.parse(eslint('--format', 'json', path)).flatMap(({ messages }: { messages: [] }) => messages);

const planted = new Set(findings('test/api-rules/planted').map(({ ruleId }) => ruleId));
const { rules } = JSON.parse(eslint('--print-config', 'src/index.ts'));

test.each(Object.keys(rules))('the rule %s finds its planted violation', (rule) => {
  expect([...planted]).toContain(rule);
});

test('the planted file breaks these rules and no others', () => {
  expect([...planted].sort()).toEqual(Object.keys(rules).sort());
});

test('the library breaks no rule of the linter', () => {
  expect(findings('src')).toEqual([]);
});

describe('the assembly of jsii', () => {
  const type = (name: string, more: object = {}) => ({ [`p.${name}`]: { fqn: `p.${name}`, name, docs: { summary: 'What it is.' }, ...more } });
  const documented = (name: string, more: object = {}) => ({ name, immutable: true, docs: { summary: 'What it is.' }, ...more });

  test.each<[string, Assembly['types'], string]>([
    ['a type without documentation', type('Odd', { docs: {} }), 'p.Odd has no documentation'],
    ['a property without documentation', type('Odd', { properties: [documented('size', { docs: {} })] }), 'p.Odd.size has no documentation'],
    ['a method without documentation', type('Odd', { methods: [documented('grow', { docs: undefined })] }), 'p.Odd.grow has no documentation'],
    ['a parameter without documentation', type('Odd', { methods: [documented('grow', { parameters: [{ name: 'by' }] })] }), 'p.Odd.grow(by) has no documentation'],
    ['a value without documentation', type('Odd', { members: [{ name: 'MUCH' }] }), 'p.Odd.MUCH has no documentation'],
    ['an option that names no default', type('OddProps', { datatype: true, properties: [documented('size', { optional: true })] }), 'p.OddProps.size is optional and names no default'],
    ['a property to be assigned', type('Odd', { properties: [documented('size', { immutable: undefined })] }), 'p.Odd.size can be assigned'],
    ['a construct that wants something else', type('Odd', { base: 'constructs.Construct', initializer: { parameters: [{ name: 'parent', type: {} }] } }), 'p.Odd must be constructed by scope, id and OddProps'],
  ])('the check of the assembly finds %s', (_, types, found) => {
    expect(violations({ types })).toEqual([found]);
  });

  test('the check of the assembly accepts inherited documentation', () => {
    expect(violations({ types: type('Fine', { properties: [documented('size', { docs: {}, overrides: 'p.IFine' })] }) })).toEqual([]);
  });

  test('the assembly of this library has no violations', () => {
    const assembly: Assembly = JSON.parse(readFileSync(join(root, '.jsii'), 'utf8'));
    expect(Object.keys(assembly.types)).toContain('cdk-iot-streams.IotFileStream');
    expect(violations(assembly)).toEqual([]);
  });
});
