import { codecs } from '../../../local/device/encoding';
import { clientTokenOf, getStreamMessage, parseDataBlock, parseDescription, parseRejection } from '../../../local/device/messages';

const { json, cbor } = codecs;
const text = (value: unknown) => Buffer.from(JSON.stringify(value));

describe('messages as AWS IoT sends them', () => {
  test('parses a block in CBOR: a map of indefinite length with the keys f, i, l, p', () => {
    const payload = Buffer.concat([Buffer.from('8d3e1cf650c1020000020000', 'hex'), Buffer.alloc(1012)]);
    const message = Buffer.concat([Buffer.from('bf616600616900616c190400617059' + '0400', 'hex'), payload, Buffer.from('ff', 'hex')]);

    expect(parseDataBlock(cbor.decode(message), cbor)).toEqual({ fileId: 0, block: 0, payload });
  });

  test('parses a rejection in JSON with long and short keys', () => {
    const message = json.decode(Buffer.from('{"clientToken":"rdy","c":"rdy","code":"InvalidRequest","o":"InvalidRequest",'
      + '"message":"The data requested is out of the range of data available.","m":"The data requested is out of the range of data available."}'));

    expect(clientTokenOf(message)).toBe('rdy');
    expect(parseRejection(message)).toEqual({ code: 'InvalidRequest', message: 'The data requested is out of the range of data available.' });
  });

  test('parses a rejection in CBOR with long and short keys and without a token', () => {
    const message = cbor.decode(Buffer.concat([
      Buffer.from([0xbf, 0x64]), Buffer.from('code'), Buffer.from([0x6b]), Buffer.from('InvalidCbor'),
      Buffer.from([0x61]), Buffer.from('o'), Buffer.from([0x6b]), Buffer.from('InvalidCbor'),
      Buffer.from([0x67]), Buffer.from('message'), Buffer.from([0x74]), Buffer.from('Invalid CBOR message'),
      Buffer.from([0x61]), Buffer.from('m'), Buffer.from([0x74]), Buffer.from('Invalid CBOR message'),
      Buffer.from([0xff]),
    ]));

    expect(clientTokenOf(message)).toBeUndefined();
    expect(parseRejection(message)).toEqual({ code: 'InvalidCbor', message: 'Invalid CBOR message' });
  });
});

describe('the encoding of requests', () => {
  const request = { clientToken: 'a-0-0', streamVersion: 0, fileId: 0, blockSize: 256, blockOffset: 20, numberOfBlocks: 4 };

  test('encodes fields with the value zero', () => {
    expect(json.decode(json.encode(getStreamMessage(request)))).toEqual({ c: 'a-0-0', s: 0, f: 0, l: 256, o: 20, n: 4 });
  });

  test('encodes a bitmap as Base64 in JSON and as bytes in CBOR', () => {
    const message = getStreamMessage({ ...request, blockBitmap: new Uint8Array([0x13, 0x00, 0x80]) });
    expect(json.decode(json.encode(message))).toMatchObject({ b: 'EwCA' });
    expect(cbor.decode(cbor.encode(message))).toMatchObject({ b: Buffer.from([0x13, 0x00, 0x80]) });
  });
});

