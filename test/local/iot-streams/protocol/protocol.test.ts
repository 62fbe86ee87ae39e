import { encode } from 'cbor-x';
import type { Answer, Fields } from './fake-source';
import { ask, content, FakeSource, MAXIMUM_FILE_BYTES, topicOf } from './fake-source';
import type { ProtocolOptions } from '../../../../local/iot-streams/protocol/protocol';
import { answer } from '../../../../local/iot-streams/protocol/protocol';
import type { RejectionCode } from '../../../../local/iot-streams/protocol/rejection';
import type { Encoding } from '../../../../local/iot-streams/protocol/topics';
import { ObjectUnreadable } from '../../../../local/iot-streams/stream';

const BLOCK = 256;
const small = content(1000);
const large = content(64 * BLOCK);

let source: FakeSource;

beforeEach(() => {
  source = new FakeSource();
  source.put('s', { 0: small, 7: large, 255: Buffer.alloc(0) }, { streamVersion: 3, description: 'Größe' });
});

/** Encodes a request, with bytes in the form of the encoding. */
function payloadOf(fields: Fields, encoding: Encoding): Buffer {
  if (encoding === 'cbor') return encode(fields);
  return Buffer.from(JSON.stringify(fields, (_, value) => value?.type === 'Buffer' ? Buffer.from(value.data).toString('base64') : value));
}

function get(fields: Fields, encoding: Encoding, options?: ProtocolOptions): Promise<Answer[]> {
  return ask(source, topicOf('s', `get/${encoding}`), payloadOf(fields, encoding), options);
}

function describeStream(fields: Fields, encoding: Encoding, streamId = 's'): Promise<Answer[]> {
  return ask(source, topicOf(streamId, `describe/${encoding}`), payloadOf(fields, encoding));
}

function bytesOf(value: unknown): Buffer {
  return typeof value === 'string' ? Buffer.from(value, 'base64') : Buffer.from(value as Uint8Array);
}

function blocksIn(answers: Answer[]): unknown[] {
  return answers.map(({ on, fields }) => on.startsWith('data/') ? fields.i : fields);
}

function codesIn(answers: Answer[]): unknown[] {
  return answers.map(({ on, fields }) => on.startsWith('rejected/') ? fields.o : on);
}

const OUT_OF_RANGE = 'The data requested is out of the range of data available.';

