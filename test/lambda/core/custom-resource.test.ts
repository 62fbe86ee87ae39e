import { getMaxListeners } from 'node:events';
import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import * as fc from 'fast-check';
import type { CustomResourceOptions } from '../../../lambda/core/custom-resource';
import { CREATE_FAILED, customResource } from '../../../lambda/core/custom-resource';
import type { Attributes } from '../../../lambda/core/resource-type';
import { freePorts } from '../../../local/ministack/ports';
import { fileSizeAttribute } from '../../../src/iot-file-stream/private/contract';
import type { Endpoint } from '../support/endpoint';
import { startEndpoint } from '../support/endpoint';
import { createEvent, deleteEvent, LOGICAL_ID, requestId, STACK, streamProperties, updateEvent } from '../support/events';
import { captureLog } from '../support/log-lines';

type Lifecycle = CustomResourceOptions['lifecycle'];

/** Factor by which timers run faster, because pauses and timeouts last seconds. */
let speed: number;
/** Factor for the timeouts of requests to the server; 1 except in tests of a timeout. */
let timeoutSpeed: number;
const QUERY = '/bucket/answer%2Fid?X-Amz-Signature=5ecre7&X-Amz-Expires=7200';
const PROPERTIES = streamProperties({ Files: { 0: { Text: 'confidential' } } });
const SUBJECT = { stack: STACK, logicalId: LOGICAL_ID, streamId: 'Shop-Firmware' };
const HINT = ' (log stream: 2026/11/21/[$LATEST]0123456789abcdef in Shop-Handler)';

const log = captureLog();
let endpoint: Endpoint;
let pauses: number[];
let timers: NodeJS.Timeout[];
let timeouts: number[];

beforeAll(async () => {
  endpoint = await startEndpoint();
});

afterAll(async () => {
  await endpoint.stop();
});

beforeEach(() => {
  speed = 20;
  timeoutSpeed = 1;
  endpoint.received.length = 0;
  endpoint.reactions.length = 0;
  pauses = [];
  timers = [];
  timeouts = [];
  const { setTimeout: later } = global;
  const timeout = AbortSignal.timeout.bind(AbortSignal);
  jest.spyOn(global, 'setTimeout').mockImplementation(((run: () => void, milliseconds = 0) => {
    pauses.push(milliseconds);
    const timer = later(run, milliseconds / speed);
    timers.push(timer);
    return timer;
  }) as typeof setTimeout);
  jest.spyOn(AbortSignal, 'timeout').mockImplementation((milliseconds) => {
    timeouts.push(milliseconds);
    return timeout(Math.ceil(milliseconds / timeoutSpeed));
  });
});

afterEach(() => {
  jest.restoreAllMocks();
});

