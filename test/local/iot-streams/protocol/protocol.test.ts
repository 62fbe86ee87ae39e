import { encode } from 'cbor-x';
import { ask, Answer, content, FakeSource, Fields, MAXIMUM_FILE_BYTES, topicOf } from './fake-source';
import { answer, ProtocolOptions } from '../../../../local/iot-streams/protocol/protocol';
import { RejectionCode } from '../../../../local/iot-streams/protocol/rejection';
import { Encoding } from '../../../../local/iot-streams/protocol/topics';
import { ObjectUnreadable } from '../../../../local/iot-streams/stream';

const BLOCK = 256;
const small = content(1000);
const large = content(64 * BLOCK);

let source: FakeSource;

beforeEach(() => {
  source = new FakeSource();
  source.put('s', { 0: small, 7: large, 255: Buffer.alloc(0) }, { streamVersion: 3, description: 'Größe' });
});

/** Bytes are written in the way of the encoding. */
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
  describe('a description', () => {
    test('tells version, description and the sizes of the files', async () => {
      const [description, ...more] = await describeStream({ c: 'token' }, encoding);
      expect(more).toEqual([]);
      expect(description.on).toBe(`description/${encoding}`);
      expect(description.fields).toEqual({ c: 'token', s: 3, d: 'Größe', r: [{ f: 0, z: 1000 }, { f: 7, z: 64 * BLOCK }, { f: 255, z: 0 }] });
    });

    test('leaves out token and description where there are none', async () => {
      source.put('s', { 1: small });
      const [{ fields }] = await describeStream({}, encoding);
      expect(fields).toEqual({ s: 1, r: [{ f: 1, z: 1000 }] });
    });

    test('names files of any size and a version of 0 as numbers', async () => {
      source.put('s', { 0: content(MAXIMUM_FILE_BYTES) }, { streamVersion: 0 });
      const [{ fields }] = await describeStream({}, encoding);
      expect(fields).toEqual({ s: 0, r: [{ f: 0, z: 25_165_824 }] });
    });

    test('does not look at fields that are not its own', async () => {
      expect(codesIn(await describeStream({ s: 99, f: 'x', unknown: [{}] }, encoding))).toEqual([`description/${encoding}`]);
    });
  });

  describe('a block', () => {
    test('comes with token, file, its number, its length and its bytes', async () => {
      const [data, ...more] = await get({ c: 'token', f: 0, l: BLOCK, o: 2, n: 1 }, encoding);
      expect(more).toEqual([]);
      expect(data.on).toBe(`data/${encoding}`);
      expect(Object.keys(data.fields)).toEqual(['c', 'f', 'i', 'l', 'p']);
      expect(data.fields).toMatchObject({ c: 'token', f: 0, i: 2, l: BLOCK });
      expect(bytesOf(data.fields.p)).toEqual(small.subarray(512, 768));
    });

    test('comes without a token where the request has none', async () => {
      const [{ fields }] = await get({ f: 0, l: BLOCK, n: 1 }, encoding);
      expect(Object.keys(fields)).toEqual(['f', 'i', 'l', 'p']);
    });

    test('is as short as the rest of the file, and says so', async () => {
      const [{ fields }] = await get({ f: 0, l: BLOCK, o: 3, n: 1 }, encoding);
      expect(fields).toMatchObject({ i: 3, l: 1000 - 3 * BLOCK });
      expect(bytesOf(fields.p)).toEqual(small.subarray(3 * BLOCK));
    });

    test('lies at its number times the size that was asked for, odd sizes included', async () => {
      const answers = await get({ f: 0, l: 333, n: 4 }, encoding);
      expect(answers.map(({ fields }) => [fields.i, fields.l])).toEqual([[0, 333], [1, 333], [2, 333], [3, 1]]);
      expect(Buffer.concat(answers.map(({ fields }) => bytesOf(fields.p)))).toEqual(small);
    });

    test('of 128 KiB is the largest', async () => {
      source.put('s', { 0: content(131_073) });
      const [{ fields }] = await get({ f: 0, l: 131_072, n: 1 }, encoding);
      expect(bytesOf(fields.p).equals(content(131_072))).toBe(true);
      expect((await get({ f: 0, l: 131_072, o: 1, n: 1 }, encoding))[0].fields).toMatchObject({ i: 1, l: 1 });
    });

    test('comes from the file that was named, 0 and 255 included', async () => {
      source.put('s', { 0: Buffer.alloc(1, 'a'), 255: Buffer.alloc(1, 'b') });
      expect(bytesOf((await get({ f: 0, l: BLOCK, n: 1 }, encoding))[0].fields.p).toString()).toBe('a');
      expect(bytesOf((await get({ f: 255, l: BLOCK, n: 1 }, encoding))[0].fields.p).toString()).toBe('b');
    });
  });

  describe('the blocks of a request', () => {
    test('begin at the offset, 0 by default', async () => {
      expect(blocksIn(await get({ f: 7, l: BLOCK, n: 3 }, encoding))).toEqual([0, 1, 2]);
      expect(blocksIn(await get({ f: 7, l: BLOCK, o: 61, n: 3 }, encoding))).toEqual([61, 62, 63]);
    });

    test('are 128 KiB by default', async () => {
      source.put('s', { 0: content(40 * 4096) });
      const blocks = await get({ f: 0, l: 4096, o: 3 }, encoding);
      expect(blocksIn(blocks)).toEqual(Array.from({ length: 32 }, (_, position) => position + 3));
    });

    test("are those of a bitmap: the guide's example, 20, 21, 24 and 43", async () => {
      expect(blocksIn(await get({ f: 7, l: BLOCK, o: 20, b: Buffer.from([0x13, 0x00, 0x80]) }, encoding))).toEqual([20, 21, 24, 43]);
    });

    test('are the first of a bitmap, where their number is given as well', async () => {
      expect(blocksIn(await get({ f: 7, l: BLOCK, o: 20, n: 3, b: Buffer.from([0x13, 0x00, 0x80]) }, encoding))).toEqual([20, 21, 24]);
      expect(blocksIn(await get({ f: 7, l: BLOCK, o: 20, n: 98_304, b: Buffer.from([0x13, 0x00, 0x80]) }, encoding))).toEqual([20, 21, 24, 43]);
    });

    test('of a bitmap are all there, although its last bits are past the end', async () => {
      expect(blocksIn(await get({ f: 0, l: BLOCK, o: 3, b: Buffer.from([0x01, 0x00]) }, encoding))).toEqual([3]);
    });

    test.each<[string, Fields]>([
      ['a number', { n: 98_304 }],
      ['a bitmap', { b: Buffer.alloc(128, 0xff) }],
      ['a bitmap with a number', { b: Buffer.alloc(128, 0xff), n: 1000 }],
    ])('are cut off after 128 KiB, whatever is asked for by %s', async (_, wish) => {
      source.put('s', { 0: content(MAXIMUM_FILE_BYTES) });
      const answers = await get({ f: 0, l: BLOCK, ...wish }, encoding);
      expect(blocksIn(answers)).toEqual(Array.from({ length: 512 }, (__, position) => position));
    });

    test('are cut off after the last whole one in 128 KiB', async () => {
      source.put('s', { 0: content(1024 * 1024) });
      expect(await get({ f: 0, l: 10_007, n: 50 }, encoding)).toHaveLength(13);
      expect(await get({ f: 0, l: 65_537, n: 2 }, encoding)).toHaveLength(1);
    });
  });

  describe('what is past the end', () => {
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
    ])('is rejected as a whole: %s', async (_, request) => {
      const answers = await get(request, encoding);
      expect(answers.map(({ on }) => on)).toEqual([`rejected/${encoding}`]);
      expect(answers[0].fields).toEqual({ code: 'InvalidRequest', o: 'InvalidRequest', message: OUT_OF_RANGE, m: OUT_OF_RANGE });
    });

    test('does not hinder a bitmap whose number ends before it', async () => {
      expect(blocksIn(await get({ f: 0, l: BLOCK, n: 4, b: Buffer.from([0x1f]) }, encoding))).toEqual([0, 1, 2, 3]);
    });
  });

  describe('the code', () => {
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
      // cut off, followed by more, a break that ends nothing, bytes that are not there
      cbor: ['', 'a16166', 'bf6166', 'bf616607', 'a161660700', 'ff', 'a161624413'],
    };

    const invalid: RejectionCode = encoding === 'json' ? 'InvalidJson' : 'InvalidCbor';

    test.each(unreadable[encoding])(`${invalid}: the bytes '%s' are no message`, async (payload) => {
      for (const operation of ['get', 'describe']) {
        await expectRejected(ask(source, topicOf('s', `${operation}/${encoding}`), Buffer.from(payload, 'hex')), invalid, null);
      }
      // and leaves no trace in what comes next
      expect(blocksIn(await get(good, encoding))).toEqual([0]);
    });

    test.each([[[]], ['text'], [7], [true], [null], [[{ f: 7, l: BLOCK, n: 1 }]]])('InvalidRequest: %j is no map', async (value) => {
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
      ['b', 7], ['b', null], ['b', '*'], ['b', [0x13]], ['b', {}],
    ])('InvalidRequest: %s cannot be %j', async (field, value) => {
      const request = Object.fromEntries(Object.entries({ ...good, [field]: value }).filter(([, present]) => present !== undefined));
      await expectRejected(get(request, encoding), 'InvalidRequest');
    });

    test.each([0, -1, 1, 255, 131_073, 2 ** 31])('BlockSizeOutOfBounds: l is %i', async (l) => {
      await expectRejected(get({ ...good, l }, encoding), 'BlockSizeOutOfBounds');
      const [{ fields }] = await get({ ...good, l }, encoding);
      expect(fields.m).toBe('The block size is out of bounds');
    });

    test.each([-1, 98_305, 2 ** 40])('OffsetOutOfBounds: o is %i', async (o) => {
      await expectRejected(get({ ...good, o }, encoding), 'OffsetOutOfBounds');
    });

    test.each([-1, 98_305])('BlockCountLimitExceeded: n is %i', async (n) => {
      await expectRejected(get({ ...good, n }, encoding), 'BlockCountLimitExceeded');
    });

    test('the largest offset and number of blocks are within bounds, though not of the file', async () => {
      expect((await get({ ...good, o: 98_304 }, encoding))[0].fields).toMatchObject({ o: 'InvalidRequest', m: OUT_OF_RANGE });
      expect((await get({ ...good, n: 98_304 }, encoding))[0].fields).toMatchObject({ o: 'InvalidRequest', m: OUT_OF_RANGE });
    });

    test('BlockBitmapLimitExceeded: a bitmap has less than 12288 bytes', async () => {
      const bitmap = (length: number) => Buffer.concat([Buffer.of(1), Buffer.alloc(length - 1)]);
      await expectRejected(get({ ...good, b: bitmap(12_288) }, encoding), 'BlockBitmapLimitExceeded');
      expect(blocksIn(await get({ ...good, b: bitmap(12_287) }, encoding))).toEqual([0]);
    });

    test('ResourceNotFound: no such stream', async () => {
      await expectRejected(describeStream({ c: 'token' }, encoding, 'other'), 'ResourceNotFound');
      await expectRejected(ask(source, topicOf('other', `get/${encoding}`), payloadOf(good, encoding)), 'ResourceNotFound');
    });

    test('ResourceNotFound: no such file', async () => {
      await expectRejected(get({ ...good, f: 1 }, encoding), 'ResourceNotFound');
    });

    test.each([2, 4, 0])('VersionMismatch: the stream is at 3, asked for is %i', async (s) => {
      await expectRejected(get({ ...good, s }, encoding), 'VersionMismatch');
    });

    test('the version that the stream has is no mismatch, 0 included', async () => {
      expect(blocksIn(await get({ ...good, s: 3 }, encoding))).toEqual([0]);
      source.put('s', { 7: large }, { streamVersion: 0 });
      expect(blocksIn(await get({ ...good, s: 0 }, encoding))).toEqual([0]);
      await expectRejected(get({ ...good, s: 1 }, encoding), 'VersionMismatch');
    });

    test.each(['Unauthorized', 'ResourceNotFound', 'ETagMismatch'] as const)('%s: the object cannot be read', async (reason) => {
      source.failure = new ObjectUnreadable(reason, 'why');
      await expectRejected(get(good, encoding), reason);
      expect((await get({ ...good, n: 20 }, encoding)).map(({ fields }) => fields.m)).toEqual(['why']);
    });

    test('InternalError: what nobody expected, and the device does not learn what it was', async () => {
      const report = jest.fn();
      source.failure = new Error('the disk of host 7');
      await expectRejected(get(good, encoding), 'InternalError');
      expect((await get(good, encoding, { report }))[0].payload.toString()).not.toContain('disk');
      expect(report.mock.calls).toEqual([[source.failure]]);
    });
  });

  describe('a client token', () => {
    const both = (c: unknown) => Promise.all([describeStream({ c }, encoding), get({ c, f: 7, l: BLOCK, n: 1 }, encoding)]);

    test.each(['', 'rdy', '0', 'x'.repeat(64), 'é'.repeat(32), '"\\\n'])('is echoed in every answer: %j', async (token) => {
      for (const [{ fields }] of await both(token)) expect(fields.c).toBe(token);
      expect((await get({ c: token, f: 7, l: BLOCK, n: 3 }, encoding)).map(({ fields }) => fields.c)).toEqual([token, token, token]);
      expect((await get({ c: token, f: 8, l: BLOCK }, encoding))[0].fields).toMatchObject({ c: token, clientToken: token, o: 'ResourceNotFound' });
    });

    test.each(['x'.repeat(65), 'é'.repeat(33), 7, null, true, {}, ['x']])('of more than 64 bytes, or no text, is rejected and not echoed: %j', async (token) => {
      for (const answers of await both(token)) {
        expect(answers.map(({ on }) => on)).toEqual([`rejected/${encoding}`]);
        expect(Object.keys(answers[0].fields)).toEqual(['code', 'o', 'message', 'm']);
        expect(answers[0].fields.o).toBe('InvalidRequest');
      }
    });
  });
});