describe.each<Encoding>(['json', 'cbor'])('in %s', (encoding) => {
  describe('a description message', () => {
    test('a description contains version, description and the sizes of the files', async () => {
      const [description, ...more] = await describeStream({ c: 'token' }, encoding);
      expect(more).toEqual([]);
      expect(description.on).toBe(`description/${encoding}`);
      expect(description.fields).toEqual({ c: 'token', s: 3, d: 'Größe', r: [{ f: 0, z: 1000 }, { f: 7, z: 64 * BLOCK }, { f: 255, z: 0 }] });
    });

    test('a description omits a missing token and a missing description', async () => {
      source.put('s', { 1: small });
      const [{ fields }] = await describeStream({}, encoding);
      expect(fields).toEqual({ s: 1, r: [{ f: 1, z: 1000 }] });
    });

    test('a description contains large sizes and version 0 as numbers', async () => {
      source.put('s', { 0: content(MAXIMUM_FILE_BYTES) }, { streamVersion: 0 });
      const [{ fields }] = await describeStream({}, encoding);
      expect(fields).toEqual({ s: 0, r: [{ f: 0, z: 25_165_824 }] });
    });

    test('a DescribeStream request may contain unrelated fields', async () => {
      expect(codesIn(await describeStream({ s: 99, f: 'x', unknown: [{}] }, encoding))).toEqual([`description/${encoding}`]);
    });
  });

  describe('a data message', () => {
    test('a data message contains token, file, block number, length and bytes', async () => {
      const [data, ...more] = await get({ c: 'token', f: 0, l: BLOCK, o: 2, n: 1 }, encoding);
      expect(more).toEqual([]);
      expect(data.on).toBe(`data/${encoding}`);
      expect(Object.keys(data.fields)).toEqual(['c', 'f', 'i', 'l', 'p']);
      expect(data.fields).toMatchObject({ c: 'token', f: 0, i: 2, l: BLOCK });
      expect(bytesOf(data.fields.p)).toEqual(small.subarray(512, 768));
    });

    test('a data message omits the token if the request has none', async () => {
      const [{ fields }] = await get({ f: 0, l: BLOCK, n: 1 }, encoding);
      expect(Object.keys(fields)).toEqual(['f', 'i', 'l', 'p']);
    });

    test('the last block of a file is shorter and has its own length', async () => {
      const [{ fields }] = await get({ f: 0, l: BLOCK, o: 3, n: 1 }, encoding);
      expect(fields).toMatchObject({ i: 3, l: 1000 - 3 * BLOCK });
      expect(bytesOf(fields.p)).toEqual(small.subarray(3 * BLOCK));
    });

    test('a block begins at its number times the block size, also for odd sizes', async () => {
      const answers = await get({ f: 0, l: 333, n: 4 }, encoding);
      expect(answers.map(({ fields }) => [fields.i, fields.l])).toEqual([[0, 333], [1, 333], [2, 333], [3, 1]]);
      expect(Buffer.concat(answers.map(({ fields }) => bytesOf(fields.p)))).toEqual(small);
    });

    test('a block has at most 128 KiB', async () => {
      source.put('s', { 0: content(131_073) });
      const [{ fields }] = await get({ f: 0, l: 131_072, n: 1 }, encoding);
      expect(bytesOf(fields.p).equals(content(131_072))).toBe(true);
      expect((await get({ f: 0, l: 131_072, o: 1, n: 1 }, encoding))[0].fields).toMatchObject({ i: 1, l: 1 });
    });

    test('a block comes from the requested file, including the IDs 0 and 255', async () => {
      source.put('s', { 0: Buffer.alloc(1, 'a'), 255: Buffer.alloc(1, 'b') });
      expect(bytesOf((await get({ f: 0, l: BLOCK, n: 1 }, encoding))[0].fields.p).toString()).toBe('a');
      expect(bytesOf((await get({ f: 255, l: BLOCK, n: 1 }, encoding))[0].fields.p).toString()).toBe('b');
    });
  });

  describe('the blocks of a request', () => {
    test('the blocks of a request begin at its offset, by default at 0', async () => {
      expect(blocksIn(await get({ f: 7, l: BLOCK, n: 3 }, encoding))).toEqual([0, 1, 2]);
      expect(blocksIn(await get({ f: 7, l: BLOCK, o: 61, n: 3 }, encoding))).toEqual([61, 62, 63]);
    });

    test('a request without a number of blocks is answered with 128 KiB', async () => {
      source.put('s', { 0: content(40 * 4096) });
      const blocks = await get({ f: 0, l: 4096, o: 3 }, encoding);
      expect(blocksIn(blocks)).toEqual(Array.from({ length: 32 }, (_, position) => position + 3));
    });

    test('a bitmap is answered with its blocks, as in the example of the guide: 20, 21, 24 and 43', async () => {
      expect(blocksIn(await get({ f: 7, l: BLOCK, o: 20, b: Buffer.from([0x13, 0x00, 0x80]) }, encoding))).toEqual([20, 21, 24, 43]);
    });

    test('a bitmap with a number of blocks is answered with its first blocks', async () => {
      expect(blocksIn(await get({ f: 7, l: BLOCK, o: 20, n: 3, b: Buffer.from([0x13, 0x00, 0x80]) }, encoding))).toEqual([20, 21, 24]);
      expect(
        blocksIn(await get({ f: 7, l: BLOCK, o: 20, n: 98_304, b: Buffer.from([0x13, 0x00, 0x80]) }, encoding)),
      ).toEqual([20, 21, 24, 43]);
    });

    test('a bitmap may have bits after the end of the file', async () => {
      expect(blocksIn(await get({ f: 0, l: BLOCK, o: 3, b: Buffer.from([0x01, 0x00]) }, encoding))).toEqual([3]);
    });

    test.each<[string, Fields]>([
      ['a number', { n: 98_304 }],
      ['a bitmap', { b: Buffer.alloc(128, 0xff) }],
      ['a bitmap with a number', { b: Buffer.alloc(128, 0xff), n: 1000 }],
    ])('a request is answered with at most 128 KiB, with %s', async (_, wish) => {
      source.put('s', { 0: content(MAXIMUM_FILE_BYTES) });
      const answers = await get({ f: 0, l: BLOCK, ...wish }, encoding);
      expect(blocksIn(answers)).toEqual(Array.from({ length: 512 }, (__, position) => position));
    });

    test('a request is answered with complete blocks in 128 KiB', async () => {
      source.put('s', { 0: content(1024 * 1024) });
      expect(await get({ f: 0, l: 10_007, n: 50 }, encoding)).toHaveLength(13);
      expect(await get({ f: 0, l: 65_537, n: 2 }, encoding)).toHaveLength(1);
    });
  });

  describe('requests after the end of the file', () => {
    test.each<[string, Fields]>([
      ['a number of blocks', { f: 0, l: BLOCK, n: 5 }],
      ['an offset', { f: 0, l: BLOCK, o: 4, n: 1 }],
      ['a bit of a bitmap', { f: 0, l: BLOCK, b: Buffer.from([0x1f]) }],
      ['the default number of blocks, 128 KiB', { f: 0, l: BLOCK }],
      ['the default number of blocks, from an offset on', { f: 7, l: BLOCK, o: 1 }],
      ['anything of an empty file', { f: 255, l: BLOCK, n: 1 }],
      ['a whole empty file', { f: 255, l: BLOCK }],
      ['no block at all, by number', { f: 0, l: BLOCK, n: 0 }],
      ['no block at all, by bitmap', { f: 0, l: BLOCK, b: Buffer.from([0x00]) }],
      ['an empty bitmap', { f: 0, l: BLOCK, b: Buffer.alloc(0) }],
    ])('rejects a request with %s after the end of the file', async (_, request) => {
      const answers = await get(request, encoding);
      expect(answers.map(({ on }) => on)).toEqual([`rejected/${encoding}`]);
      expect(answers[0].fields).toEqual({ code: 'InvalidRequest', o: 'InvalidRequest', message: OUT_OF_RANGE, m: OUT_OF_RANGE });
    });

    test('accepts a bitmap whose number of blocks ends before the end of the file', async () => {
      expect(blocksIn(await get({ f: 0, l: BLOCK, n: 4, b: Buffer.from([0x1f]) }, encoding))).toEqual([0, 1, 2, 3]);
    });
  });

  describe('the codes of rejections', () => {
    const good: Fields = { c: 'token', f: 7, l: BLOCK, n: 1 };
    const expectRejected = async (answers: Promise<Answer[]>, code: RejectionCode, token: string | null = 'token') => {
      const [rejection, ...more] = await answers;
      expect(more).toEqual([]);
      expect(rejection.on).toBe(`rejected/${encoding}`);
      expect(rejection.fields).toMatchObject({ code, o: code, message: expect.stringMatching(/./) });
      expect(rejection.fields.m).toBe(rejection.fields.message);
      expect([rejection.fields.c ?? null, rejection.fields.clientToken ?? null]).toEqual([token, token]);
    };

    const unreadable = {
      json: ['', '{', '{"f":7', 'undefined', "{'f':7}", '{"f":7}}'].map((text) => Buffer.from(text).toString('hex')),
      // incomplete, followed by more bytes, a break without a start, missing bytes
      cbor: ['', 'a16166', 'bf6166', 'bf616607', 'a161660700', 'ff', 'a161624413'],
    };

    const invalid: RejectionCode = encoding === 'json' ? 'InvalidJson' : 'InvalidCbor';

    test.each(unreadable[encoding])(`rejects the unreadable bytes '%s' with ${invalid}`, async (payload) => {
      for (const operation of ['get', 'describe']) {
        await expectRejected(ask(source, topicOf('s', `${operation}/${encoding}`), Buffer.from(payload, 'hex')), invalid, null);
      }
      // the next request is answered normally
      expect(blocksIn(await get(good, encoding))).toEqual([0]);
    });

    test.each([[[]], ['text'], [7], [true], [null], [[{ f: 7, l: BLOCK, n: 1 }]]])('rejects %j, which is not a map, with InvalidRequest', async (value) => {
      const payload = encoding === 'json' ? JSON.stringify(value) : encode(value);
      for (const operation of ['get', 'describe']) {
        await expectRejected(ask(source, topicOf('s', `${operation}/${encoding}`), payload), 'InvalidRequest', null);
      }
    });

    test.each<[string, unknown]>([
      ['f', undefined], ['f', -1], ['f', 256], ['f', 0.5], ['f', '7'], ['f', null],
      ['l', undefined], ['l', '256'], ['l', 256.5], ['l', null],
      ['o', '0'], ['o', 0.5], ['o', null], ['o', [0]],
      ['n', '1'], ['n', 1.5], ['n', null],
      ['s', '3'], ['s', -1], ['s', 65_536], ['s', 2.5], ['s', null],
    ])('rejects the field %s with the value %j with InvalidRequest', async (field, value) => {
      const request = Object.fromEntries(Object.entries({ ...good, [field]: value }).filter(([, present]) => present !== undefined));
      await expectRejected(get(request, encoding), 'InvalidRequest');
    });

    test.each([7, null, '*', [0x13], {}])('rejects the bitmap %j with InvalidRequest in JSON, and with InvalidCbor without a token in CBOR', async (b) => {
      await (encoding === 'json' ? expectRejected(get({ ...good, b }, encoding), 'InvalidRequest') : expectRejected(get({ ...good, b }, encoding), 'InvalidCbor', null));
    });

    test.each([0, -1, 1, 255, 131_073, 2 ** 31])('rejects the block size %i with BlockSizeOutOfBounds', async (l) => {
      await expectRejected(get({ ...good, l }, encoding), 'BlockSizeOutOfBounds');
      const [{ fields }] = await get({ ...good, l }, encoding);
      expect(fields.m).toBe('The block size is out of bounds');
    });

    test.each([-1, 98_305, 2 ** 40])('rejects the offset %i with OffsetOutOfBounds', async (o) => {
      // cbor-x encodes a number of more than 32 bits as a float
      await expectRejected(get({ ...good, o: encoding === 'cbor' ? BigInt(o) : o }, encoding), 'OffsetOutOfBounds');
    });

    test.each([-1, 98_305])('rejects the number of blocks %i with BlockCountLimitExceeded', async (n) => {
      await expectRejected(get({ ...good, n }, encoding), 'BlockCountLimitExceeded');
    });

    test('accepts the largest offset and number of blocks, although the file is shorter', async () => {
      expect((await get({ ...good, o: 98_304 }, encoding))[0].fields).toMatchObject({ o: 'InvalidRequest', m: OUT_OF_RANGE });
      expect((await get({ ...good, n: 98_304 }, encoding))[0].fields).toMatchObject({ o: 'InvalidRequest', m: OUT_OF_RANGE });
    });

    test('rejects a bitmap of 12,288 bytes with BlockBitmapLimitExceeded', async () => {
      const bitmap = (length: number) => Buffer.concat([Buffer.of(1), Buffer.alloc(length - 1)]);
      await expectRejected(get({ ...good, b: bitmap(12_288) }, encoding), 'BlockBitmapLimitExceeded');
      expect(blocksIn(await get({ ...good, b: bitmap(12_287) }, encoding))).toEqual([0]);
    });

    test('rejects a request for a stream that does not exist with ResourceNotFound', async () => {
      await expectRejected(describeStream({ c: 'token' }, encoding, 'other'), 'ResourceNotFound');
      await expectRejected(ask(source, topicOf('other', `get/${encoding}`), payloadOf(good, encoding)), 'ResourceNotFound');
    });

    test('rejects a request for a file that does not exist with ResourceNotFound', async () => {
      await expectRejected(get({ ...good, f: 1 }, encoding), 'ResourceNotFound');
    });

    test.each([2, 4, 0])('rejects a request for version %i of a stream at version 3 with VersionMismatch', async (s) => {
      await expectRejected(get({ ...good, s }, encoding), 'VersionMismatch');
    });

    test('accepts a request for the current version, including 0', async () => {
      expect(blocksIn(await get({ ...good, s: 3 }, encoding))).toEqual([0]);
      source.put('s', { 7: large }, { streamVersion: 0 });
      expect(blocksIn(await get({ ...good, s: 0 }, encoding))).toEqual([0]);
      await expectRejected(get({ ...good, s: 1 }, encoding), 'VersionMismatch');
    });

    test.each(['Unauthorized', 'ResourceNotFound', 'ETagMismatch'] as const)('rejects a request with %s if the object cannot be read', async (reason) => {
      source.failure = new ObjectUnreadable(reason, 'why');
      await expectRejected(get(good, encoding), reason);
      expect((await get({ ...good, n: 20 }, encoding)).map(({ fields }) => fields.m)).toEqual(['why']);
    });

    test('rejects a request with InternalError after an unexpected error, which is only reported locally', async () => {
      const report = jest.fn();
      source.failure = new Error('the disk of host 7');
      await expectRejected(get(good, encoding), 'InternalError');
      expect((await get(good, encoding, { report }))[0].payload.toString()).not.toContain('disk');
      expect(report.mock.calls).toEqual([[source.failure]]);
    });
  });

  describe('a client token', () => {
    const both = (c: unknown) => Promise.all([describeStream({ c }, encoding), get({ c, f: 7, l: BLOCK, n: 1 }, encoding)]);

    test.each(['', 'rdy', '0', 'x'.repeat(64), 'é'.repeat(32), '"\\\n'])('repeats the client token in every answer: %j', async (token) => {
      for (const [{ fields }] of await both(token)) expect(fields.c).toBe(token);
      expect((await get({ c: token, f: 7, l: BLOCK, n: 3 }, encoding)).map(({ fields }) => fields.c)).toEqual([token, token, token]);
      expect((await get({ c: token, f: 8, l: BLOCK }, encoding))[0].fields).toMatchObject({ c: token, clientToken: token, o: 'ResourceNotFound' });
    });

    test.each(['x'.repeat(65), 'é'.repeat(33), 7, null, true, {}, ['x']])('rejects an invalid client token without repeating it: %j', async (token) => {
      for (const answers of await both(token)) {
        expect(answers.map(({ on }) => on)).toEqual([`rejected/${encoding}`]);
        expect(Object.keys(answers[0].fields)).toEqual(['code', 'o', 'message', 'm']);
        expect(answers[0].fields.o).toBe('InvalidRequest');
      }
    });
  });
});