describe('the answer', () => {
  test('sends the answer of a success with one PUT to the presigned URL, without a content type and with the exact length', async () => {
    await answer(createEvent(PROPERTIES, url()), async () => ({ StreamId: 'Fühler', StreamVersion: '7' }));

    expect(endpoint.received).toHaveLength(1);
    const [{ method, url: path, headers, body }] = endpoint.received;
    expect({ method, path, type: headers['content-type'], length: headers['content-length'], encoding: headers['transfer-encoding'] }).toStrictEqual({
      method: 'PUT', path: QUERY, type: '', length: String(Buffer.byteLength(body)), encoding: undefined,
    });
    expect(JSON.parse(body)).toStrictEqual({
      Status: 'SUCCESS',
      Data: { StreamId: 'Fühler', StreamVersion: '7' },
      PhysicalResourceId: 'asked-for',
      StackId: STACK,
      RequestId: requestId(1),
      LogicalResourceId: LOGICAL_ID,
    });
  });

  test('answers the sizes of 50 files and the longest IDs within the size limit', async () => {
    const streamId = 'x'.repeat(128);
    const sizes = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [fileSizeAttribute(206 + index), String(24 * 1024 ** 2)]));
    const stackId = `arn:aws-us-gov:cloudformation:us-gov-west-1:111122223333:stack/${'x'.repeat(128)}/5b1d7a30-9c7c-11f0-8f3c-0a1b2c3d4e5f`;
    const event = { ...updateEvent(PROPERTIES, PROPERTIES, url()), StackId: stackId, LogicalResourceId: 'x'.repeat(255), PhysicalResourceId: streamId };

    await answer(event, async () => ({
      StreamId: streamId, StreamArn: `arn:aws-us-gov:iot:us-gov-west-1:111122223333:stream/${streamId}`, StreamVersion: String(2 ** 31), ...sizes,
    }));

    const [{ body }] = endpoint.received;
    expect(JSON.parse(body).Data).toMatchObject({ FileSize255: '25165824' });
    expect(Buffer.byteLength(body)).toBeLessThan(4096 / 1.3);
  });

  test('answers a failure with its message and the name of the log stream', async () => {
    await answer(updateEvent(PROPERTIES, PROPERTIES, url()), async () => { throw new Error('the role is gone'); });

    expect(answers()).toStrictEqual([{
      Status: 'FAILED',
      Reason: `the role is gone${HINT}`,
      PhysicalResourceId: 'Shop-Firmware',
      StackId: STACK,
      RequestId: requestId(1),
      LogicalResourceId: LOGICAL_ID,
    }]);
  });

  test('answers a failed Create with the physical ID create-failed, and every other failed event with its own ID', async () => {
    const fails = async () => { throw new Error('the role is gone'); };

    await answer(createEvent(PROPERTIES, url()), fails);
    await answer(updateEvent(PROPERTIES, PROPERTIES, url()), fails);

    expect(answers()).toMatchObject([
      { Status: 'FAILED', Reason: `the role is gone${HINT}`, PhysicalResourceId: 'cdk-iot-streams:create-failed' },
      { Status: 'FAILED', Reason: `the role is gone${HINT}`, PhysicalResourceId: 'Shop-Firmware' },
    ]);
  });

  test('answers a thrown value that is not an Error with its text', async () => {
    await answer(createEvent(PROPERTIES, url()), () => Promise.reject('only a text'));

    expect(answers()).toMatchObject([{ Status: 'FAILED', Reason: `only a text${HINT}` }]);
  });

  test('allows any number of listeners on the abort signal, so that Node.js logs no warning of a leak', async () => {
    await answer(createEvent(PROPERTIES, url()), async (_, signal) => ({ Limit: String(getMaxListeners(signal)) }));

    expect(answers()).toMatchObject([{ Data: { Limit: 'Infinity' } }]);
  });

  test('aborts the signal after the answer without ending the process', async () => {
    const clear = jest.spyOn(global, 'clearTimeout');
    for (const end of [() => ({}), () => { throw new Error('no'); }]) {
      const signals: AbortSignal[] = [];
      const { exit } = await answer(createEvent(PROPERTIES, url()), async (_, signal) => {
        signals.push(signal);
        expect(signal.aborted).toBe(false);
        return end();
      });

      expect(signals.map((signal) => signal.aborted)).toStrictEqual([true]);
      // the timer of the deadline must not fire during the next invocation
      expect(clear.mock.calls).toStrictEqual([[timers[0]]]);
      clear.mockClear();
      timers.length = 0;
      expect(exit).not.toHaveBeenCalled();
    }
  });
});

describe('F5: the physical ID', () => {
  const outcomes: { outcome: string; lifecycle: Lifecycle; milliseconds: number; numRuns: number; created: string }[] = [
    { outcome: 'success', lifecycle: async () => ({}), milliseconds: 300_000, numRuns: 20, created: 'asked-for' },
    { outcome: 'failure', lifecycle: async () => { throw new Error('no'); }, milliseconds: 300_000, numRuns: 20, created: CREATE_FAILED },
    { outcome: 'no end', lifecycle: () => new Promise(() => undefined), milliseconds: 10_000, numRuns: 3, created: CREATE_FAILED },
  ];

  test.each(outcomes)('answers a Create with the physical ID of the resource, or with create-failed: $outcome', async ({ lifecycle, milliseconds, created }) => {
    await answer(createEvent(PROPERTIES, url()), lifecycle, milliseconds);

    expect(answers()).toMatchObject([{ PhysicalResourceId: created }]);
  });

  test.each(outcomes)('answers an Update or a Delete with the physical ID of the event: $outcome', async ({ lifecycle, milliseconds, numRuns }) => {
    await fc.assert(fc.asyncProperty(fc.string({ minLength: 1, maxLength: 1024 }), fc.boolean(), async (physicalId, isDelete) => {
      endpoint.received.length = 0;
      const options = { ...url(), physicalId };
      const event = isDelete ? deleteEvent(PROPERTIES, options) : updateEvent(PROPERTIES, PROPERTIES, options);

      await answer(event, lifecycle, milliseconds);

      expect(answers()).toMatchObject([{ PhysicalResourceId: physicalId }]);
    }), { numRuns, interruptAfterTimeLimit: 2_000 });
  });
});

