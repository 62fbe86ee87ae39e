import { fuzzAnswers, fuzzRequest } from './fuzz';

/** A fixed seed; `npm run fuzz -- --runs N --seed S` runs others. */
const SEED = 1;

function counted(ends: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const end of ends) counts[end] = (counts[end] ?? 0) + 1;
  return counts;
}

test('answers or rejects every malformed request', async () => {
  const ends: string[] = [];
  for (let run = 0; run < 4_000; run++) ends.push(await fuzzRequest(SEED + run));
  // every kind of end must occur, otherwise the requests are not diverse enough
  for (const end of ['data', 'description', 'InvalidTopic', 'InvalidJson', 'InvalidCbor', 'InvalidRequest', 'ResourceNotFound', 'VersionMismatch', 'BlockSizeOutOfBounds']) {
    expect([end, counted(ends)[end] > 0]).toEqual([end, true]);
  }
});

test('ends every download with malformed answers with the file, a rejection or a protocol violation', async () => {
  const ends: string[] = [];
  for (let run = 0; run < 600; run++) ends.push(await fuzzAnswers(SEED + run));
  expect(Object.keys(counted(ends))).toEqual(expect.arrayContaining(['ProtocolViolation', 'StreamRejection', 'answer']));
}, 120_000);
