import { createRequire } from 'node:module';

interface CborX {
  encode(value: unknown): Buffer;
  decode(bytes: Uint8Array): unknown;
}

// its declarations are those of an ES module, which a CommonJS file may not import by name
const { Encoder } = createRequire(__filename)('cbor-x') as { Encoder: new (options: object) => CborX };

/** A CBOR library that the device does not use: the tests' second opinion. */
export const cborX = new Encoder({ useRecords: false, variableMapSize: true, tagUint8Array: false });

/** As AWS IoT writes its messages: a map without a length, and a break at the end. */
export function indefiniteMap(fields: Readonly<Record<string, unknown>>): Buffer {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Buffer.concat(
    [Buffer.from([0xbf]), ...entries.flatMap(([key, value]) => [cborX.encode(key), cborX.encode(value)]), Buffer.from([0xff])],
  );
}
