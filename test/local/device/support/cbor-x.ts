import { createRequire } from 'node:module';

interface CborX {
  encode(value: unknown): Buffer;
  decode(bytes: Uint8Array): unknown;
}

// required, because its declarations are those of an ES module, which a CommonJS file cannot import
const { Encoder } = createRequire(__filename)('cbor-x') as { Encoder: new (options: object) => CborX };

/** A CBOR library to check the device's own code. */
export const cborX = new Encoder({ useRecords: false, variableMapSize: true, tagUint8Array: false });

/** Encodes a map of indefinite length with a break, as AWS IoT does. */
export function indefiniteMap(fields: Readonly<Record<string, unknown>>): Buffer {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Buffer.concat(
    [Buffer.from([0xbf]), ...entries.flatMap(([key, value]) => [cborX.encode(key), cborX.encode(value)]), Buffer.from([0xff])],
  );
}