describe('F8: an answer has at most 4,096 bytes', () => {
  const texts: Record<string, string> = {
    'multi-byte characters': 'Ünïcödé '.repeat(1_500),
    'characters of four bytes': '😀'.repeat(3_000),
    'unpaired surrogates': '\ud83d'.repeat(5_000),
    'characters that JSON escapes': '"\\\n\u0000'.repeat(3_000),
    'ASCII': 'x'.repeat(10_000),
  };

  test.each(Object.keys(texts))('shortens a long message of %s to fit the answer with the longest IDs', async (kind) => {
    const event = { ...updateEvent(PROPERTIES, PROPERTIES, { ...url(), physicalId: 'p'.repeat(1_024), logicalId: 'L'.repeat(255) }), StackId: 's'.repeat(256) };

    await answer(event, async () => { throw new Error(texts[kind]); });

    const [{ body }] = endpoint.received;
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(4_096);
    // the message is not shortened more than necessary: the largest character needs six bytes
    expect(Buffer.byteLength(body)).toBeGreaterThan(4_090);
    const { Reason, ...rest } = JSON.parse(body) as { Reason: string };
    const kept = Reason.slice(0, -`...${HINT}`.length);
    expect(Reason).toBe(`${kept}...${HINT}`);
    expect(texts[kind].startsWith(kept)).toBe(true);
    expect(rest).toStrictEqual({
      Status: 'FAILED',
      PhysicalResourceId: 'p'.repeat(1_024),
      StackId: 's'.repeat(256),
      RequestId: requestId(1),
      LogicalResourceId: 'L'.repeat(255),
    });
  });

  test('keeps every character of a message that just fits into the answer', async () => {
    const room = 4_096 - Buffer.byteLength(JSON.stringify({
      Status: 'FAILED', Reason: HINT, PhysicalResourceId: CREATE_FAILED, StackId: STACK, RequestId: requestId(1), LogicalResourceId: LOGICAL_ID,
    }));
    await answer(createEvent(PROPERTIES, url()), async () => { throw new Error('x'.repeat(room)); });
    await answer(createEvent(PROPERTIES, url()), async () => { throw new Error('x'.repeat(room + 1)); });

    expect(Buffer.byteLength(endpoint.received[0].body)).toBe(4_096);
    expect(answers()).toMatchObject([
      { Reason: `${'x'.repeat(room)}${HINT}` },
      { Reason: expect.stringMatching(/^x+\.\.\. \(log stream/) as string },
    ]);
  });

  test('fills the answer if every character has one byte', async () => {
    await answer(createEvent(PROPERTIES, url()), async () => { throw new Error(texts.ASCII); });

    expect(Buffer.byteLength(endpoint.received[0].body)).toBe(4_096);
  });

  test('fits every message into an answer of 4,096 bytes', async () => {
    await fc.assert(fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1_000, maxLength: 6_000 }), async (message) => {
      endpoint.received.length = 0;
      await answer(createEvent(PROPERTIES, url()), async () => { throw new Error(message); });

      expect(Buffer.byteLength(endpoint.received[0].body)).toBeLessThanOrEqual(4_096);
      expect((JSON.parse(endpoint.received[0].body) as { Reason: string }).Reason.endsWith(HINT)).toBe(true);
    }), { numRuns: 50, interruptAfterTimeLimit: 2_000 });
  }, 30_000);
});

