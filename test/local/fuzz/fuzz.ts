import { decode, encode } from 'cbor-x';
import { BlockSet } from '../../../local/device/block-set';
import { BlockLayout } from '../../../local/device/blocks';
import { StreamClient } from '../../../local/device/stream-client';
import { seededRandom } from '../../../local/iot-streams/data-plane/network-faults';
import type { Message } from '../../../local/iot-streams/protocol/protocol';
import { answer } from '../../../local/iot-streams/protocol/protocol';
import { FakeStreamService } from '../device/support/fake-stream-service';
import { FakeTransport } from '../device/support/fake-transport';
import type { Fields } from '../iot-streams/protocol/fake-source';
import { content, FakeSource, topicOf } from '../iot-streams/protocol/fake-source';

/* Malformed requests to the local streams service, and malformed answers to the device client, reproducible with a seed. */

const FILE = content(5_000);
const BLOCK = 512;
const THING = 'sensor-1';
const ENCODINGS = ['json', 'cbor'] as const;
const CODES = [
  'InvalidTopic', 'InvalidJson', 'InvalidCbor', 'InvalidRequest', 'Unauthorized', 'BlockSizeOutOfBounds', 'OffsetOutOfBounds', 'BlockCountLimitExceeded',
  'BlockBitmapLimitExceeded', 'ResourceNotFound', 'VersionMismatch', 'ETagMismatch',
];

/** The allowed errors of a download, by message. A rejection without a token is reported only without another answer. */
const ENDS: Readonly<Record<string, RegExp>> = {
  StreamRejection: /was rejected with .+ \(.+\); /,
  ProtocolViolation: / must .+, got: .+; start over/,
  NoAnswer: /\(a rejection without a client token said .+ \(.*\)\); /,
};

type Encoding = typeof ENCODINGS[number];

class Chance {
  readonly next: () => number;

  constructor(seed: number) {
    this.next = seededRandom(seed);
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)];
  }
}

/** Sends one malformed request and returns its end. Throws unless it ends with blocks or a known rejection. */
export async function fuzzRequest(seed: number): Promise<string> {
  const chance = new Chance(seed);
  const encoding = chance.of(ENCODINGS);
  const source = new FakeSource();
  source.put('s', { 0: FILE, 255: Buffer.alloc(0) }, { streamVersion: 1 });
  const fields = { c: 'rdy', s: 1, f: 0, l: BLOCK, o: chance.below(12), n: chance.below(12), ...chance.below(2) ? { b: Buffer.of(chance.below(256)) } : {} };
  const bytes = written(mutated(fields, chance, encoding), encoding);
  const payload = chance.below(2) ? bytes : mangled(bytes, chance);
  const topic = topicOf(chance.of(['s', 's', 's', 'none']), `${chance.of(['get', 'get', 'describe', 'other'])}/${encoding}`);
  const answers = await answer({ topic, payload }, source);
  const kinds = answers.map((each) => kindOf(each, encoding));
  if (kinds.length === 0) throw new Error(`no answer to ${payload.toString('hex')} on '${topic}'`);
  return kinds[0];
}

function kindOf({ topic, payload }: Message, encoding: Encoding): string {
  const fields: Fields = encoding === 'json' ? JSON.parse(Buffer.from(payload).toString()) : decode(payload);
  const [kind] = topic.split('/').slice(-2);
  if (kind === 'description') return kind;
  if (kind === 'rejected' && CODES.includes(fields.o as string) && fields.o === fields.code && typeof fields.m === 'string') return String(fields.o);
  const bytes = encoding === 'json' ? Buffer.from(String(fields.p), 'base64') : Buffer.from(fields.p as Uint8Array);
  if (kind === 'data' && bytes.length === fields.l && FILE.includes(bytes)) return kind;
  throw new Error(`must be an answer or a rejection: ${topic} ${JSON.stringify(fields)}`);
}

/** Runs one download with malformed answers and returns its end. Throws unless it ends with the file or a known error. */
export async function fuzzAnswers(seed: number): Promise<string> {
  const chance = new Chance(seed);
  const encoding = chance.of(ENCODINGS);
  const service = new FakeStreamService(THING, 's', { streamVersion: 1, files: new Map([[0, FILE]]) }, {
    tamper: (_kind, fields) => [chance.below(3) ? fields : mutated(fields, chance, encoding)],
    reject: () => chance.below(40) ? undefined : [chance.of(CODES), 'as a fault'],
  });
  const transport = new FakeTransport({
    answer: (topic: string, request: Uint8Array) => service.answer(topic, request).map((message) =>
      ({ topic: message.topic, payload: chance.below(3) ? message.payload : mangled(message.payload, chance) })),
  } as FakeStreamService);
  const client = new StreamClient(transport, { thingName: THING, streamId: 's', encoding, answerTimeoutMs: 10, retries: 1 });
  const layout = new BlockLayout(FILE.length, BLOCK);
  const [stored, received] = [new BlockSet(layout.blockCount), Buffer.alloc(FILE.length)];
  const write = async (block: number, bytes: Uint8Array) => {
    received.set(bytes, layout.position(block));
    stored.add(block);
  };
  try {
    await client.describe();
    await client.download(0, 1, { layout, stored, write });
    return 'answer';
  } catch (error) {
    const { name, message } = error as Error;
    const says = ENDS[name];
    if (says?.test(message)) return name;
    throw error;
  }
}

/** Returns a message with one field changed, removed or added. */
function mutated(fields: Fields, chance: Chance, encoding: Encoding): Fields {
  const key = chance.of([...Object.keys(fields), 'x', '__proto__', 'constructor']);
  const nested = (depth: number, leaf: unknown): unknown => Array.from({ length: depth }).reduce<unknown>((inner) => [inner], leaf);
  const values: unknown[] = [
    undefined, null, true, '', 'text', '0x01', 'ffff', 'é'.repeat(40), -1, 0, 1, 7.5, 255, 256, 65_536, 2 ** 31, 2 ** 53, 1e300, [], [1], {}, { a: [{}] }, nested(50, 1),
    ...encoding === 'cbor' ? [2n ** 63n, -(2n ** 63n), [2n ** 63n], Buffer.alloc(3), Buffer.alloc(13_000), NaN, Infinity, new Date(0)] : [],
  ];
  return Object.fromEntries(Object.entries({ ...fields, [key]: chance.of(values) }).filter(([, value]) => value !== undefined));
}

function written(fields: Fields, encoding: Encoding): Buffer {
  if (encoding === 'cbor') return Buffer.from(encode(fields));
  return Buffer.from(JSON.stringify(fields, (_, value) => value?.type === 'Buffer' ? Buffer.from(value.data).toString('base64') : value));
}

/** Returns bytes with some of them changed, cut off, duplicated or nested; sometimes unchanged. */
function mangled(bytes: Buffer, chance: Chance): Buffer {
  const at = chance.below(bytes.length + 1);
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  switch (chance.below(7)) {
    case 0: return Buffer.concat([before, Buffer.of(chance.below(256)), after.subarray(1)]);
    case 1: return before;
    case 2: return Buffer.concat([before, Buffer.of(chance.below(256), chance.below(256)), after]);
    case 3: return Buffer.concat([bytes, after]);
    case 4: return Buffer.concat([before, Buffer.alloc(5_000, chance.of([0x81, 0xc1, 0x9f, 0x5b, 0x7b])), after]);
    case 5: return Buffer.from(Array.from({ length: chance.below(40) }, () => chance.below(256)));
    default: return bytes;
  }
}
