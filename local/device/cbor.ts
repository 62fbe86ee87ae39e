/**
 * The part of CBOR (RFC 8949) that the file delivery uses. The device has its own code, because the service in
 * `local/iot-streams` uses a library: with common code, tests would not notice a bug in it.
 */
export type CborValue = number | bigint | string | boolean | null | undefined | Uint8Array | CborValue[] | {
  readonly [key: string]: CborValue;
};

const MAJOR = { unsigned: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5, tag: 6, simple: 7 } as const;
const INDEFINITE = 31;
const BREAK = 0xff;
const MAX_DEPTH = 16;

export function encodeCborMap(fields: Readonly<Record<string, string | number | Uint8Array>>): Buffer {
  const entries = Object.entries(fields);
  return Buffer.concat([head(MAJOR.map, entries.length), ...entries.flatMap(([key, value]) => [encodeText(key), encodeValue(value)])]);
}

export function decodeCbor(bytes: Uint8Array): CborValue {
  const reader = new Reader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  const value = reader.value(0);
  reader.expectEnd();
  return value;
}

function encodeValue(value: string | number | Uint8Array): Buffer {
  if (typeof value === 'string') return encodeText(value);
  if (typeof value === 'number') return head(MAJOR.unsigned, value);
  return Buffer.concat([head(MAJOR.bytes, value.length), value]);
}

function encodeText(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  return Buffer.concat([head(MAJOR.text, bytes.length), bytes]);
}

/** Encodes a major type and its argument in the shortest form. */
function head(major: number, argument: number): Buffer {
  if (!Number.isInteger(argument) || argument < 0 || argument > 0xffffffff) {
    throw new RangeError(`a number in a request must be an integer from 0 to 4294967295, got: ${argument}`);
  }
  if (argument < 24) return Buffer.from([major * 32 + argument]);
  const size = argument <= 0xff ? 1 : argument <= 0xffff ? 2 : 4;
  const buffer = Buffer.alloc(1 + size);
  buffer[0] = major * 32 + (size === 1 ? 24 : size === 2 ? 25 : 26);
  buffer.writeUIntBE(argument, 1, size);
  return buffer;
}

class Reader {
  private position = 0;

  constructor(private readonly bytes: Buffer) {}

  expectEnd(): void {
    if (this.position !== this.bytes.length) throw new Error(`a CBOR message must be one item, got: ${this.bytes.length - this.position} bytes after it`);
  }

  value(depth: number): CborValue {
    // no message of the protocol is nested this deep, and recursion could overflow the stack
    if (depth > MAX_DEPTH) return this.skip();
    const initial = this.byte();
    const major = Math.floor(initial / 32);
    const info = initial % 32;
    switch (major) {
      case MAJOR.unsigned: return this.argument(info);
      case MAJOR.negative: return negate(this.argument(info));
      case MAJOR.bytes: return this.chunks(info, major);
      case MAJOR.text: return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.chunks(info, major));
      case MAJOR.array: return this.items(info, 1, depth);
      case MAJOR.map: return this.map(info, depth);
      case MAJOR.tag: this.argument(info); return this.value(depth + 1);
      default: return this.simple(info);
    }
  }

  /** Skips an item of any depth. */
  private skip(): undefined {
    // the number of remaining items of every open list, map and tag; Infinity until a break
    const open = [1];
    while (open.length > 0) {
      const left = open.pop()!;
      if (left === 0) continue;
      if (left === Infinity && this.peek() === BREAK) {
        this.position++;
        continue;
      }
      open.push(left - 1);
      const initial = this.byte();
      const [major, info] = [Math.floor(initial / 32), initial % 32];
      const inside = this.skipHead(major, info);
      if (inside > 0) open.push(inside);
    }
    return undefined;
  }

  /** Skips the head of an item and returns the number of items inside it. */
  private skipHead(major: number, info: number): number {
    switch (major) {
      case MAJOR.bytes: case MAJOR.text: this.chunks(info, major); return 0;
      case MAJOR.array: return info === INDEFINITE ? Infinity : this.length(info);
      case MAJOR.map: return info === INDEFINITE ? Infinity : this.length(info) * 2;
      case MAJOR.simple: this.simple(info); return 0;
      default: this.argument(info); return major === MAJOR.tag ? 1 : 0;
    }
  }

  private map(info: number, depth: number): CborValue {
    const items = this.items(info, 2, depth);
    if (items.length % 2 !== 0) throw new Error('a CBOR map must have a value for every key, got: a key without one');
    const entries = new Map<string, CborValue>();
    // the protocol has only text keys; other keys are ignored like unknown ones
    for (let i = 0; i < items.length; i += 2) {
      const key = items[i];
      if (typeof key === 'string') entries.set(key, items[i + 1]);
    }
    return Object.fromEntries(entries);
  }

  private items(info: number, perEntry: number, depth: number): CborValue[] {
    const items: CborValue[] = [];
    if (info === INDEFINITE) {
      while (this.peek() !== BREAK) items.push(this.value(depth + 1));
      this.position++;
      return items;
    }
    const count = this.length(info) * perEntry;
    for (let i = 0; i < count; i++) items.push(this.value(depth + 1));
    return items;
  }

  private chunks(info: number, major: number): Uint8Array {
    if (info !== INDEFINITE) return this.take(this.length(info));
    const chunks: Uint8Array[] = [];
    while (this.peek() !== BREAK) {
      const initial = this.byte();
      if (Math.floor(initial / 32) !== major || initial % 32 === INDEFINITE) throw new Error('a CBOR string in pieces must have pieces of its own kind, got: another one');
      chunks.push(this.take(this.length(initial % 32)));
    }
    this.position++;
    return Buffer.concat(chunks);
  }

  private simple(info: number): CborValue {
    switch (info) {
      case 20: return false;
      case 21: return true;
      case 22: return null;
      case 23: return undefined;
      case 25: return halfFloat(this.take(2).readUInt16BE());
      case 26: return this.take(4).readFloatBE();
      case 27: return this.take(8).readDoubleBE();
      default: throw new Error(`a CBOR message must have only values that RFC 8949 names, got: simple value ${info}`);
    }
  }

  private length(info: number): number {
    return Number(this.argument(info));
  }

  private argument(info: number): number | bigint {
    if (info < 24) return info;
    if (info === 27) {
      const big = this.take(8).readBigUInt64BE();
      return big <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(big) : big;
    }
    if (info > 27) throw new Error(`a CBOR length must be in 1, 2, 4 or 8 bytes, got: the form ${info}`);
    const size = 2 ** (info - 24);
    return this.take(size).readUIntBE(0, size);
  }

  private byte(): number {
    return this.take(1)[0];
  }

  private peek(): number | undefined {
    return this.bytes[this.position];
  }

  private take(length: number): Buffer {
    if (length > this.bytes.length - this.position) throw new Error(`a CBOR message must be complete, got: ${this.bytes.length} bytes and an end in the middle of an item`);
    const taken = this.bytes.subarray(this.position, this.position + length);
    this.position += length;
    return taken;
  }
}

function negate(argument: number | bigint): number | bigint {
  return typeof argument === 'bigint' ? -1n - argument : -1 - argument;
}

function halfFloat(bits: number): number {
  const sign = bits >= 0x8000 ? -1 : 1;
  const exponent = Math.floor(bits / 1024) % 32;
  const fraction = bits % 1024;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}