describe('the code InvalidTopic', () => {
  test.each(['get/xml', 'describe/JSON', 'get/cbor2', 'describe/get', 'other/json'])('is for %s, a topic of a stream that is none of a request', async (levels) => {
    const answers = await ask(source, topicOf('s', levels), '{"c":"token","f":7,"l":256,"n":1}');
    expect(answers.map(({ on }) => on)).toEqual(['rejected/json']);
    expect(answers[0].fields).toMatchObject({ code: 'InvalidTopic', o: 'InvalidTopic' });
    expect(Object.keys(answers[0].fields)).toEqual(['code', 'o', 'message', 'm']);
  });

  test.each([
    '$aws/things/t/streams/s/get', '$aws/things/t/streams/s/get/json/more', '$aws/things/t/shadow/get/json', 'things/t/streams/s/get/json',
    '$aws/things//streams/s/get/json', '$aws/things/t/streams//get/json', '',
  ])("'%s' is nobody's request to a stream, and has no answer", async (topic) => {
    expect(await answer({ topic, payload: Buffer.from('{}') }, source)).toEqual([]);
  });
});

test('answers go to the thing that asked, by the stream that it asked for', async () => {
  source.put('a-B_9', { 0: small });
  const topics = async (topic: string, payload: Buffer) => (await answer({ topic, payload }, source)).map((message) => message.topic);
  expect(await topics('$aws/things/thing:one/streams/a-B_9/describe/cbor', encode({}))).toEqual(['$aws/things/thing:one/streams/a-B_9/description/cbor']);
  expect(await topics('$aws/things/thing:one/streams/a-B_9/get/json', Buffer.from('{"f":0,"l":512,"n":2}'))).toEqual([
    '$aws/things/thing:one/streams/a-B_9/data/json', '$aws/things/thing:one/streams/a-B_9/data/json',
  ]);
  expect(await topics('$aws/things/thing:one/streams/none/get/json', Buffer.from('{}'))).toEqual(['$aws/things/thing:one/streams/none/rejected/json']);
});

