import { decodeCbor, encodeCborMap } from './cbor';
import type { Encoding } from './topics';

export type RequestMessage = Readonly<Record<string, string | number | Uint8Array | undefined>>;

/** The differences between JSON and CBOR: the encoding of messages, and of bytes in them. */
export interface Codec {
  encode(message: RequestMessage): Buffer;
  decode(payload: Uint8Array): unknown;
  /** Returns the bytes of a decoded field; undefined if the field contains something else. */
  bytes(field: unknown): Uint8Array | undefined;
}

const json: Codec = {
  encode: (message) => {
    const fields = Object.entries(message).map(([key, value]) => [key, value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value]);
    return Buffer.from(JSON.stringify(Object.fromEntries(fields)));
  },
  decode: (payload) => JSON.parse(Buffer.from(payload).toString('utf8')),
  bytes: (field) => {
    if (typeof field !== 'string') return undefined;
    const bytes = Buffer.from(field, 'base64');
    // Node.js silently ignores invalid Base64, so only a round trip shows that the text is valid
    return bytes.toString('base64') === field ? bytes : undefined;
  },
};

const cbor: Codec = {
  encode: (message) => {
    const fields: Record<string, string | number | Uint8Array> = {};
    for (const [key, value] of Object.entries(message)) if (value !== undefined) fields[key] = value;
    return encodeCborMap(fields);
  },
  decode: decodeCbor,
  bytes: (field) => field instanceof Uint8Array ? field : undefined,
};

export const codecs: Readonly<Record<Encoding, Codec>> = { json, cbor };
