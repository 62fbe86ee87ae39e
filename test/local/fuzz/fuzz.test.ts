import { fuzzAnswers, fuzzRequest } from './fuzz';

/** The same for everybody; `npm run fuzz -- --runs N --seed S` is for others, and for more. */
const SEED = 1;

function counted(ends: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const end of ends) counts[end] = (counts[end] ?? 0) + 1;
  return counts;
}

test('every malformed request ends in an answer or in a rejection', async () => {
  const ends: string[] = [];
  for (let run = 0; run < 4_000; run++) ends.push(await fuzzRequest(SEED + run));
  // all that a request can end in is seen, or the requests are not malformed in enough ways
  for (const end of ['data', 'description', 'InvalidTopic', 'InvalidJson', 'InvalidCbor', 'InvalidRequest', 'ResourceNotFound', 'VersionMismatch', 'BlockSizeOutOfBounds']) {
    expect([end, counted(ends)[end] > 0]).toEqual([end, true]);
  }
});

test('every download with malformed answers ends in the file, in a rejection, or in a violation of the protocol that says which', async () => {
  const ends: string[] = [];
  for (let run = 0; run < 600; run++) ends.push(await fuzzAnswers(SEED + run));
  expect(Object.keys(counted(ends))).toEqual(expect.arrayContaining(['ProtocolViolation', 'StreamRejection', 'answer']));
}, 120_000);
