import { App, Aws, Lazy, Stack } from 'aws-cdk-lib';
import { sorted, toJson } from '../../src/core/sorted-json';

const written = (value: unknown) => toJson(new Stack(new App(), 'MyStack'), sorted(value, 'value'));
const nested = (levels: number) => Array.from({ length: levels }).reduce<unknown>((inner) => [inner], 'core');

test.each<[string, unknown]>([
  ['a date', { at: new Date(0) }],
  ['a URL', [new URL('https://example.com/a')]],
  ['undefined in an object', { a: undefined, b: 1 }],
  ['undefined in a list', [undefined, 1]],
  ['holes in a list', Object.assign([], { 2: 'c' })],
  ['the key __proto__', JSON.parse('{"__proto__":{"a":1}}')],
  ['an object whose toJSON uses the key', { a: { toJSON: (key: string) => ({ key }) } }],
  ['an object whose toJSON returns undefined', { a: { toJSON: () => undefined }, b: [{ toJSON: () => undefined }] }],
  ['boxed values', [Object('text'), Object(1), Object(false)]],
  ['an instance of a class', new (class { readonly b = 1; })()],
  ['190 levels', nested(190)],
])('writes the same as JSON.stringify for %s', (_name, value) => {
  expect(written(value)).toBe(JSON.stringify(value));
});

test('writes a buffer as its toJSON returns it, with sorted keys', () => {
  expect(written(Buffer.from('hi'))).toBe('{"data":[104,105],"type":"Buffer"}');
});

test('keeps the key __proto__ in an object with tokens', () => {
  const stack = new Stack(new App(), 'MyStack');
  expect(stack.resolve(toJson(stack, sorted(JSON.parse(`{"list":[{"__proto__":"${Aws.REGION}"}]}`), 'value')))).toEqual({
    'Fn::Join': ['', ['{"list":[{"__proto__":"', { Ref: 'AWS::Region' }, '"}]}']],
  });
});

test('resolves a token that is a key', () => {
  const stack = new Stack(new App(), 'MyStack');
  const json = toJson(stack, sorted({ [Aws.REGION]: null }, 'value'));
  expect(stack.resolve(json)).toEqual({ 'Fn::Join': ['', ['{"', { Ref: 'AWS::Region' }, '":null}']] });
});

test('writes nothing for a token that resolves to undefined', () => {
  const stack = new Stack(new App(), 'MyStack');
  expect(stack.resolve(toJson(stack, sorted(Lazy.any({ produce: () => undefined }), 'value')))).toBeUndefined();
});

test('accepts tokens in the result of toJSON', () => {
  expect(sorted({ toJSON: () => ({ resolve: () => 'late' }) }, 'value')).toHaveProperty('resolve');
});

const circular: unknown[] = [];
circular.push({ itself: circular });

test.each<[unknown, string, string]>([
  [{ a: [1, 2, { b: new Map() }] }, 'value.a[2].b', 'a Map'],
  [new Set(), 'value', 'a Set'],
  [{ 'a b': /x/ }, 'value["a b"]', 'a RegExp'],
  [[new Map().keys()], 'value[0]', 'a Map Iterator'],
  [{ a: BigInt(1) }, 'value.a', 'a bigint'],
  [{ a: Object(BigInt(1)) }, 'value.a', 'a bigint'],
  [{ a: Symbol('s') }, 'value.a', 'a symbol'],
  [[() => 1], 'value[0]', 'a function'],
  [{ a: NaN }, 'value.a', 'NaN'],
  [{ a: -Infinity }, 'value.a', '-Infinity'],
  [circular, 'value[0].itself', 'an object that contains itself'],
  [nested(100_000), `${'value'.padEnd(98, '[0]')}[0…`, 'more than 190 levels'],
])('refuses values that JSON cannot express: case %#', (value, path, got) => {
  expect(() => sorted(value, 'value')).toThrow(
    new Error(`'${path}' must be something that JSON can express, got: ${got}; convert it to plain objects, lists, strings, finite numbers, booleans and null`));
});
