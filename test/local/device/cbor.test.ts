import fc from 'fast-check';
import { cborX, indefiniteMap } from './support/cbor-x';
import { decodeCbor, encodeCborMap } from '../../../local/device/cbor';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

test('encodes a request in the shortest form', () => {
  expect(encodeCborMap({ c: 'rdy', f: 0, l: 2048, o: 88, n: 70_000, b: new Uint8Array([0x13, 0, 0x80]) }))
    .toEqual(hex('a6 6163 63726479 6166 00 616c 190800 616f 1858 616e 1a00011170 6162 43130080'));
});

test.each([-1, 1.5, 2 ** 32, NaN])('refuses to encode %p', (number) => {
  expect(() => encodeCborMap({ n: number })).toThrow(`a number in a request must be an integer from 0 to 4294967295, got: ${number}`);
});

const keys = fc.string({ maxLength: 300 }).filter((key) => key !== '__proto__');

test('encodes values that another library decodes', () => {
  fc.assert(fc.property(
    fc.dictionary(keys, fc.oneof(fc.nat(), fc.string(), fc.uint8Array({ maxLength: 70_000 }).map((array) => Buffer.from(array)))),
    (fields) => { expect(cborX.decode(encodeCborMap(fields))).toEqual({ ...fields }); },
  ));
});

const bytes = fc.uint8Array().map((array) => Buffer.from(array));
const leaf = fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.double({ noNaN: true }), fc.string(), fc.boolean(), fc.constant(null), bytes);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, leaf, fc.array(tie('value')), fc.dictionary(keys, tie('value'))),
}));

test('decodes values that another library encodes', () => {
  fc.assert(fc.property(value, (item) => {
    const plain = (decoded: unknown): unknown => decoded instanceof Uint8Array ? Buffer.from(decoded) : decoded;
    expect(JSON.stringify(plain(decodeCbor(cborX.encode(item))))).toEqual(JSON.stringify(plain(cborX.decode(cborX.encode(item)))));
  }));
});

test('only throws a ProtocolViolation for random bytes', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (garbage) => {
    try {
      decodeCbor(garbage);
    } catch (error) {
      expect(error).toHaveProperty('message');
    }
  }), { numRuns: 2000 });
});

test('decodes maps, lists and strings of indefinite length', () => {
  expect(decodeCbor(hex('bf 6172 9f bf 6166 00 617a 1903e8 ff ff ff'))).toEqual({ r: [{ f: 0, z: 1000 }] });
  expect(decodeCbor(hex('5f 42 0102 41 03 ff'))).toEqual(Buffer.from([1, 2, 3]));
  expect(decodeCbor(hex('7f 62 6162 61 63 ff'))).toBe('abc');
  expect(decodeCbor(indefiniteMap({ f: 3 }))).toEqual({ f: 3 });
});

test.each([
  ['1b 0000000000000100', 256],
  ['1b ffffffffffffffff', 2n ** 64n - 1n],
  ['3b ffffffffffffffff', -(2n ** 64n)],
  ['20', -1],
  ['c1 1a 5f5e1000', 1_600_000_000],
  ['a2 01 02 6161 03', { a: 3 }],
  ['f6', null],
  ['f7', undefined],
  ['f5', true],
  ['f93c00', 1],
  ['f9c000', -2],
  ['f90001', 2 ** -24],
  ['f97c00', Infinity],
  ['f97e00', NaN],
  ['fa 40200000', 2.5],
])('decodes %s', (encoded, expected) => {
  expect(decodeCbor(hex(encoded))).toEqual(expected);
});

test.each([
  ['', 'a CBOR message must be complete, got: 0 bytes and an end in the middle of an item'],
  ['a1 6161', 'a CBOR message must be complete, got: 3 bytes and an end in the middle of an item'],
  ['bf 6161 01', 'a CBOR message must be complete, got: 4 bytes and an end in the middle of an item'],
  ['5a ffffffff 00', 'a CBOR message must be complete, got: 6 bytes and an end in the middle of an item'],
  ['9a ffffffff', 'a CBOR message must be complete, got: 5 bytes and an end in the middle of an item'],
  ['00 00', 'a CBOR message must be one item, got: 1 bytes after it'],
  ['bf 6161 ff', 'a CBOR map must have a value for every key, got: a key without one'],
  ['5f 6161 ff', 'a CBOR string in pieces must have pieces of its own kind, got: another one'],
  ['1c', 'a CBOR length must be in 1, 2, 4 or 8 bytes, got: the form 28'],
  ['e0', 'a CBOR message must have only values that RFC 8949 names, got: simple value 0'],
  ['81'.repeat(20), 'a CBOR message must be complete, got: 20 bytes and an end in the middle of an item'],
  ['81'.repeat(5_000), 'a CBOR message must be complete, got: 5000 bytes and an end in the middle of an item'],
])('refuses %p', (encoded, message) => {
  expect(() => decodeCbor(hex(encoded))).toThrow(message);
});

/** Nested lists, maps of definite and indefinite length, and tags. */
const DEEP = ['81', 'a100', '9f', 'bf00', 'c1'];
const ENDS = ['', '', 'ff', 'ff', ''];

test.each([17, 5_000, 40_000])('skips an item that is nested %i deep and decodes the next one', (depth) => {
  const kinds = Array.from({ length: depth }, (_, level) => level % DEEP.length);
  const nested = kinds.map((kind) => DEEP[kind]).join('') + '5f4101ff' + kinds.reverse().map((kind) => ENDS[kind]).join('');
  const decoded = decodeCbor(hex(`a2 6178 ${nested} 6163 6161`));
  expect(decoded).toMatchObject({ c: 'a' });
});
