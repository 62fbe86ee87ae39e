/** A set of block numbers as bits, least significant bit first, like the bitmaps of the service. */
export class BlockSet {
  static fromBase64(blockCount: number, base64: string): BlockSet {
    const bits = Buffer.from(base64, 'base64');
    const set = new BlockSet(blockCount);
    for (let block = 0; block < blockCount; block++) {
      if (Math.floor((bits[Math.floor(block / 8)] ?? 0) / 2 ** (block % 8)) % 2 === 1) set.add(block);
    }
    return set;
  }

  private readonly bits: Uint8Array;
  private count = 0;

  constructor(readonly blockCount: number, blocks: Iterable<number> = []) {
    this.bits = new Uint8Array(Math.ceil(blockCount / 8));
    for (const block of blocks) this.add(block);
  }

  get size(): number {
    return this.count;
  }

  get full(): boolean {
    return this.count === this.blockCount;
  }

  has(block: number): boolean {
    return Math.floor(this.bits[Math.floor(block / 8)] / 2 ** (block % 8)) % 2 === 1;
  }

  add(block: number): void {
    if (this.has(block)) return;
    this.bits[Math.floor(block / 8)] += 2 ** (block % 8);
    this.count++;
  }

  toBytes(): Uint8Array {
    return this.bits.slice();
  }

  toBase64(): string {
    return Buffer.from(this.bits).toString('base64');
  }
}
