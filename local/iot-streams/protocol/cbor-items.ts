const BREAK = 0xff;
const INDEFINITE = 31;
/** 0.5 as a float of 2, 4 and 8 bytes, which replaces every float. */
const NO_INTEGER: Readonly<Record<number, string>> = { 25: '3800', 26: '3f000000', 27: '3fe0000000000000' };
/** Tags 2 to 5 mark numbers in other forms; tag 6 is unassigned. */
const [FIRST_NUMBER_TAG, LAST_NUMBER_TAG, UNASSIGNED_TAG] = [2, 5, 6];

interface Container {
  /** The number of remaining items; Infinity until a break. */
  left: number;
  readonly isMap: boolean;
  hasKey: boolean;
}

/**
 * Returns a copy of a CBOR message in which no float and no tagged number equals an integer, because the decoder does not
 * distinguish them from integers. Throws if the message is malformed or a text is not UTF-8, which the decoder ignores.
 */
export function withoutIntegralFloats(payload: Uint8Array): Buffer {
  return new Items(Buffer.from(payload)).walk();
}

class Items {
  private position = 0;
  /** A stack instead of recursion, because a message may be nested thousands of levels deep. */
  private readonly open: Container[] = [{ left: 1, isMap: false, hasKey: false }];

  constructor(private readonly bytes: Buffer) {}

  walk(): Buffer {
    for (let container = this.open.at(-1); container; container = this.open.at(-1)) {
      if (container.left === 0) this.open.pop();
      else this.item(container);
    }
    if (this.position !== this.bytes.length) throw new RangeError('bytes after the message');
    return this.bytes;
  }

  private item(container: Container): void {
    const start = this.position;
    const initial = this.bytes.readUInt8(start);
    this.position += 1;
    if (initial === BREAK) return this.end(container);
    container.left -= 1;
    container.hasKey = container.isMap && !container.hasKey;
    const [major, info] = [initial >> 5, initial & 31];
    if (major === 7) return this.simple(info);
    const argument = this.argument(info);
    if (major === 2 || major === 3) this.string(major, argument);
    else if (major === 4) this.enter(argument, false);
    else if (major === 5) this.enter(argument * 2, true);
    else if (major === 6) this.tag(start, argument);
    else if (argument === Infinity) throw new RangeError('an integer without a length');
  }

  private end({ left, hasKey }: Container): void {
    if (left !== Infinity || hasKey) throw new RangeError('a break that ends nothing');
    this.open.pop();
  }

  private enter(count: number, isMap: boolean): void {
    this.open.push({ left: count, isMap, hasKey: false });
  }

  private string(major: number, length: number): void {
    if (length === Infinity) return this.enter(Infinity, false);
    const text = this.take(length);
    if (major === 3) new TextDecoder('utf-8', { fatal: true }).decode(text);
  }

  private tag(start: number, tag: number): void {
    if (tag >= FIRST_NUMBER_TAG && tag <= LAST_NUMBER_TAG) {
      if (this.position === start + 1) this.bytes[start] += UNASSIGNED_TAG - tag;
      else this.bytes[this.position - 1] = UNASSIGNED_TAG;
    }
    this.enter(1, false);
  }

  private simple(info: number): void {
    if (info > 27) throw new RangeError('a simple value that does not exist');
    const value = this.take(info < 24 ? 0 : 2 ** (info - 24));
    if (info in NO_INTEGER) value.write(NO_INTEGER[info], 'hex');
  }

  private argument(info: number): number {
    if (info < 24) return info;
    if (info === INDEFINITE) return Infinity;
    if (info > 27) throw new RangeError('a length in a form that does not exist');
    const value = this.take(2 ** (info - 24));
    return value.length === 8 ? Number(value.readBigUInt64BE()) : value.readUIntBE(0, value.length);
  }

  private take(length: number): Buffer {
    if (length > this.bytes.length - this.position) throw new RangeError('a message that is cut off');
    this.position += length;
    return this.bytes.subarray(this.position - length, this.position);
  }
}
