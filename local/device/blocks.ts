import { BlockSet } from './block-set';
import { InvalidOption } from './errors';
import { MAX_BITMAP_BYTES, MAX_BLOCK_OFFSET, MAX_BLOCK_SIZE, MAX_BYTES_PER_REQUEST, MIN_BLOCK_SIZE } from './limits';

/** The way to request blocks that are not adjacent: in one request with a bitmap, or in one request for each window. */
export type MissingBlocks = 'bitmap' | 'windows';

/** The division of a file into blocks. */
export class BlockLayout {
  readonly blockCount: number;

  constructor(readonly fileSize: number, readonly blockSize: number) {
    if (!Number.isInteger(blockSize) || blockSize < MIN_BLOCK_SIZE || blockSize > MAX_BLOCK_SIZE) {
      throw new InvalidOption(`the block size must be an integer from ${MIN_BLOCK_SIZE} to ${MAX_BLOCK_SIZE}, got: ${blockSize}; 16384 suits most devices`);
    }
    this.blockCount = Math.ceil(fileSize / blockSize);
    if (this.blockCount - 1 > MAX_BLOCK_OFFSET) {
      throw new InvalidOption(`the last block must have a number of at most ${MAX_BLOCK_OFFSET}, got: ${this.blockCount - 1} (${fileSize} bytes in blocks of ${blockSize}); `
        + `use blocks of at least ${Math.ceil(fileSize / (MAX_BLOCK_OFFSET + 1))} bytes`);
    }
  }

  get blocksPerRequest(): number {
    return Math.floor(MAX_BYTES_PER_REQUEST / this.blockSize);
  }

  position(block: number): number {
    return block * this.blockSize;
  }

  length(block: number): number {
    return Math.min(this.blockSize, this.fileSize - this.position(block));
  }

  /** Returns the least length of a file with these blocks. */
  endOf(blocks: BlockSet): number {
    let block = this.blockCount - 1;
    while (block >= 0 && !blocks.has(block)) block--;
    return block < 0 ? 0 : this.position(block) + this.length(block);
  }
}

/** Returns the blocks of the next request: the first wanted one, and as many later ones as fit into one request. */
export function nextBlocks(layout: BlockLayout, wanted: (block: number) => boolean, missingBlocks: MissingBlocks): number[] {
  let first = 0;
  while (first < layout.blockCount && !wanted(first)) first++;
  const end = Math.min(layout.blockCount, first + MAX_BITMAP_BYTES * 8);
  const blocks: number[] = [];
  for (let block = first; block < end && blocks.length < layout.blocksPerRequest; block++) {
    if (wanted(block)) blocks.push(block);
    else if (missingBlocks === 'windows') break;
  }
  return blocks;
}

/** Returns the bitmap of a request; undefined if the blocks are adjacent, so that offset and count suffice. */
export function bitmapOf(blocks: readonly number[]): Uint8Array | undefined {
  const [first] = blocks;
  const span = blocks[blocks.length - 1] - first + 1;
  if (span === blocks.length) return undefined;
  return new BlockSet(span, blocks.map((block) => block - first)).toBytes();
}
