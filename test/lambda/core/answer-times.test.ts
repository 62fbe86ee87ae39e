import type { Context } from 'aws-lambda';
import type { CustomResourceOptions } from '../../../lambda/core/custom-resource';
import { customResource } from '../../../lambda/core/custom-resource';
import { createEvent, LOGICAL_ID, STACK, streamProperties } from '../support/events';
import { captureLog } from '../support/log-lines';

/*
 * The timing of the answer to CloudFormation, to the millisecond: with fake timers, and a function instead of the server.
 * custom-resource.test.ts tests the HTTP requests.
 */

type Lifecycle = CustomResourceOptions['lifecycle'];

/** The status of the server's response to an attempt, and the delay in milliseconds; or no response. */
type Reaction = { readonly status: number; readonly after: number } | 'hang';

const SUBJECT = { stack: STACK, logicalId: LOGICAL_ID, streamId: 'Shop-Firmware' };
const FAILING: Reaction = { status: 500, after: 0 };
const SUCCESS: Lifecycle = async () => ({ StreamVersion: '2' });
const ENDLESS: Lifecycle = () => new Promise(() => undefined);

const log = captureLog();
let start: number;
/** The attempts, in milliseconds after the event, with the status that they sent. */
let attempts: { readonly at: number; readonly status: string }[];

