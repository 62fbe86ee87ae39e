import { cborX, indefiniteMap } from './cbor-x';

export interface FakeStream {
  streamVersion: number;
  description?: string;
  files: Map<number, Buffer>;
}

export interface Message {
  readonly topic: string;
  readonly payload: Buffer;
}

export type Fields = Record<string, unknown>;

export interface Faults {
  /** Receives every answer before it is encoded, and returns the answers to send instead. */
  readonly tamper?: (kind: string, answer: Fields, request: Fields) => Fields[];
  /** Returns the code and message of a rejection; undefined to accept the request. */
  readonly reject?: (request: Fields) => [code: string, message?: string] | undefined;
  readonly beforeGet?: (request: Fields) => void;
}

/** A stream service for tests of the device, written from the public guide. It answers every request. */
export class FakeStreamService {
  readonly requests: Fields[] = [];

  constructor(readonly thingName: string, readonly streamId: string, readonly stream: FakeStream, private readonly faults: Faults = {}) {}

  answer(topic: string, payload: Uint8Array): Message[] {
    const [, thing, , streamId, operation, encoding] = /^\$aws\/things\/([^/]+)\/(streams)\/([^/]+)\/(describe|get)\/(json|cbor)$/.exec(topic) ?? [];
    if (thing !== this.thingName) return [];
    const request = decode(encoding, payload);
    this.requests.push(request);
    const send = (kind: string, fields: Fields): Message[] => (this.faults.tamper?.(kind, fields, request) ?? [fields]).map((tampered) => ({
      topic: `$aws/things/${thing}/streams/${streamId}/${kind}/${encoding}`,
      payload: encode(encoding, tampered),
    }));
    const reject = (code: string, message?: string) => send('rejected', { clientToken: request.c, c: request.c, code, o: code, message, m: message });
    const fault = this.faults.reject?.(request);
    if (fault) return reject(...fault);
    if (streamId !== this.streamId) return reject('ResourceNotFound', 'Stream not found');
    if (operation === 'describe') {
      const files = [...this.stream.files].map(([f, bytes]) => ({ f, z: bytes.length }));
      return send('description', { c: request.c, s: this.stream.streamVersion, d: this.stream.description, r: files });
    }
    this.faults.beforeGet?.(request);
    const { s, f, l, o, n } = request as Record<string, number | undefined>;
    const file = this.stream.files.get(f ?? -1);
    if (s !== undefined && s !== this.stream.streamVersion) return reject('VersionMismatch', 'The stream version does not match');
    if (file === undefined) return reject('ResourceNotFound', 'File not found');
    if (l === undefined || l < 256 || l > 131_072) return reject('BlockSizeOutOfBounds', 'The block size is out of bounds');
    if (o === undefined || o > 98_304) return reject('OffsetOutOfBounds', 'The block offset is out of bounds');
    // the device must always send the number of blocks, because the default exceeds small files
    if (n === undefined || n > 98_304) return reject('BlockCountLimitExceeded', 'The number of blocks is missing or too large');
    if (n * l > 131_072) return reject('InvalidRequest', 'More than 128 KiB in one request');
    const bitmap = bitmapOf(encoding, request.b);
    if (bitmap && bitmap.length >= 12_288) return reject('BlockBitmapLimitExceeded', 'The bitmap is too long');
    const blocks = bitmap ? selected(bitmap, o).slice(0, n) : Array.from({ length: n }, (_, i) => o + i);
    if (blocks.length !== n || blocks.some((i) => i * l >= file.length)) return reject('InvalidRequest', 'The data requested is out of the range of data available.');
    return blocks.flatMap((i) => {
      const p = file.subarray(i * l, (i + 1) * l);
      return send('data', { c: request.c, f, i, l: p.length, p });
    });
  }
}

function bitmapOf(encoding: string, field: unknown): Buffer | undefined {
  if (field === undefined) return undefined;
  return encoding === 'json' ? Buffer.from(String(field), 'base64') : field as Buffer;
}

function selected(bitmap: Buffer, offset: number): number[] {
  const bits = [...bitmap].map((byte) => [...byte.toString(2).padStart(8, '0')].reverse().join('')).join('');
  return [...bits].flatMap((bit, index) => bit === '1' ? [offset + index] : []);
}

function decode(encoding: string, payload: Uint8Array): Fields {
  return (encoding === 'json' ? JSON.parse(Buffer.from(payload).toString()) : cborX.decode(payload)) as Fields;
}

function encode(encoding: string, fields: Fields): Buffer {
  if (encoding === 'cbor') return indefiniteMap(fields);
  return Buffer.from(JSON.stringify(Object.fromEntries(Object.entries(fields).map(([key, value]) =>
    [key, value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value]))));
}