describe('unknown topics', () => {
  test.each(['get/xml', 'describe/JSON', 'get/cbor2', 'describe/get', 'other/json'])('rejects a request on the stream topic %s with InvalidTopic', async (levels) => {
    const answers = await ask(source, topicOf('s', levels), '{"c":"token","f":7,"l":256,"n":1}');
    expect(answers.map(({ on }) => on)).toEqual(['rejected/json']);
    expect(answers[0].fields).toMatchObject({ code: 'InvalidTopic', o: 'InvalidTopic' });
    expect(Object.keys(answers[0].fields)).toEqual(['code', 'o', 'message', 'm']);
  });

  test.each([
    '$aws/things/t/streams/s/get', '$aws/things/t/streams/s/get/json/more', '$aws/things/t/shadow/get/json', 'things/t/streams/s/get/json',
    '$aws/things//streams/s/get/json', '$aws/things/t/streams//get/json', '',
  ])("does not answer a message on the topic '%s'", async (topic) => {
    expect(await answer({ topic, payload: Buffer.from('{}') }, source)).toEqual([]);
  });
});

test('answers on the topics of the requesting thing and stream', async () => {
  source.put('a-B_9', { 0: small });
  const topics = async (topic: string, payload: Buffer) => (await answer({ topic, payload }, source)).map((message) => message.topic);
  expect(await topics('$aws/things/thing:one/streams/a-B_9/describe/cbor', encode({}))).toEqual(['$aws/things/thing:one/streams/a-B_9/description/cbor']);
  expect(await topics('$aws/things/thing:one/streams/a-B_9/get/json', Buffer.from('{"f":0,"l":512,"n":2}'))).toEqual([
    '$aws/things/thing:one/streams/a-B_9/data/json', '$aws/things/thing:one/streams/a-B_9/data/json',
  ]);
  expect(await topics('$aws/things/thing:one/streams/none/get/json', Buffer.from('{}'))).toEqual(['$aws/things/thing:one/streams/none/rejected/json']);
});