beforeEach(() => {
  jest.useFakeTimers();
  // without jitter, each pause is half of its limit
  jest.spyOn(Math, 'random').mockReturnValue(0);
  jest.spyOn(AbortSignal, 'timeout').mockImplementation((milliseconds) => {
    const timeout = new AbortController();
    setTimeout(() => timeout.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError')), milliseconds);
    return timeout.signal;
  });
  start = Date.now();
  attempts = [];
});

afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

describe('F10: an answer that does not reach CloudFormation', () => {
  test('sends the answer again after 2.5 seconds without a response, and keeps the first attempt open', async () => {
    expect(await answer(SUCCESS, ['hang', { status: 200, after: 10 }])).toMatchObject({ ended: 2_510 });

    expect(times()).toStrictEqual([0, 2_500]);
    expect(log.lines()).toStrictEqual([{ ...SUBJECT, call: 'answer', status: 'SUCCESS', attempt: 2 }]);
  });

  test('delivers the answer with the sixth attempt after five attempts that hang', async () => {
    expect(await answer(SUCCESS, ['hang', 'hang', 'hang', 'hang', 'hang', { status: 200, after: 10 }])).toMatchObject({ ended: 12_510 });

    expect(times()).toStrictEqual([0, 2_500, 5_000, 7_500, 10_000, 12_500]);
  });

  test('sends at most six attempts, and waits for the sixth until the Lambda function ends', async () => {
    expect(await answer(SUCCESS, Array.from({ length: 6 }, () => 'hang' as const))).toMatchObject({
      ended: 299_500, error: new Error('failed to answer CloudFormation after 6 attempts: TimeoutError'),
    });

    expect(times()).toStrictEqual([0, 2_500, 5_000, 7_500, 10_000, 12_500]);
  });

  test('accepts a late response to an earlier attempt while a later attempt hangs', async () => {
    expect(await answer(SUCCESS, [{ status: 200, after: 4_000 }, 'hang'])).toMatchObject({ ended: 4_000, error: undefined });

    expect(times()).toStrictEqual([0, 2_500]);
    expect(log.lines()).toStrictEqual([{ ...SUBJECT, call: 'answer', status: 'SUCCESS', attempt: 1 }]);
  });

  test('accepts a late response to an earlier attempt after the last attempt has failed', async () => {
    expect(await answer(SUCCESS, [{ status: 200, after: 60_000 }, FAILING, FAILING, FAILING, FAILING, FAILING])).toMatchObject({
      ended: 60_000, error: undefined,
    });

    // the pauses after the failures are 250, 500, 1,000 and 2,000 milliseconds
    expect(times()).toStrictEqual([0, 2_500, 2_750, 3_250, 4_250, 6_250]);
    expect(log.lines().pop()).toStrictEqual({ ...SUBJECT, call: 'answer', status: 'SUCCESS', attempt: 1 });
  });

  test('fails with the error of the last attempt once no earlier attempt is open', async () => {
    const last: Reaction = { status: 503, after: 0 };

    expect(await answer(SUCCESS, [{ status: 403, after: 60_000 }, FAILING, FAILING, FAILING, FAILING, last])).toMatchObject({
      ended: 60_000, error: new Error('failed to answer CloudFormation after 6 attempts: status 503'),
    });
  });

  test('does not send the answer again if the server responds within 2.5 seconds', async () => {
    expect(await answer(SUCCESS, [{ status: 200, after: 2_499 }])).toMatchObject({ ended: 2_499 });

    expect(times()).toStrictEqual([0]);
  });

  test('stops sending the answer half a second before the Lambda function ends', async () => {
    expect(await answer(SUCCESS, Array.from({ length: 6 }, () => 'hang' as const), 8_000)).toMatchObject({
      ended: 7_500, error: new Error('failed to answer CloudFormation after 3 attempts: TimeoutError'),
    });

    expect(times()).toStrictEqual([0, 2_500, 5_000]);
  });

  test('does not send the answer again if the pause would last longer than the Lambda function', async () => {
    // after pauses of 125, 250 and 500 milliseconds, 125 are left, and the next pause would be 500 or more
    expect(await answer(SUCCESS, [FAILING, FAILING, FAILING, FAILING, FAILING, FAILING], 1_500)).toMatchObject({
      ended: 875, error: new Error('failed to answer CloudFormation after 4 attempts: status 500'),
    });

    expect(times()).toStrictEqual([0, 125, 375, 875]);
  });

  test('sends the answer once even if no time is left', async () => {
    expect(await answer(SUCCESS, ['hang'], 400)).toMatchObject({
      ended: 1, error: new Error('failed to answer CloudFormation after 1 attempts: TimeoutError'),
    });
  });

  test.each([[0, 125], [0.5, 187.5], [1, 250]])('pauses between half of the limit and the whole limit before the next attempt: %d', async (random, pause) => {
    jest.spyOn(Math, 'random').mockReturnValue(random);

    await answer(SUCCESS, [{ status: 500, after: 0 }, { status: 200, after: 0 }]);

    expect(times()).toStrictEqual([0, Math.floor(pause)]);
  });
});

describe('F11: work that does not end', () => {
  test.each([
    { remaining: 300_000, deadline: 280_000 },
    { remaining: 40_000, deadline: 20_000 },
    { remaining: 30_000, deadline: 15_000 },
  ])('answers a FAILED 20 seconds before the Lambda function ends, or after half of a shorter time: $remaining ms', async ({ remaining, deadline }) => {
    const { ended, exit } = await answer(ENDLESS, [{ status: 200, after: 10 }], remaining);

    expect(attempts).toStrictEqual([{ at: deadline, status: 'FAILED' }]);
    expect({ ended, exits: exit.mock.calls.length }).toStrictEqual({ ended: deadline + 10, exits: 1 });
  });
});

describe('F12: a race between work and deadline', () => {
  test('keeps the answer of the work if the deadline passes while the answer is sent', async () => {
    const slow = { status: 200, after: 4_000 };

    // 6 seconds is the deadline
    const { ended, exit } = await answer(SUCCESS, ['hang', slow, slow], 12_000);

    expect(attempts).toStrictEqual([0, 2_500, 5_000].map((at) => ({ at, status: 'SUCCESS' })));
    expect(ended).toBe(6_500);
    expect(exit).not.toHaveBeenCalled();
  });
});

/** Handles one event; `remaining` is the time left to the Lambda function, in milliseconds. */
async function answer(lifecycle: Lifecycle, reactions: readonly Reaction[], remaining = 300_000) {
  jest.spyOn(global, 'fetch').mockImplementation(async (_, init) => {
    attempts.push({ at: Date.now() - start, status: (JSON.parse(init!.body as string) as { Status: string }).Status });
    return react(reactions[attempts.length - 1], init!.signal!);
  });
  const exit = jest.fn();
  const handler = customResource({ lifecycle, physicalId: () => 'asked-for', logContextOf: () => SUBJECT, exit });
  let error: unknown;
  let ended: number | undefined;
  const running = handler(createEvent(streamProperties()), context(remaining))
    .catch((caught: unknown) => { error = caught; })
    .then(() => { ended = Date.now() - start; });
  await jest.runAllTimersAsync();
  await running;
  return { ended, error, exit };
}

async function react(reaction: Reaction, signal: AbortSignal): Promise<Response> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
    if (reaction !== 'hang') setTimeout(() => resolve(new Response(null, { status: reaction.status })), reaction.after);
  });
}

function context(remaining: number): Context {
  return {
    logGroupName: 'Shop-Handler', logStreamName: 'stream', getRemainingTimeInMillis: () => remaining - (Date.now() - start),
  } as Partial<Context> as Context;
}

function times(): number[] {
  return attempts.map(({ at }) => at);
}
