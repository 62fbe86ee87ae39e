import { encode } from 'cbor-x';
import fc from 'fast-check';
import type { Fields } from './fake-source';
import { ask, content, FakeSource, MAXIMUM_FILE_BYTES, topicOf } from './fake-source';
import type { Encoding } from '../../../../local/iot-streams/protocol/topics';

const MAXIMUM_REPLY_BYTES = 131_072;
const encodings: Encoding[] = ['json', 'cbor'];

async function blocksOf(source: FakeSource, request: Fields, encoding: Encoding): Promise<Map<number, Buffer>> {
  const bitmap = request.b as Buffer | undefined;
  const payload = encoding === 'cbor' ? encode(request) : JSON.stringify({ ...request, ...bitmap ? { b: bitmap.toString('base64') } : {} });
  const answers = await ask(source, topicOf('s', `get/${encoding}`), payload, { jsonBitmap: 'base64' });
  return new Map(answers.map(({ on, fields }) => {
    const bytes = encoding === 'cbor' ? fields.p as Buffer : Buffer.from(fields.p as string ?? '', 'base64');
    if (on !== `data/${encoding}` || bytes.length !== fields.l) throw new Error(`must be a block: ${on} ${JSON.stringify(fields)}`);
    return [fields.i as number, bytes];
  }));
}

/** Returns the bitmap of the wanted blocks from `offset` on. */
function bitmapOf(wanted: readonly number[], offset: number): Buffer {
  const bytes = Buffer.alloc(Math.ceil((wanted[wanted.length - 1] - offset + 1) / 8));
  for (const block of wanted) bytes[Math.floor((block - offset) / 8)] += 2 ** ((block - offset) % 8);
  return bytes;
}

interface Case {
  readonly bytes: Buffer;
  readonly blockSize: number;
}

const cases: fc.Arbitrary<Case> = fc.record({
  bytes: fc.oneof(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 1, max: 300_000 })).map(content),
  blockSize: fc.oneof(fc.integer({ min: 256, max: 1_000 }), fc.integer({ min: 256, max: MAXIMUM_REPLY_BYTES })),
});

async function expectWhole({ bytes, blockSize }: Case, request: (missing: readonly number[]) => Fields, encoding: Encoding): Promise<void> {
  const source = new FakeSource();
  source.put('s', { 0: bytes });
  const count = Math.ceil(bytes.length / blockSize);
  const received = new Map<number, Buffer>();
  while (received.size < count) {
    const missing = Array.from({ length: count }, (_, block) => block).filter((block) => !received.has(block));
    const answered = await blocksOf(source, { f: 0, l: blockSize, ...request(missing) }, encoding);
    expect([...answered.keys()].some((block) => !received.has(block))).toBe(true);
    const total = [...answered.values()].reduce((sum, block) => sum + block.length, 0);
    expect(total).toBeLessThanOrEqual(MAXIMUM_REPLY_BYTES);
    for (const [block, payload] of answered) {
      expect(payload.equals(received.get(block) ?? payload)).toBe(true);
      received.set(block, payload);
    }
  }
  const whole = Buffer.concat([...received.entries()].sort(([a], [b]) => a - b).map(([, payload]) => payload));
  expect(whole.equals(bytes)).toBe(true);
}

describe.each(encodings)('complete files from answers in %s, with any file and block size', (encoding) => {
  test('assembles a file by offsets and numbers of blocks', async () => {
    await fc.assert(fc.asyncProperty(cases, fc.integer({ min: 1, max: 600 }), (example, step) => expectWhole(example, (missing) => {
      const offset = missing[0];
      return { o: offset, n: Math.min(step, missing[missing.length - 1] + 1 - offset) };
    }, encoding)), { numRuns: 60 });
  });

  test('assembles a file by bitmaps', async () => {
    const picking = fc.infiniteStream(fc.boolean());
    await fc.assert(fc.asyncProperty(cases, picking, fc.nat(), (example, picks, shift) => expectWhole(example, (missing) => {
      const picked = missing.filter(() => picks.next().value);
      const wanted = picked.length > 0 ? picked : missing.slice(0, 1);
      const offset = shift % (wanted[0] + 1);
      return { o: offset, b: bitmapOf(wanted, offset) };
    }, encoding)), { numRuns: 60 });
  });
});

test('answers a bitmap with exactly its blocks, lowest bit first, up to the number of blocks', async () => {
  const source = new FakeSource();
  source.put('s', { 0: content(400 * 256) });
  const count = fc.option(fc.integer({ min: 1, max: 300 }), { nil: undefined });
  const request = fc.record({ bitmap: fc.uint8Array({ minLength: 1, maxLength: 32 }), offset: fc.integer({ min: 0, max: 144 }), count });
  await fc.assert(fc.asyncProperty(request.filter(
    ({ bitmap }) => bitmap.some((byte) => byte > 0),
  ), async ({ bitmap, offset, count: n }) => {
    const bits = [...bitmap].map((byte) => [...byte.toString(2).padStart(8, '0')].reverse().join('')).join('');
    const wanted = [...bits].flatMap((bit, position) => bit === '1' ? [offset + position] : []).slice(0, n);
    const answered = await blocksOf(source, { f: 0, l: 256, o: offset, b: Buffer.from(bitmap), ...n === undefined ? {} : { n } }, 'cbor');
    expect([...answered.keys()]).toEqual(wanted);
  }));
});

test.each(encodings)('delivers every block of 24 MiB in blocks of 256 bytes in %s', async (encoding) => {
  const bytes = content(MAXIMUM_FILE_BYTES);
  const source = new FakeSource();
  source.put('s', { 0: bytes });
  const received = Buffer.alloc(bytes.length);
  const seen = new Set<number>();
  for (let offset = 0; offset < 98_304; offset += 512) {
    for (const [block, payload] of await blocksOf(source, { f: 0, l: 256, o: offset }, encoding)) {
      payload.copy(received, block * 256);
      seen.add(block);
    }
  }
  expect(seen.size).toBe(98_304);
  expect(received.equals(bytes)).toBe(true);
});
