import fc from 'fast-check';
import { BlockSet } from '../../../local/device/block-set';
import { BlockLayout, bitmapOf, nextBlocks } from '../../../local/device/blocks';

const MIB_24 = 24 * 1024 * 1024;

describe('the layout of blocks', () => {
  test('the last block of a file can be shorter', () => {
    const layout = new BlockLayout(1025, 256);
    expect([layout.blockCount, layout.length(0), layout.length(4), layout.position(4)]).toEqual([5, 256, 1, 1024]);
  });

  test('the last block of a file can be as long as the others', () => {
    const layout = new BlockLayout(1024, 256);
    expect([layout.blockCount, layout.length(3)]).toEqual([4, 256]);
  });

  test('an empty file has no block', () => {
    expect(new BlockLayout(0, 256).blockCount).toBe(0);
  });

  test.each([[256, 512], [257, 510], [16_384, 8], [100_000, 1], [131_072, 1]])('a request for blocks of %i bytes has room for %i blocks', (blockSize, blocks) => {
    expect(new BlockLayout(MIB_24, blockSize).blocksPerRequest).toBe(blocks);
  });

  test.each([255, 131_073, 0, -1, 4096.5, NaN])('refuses blocks of %p bytes', (blockSize) => {
    expect(() => new BlockLayout(1, blockSize)).toThrow(
      `the block size must be an integer from 256 to 131072, got: ${blockSize}; 16384 suits most devices`);
  });

  test('the largest file has a layout in the smallest blocks', () => {
    expect(new BlockLayout(MIB_24, 256).blockCount).toBe(98_304);
  });

  test('refuses a block that cannot be requested', () => {
    expect(() => new BlockLayout(98_305 * 256 + 1, 256)).toThrow(
      'the last block must have a number of at most 98304, got: 98305 (25166081 bytes in blocks of 256); use blocks of at least 257 bytes');
    expect(new BlockLayout(98_305 * 256 + 1, 257).blockCount).toBe(97_923);
  });
});

describe('the bitmap of a request', () => {
  test('encodes the blocks 20, 21, 24 and 43 like the example in the guide', () => {
    expect(bitmapOf([20, 21, 24, 43])).toEqual(new Uint8Array([0x13, 0x00, 0x80]));
  });

  test('needs no bitmap for adjacent blocks', () => {
    expect(bitmapOf([20, 21, 22])).toBeUndefined();
    expect(bitmapOf([7])).toBeUndefined();
  });
});

describe('the blocks of the next request', () => {
  const wanted = (...blocks: number[]) => (block: number) => blocks.includes(block);

  test('a window ends at the first block that is not wanted', () => {
    expect(nextBlocks(new BlockLayout(10_000, 256), wanted(3, 4, 5, 7), 'windows')).toEqual([3, 4, 5]);
  });

  test('a bitmap skips blocks that are not wanted', () => {
    expect(nextBlocks(new BlockLayout(10_000, 256), wanted(3, 4, 5, 7), 'bitmap')).toEqual([3, 4, 5, 7]);
  });

  test('returns no blocks if none is wanted', () => {
    expect(nextBlocks(new BlockLayout(10_000, 256), () => false, 'bitmap')).toEqual([]);
  });

  test('a bitmap has less than 12,288 bytes', () => {
    const layout = new BlockLayout(MIB_24, 256);
    expect(nextBlocks(layout, wanted(0, 98_295, 98_296), 'bitmap')).toEqual([0, 98_295]);
    expect(bitmapOf([0, 98_295])).toHaveLength(12_287);
  });

  test('a request has at most 128 KiB of blocks, in ascending order', () => {
    fc.assert(fc.property(
      fc.integer({ min: 0, max: 600_000 }), fc.integer({ min: 256, max: 131_072 }), fc.func(fc.boolean()), fc.constantFrom('bitmap' as const, 'windows' as const),
      (fileSize, blockSize, want, missingBlocks) => {
        const layout = new BlockLayout(fileSize, blockSize);
        const blocks = nextBlocks(layout, (block) => want(block), missingBlocks);
        const all = Array.from({ length: layout.blockCount }, (_, block) => block).filter((block) => want(block));
        expect(blocks).toEqual(all.slice(0, blocks.length));
        expect(blocks.length * blockSize).toBeLessThanOrEqual(131_072);
        expect(blocks.length > 0).toBe(all.length > 0);
        if (missingBlocks === 'bitmap') expect(blocks).toHaveLength(Math.min(all.length, layout.blocksPerRequest));
        else if (blocks.length > 0) expect(bitmapOf(blocks)).toBeUndefined();
      },
    ));
  });
});

describe('a set of blocks', () => {
  test('a block set can be saved and restored as Base64', () => {
    const sets = fc.integer({ min: 1, max: 500 }).chain((count) => fc.tuple(fc.constant(count), fc.array(fc.nat(count - 1))));
    fc.assert(fc.property(sets, ([blockCount, blocks]) => {
      const set = new BlockSet(blockCount, blocks);
      const copy = BlockSet.fromBase64(blockCount, set.toBase64());
      const expected = Array.from({ length: blockCount }, (_, block) => blocks.includes(block));
      expect(Array.from({ length: blockCount }, (_, block) => set.has(block))).toEqual(expected);
      expect(Array.from({ length: blockCount }, (_, block) => copy.has(block))).toEqual(expected);
      expect([set.size, copy.size]).toEqual([new Set(blocks).size, new Set(blocks).size]);
      expect(set.full).toBe(set.size === blockCount);
    }));
  });

  test('the block set of an empty file is full', () => {
    expect(new BlockSet(0).full).toBe(true);
  });

  test('a restored block set ignores bits beyond its end and treats absent bits as missing blocks', () => {
    expect(BlockSet.fromBase64(3, '/w==').size).toBe(3);
    expect(BlockSet.fromBase64(20, '/w==').size).toBe(8);
  });
});