describe('F9: the log', () => {
  test('logs each attempt to answer without the presigned URL and without properties', async () => {
    endpoint.reactions.push(503, 'reset');
    await answer(createEvent(PROPERTIES, url()), async () => ({}));

    expect(log.lines()).toStrictEqual([
      { ...SUBJECT, call: 'answer', status: 'SUCCESS', attempt: 1, problem: 'status 503' },
      { ...SUBJECT, call: 'answer', status: 'SUCCESS', attempt: 2, problem: 'TypeError: UND_ERR_SOCKET' },
      { ...SUBJECT, call: 'answer', status: 'SUCCESS', attempt: 3 },
    ]);
    expect(log.text()).not.toMatch(/5ecre7|X-Amz|127\.0\.0\.1|confidential/);
  });

  test('hides the presigned URL in the log and in the error if the answer cannot be delivered', async () => {
    const [port] = await freePorts('127.0.0.1', 1);
    const event = createEvent(PROPERTIES, { responseUrl: `https://127.0.0.1:${port}${QUERY}` });

    const error = await answer(event, async () => ({}), 3_000).catch((caught: Error) => caught);

    expect(String(error)).toMatch(/^Error: failed to answer CloudFormation after \d attempts: TypeError: ECONNREFUSED$/);
    expect(log.text()).not.toMatch(/5ecre7|X-Amz|127\.0\.0\.1|confidential/);
  });
});

describe('F10: an answer that does not reach CloudFormation', () => {
  test.each([1, 2, 3, 4, 5])('sends the answer again after %i server errors', async (failures) => {
    endpoint.reactions.push(...Array.from({ length: failures }, () => 500));

    await answer(createEvent(PROPERTIES, url()), async () => ({}));

    expect(endpoint.received).toHaveLength(failures + 1);
    expect(new Set(endpoint.received.map(({ body }) => body)).size).toBe(1);
  });

  test('doubles the pauses between the attempts and adds jitter', async () => {
    endpoint.reactions.push(500, 500, 500, 500, 500);

    await answer(createEvent(PROPERTIES, url()), async () => ({}));

    // the first timer is that of the deadline
    const [, ...between] = pauses;
    expect(between).toHaveLength(5);
    between.forEach((pause, index) => {
      expect(pause).toBeGreaterThanOrEqual(125 * 2 ** index);
      expect(pause).toBeLessThanOrEqual(250 * 2 ** index);
    });
  });

  test('fails the invocation after six failed attempts to answer', async () => {
    endpoint.reactions.push(500, 403, 500, 'reset', 400, 503);

    await expect(answer(createEvent(PROPERTIES, url()), async () => ({}))).rejects.toStrictEqual(
      new Error('failed to answer CloudFormation after 6 attempts: status 503'));
    expect(endpoint.received).toHaveLength(6);
  });

  test('does not try again if the pause would last until the end', async () => {
    endpoint.reactions.push(503);
    jest.spyOn(Math, 'random').mockReturnValue(1);
    // 500 of them are reserved, and the first pause has 250
    const stopped = { ...context(0), getRemainingTimeInMillis: () => 750 };

    await expect(customResource(protocolOf(async () => ({})))(createEvent(PROPERTIES, url()), stopped)).rejects.toStrictEqual(
      new Error('failed to answer CloudFormation after 1 attempts: status 503'));
    expect(endpoint.received).toHaveLength(1);
  });

  test('starts no pause after an answer that has arrived', async () => {
    await answer(createEvent(PROPERTIES, url()), async () => ({}));

    // the timer for the deadline is the only one
    expect(timers).toHaveLength(1);
  });

  test('sends the answer again after a connection reset', async () => {
    endpoint.reactions.push('reset', 'reset');

    await answer(createEvent(PROPERTIES, url()), async () => ({}));

    expect(endpoint.received).toHaveLength(3);
  });

  test('sends the answer once even if no time is left', async () => {
    const [port] = await freePorts('127.0.0.1', 1);
    const event = createEvent(PROPERTIES, { responseUrl: `https://127.0.0.1:${port}${QUERY}` });

    await expect(answer(event, async () => ({}), 400)).rejects.toThrow(/^failed to answer CloudFormation after 1 attempts: T\w+Error/);

    expect(timeouts[0]).toBe(1);
  });
});