describe('the bytes of messages', () => {
  const abc = (token?: string) => get({ ...token === undefined ? {} : { c: token }, f: 1, l: BLOCK, n: 1 }, 'cbor');

  beforeEach(() => source.put('s', { 1: Buffer.from('abc') }));

  test('encodes a data message in CBOR as a map of indefinite length with the keys f, i, l, p', async () => {
    const [{ payload }] = await abc();
    expect(payload.toString('hex')).toBe(['bf', '6166', '01', '6169', '00', '616c', '03', '6170', '43616263', 'ff'].join(''));
  });

  test('encodes the token in a data message in CBOR first', async () => {
    const [{ payload }] = await abc('rdy');
    expect(payload.toString('hex')).toBe(['bf', '6163', '63726479', '6166', '01', '6169', '00', '616c', '03', '6170', '43616263', 'ff'].join(''));
  });

  test('encodes a rejected message in CBOR as a map of indefinite length with the keys code, o, message, m', async () => {
    const [{ payload }] = await ask(source, topicOf('s', 'get/cbor'), Buffer.from([0xa1]));
    const text = (value: string) => Buffer.concat([Buffer.from([0x60 + value.length]), Buffer.from(value)]);
    expect(payload.toString('hex')).toBe(Buffer.concat([
      Buffer.from([0xbf]),
      text('code'), text('InvalidCbor'), text('o'), text('InvalidCbor'),
      text('message'), text('Invalid CBOR message'), text('m'), text('Invalid CBOR message'),
      Buffer.from([0xff]),
    ]).toString('hex'));
  });

  test('encodes the token in a rejected message in CBOR last, under both keys', async () => {
    const [{ payload, fields }] = await get({ c: 'rdy', f: 1, l: 1 }, 'cbor');
    expect(Object.keys(fields)).toEqual(['code', 'o', 'message', 'm', 'clientToken', 'c']);
    expect([payload[0], payload[payload.length - 1]]).toEqual([0xbf, 0xff]);
  });

  test('encodes a description in CBOR as a map of indefinite length', async () => {
    const [{ payload }] = await describeStream({}, 'cbor');
    expect(payload.toString('hex')).toBe(['bf', '6173', '01', '6172', '81', 'a2', '6166', '01', '617a', '03', 'ff'].join(''));
  });

  test('encodes the bytes of a data message in JSON as Base64', async () => {
    const [{ payload }] = await get({ c: 'rdy', f: 1, l: BLOCK, n: 1 }, 'json');
    expect(payload.toString()).toBe('{"c":"rdy","f":1,"i":0,"l":3,"p":"YWJj"}');
  });

  test('encodes a rejected message in JSON with the keys clientToken, c, code, o, message, m', async () => {
    const [{ payload }] = await get({ c: 'rdy', f: 1, l: 1 }, 'json');
    expect(payload.toString()).toBe('{"clientToken":"rdy","c":"rdy","code":"BlockSizeOutOfBounds","o":"BlockSizeOutOfBounds",'
      + '"message":"The block size is out of bounds","m":"The block size is out of bounds"}');
  });

  test('encodes a rejected message in JSON without a token with neither of its keys', async () => {
    const [{ payload }] = await ask(source, topicOf('s', 'get/json'), '{');
    expect(payload.toString()).toBe('{"code":"InvalidJson","o":"InvalidJson","message":"Invalid JSON message","m":"Invalid JSON message"}');
  });

  test('encodes a description in JSON with the keys c, s, d, r', async () => {
    source.put('s', { 1: Buffer.from('abc') }, { description: 'd' });
    const [{ payload }] = await describeStream({ c: 'rdy' }, 'json');
    expect(payload.toString()).toBe('{"c":"rdy","s":1,"d":"d","r":[{"f":1,"z":3}]}');
  });
});

