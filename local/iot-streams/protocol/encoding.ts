import { Decoder, Encoder } from 'cbor-x';
import { invalidCbor } from './bitmap';
import { withoutIntegralFloats } from './cbor-items';
import { Rejection } from './rejection';
import type { Encoding } from './topics';

/** The fields of a message in the order of encoding; undefined fields are omitted. */
export type Fields = readonly (readonly [string, unknown])[];

const BEGIN_MAP = 0xbf;
const BREAK = 0xff;
/** Matches the strings and numbers of a JSON text. */
const STRINGS_AND_NUMBERS = /"(?:[^"\\]+|\\.)*"|-?\d[\d.eE+-]*/g;
const FLOAT = /^-?\d+[.eE]/;
/** Replaces every float, because JSON.parse does not distinguish 7.0 and 7e0 from the integer 7. */
const NO_INTEGER = '0.5';

const encoder = new Encoder({ useRecords: false, tagUint8Array: false, variableMapSize: true });
const decoder = new Decoder({ useRecords: false, mapsAsObjects: true });

export function decodeRequest(payload: Uint8Array, encoding: Encoding): Readonly<Record<string, unknown>> {
  const value = encoding === 'json' ? parseJson(payload) : parseCbor(payload);
  // bytes and dates in CBOR are decoded to objects as well
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) {
    throw new Rejection('InvalidRequest', 'The request must be a map');
  }
  return value as Readonly<Record<string, unknown>>;
}

function parseJson(payload: Uint8Array): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(payload);
    JSON.parse(text);
    return JSON.parse(text.replace(STRINGS_AND_NUMBERS, (token) => FLOAT.test(token) ? NO_INTEGER : token));
  } catch {
    throw new Rejection('InvalidJson', 'Invalid JSON message');
  }
}

function parseCbor(payload: Uint8Array): unknown {
  try {
    return decoder.decode(withoutIntegralFloats(payload));
  } catch {
    throw invalidCbor();
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

/** Encodes an answer as a map of indefinite length, as the service does; strict decoders refuse it. */
function encodeCbor(fields: Fields): Uint8Array {
  const items = fields.flatMap(
    ([key, value]) => [encoder.encode(key), encoder.encode(value instanceof Uint8Array ? Buffer.from(value) : value)],
  );
  // copied, because the encoder reuses its buffer
  return Buffer.concat([Buffer.of(BEGIN_MAP), ...items.map((item) => Buffer.from(item)), Buffer.of(BREAK)]);
}