describe('byte for byte', () => {
  const abc = (token?: string) => get({ ...token === undefined ? {} : { c: token }, f: 1, l: BLOCK, n: 1 }, 'cbor');

  beforeEach(() => source.put('s', { 1: Buffer.from('abc') }));

  test('a data message in CBOR is a map of indefinite length with the keys f, i, l, p', async () => {
    const [{ payload }] = await abc();
    expect(payload.toString('hex')).toBe(['bf', '6166', '01', '6169', '00', '616c', '03', '6170', '43616263', 'ff'].join(''));
  });

  test('a data message in CBOR begins with the token', async () => {
    const [{ payload }] = await abc('rdy');
    expect(payload.toString('hex')).toBe(['bf', '6163', '63726479', '6166', '01', '6169', '00', '616c', '03', '6170', '43616263', 'ff'].join(''));
  });

  test('a rejected message in CBOR is a map of indefinite length with the keys code, o, message, m', async () => {
    const [{ payload }] = await ask(source, topicOf('s', 'get/cbor'), Buffer.from([0xa1]));
    const text = (value: string) => Buffer.concat([Buffer.from([0x60 + value.length]), Buffer.from(value)]);
    expect(payload.toString('hex')).toBe(Buffer.concat([
      Buffer.from([0xbf]),
      text('code'), text('InvalidCbor'), text('o'), text('InvalidCbor'),
      text('message'), text('Invalid CBOR message'), text('m'), text('Invalid CBOR message'),
      Buffer.from([0xff]),
    ]).toString('hex'));
  });

  test('a rejected message in CBOR ends with the token under both of its names', async () => {
    const [{ payload, fields }] = await get({ c: 'rdy', f: 1, l: 1 }, 'cbor');
    expect(Object.keys(fields)).toEqual(['code', 'o', 'message', 'm', 'clientToken', 'c']);
    expect([payload[0], payload[payload.length - 1]]).toEqual([0xbf, 0xff]);
  });

  test('a description in CBOR is a map of indefinite length too', async () => {
    const [{ payload }] = await describeStream({}, 'cbor');
    expect(payload.toString('hex')).toBe(['bf', '6173', '01', '6172', '81', 'a2', '6166', '01', '617a', '03', 'ff'].join(''));
  });

  test('a data message in JSON has its bytes in Base64', async () => {
    const [{ payload }] = await get({ c: 'rdy', f: 1, l: BLOCK, n: 1 }, 'json');
    expect(payload.toString()).toBe('{"c":"rdy","f":1,"i":0,"l":3,"p":"YWJj"}');
  });

  test('a rejected message in JSON has the keys clientToken, c, code, o, message, m', async () => {
    const [{ payload }] = await get({ c: 'rdy', f: 1, l: 1 }, 'json');
    expect(payload.toString()).toBe('{"clientToken":"rdy","c":"rdy","code":"BlockSizeOutOfBounds","o":"BlockSizeOutOfBounds",'
      + '"message":"The block size is out of bounds","m":"The block size is out of bounds"}');
  });

  test('a rejected message in JSON without a token has neither of its names', async () => {
    const [{ payload }] = await ask(source, topicOf('s', 'get/json'), '{');
    expect(payload.toString()).toBe('{"code":"InvalidJson","o":"InvalidJson","message":"Invalid JSON message","m":"Invalid JSON message"}');
  });

  test('a description in JSON has the keys c, s, d, r', async () => {
    source.put('s', { 1: Buffer.from('abc') }, { description: 'd' });
    const [{ payload }] = await describeStream({ c: 'rdy' }, 'json');
    expect(payload.toString()).toBe('{"c":"rdy","s":1,"d":"d","r":[{"f":1,"z":3}]}');
  });
});

