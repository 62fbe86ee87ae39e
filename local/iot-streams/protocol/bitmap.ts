import { Rejection } from './rejection';
import type { Encoding } from './topics';

export type JsonBitmap = 'base64' | 'hex';

/** https://docs.aws.amazon.com/iot/latest/developerguide/mqtt-based-file-delivery-in-devices.html */
const BITMAP_BYTES = 12_288;

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;
const HEXADECIMAL = /^(?:0x)?(?:[0-9a-fA-F]{2})*$/;
const PREFIX = /^0x/i;

export interface Bitmap {
  readonly bytes: Uint8Array;
  /** Whether the text is valid in both encodings, and the encoding is not configured. */
  readonly isAmbiguous?: boolean;
  /** Whether the text begins with 0x, although Base64 is configured. */
  readonly looksHexadecimal?: boolean;
}

/**
 * Rejects a CBOR request whose bitmap is not a byte string, as AWS does: as an unreadable message, without its token.
 * https://github.com/aws-samples/aws-iot-mqtt-download-agent/issues/3
 */
export function requireBytes(value: unknown, encoding: Encoding): void {
  if (encoding === 'cbor' && value !== undefined && !(value instanceof Uint8Array)) throw invalidCbor();
}

export function invalidCbor(): Rejection {
  return new Rejection('InvalidCbor', 'Invalid CBOR message');
}

export function ambiguousBitmap(): Rejection {
  return new Rejection('InvalidRequest', 'The block bitmap can be read as hexadecimal and as Base64: '
    + 'start the local AWS with --json-bitmap hex or --json-bitmap base64 (jsonBitmap)');
}

export function parseBitmap(value: unknown, jsonBitmap: JsonBitmap | undefined): Bitmap {
  const bitmap = value instanceof Uint8Array ? { bytes: value } : readText(value, jsonBitmap);
  if (!bitmap) throw new Rejection('InvalidRequest', 'The block bitmap cannot be read');
  if (bitmap.bytes.length >= BITMAP_BYTES) {
    throw new Rejection('BlockBitmapLimitExceeded', `The block bitmap must have less than ${BITMAP_BYTES} bytes`);
  }
  return bitmap;
}

function readText(value: unknown, jsonBitmap: JsonBitmap | undefined): Bitmap | undefined {
  if (typeof value !== 'string') return undefined;
  if (jsonBitmap === 'hex') return HEXADECIMAL.test(value) ? { bytes: Buffer.from(value.replace(PREFIX, ''), 'hex') } : undefined;
  if (jsonBitmap === undefined && PREFIX.test(value)) throw ambiguousBitmap();
  if (!BASE64.test(value)) return undefined;
  const bytes = Buffer.from(value, 'base64');
  return jsonBitmap === 'base64' ? { bytes, looksHexadecimal: PREFIX.test(value) } : { bytes, isAmbiguous: HEXADECIMAL.test(value) };
}