describe('the parsing of descriptions', () => {
  test('parses version, text, and files with sizes, and ignores unknown keys', () => {
    expect(parseDescription({ c: 'x', s: 7, d: 'firmware', r: [{ f: 0, z: 0, y: 1 }, { f: 255, z: 25_165_824n }], etc: {} }))
      .toEqual({ streamVersion: 7, description: 'firmware', files: [{ fileId: 0, fileSize: 0 }, { fileId: 255, fileSize: 25_165_824 }] });
  });

  test('parses a description without a text', () => {
    expect(parseDescription({ s: 0, r: [] })).toEqual({ streamVersion: 0, description: '', files: [] });
  });

  test.each([
    [[], 'a description must be a map, got: a list of 0'],
    [[{ nested: [1n] }], 'a description must be a map, got: a list of 1'],
    [{ s: { a: 1n, b: 2 }, r: [] }, "'s' of a description must be an integer from 0 to 65535, got: a map of 2"],
    [{ s: null, r: [] }, "'s' of a description must be an integer from 0 to 65535, got: null"],
    [{ s: 1 }, "'r' of a description must be a list of files, got: nothing"],
    [{ s: 65_536, r: [] }, "'s' of a description must be an integer from 0 to 65535, got: 65536"],
    [{ r: [] }, "'s' of a description must be an integer from 0 to 65535, got: nothing"],
    [{ s: 1, r: [7] }, 'a file of a description must be a map, got: 7'],
    [{ s: 1, r: [{ f: '0', z: 1 }] }, '\'f\' of a file must be an integer from 0 to 255, got: "0"'],
    [{ s: 1, r: [{ f: 0, z: -1 }] }, "'z' of a file must be an integer from 0 to 9007199254740991, got: -1"],
    [{ s: 1, r: [{ f: 0, z: 2n ** 63n }] }, "'z' of a file must be an integer from 0 to 9007199254740991, got: 9223372036854775808"],
    [{ s: 1, r: [{ f: 0, z: 1 }, { f: 0, z: 1 }] }, 'the file ids of a stream must be unique, got: 0, 0'],
  ])('refuses the description %p', (message, reason) => {
    expect(() => parseDescription(message)).toThrow(`${reason}; start over, and report it to whoever runs the endpoint if it happens again`);
  });
});

describe('the parsing of data blocks', () => {
  const block = { f: 0, i: 3, l: 2, p: 'AAE=' };

  test('parses the bytes of a block from Base64 in JSON', () => {
    expect(parseDataBlock(json.decode(text(block)), json)).toEqual({ fileId: 0, block: 3, payload: Buffer.from([0, 1]) });
  });

  test.each([
    [{ ...block, l: 3 }, "'p' of block 3 of file 0 must be as long as its 'l' says, 3 bytes, got: 2 bytes"],
    [{ ...block, p: '0x0001' }, '\'p\' of a data block must be bytes, got: "0x0001"'],
    [{ ...block, p: 'AAE' }, '\'p\' of a data block must be bytes, got: "AAE"'],
    [{ ...block, p: undefined }, "'p' of a data block must be bytes, got: nothing"],
    [{ ...block, p: 'A='.repeat(60) }, `'p' of a data block must be bytes, got: "${'A='.repeat(38)}...`],
    [{ ...block, i: 1.5 }, "'i' of a data block must be an integer from 0 to 9007199254740991, got: 1.5"],
    [{ ...block, f: 256 }, "'f' of a data block must be an integer from 0 to 255, got: 256"],
    [{ ...block, l: undefined }, "'l' of a data block must be an integer from 0 to 9007199254740991, got: nothing"],
  ])('refuses the block %p', (message, reason) => {
    expect(() => parseDataBlock(json.decode(text(message)), json)).toThrow(reason);
  });

  test('parses the bytes of a block in CBOR from a byte string and not from a text', () => {
    expect(() => parseDataBlock(block, cbor)).toThrow('\'p\' of a data block must be bytes, got: "AAE="');
    expect(() => parseDataBlock({ ...block, f: new Uint8Array(2) }, cbor)).toThrow("'f' of a data block must be an integer from 0 to 255, got: 2 bytes");
  });
});

describe('the parsing of rejections', () => {
  test.each([
    [{ o: 'InternalError', m: 'oops', t: 1 }, 'InternalError', 'oops'],
    [{ code: 'InternalError', message: 'oops' }, 'InternalError', 'oops'],
    [{}, 'an unknown code', ''],
    ['nonsense', 'an unknown code', ''],
  ])('parses the rejection %p', (message, code, reason) => {
    expect(parseRejection(message)).toEqual({ code, message: reason });
  });
});

test.each([[{ c: 'a' }, 'a'], [{ clientToken: 'a' }, 'a'], [{ c: 7 }, undefined], [null, undefined], [[], undefined]])('the client token of %p is %p', (message, token) => {
  expect(clientTokenOf(message)).toBe(token);
});