describe('a request in CBOR is understood', () => {
  const block = (...hex: string[]) => ask(source, topicOf('s', 'get/cbor'), Buffer.from(hex.join(''), 'hex'));

  test('as a map of indefinite length', async () => {
    expect(blocksIn(await block('bf', '6166', '07', '616c', '190100', '616e', '01', 'ff'))).toEqual([0]);
  });

  test('with integers wider than they need be, up to 64 bits', async () => {
    expect(blocksIn(await block(
      'a4', '6166', '1b0000000000000007', '616c', '1a00000100', '616f', '1b0000000000000002', '616e', '1801',
    ))).toEqual([2]);
  });

  test('and a version or a size wider than any can be is out of bounds', async () => {
    expect(codesIn(await block('a2', '6166', '07', '616c', '1bffffffffffffffff'))).toEqual(['BlockSizeOutOfBounds']);
    expect(codesIn(await block('a3', '6166', '07', '616c', '190100', '616f', '3bffffffffffffffff'))).toEqual(['OffsetOutOfBounds']);
  });

  test('unless it is a byte string, which is no map', async () => {
    expect(codesIn(await block('43616263'))).toEqual(['InvalidRequest']);
    expect(codesIn(await ask(source, topicOf('s', 'describe/cbor'), Buffer.from('43616263', 'hex')))).toEqual(['InvalidRequest']);
  });

  test('unless its token is a byte string, which is no text', async () => {
    expect(codesIn(await block('a4', '6163', '43616263', '6166', '07', '616c', '190100', '616e', '01'))).toEqual(['InvalidRequest']);
  });

  test('unless its bitmap is text, even if that text is Base64', async () => {
    expect(codesIn(await block('a3', '6166', '07', '616c', '190100', '6162', '64', Buffer.from('EwCA').toString('hex')))).toEqual(['InvalidRequest']);
  });
});

