/** Park and Miller's generator: the same faults for the same seed. */
export function random(seed: number): () => number {
  let state = seed % 2_147_483_646 + 1;
  return () => {
    state = state * 48_271 % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

export function randomBytesOf(seed: number, length: number): Buffer {
  const next = random(seed);
  return Buffer.from(Array.from({ length }, () => Math.floor(next() * 256)));
}