describe('F11: work that does not end', () => {
  const never: Lifecycle = () => new Promise(() => undefined);
  const tooLate = {
    Status: 'FAILED',
    Reason: `the handler ran out of time: deploy again, and look for the slow call in its log${HINT}`,
    PhysicalResourceId: CREATE_FAILED,
    StackId: STACK,
    RequestId: requestId(1),
    LogicalResourceId: LOGICAL_ID,
  };

  test('answers a FAILED once if the work does not end', async () => {
    await answer(createEvent(PROPERTIES, url()), never, 10_000);

    expect(answers()).toStrictEqual([tooLate]);
  });

  test('F50: aborts the work at the deadline and ends the process after the answer, so that nothing runs during the next invocation', async () => {
    const order: string[] = [];
    const { exit } = await answer(createEvent(PROPERTIES, url()), (_, signal) => new Promise(() => {
      signal.addEventListener('abort', () => order.push(`aborted, answers: ${endpoint.received.length}`));
    }), 10_000, () => order.push(`exit, answers: ${endpoint.received.length}`));

    expect(order).toStrictEqual(['aborted, answers: 0', 'exit, answers: 1']);
    expect(exit).toHaveBeenCalledTimes(1);
  });

  test('F50: ends the process at the deadline even if the answer cannot be delivered', async () => {
    timeoutSpeed = speed;
    endpoint.reactions.push('hang', 'hang', 'hang');
    const exit = jest.fn();

    await expect(customResource({ lifecycle: never, physicalId: () => 'asked-for', logContextOf: () => SUBJECT, exit })(createEvent(PROPERTIES, url()), context(2_000))).rejects
      .toThrow(/^failed to answer CloudFormation after 1 attempts: TimeoutError$/);

    expect(exit).toHaveBeenCalledTimes(1);
  });
});

describe('F12: a race between work and deadline', () => {
  test.each<[string, (resolve: (data: Attributes) => void, reject: (error: Error) => void) => void]>([
    ['succeeds', (resolve) => resolve({ StreamVersion: '2' })],
    ['fails', (_, reject) => reject(new Error('aborted'))],
  ])('answers once if the work %s after the deadline', async (_, end) => {
    const unhandled = jest.fn();
    process.on('unhandledRejection', unhandled);
    endpoint.reactions.push({ status: 200, after: 20 });

    await answer(createEvent(PROPERTIES, url()), (__, signal) => new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => end(resolve, reject));
    }), 10_000);
    await new Promise((resolve) => setImmediate(resolve));

    expect(answers()).toMatchObject([{ Status: 'FAILED', Reason: expect.stringMatching(/^the handler ran out of time/) as string }]);
    expect(unhandled).not.toHaveBeenCalled();
    process.off('unhandledRejection', unhandled);
  });
});

/** Handles one event; `milliseconds` is the time left to the Lambda function, at the speed of this file. */
async function answer(
  event: CloudFormationCustomResourceEvent, lifecycle: Lifecycle, milliseconds = 300_000, onExit: () => void = () => undefined,
): Promise<{ exit: jest.Mock }> {
  const exit = jest.fn(onExit);
  await customResource(protocolOf(lifecycle, exit))(event, context(milliseconds));
  return { exit };
}

function protocolOf(lifecycle: Lifecycle, exit = () => undefined as void): CustomResourceOptions {
  return { lifecycle, physicalId: () => 'asked-for', logContextOf: () => SUBJECT, exit };
}

function context(milliseconds: number): Context {
  const start = Date.now();
  const unused: Context = {
    callbackWaitsForEmptyEventLoop: true,
    functionName: 'Shop-Handler',
    functionVersion: '$LATEST',
    invokedFunctionArn: 'arn:aws:lambda:eu-west-1:111122223333:function:Shop-Handler',
    memoryLimitInMB: '256',
    awsRequestId: 'unused',
    logGroupName: 'Shop-Handler',
    logStreamName: '2026/11/21/[$LATEST]0123456789abcdef',
    getRemainingTimeInMillis: () => milliseconds - (Date.now() - start) * speed,
    done: () => undefined,
    fail: () => undefined,
    succeed: () => undefined,
  };
  return unused;
}

function url(): { responseUrl: string } {
  return { responseUrl: `${endpoint.url}${QUERY}` };
}

function answers(): Record<string, unknown>[] {
  return endpoint.received.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
}
