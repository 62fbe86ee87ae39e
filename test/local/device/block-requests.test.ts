import fc from 'fast-check';
import { random } from './support/random';
import { BlockRequests, answerTimeout, type BlockRequest, type RequestOptions } from '../../../local/device/block-requests';
import { BlockSet } from '../../../local/device/block-set';
import { BlockLayout } from '../../../local/device/blocks';

const OPTIONS: RequestOptions = {
  requestsInFlight: 2, missingBlocks: 'bitmap', retryOptions: { answerTimeoutMs: 100, maxAnswerTimeoutMs: 300, retries: 2 },
};

function setUp(options: Partial<RequestOptions> = {}, stored: number[] = []) {
  const layout = new BlockLayout(131_072 * 4, 32_768);
  const set = new BlockSet(layout.blockCount, stored);
  const requests = new BlockRequests(layout, set, { ...OPTIONS, ...options });
  const receive = (block: number, now: number) => {
    set.add(block);
    requests.received(block, now);
  };
  return { requests, receive };
}

test('requests several windows at once, up to the limit', () => {
  const { requests } = setUp();
  expect(requests.due(0)).toEqual([{ blockOffset: 0, numberOfBlocks: 4 }, { blockOffset: 4, numberOfBlocks: 4 }]);
  expect(requests.due(1)).toEqual([]);
});

test('requests the next window when one is complete', () => {
  const { requests, receive } = setUp();
  requests.due(0);
  for (const block of [3, 0, 2]) receive(block, 10);
  expect(requests.due(10)).toEqual([]);
  receive(1, 20);
  expect(requests.due(20)).toEqual([{ blockOffset: 8, numberOfBlocks: 4 }]);
});

test('requests the missing blocks of an earlier run with a bitmap', () => {
  const { requests } = setUp({ requestsInFlight: 1 }, [0, 2, 4]);
  expect(requests.due(0)).toEqual([{ blockOffset: 1, numberOfBlocks: 4, blockBitmap: new Uint8Array([0b11_0101]) }]);
});

test('requests the missing blocks of an earlier run in windows', () => {
  const { requests } = setUp({ missingBlocks: 'windows' }, [0, 2, 4]);
  expect(requests.due(0)).toEqual([{ blockOffset: 1, numberOfBlocks: 1 }, { blockOffset: 3, numberOfBlocks: 1 }]);
});

test('requests missing blocks again after the timeout', () => {
  const { requests, receive } = setUp({ requestsInFlight: 1 });
  requests.due(0);
  receive(0, 50);
  receive(2, 60);
  expect(requests.nextDeadline()).toBe(160);
  expect(requests.due(159)).toEqual([]);
  expect(requests.due(160)).toEqual([{ blockOffset: 1, numberOfBlocks: 4, blockBitmap: new Uint8Array([0b1_1101]) }]);
});

test('does not repeat a request while blocks of another request arrive', () => {
  const { requests, receive } = setUp();
  requests.due(0);
  for (const [block, now] of [[0, 90], [1, 180], [2, 270]]) receive(block, now);
  expect(requests.due(369)).toEqual([]);
  expect(requests.nextDeadline()).toBe(370);
});

test('doubles the timeout with each retry up to a limit, and then gives up', () => {
  const { requests } = setUp({ requestsInFlight: 1 });
  const sent: number[] = [];
  for (let now = 0; !requests.exhausted; now = requests.exhausted ? now : requests.nextDeadline()) {
    if (requests.due(now).length > 0) sent.push(now);
  }
  expect(sent).toEqual([0, 100, 300]);
  expect(answerTimeout(OPTIONS.retryOptions, 10)).toBe(300);
});

test('accepts a late block of an earlier request', () => {
  const { requests, receive } = setUp({ requestsInFlight: 1 });
  requests.due(0);
  requests.due(100);
  receive(0, 150);
  expect(requests.due(150)).toEqual([]);
  for (const block of [1, 2, 3]) receive(block, 160);
  expect(requests.due(160)).toEqual([{ blockOffset: 4, numberOfBlocks: 4 }]);
  expect(requests.nextDeadline()).toBe(260);
});

