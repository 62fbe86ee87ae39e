import { createCipheriv } from 'node:crypto';

/** Park and Miller's generator, which repeats the same numbers for the same seed. */
export function random(seed: number): () => number {
  let state = seed % 2_147_483_646 + 1;
  return () => {
    state = state * 48_271 % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** The key stream of a cipher: the same bytes for the same seed, at the speed of native code. */
export function randomBytesOf(seed: number, length: number): Buffer {
  const key = Buffer.alloc(16);
  key.writeDoubleBE(seed);
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length));
}
