import { Decoder, Encoder } from 'cbor-x';
import { Rejection } from './rejection';
import { Encoding } from './topics';

/** The fields of a message in the order in which they are written; an undefined one is left out. */
export type Fields = readonly (readonly [string, unknown])[];

export type JsonBitmap = 'base64' | 'hex';

const BEGIN_MAP = 0xbf;
const BREAK = 0xff;

const encoder = new Encoder({ useRecords: false, tagUint8Array: false, variableMapSize: true });
const decoder = new Decoder({ useRecords: false, mapsAsObjects: true });

export function decodeRequest(payload: Uint8Array, encoding: Encoding): Readonly<Record<string, unknown>> {
  const value = encoding === 'json' ? parseJson(payload) : parseCbor(payload);
  // bytes and dates of CBOR are objects too
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) {
    throw new Rejection('InvalidRequest', 'The request must be a map');
  }
  return value as Readonly<Record<string, unknown>>;
}

function parseJson(payload: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(payload).toString('utf8'));
  } catch {
    throw new Rejection('InvalidJson', 'Invalid JSON message');
  }
}

function parseCbor(payload: Uint8Array): unknown {
  const invalid = new Rejection('InvalidCbor', 'Invalid CBOR message');
  // the decoder takes a break that ends nothing for an empty map
  if (payload[0] === BREAK) throw invalid;
  try {
    return decoder.decode(payload);
  } catch {
    throw invalid;
  }
}

export function encodeReply(fields: Fields, encoding: Encoding): Uint8Array {
  const present = fields.filter(([, value]) => value !== undefined);
  return encoding === 'json' ? encodeJson(present) : encodeCbor(present);
}

function encodeJson(fields: Fields): Uint8Array {
  const readable = fields.map(([key, value]) => [key, value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value]);
  return Buffer.from(JSON.stringify(Object.fromEntries(readable)));
}

/** The service answers with a map of indefinite length; strict decoders stumble over it. */
function encodeCbor(fields: Fields): Uint8Array {
  const items = fields.flatMap(([key, value]) => [encoder.encode(key), encoder.encode(value instanceof Uint8Array ? Buffer.from(value) : value)]);
  // the encoder writes into a buffer that it uses again
  return Buffer.concat([Buffer.of(BEGIN_MAP), ...items.map((item) => Buffer.from(item)), Buffer.of(BREAK)]);
}

/** The bytes of a bitmap, or undefined where the value is none. */
export function decodeBitmap(value: unknown, encoding: Encoding, jsonBitmap: JsonBitmap): Uint8Array | undefined {
  if (encoding === 'cbor') return value instanceof Uint8Array ? value : undefined;
  if (typeof value !== 'string') return undefined;
  if (jsonBitmap === 'base64') return /^[A-Za-z0-9+/]*={0,2}$/.test(value) ? Buffer.from(value, 'base64') : undefined;
  const digits = value.replace(/^0x/, '');
  return /^([0-9a-fA-F]{2})*$/.test(digits) ? Buffer.from(digits, 'hex') : undefined;
}
