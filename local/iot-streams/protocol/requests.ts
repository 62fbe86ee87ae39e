import type { Bitmap, JsonBitmap } from './bitmap';
import { parseBitmap } from './bitmap';
import type { RejectionCode } from './rejection';
import { Rejection } from './rejection';

/** https://docs.aws.amazon.com/iot/latest/developerguide/mqtt-based-file-delivery-in-devices.html */
const MINIMUM_BLOCK_SIZE = 256;
const MAXIMUM_BLOCK_SIZE = 131_072;
const MAXIMUM_OFFSET = 98_304;
const MAXIMUM_BLOCK_COUNT = 98_304;
const MAXIMUM_TOKEN_BYTES = 64;
/** Half of a surrogate pair, which JSON can express and UTF-8 cannot. */
const LONE_SURROGATE = /\p{Surrogate}/u;
/** The greatest size of the answer to one request; a bitmap may ask for more, which is not sent. */
export const MAXIMUM_REPLY_BYTES = 131_072;

/** A parsed GetStream request. */
export interface GetRequest {
  readonly expectedVersion?: number;
  readonly fileId: number;
  readonly blockSize: number;
  readonly offset: number;
  readonly count?: number;
  readonly bitmap?: Bitmap;
}

type Request = Readonly<Record<string, unknown>>;

/** Returns the client token, which answers repeat. An invalid token is not repeated. */
export function parseToken(request: Request): string | undefined {
  const token = request.c;
  if (token === undefined) return undefined;
  if (typeof token !== 'string' || LONE_SURROGATE.test(token) || Buffer.byteLength(token) > MAXIMUM_TOKEN_BYTES) {
    throw new Rejection('InvalidRequest', `The client token must be a string of at most ${MAXIMUM_TOKEN_BYTES} bytes in UTF-8`);
  }
  return token;
}

export function parseGetRequest(request: Request, jsonBitmap?: JsonBitmap): GetRequest {
  return {
    expectedVersion: request.s === undefined ? undefined : integer(request.s, 0, 65_535, 'InvalidRequest', 'The stream version must be an integer'),
    fileId: integer(request.f, 0, 255, 'InvalidRequest', 'The file id is out of bounds'),
    blockSize: integer(request.l, MINIMUM_BLOCK_SIZE, MAXIMUM_BLOCK_SIZE, 'BlockSizeOutOfBounds', 'The block size is out of bounds'),
    offset: request.o === undefined ? 0 : integer(request.o, 0, MAXIMUM_OFFSET, 'OffsetOutOfBounds', 'The offset is out of bounds'),
    count: request.n === undefined ? undefined
      : integer(request.n, 0, MAXIMUM_BLOCK_COUNT, 'BlockCountLimitExceeded', 'The number of blocks is out of bounds'),
    bitmap: request.b === undefined ? undefined : parseBitmap(request.b, jsonBitmap),
  };
}

function integer(value: unknown, minimum: number, maximum: number, code: RejectionCode, message: string): number {
  // an integer of 8 bytes in CBOR is decoded to a bigint even if it is small
  const number = typeof value === 'bigint' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isInteger(number)) throw new Rejection('InvalidRequest', message);
  if (number < minimum || number > maximum) throw new Rejection(code, message);
  return number;
}