describe('a bitmap in JSON', () => {
  const bitmap = (b: string, options?: ProtocolOptions) => get({ f: 7, l: BLOCK, o: 20, b }, 'json', options);

  test('is Base64, padded or not', async () => {
    expect(blocksIn(await bitmap('EwCA'))).toEqual([20, 21, 24, 43]);
    expect(blocksIn(await bitmap('AQ=='))).toEqual([20]);
    expect(blocksIn(await bitmap('AQ'))).toEqual([20]);
  });

  test.each(['130080', '0x130080', '0X130080', ''])("is hexadecimal as the guide has it, on request, with or without a prefix: '%s'", async (b) => {
    const readable = b === '130080' || b === '0x130080';
    const answers = await bitmap(b, { jsonBitmap: 'hex' });
    expect(readable ? blocksIn(answers) : codesIn(answers)).toEqual(readable ? [20, 21, 24, 43] : ['InvalidRequest']);
  });

  test.each(['1', '0x123', 'zz', 'EwCA', '0x'])("in hexadecimal cannot be '%s'", async (b) => {
    expect(codesIn(await bitmap(b, { jsonBitmap: 'hex' }))).toEqual(['InvalidRequest']);
  });

  test.each(['*', 'Ew CA', 'Ew=CA', '-_', '=', 'A===', 'A'])("in Base64 cannot be '%s'", async (b) => {
    expect(codesIn(await bitmap(b))).toEqual(['InvalidRequest']);
  });

  test('is bytes in CBOR, whatever it is in JSON', async () => {
    const answers = await get({ f: 7, l: BLOCK, o: 20, b: Buffer.from([0x13, 0x00, 0x80]) }, 'cbor', { jsonBitmap: 'hex' });
    expect(blocksIn(answers)).toEqual([20, 21, 24, 43]);
  });
});

