/** Park and Miller's generator, which repeats the same numbers for the same seed. */
export function random(seed: number): () => number {
  let state = seed % 2_147_483_646 + 1;
  return () => {
    state = state * 48_271 % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

export function randomBytesOf(seed: number, length: number): Buffer {
  const next = random(seed);
  const bytes = Buffer.alloc(length);
  for (let i = 0; i < length; i++) bytes[i] = Math.floor(next() * 256);
  return bytes;
}
