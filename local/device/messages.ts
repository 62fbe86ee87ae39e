import type { Codec, RequestMessage } from './encoding';
import { ProtocolViolation } from './errors';

export interface StreamFileInfo {
  readonly fileId: number;
  readonly fileSize: number;
}

export interface StreamDescription {
  readonly streamVersion: number;
  readonly description: string;
  readonly files: readonly StreamFileInfo[];
}

export interface DataBlock {
  readonly fileId: number;
  readonly block: number;
  readonly payload: Uint8Array;
}

export interface Rejection {
  readonly code: string;
  readonly message: string;
}

export interface GetStreamRequest {
  readonly clientToken: string;
  readonly streamVersion: number;
  readonly fileId: number;
  readonly blockSize: number;
  readonly blockOffset: number;
  readonly numberOfBlocks: number;
  readonly blockBitmap?: Uint8Array;
}

export function describeStreamMessage(clientToken: string): RequestMessage {
  return { c: clientToken };
}

export function getStreamMessage(request: GetStreamRequest): RequestMessage {
  return {
    c: request.clientToken,
    s: request.streamVersion,
    f: request.fileId,
    l: request.blockSize,
    o: request.blockOffset,
    n: request.numberOfBlocks,
    b: request.blockBitmap,
  };
}

/** Returns the token of an answer with any other content. */
export function clientTokenOf(message: unknown): string | undefined {
  if (!isMap(message)) return undefined;
  const token = message.c ?? message.clientToken;
  return typeof token === 'string' ? token : undefined;
}

export function parseDescription(message: unknown): StreamDescription {
  const map = asMap(message, 'a description');
  if (!Array.isArray(map.r)) throw new ProtocolViolation("'r' of a description must be a list of files", show(map.r));
  const files = map.r.map((entry) => {
    const file = asMap(entry, 'a file of a description');
    return { fileId: asInteger(file.f, "'f' of a file", 255), fileSize: asInteger(file.z, "'z' of a file") };
  });
  const ids = files.map((file) => file.fileId);
  if (new Set(ids).size !== ids.length) throw new ProtocolViolation('the file ids of a stream must be unique', ids.join(', '));
  return {
    streamVersion: asInteger(map.s, "'s' of a description", 65_535),
    description: typeof map.d === 'string' ? map.d : '',
    files,
  };
}

export function parseDataBlock(message: unknown, codec: Codec): DataBlock {
  const map = asMap(message, 'a data block');
  const fileId = asInteger(map.f, "'f' of a data block", 255);
  const block = asInteger(map.i, "'i' of a data block");
  const length = asInteger(map.l, "'l' of a data block");
  const payload = codec.bytes(map.p);
  if (payload === undefined) throw new ProtocolViolation("'p' of a data block must be bytes", show(map.p));
  if (payload.length !== length) {
    throw new ProtocolViolation(`'p' of block ${block} of file ${fileId} must be as long as its 'l' says, ${length} bytes`, `${payload.length} bytes`);
  }
  return { fileId, block, payload };
}

/** Parses a rejection leniently, so that its reason is reported in any form: the service writes short keys, long keys or both. */
export function parseRejection(message: unknown): Rejection {
  const map = isMap(message) ? message : {};
  return { code: text(map.o ?? map.code) || 'an unknown code', message: text(map.m ?? map.message) };
}

type MessageMap = Readonly<Record<string, unknown>>;

function isMap(value: unknown): value is MessageMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

function asMap(value: unknown, what: string): MessageMap {
  if (!isMap(value)) throw new ProtocolViolation(`${what} must be a map`, show(value));
  return value;
}

function asInteger(value: unknown, what: string, max = Number.MAX_SAFE_INTEGER): number {
  // an integer of 8 bytes in CBOR is decoded to a bigint even if it is small
  const number = typeof value === 'bigint' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0 || number > max) {
    throw new ProtocolViolation(`${what} must be an integer from 0 to ${max}`, show(value));
  }
  return number;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  // does not print the items, which may be nested thousands of levels deep
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (isMap(value)) return `a map of ${Object.keys(value).length}`;
  const shown = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return shown.length > 80 ? `${shown.slice(0, 77)}...` : shown;
}