describe("the requests of AWS's client in C", () => {
  /** It writes its bitmap as the text `MQ==`, but as bytes, and its number of blocks as it is. */
  const request = (count: number) => Buffer.from([
    'a6', '6163', '63726479', '6166', '07', '616c', '190100', '616f', '00', '6162', '444d513d3d', '616e', `0${count}`,
  ].join(''), 'hex');

  test('in CBOR bring the one block that was asked for', async () => {
    const answers = await ask(source, topicOf('s', 'get/cbor'), request(1));
    expect(answers.map(({ on, fields }) => [on, fields.c, fields.i])).toEqual([['data/cbor', 'rdy', 0]]);
    expect(bytesOf(answers[0].fields.p)).toEqual(large.subarray(0, BLOCK));
  });

  test('in CBOR for several blocks bring those of the bitmap, which do not lie next to each other', async () => {
    expect(blocksIn(await ask(source, topicOf('s', 'get/cbor'), request(4)))).toEqual([0, 2, 3, 6]);
  });

  test('in JSON bring the blocks, as long as the stream has version 1', async () => {
    const json = '{"s": 1,"f":7,"l":256,"o":5,"n":2}';
    expect(codesIn(await ask(source, topicOf('s', 'get/json'), json))).toEqual(['VersionMismatch']);
    source.put('s', { 7: large });
    const answers = await ask(source, topicOf('s', 'get/json'), json);
    expect(answers.map(({ on, fields }) => [on, fields.i, fields.l])).toEqual([['data/json', 5, BLOCK], ['data/json', 6, BLOCK]]);
    expect(Buffer.concat(answers.map(({ fields }) => bytesOf(fields.p)))).toEqual(large.subarray(5 * BLOCK, 7 * BLOCK));
  });
});
