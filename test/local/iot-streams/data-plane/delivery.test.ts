import { getMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Delivery } from '../../../../local/iot-streams/data-plane/delivery';
import type { NetworkFaults } from '../../../../local/iot-streams/data-plane/network-faults';
import { noNetworkFaults, seededRandom } from '../../../../local/iot-streams/data-plane/network-faults';
import type { Message } from '../../../../local/iot-streams/protocol/protocol';
import { content, FakeSource, topicOf } from '../protocol/fake-source';

const BLOCK = 256;
const BLOCKS = 32;
const file = content(BLOCKS * BLOCK);

let published: Message[];
let reported: unknown[];
let atOnce: number;
let mostAtOnce: number;

beforeEach(() => {
  published = [];
  reported = [];
  atOnce = 0;
  mostAtOnce = 0;
});

/** A broker with some latency. */
async function publish(message: Message): Promise<void> {
  mostAtOnce = Math.max(mostAtOnce, ++atOnce);
  await sleep(1);
  atOnce--;
  published.push(message);
}

function deliver(faults: Partial<NetworkFaults> = {}, send: (message: Message, signal: AbortSignal) => Promise<void> = publish): Delivery {
  const source = new FakeSource();
  source.put('s', { 0: file });
  return new Delivery({
    source,
    networkFaults: {
      ...noNetworkFaults(), ...faults,
    },
    random: seededRandom(1),
    publish: send,
    report: (reason) => reported.push(reason),
  });
}

function request(numberOfBlocks: number): Message {
  return { topic: topicOf('s', 'get/json'), payload: Buffer.from(JSON.stringify({ f: 0, l: BLOCK, n: numberOfBlocks })) };
}

function blocks(): number[] {
  return published.map(({ payload }) => JSON.parse(payload.toString()).i);
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(1);
}

test('publishes the blocks of a request in order, one after the other, without network faults', async () => {
  deliver().take(request(BLOCKS));
  await until(() => published.length === BLOCKS);
  expect(blocks()).toEqual(Array.from({ length: BLOCKS }, (_, index) => index));
  expect(mostAtOnce).toBe(1);
});

test('publishes delayed blocks after later ones', async () => {
  deliver({ lateness: 0.5, lateMilliseconds: 20 }).take(request(BLOCKS));
  await until(() => published.length === BLOCKS);
  expect(blocks()).not.toEqual(Array.from({ length: BLOCKS }, (_, index) => index));
  expect(new Set(blocks()).size).toBe(BLOCKS);
});

test.each<[string, Partial<NetworkFaults>]>([['a fast', {}], ['a slow', { lateness: 1, lateMilliseconds: 1 }]])(
  'answers 300 concurrent requests on %s network with at most 16 connections', async (_, faults) => {
    const delivery = deliver(faults);
    for (let count = 0; count < 300; count++) delivery.take(request(4));
    await until(() => published.length === 1200);
    expect(mostAtOnce).toBe(16);
    expect(reported).toEqual([]);
  });

test('allows any number of listeners on the signal, so that Node.js logs no warning', async () => {
  let most: number | undefined;
  deliver({}, async (message, signal) => {
    most = getMaxListeners(signal);
    await publish(message);
  }).take(request(1));
  await until(() => published.length === 1);
  expect(most).toBe(Infinity);
});

test('reports an answer that the broker refuses, and answers the next request', async () => {
  const refusal = new Error('the broker is full');
  let first = true;
  const delivery = deliver({}, async (message) => {
    if (!first) return publish(message);
    first = false;
    throw refusal;
  });
  delivery.take(request(1));
  await until(() => reported.length === 1);
  delivery.take(request(1));
  await until(() => published.length === 1);
  expect(reported).toEqual([refusal]);
});

test('publishes and reports nothing after it has been stopped', async () => {
  const delivery = deliver({ lateness: 0.5, lateMilliseconds: 60_000 });
  for (let count = 0; count < 20; count++) delivery.take(request(BLOCKS));
  await until(() => published.length > 0);
  await delivery.stop();
  const before = published.length;
  expect(before).toBeLessThan(20 * BLOCKS);
  await sleep(20);
  expect(published).toHaveLength(before);
  expect(reported).toEqual([]);
});