test('counts several unanswered requests as one retry', () => {
  const { requests } = setUp({ requestsInFlight: 4 });
  expect(requests.due(0)).toHaveLength(4);
  expect(requests.due(100)).toHaveLength(4);
  expect(requests.due(300)).toHaveLength(4);
  expect(requests.due(599)).toEqual([]);
  expect(requests.due(600)).toEqual([]);
  expect(requests.exhausted).toBe(true);
});

/** Simulates a service and a network with virtual time. */
function simulate(layout: BlockLayout, stored: BlockSet, options: RequestOptions, seed: number, loss: number) {
  const next = random(seed);
  const requests = new BlockRequests(layout, stored, options);
  const arrivals: { at: number; block: number }[] = [];
  const asked: BlockRequest[] = [];
  let now = 0;
  while (!stored.full && !requests.exhausted) {
    for (const request of requests.due(now)) {
      asked.push(request);
      for (const block of blocksOf(request)) {
        const copies = next() < loss ? 0 : next() < 0.1 ? 2 : 1;
        for (let copy = 0; copy < copies; copy++) arrivals.push({ at: now + next() * 400, block });
      }
    }
    if (requests.exhausted) break;
    arrivals.sort((a, b) => b.at - a.at);
    const deadline = requests.nextDeadline();
    const arrival = arrivals.at(-1);
    if (!arrival || arrival.at > deadline) {
      now = deadline;
      continue;
    }
    arrivals.pop();
    now = arrival.at;
    if (stored.has(arrival.block)) continue;
    stored.add(arrival.block);
    requests.received(arrival.block, now);
  }
  return { asked, exhausted: requests.exhausted };
}

function blocksOf({ blockOffset, numberOfBlocks, blockBitmap }: BlockRequest): number[] {
  if (!blockBitmap) return Array.from({ length: numberOfBlocks }, (_, i) => blockOffset + i);
  return [...blockBitmap].flatMap((byte, k) => [0, 1, 2, 3, 4, 5, 6, 7]
    .filter((j) => Math.floor(byte / 2 ** j) % 2 === 1)
    .map((j) => blockOffset + 8 * k + j));
}

test('sends only valid requests with any network faults, and ends with all blocks or gives up', () => {
  let complete = 0;
  fc.assert(fc.property(
    fc.record({
      fileSize: fc.integer({ min: 1, max: 400_000 }),
      blockSize: fc.integer({ min: 256, max: 20_000 }),
      seed: fc.nat(),
      loss: fc.double({ min: 0, max: 0.95, noNaN: true }),
      requestsInFlight: fc.integer({ min: 1, max: 8 }),
      missingBlocks: fc.constantFrom('bitmap' as const, 'windows' as const),
      stored: fc.array(fc.nat(20)),
    }),
    ({ fileSize, blockSize, seed, loss, requestsInFlight, missingBlocks, stored }) => {
      const layout = new BlockLayout(fileSize, blockSize);
      const set = new BlockSet(layout.blockCount, stored.filter((block) => block < layout.blockCount));
      const { asked, exhausted } = simulate(layout, set, { ...OPTIONS, requestsInFlight, missingBlocks }, seed, loss);
      expect(exhausted).toBe(!set.full);
      if (set.full) complete++;
      for (const request of asked) {
        const blocks = blocksOf(request);
        expect(blocks).toHaveLength(request.numberOfBlocks);
        expect(blocks[0]).toBe(request.blockOffset);
        expect(Math.max(...blocks)).toBeLessThan(layout.blockCount);
        expect(blocks.length * blockSize).toBeLessThanOrEqual(131_072);
        if (missingBlocks === 'windows') expect(request.blockBitmap).toBeUndefined();
      }
    },
  ), { numRuns: 300 });
  expect(complete).toBeGreaterThan(100);
});

test('requests every block once without network faults', () => {
  const layout = new BlockLayout(1_000_000, 1000);
  const stored = new BlockSet(layout.blockCount);
  const { asked } = simulate(layout, stored, { ...OPTIONS, retryOptions: { ...OPTIONS.retryOptions, answerTimeoutMs: 1000 } }, 1, 0);
  expect(asked.flatMap(blocksOf)).toEqual(Array.from({ length: 1000 }, (_, block) => block));
});
