import type { NetworkFaults } from '../../../../local/iot-streams/data-plane/network-faults';
import { arrivals, noNetworkFaults, seededRandom } from '../../../../local/iot-streams/data-plane/network-faults';

const MESSAGES = 20_000;

function many(faults: NetworkFaults, seed: number): number[][] {
  const random = seededRandom(seed);
  return Array.from({ length: MESSAGES }, () => arrivals(faults, random));
}

function share(messages: number[][], property: (times: number[]) => boolean): number {
  return messages.filter(property).length / messages.length;
}

test('delivers every message once and at once without faults', () => {
  expect(new Set(many(noNetworkFaults(), 1).map(String))).toEqual(new Set(['0']));
});

test('returns separate settings for two networks', () => {
  noNetworkFaults().loss = 1;
  expect(noNetworkFaults().loss).toBe(0);
});

describe('a network with faults', () => {
  const faults: NetworkFaults = { loss: 0.05, duplication: 0.02, lateness: 0.1, lateMilliseconds: 300 };

  test('repeats the same faults with the same seed, and others with another seed', () => {
    expect(many(faults, 42)).toEqual(many(faults, 42));
    expect(many(faults, 42)).not.toEqual(many(faults, 43));
  });

  test.each([0, 1, 7, -1, 2 ** 31])('loses, duplicates and delays the configured shares of messages (seed %i)', (seed) => {
    const messages = many(faults, seed);
    const arrived = messages.filter((times) => times.length > 0);
    expect(share(messages, (times) => times.length === 0)).toBeCloseTo(0.05, 2);
    expect(share(arrived, (times) => times.length === 2)).toBeCloseTo(0.02, 2);
    expect(Math.abs(share(arrived, (times) => times[0] === 300) - 0.1)).toBeLessThan(0.01);
    expect(new Set(arrived.flat())).toEqual(new Set([0, 300]));
  });

  test.each<[keyof NetworkFaults, string]>([['loss', ''], ['duplication', '0,0'], ['lateness', '200']])('applies a %s of 1 to every message', (fault, times) => {
    expect(new Set(many({ ...noNetworkFaults(), [fault]: 1 }, 1).map(String))).toEqual(new Set([times]));
  });

  test('applies changed settings to the next message', () => {
    const line = noNetworkFaults();
    const random = seededRandom(1);
    expect(arrivals(line, random)).toEqual([0]);
    line.loss = 1;
    expect(arrivals(line, random)).toEqual([]);
  });
});

test('seededRandom returns evenly distributed numbers from 0 to below 1', () => {
  const random = seededRandom(5);
  const numbers = Array.from({ length: MESSAGES }, random);
  expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
  const tenths = Array.from({ length: 10 }, (_, tenth) => numbers.filter((number) => Math.floor(number * 10) === tenth).length / MESSAGES);
  for (const part of tenths) expect(Math.abs(part - 0.1)).toBeLessThan(0.01);
});