describe('requests in CBOR', () => {
  const block = (...hex: string[]) => ask(source, topicOf('s', 'get/cbor'), Buffer.from(hex.join(''), 'hex'));

  test('accepts a request in CBOR that is a map of indefinite length', async () => {
    expect(blocksIn(await block('bf', '6166', '07', '616c', '190100', '616e', '01', 'ff'))).toEqual([0]);
  });

  test('accepts integers in CBOR that are wider than necessary, up to 64 bits', async () => {
    expect(blocksIn(await block(
      'a4', '6166', '1b0000000000000007', '616c', '1a00000100', '616f', '1b0000000000000002', '616e', '1801',
    ))).toEqual([2]);
  });

  test('rejects a version or a block size in CBOR that is out of bounds', async () => {
    expect(codesIn(await block('a2', '6166', '07', '616c', '1bffffffffffffffff'))).toEqual(['BlockSizeOutOfBounds']);
    expect(codesIn(await block('a3', '6166', '07', '616c', '190100', '616f', '3bffffffffffffffff'))).toEqual(['OffsetOutOfBounds']);
  });

  test('rejects a byte string in CBOR, which is not a map', async () => {
    expect(codesIn(await block('43616263'))).toEqual(['InvalidRequest']);
    expect(codesIn(await ask(source, topicOf('s', 'describe/cbor'), Buffer.from('43616263', 'hex')))).toEqual(['InvalidRequest']);
  });

  test('rejects a token in CBOR that is a byte string', async () => {
    expect(codesIn(await block('a4', '6163', '43616263', '6166', '07', '616c', '190100', '616e', '01'))).toEqual(['InvalidRequest']);
  });

  test.each([
    ['f', 'f94700'], ['f', 'fa40e00000'], ['f', 'fb401c000000000000'], ['l', 'f95c00'], ['o', 'f90000'], ['o', 'f98000'], ['n', 'fa3f800000'], ['s', 'f94200'],
    // 7 as a bignum, as a decimal fraction and as a bigfloat
    ['f', 'c24107'], ['f', 'd8024107'], ['f', 'c4820007'], ['f', 'c5820007'],
  ])('rejects the field %s with the CBOR value %s: a float or a tagged number that equals an integer', async (field, value) => {
    const fields: Record<string, string> = { s: '03', f: '07', l: '190100', o: '00', n: '01', [field]: value };
    const message = Object.entries(fields).map(([key, bytes]) => `61${Buffer.from(key).toString('hex')}${bytes}`);
    expect(codesIn(await block('a5', ...message))).toEqual(['InvalidRequest']);
  });

  test('accepts unrelated fields in CBOR that are floats, tagged numbers or nested 5,000 levels deep', async () => {
    const nested = `${'81'.repeat(5_000)}00`;
    expect(blocksIn(await block('a6', '6166', '07', '616c', '190100', '616e', '01', '6178', 'f94700', '6179', 'c24107', '617a', nested)).length).toBe(1);
  });

  test.each([
    ['invalid UTF-8 in its token', 'a4', '6163', '62c328', '6166', '07', '616c', '190100', '616e', '01'],
    ['invalid UTF-8 in a piece of its token', 'a4', '6163', '7f', '61c3', '61a9', 'ff', '6166', '07', '616c', '190100', '616e', '01'],
    ['a surrogate in its token', 'a4', '6163', '63eda080', '6166', '07', '616c', '190100', '616e', '01'],
    ['a key without a value', 'bf', '6166', 'ff'],
    ['an integer of indefinite length', 'a1', '6166', '1f'],
    ['a simple value that does not exist', 'a1', '6166', 'fc'],
    ['a length that does not exist', 'a1', '6166', '1c'],
  ])('rejects a request in CBOR with %s with InvalidCbor without a token', async (_, ...hex) => {
    const [{ fields }] = await block(...hex);
    expect(fields).toEqual({ code: 'InvalidCbor', o: 'InvalidCbor', message: 'Invalid CBOR message', m: 'Invalid CBOR message' });
  });
});

describe('requests in JSON', () => {
  const block = (json: string | Buffer) => ask(source, topicOf('s', 'get/json'), json);

  test.each(['"f":7.0', '"f":7e0', '"f":70e-1', '"l":256.0', '"l":2.56e2', '"o":0.0', '"o":-0.0', '"n":1.0', '"s":3.0'])('rejects a request in JSON with %s, which is a float', async (field) => {
    const fields = { '"f"': 7, '"l"': 256, '"o"': 0, '"n"': 1, '"s"': 3 };
    const message = Object.entries(fields).map(([key, value]) => field.startsWith(key) ? field : `${key}:${value}`);
    expect(codesIn(await block(`{${message.join()}}`))).toEqual(['InvalidRequest']);
  });

  test('accepts a float in a text and in an unrelated field in JSON', async () => {
    const [{ on, fields }] = await block('{"c":"7.0 \\" 1e2","f":7,"l":256,"n":1,"x":[7.0,"\\\\"],"y":2e3}');
    expect([on, fields.c, fields.i]).toEqual(['data/json', '7.0 " 1e2', 0]);
  });

  test('rejects a request in JSON that is not UTF-8 with InvalidJson without a token', async () => {
    const [{ fields }] = await block(Buffer.concat([Buffer.from('{"f":7,"l":256,"n":1,"c":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]));
    expect(fields).toEqual({ code: 'InvalidJson', o: 'InvalidJson', message: 'Invalid JSON message', m: 'Invalid JSON message' });
  });

  test('rejects a token in JSON with half of a surrogate pair, which UTF-8 cannot encode', async () => {
    const [{ fields }] = await block('{"f":7,"l":256,"n":1,"c":"\\ud800"}');
    expect([fields.o, fields.c]).toEqual(['InvalidRequest', undefined]);
  });

  test('accepts a request in JSON that is nested 100,000 levels deep', async () => {
    expect(blocksIn(await block(`{"f":7,"l":256,"n":1,"x":${'['.repeat(5_000)}${']'.repeat(5_000)}}`))).toEqual([0]);
    expect(codesIn(await block(`{"f":${'['.repeat(100_000)}${']'.repeat(100_000)},"l":256,"n":1}`))).toEqual(['InvalidRequest']);
  });
});

/** Requests, files and answers that users of AWS have published. */
describe('answers that were captured from AWS, byte for byte', () => {
  test('answers a CBOR request whose bitmap is text like AWS (aws-iot-mqtt-download-agent#3)', async () => {
    source.put('s', { 1: content(127_762) });
    const request = 'a5616363726479616601616c190800616f006162723078' + '46'.repeat(14) + '3746';
    const [{ on, payload }, ...more] = await ask(source, topicOf('s', 'get/cbor'), Buffer.from(request, 'hex'));
    expect([on, more]).toEqual(['rejected/cbor', []]);
    expect(payload.toString('hex')).toBe('bf' + '64636f6465' + '6b496e76616c696443626f72' + '616f' + '6b496e76616c696443626f72'
      + '676d657373616765' + '74496e76616c69642043424f52206d657373616765' + '616d' + '74496e76616c69642043424f52206d657373616765' + 'ff');
  });

  test.each([undefined, 'base64'] as const)('answers a JSON request whose bitmap has no prefix like AWS (aws-iot-mqtt-download-agent#4), with jsonBitmap %s', async (jsonBitmap) => {
    source.put('s', { 0: content(127_762) });
    const [{ payload }] = await ask(source, topicOf('s', 'get/json'), '{"c":"rdy","f":0,"l":2048,"o":0,"b":"ffffffffffffff7f"}', { jsonBitmap });
    expect(payload.toString()).toBe('{"clientToken":"rdy","c":"rdy","code":"InvalidRequest","o":"InvalidRequest",'
      + '"message":"The data requested is out of the range of data available.","m":"The data requested is out of the range of data available."}');
  });

  test('encodes a block in CBOR like AWS (rustot)', async () => {
    const block = Buffer.concat([Buffer.from('8d3e1cf650c1020000020000', 'hex'), Buffer.alloc(1012)]);
    source.put('s', { 0: block });
    const [{ payload }] = await ask(source, topicOf('s', 'get/cbor'), encode({ f: 0, l: 1024, n: 1 }));
    expect(payload.toString('hex')).toBe(`bf616600616900616c190400617059${'0400'}${block.toString('hex')}ff`);
  });
});

describe('bitmaps in JSON', () => {
  const bitmap = (b: string, options?: ProtocolOptions) => get({ f: 7, l: BLOCK, o: 20, b }, 'json', options);

  test('accepts a bitmap in Base64, with and without padding', async () => {
    expect(blocksIn(await bitmap('EwCA'))).toEqual([20, 21, 24, 43]);
    expect(blocksIn(await bitmap('AQ=='))).toEqual([20]);
    expect(blocksIn(await bitmap('AQ'))).toEqual([20]);
  });

  test.each(['0x01', '0x130080', '0X130080', '0x1', '130080', 'AAEC'])("rejects the ambiguous bitmap '%s' and names both encodings", async (b) => {
    const [{ on, fields }, ...more] = await bitmap(b);
    expect([on, more]).toEqual(['rejected/json', []]);
    expect(fields).toMatchObject({
      o: 'InvalidRequest',
      m: 'The block bitmap can be read as hexadecimal and as Base64: start the local AWS with --json-bitmap hex or --json-bitmap base64 (jsonBitmap)',
    });
  });

  test('accepts a bitmap that looks hexadecimal if Base64 is configured, and reports it', async () => {
    const report = jest.fn();
    // decoded as Base64: d7 7d 34
    expect(blocksIn(await bitmap('1300', { jsonBitmap: 'base64', report }))).toHaveLength(15);
    expect(report).not.toHaveBeenCalled();
    // decoded as Base64: d3 1d 35, which are 13 blocks, while hexadecimal 0x01 is one block
    expect(blocksIn(await bitmap('0x01', { jsonBitmap: 'base64', report }))).toHaveLength(13);
    expect(report.mock.calls).toEqual([["the bitmap '0x01' begins as hexadecimal does and was read as Base64, as jsonBitmap says"]]);
  });

  test.each(['130080', '0x130080', '0X130080', ''])("accepts the hexadecimal bitmap '%s' if configured", async (b) => {
    const readable = b === '130080' || b === '0x130080';
    const answers = await bitmap(b, { jsonBitmap: 'hex' });
    expect(readable ? blocksIn(answers) : codesIn(answers)).toEqual(readable ? [20, 21, 24, 43] : ['InvalidRequest']);
  });

  test.each(['1', '0x123', 'zz', 'EwCA', '0x'])("rejects the bitmap '%s' if hexadecimal is configured", async (b) => {
    expect(codesIn(await bitmap(b, { jsonBitmap: 'hex' }))).toEqual(['InvalidRequest']);
  });

  test.each(['*', 'Ew CA', 'Ew=CA', '-_', '=', 'A===', 'A'])("rejects the bitmap '%s' if Base64 is configured", async (b) => {
    expect(codesIn(await bitmap(b))).toEqual(['InvalidRequest']);
  });

  test('accepts a bitmap in CBOR as bytes with any configuration for JSON', async () => {
    const answers = await get({ f: 7, l: BLOCK, o: 20, b: Buffer.from([0x13, 0x00, 0x80]) }, 'cbor', { jsonBitmap: 'hex' });
    expect(blocksIn(answers)).toEqual([20, 21, 24, 43]);
  });
});

describe("the requests of AWS's client in C", () => {
  /** AWS's C client sends the characters `MQ==` as bytes of the bitmap, and the number of blocks unchanged. */
  const request = (count: number) => Buffer.from([
    'a6', '6163', '63726479', '6166', '07', '616c', '190100', '616f', '00', '6162', '444d513d3d', '616e', `0${count}`,
  ].join(''), 'hex');

  test("answers a CBOR request of AWS's C client for one block", async () => {
    const answers = await ask(source, topicOf('s', 'get/cbor'), request(1));
    expect(answers.map(({ on, fields }) => [on, fields.c, fields.i])).toEqual([['data/cbor', 'rdy', 0]]);
    expect(bytesOf(answers[0].fields.p)).toEqual(large.subarray(0, BLOCK));
  });

  test("answers a CBOR request of AWS's C client for several blocks with those of its bitmap, which are not adjacent", async () => {
    expect(blocksIn(await ask(source, topicOf('s', 'get/cbor'), request(4)))).toEqual([0, 2, 3, 6]);
  });

  test("answers JSON requests of AWS's C client if the stream has version 1", async () => {
    const json = '{"s": 1,"f":7,"l":256,"o":5,"n":2}';
    expect(codesIn(await ask(source, topicOf('s', 'get/json'), json))).toEqual(['VersionMismatch']);
    source.put('s', { 7: large });
    const answers = await ask(source, topicOf('s', 'get/json'), json);
    expect(answers.map(({ on, fields }) => [on, fields.i, fields.l])).toEqual([['data/json', 5, BLOCK], ['data/json', 6, BLOCK]]);
    expect(Buffer.concat(answers.map(({ fields }) => bytesOf(fields.p)))).toEqual(large.subarray(5 * BLOCK, 7 * BLOCK));
  });
});
