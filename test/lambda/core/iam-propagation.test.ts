import type { CallFailed } from '../../../lambda/core/call';
import { TransientFailure } from '../../../lambda/core/call';
import { IAM_PROPAGATION_MILLISECONDS, retryWhileIamPropagates } from '../../../lambda/core/iam-propagation';
import { STREAM_ERRORS } from '../../../lambda/iot-file-stream/iot-errors';
import { FakeClock, refused } from '../iot-file-stream/doubles';

const CAUSES = 'still denied after 90 seconds, so this is not IAM propagation delay; check for '
  + "(1) a missing permission: a permissions boundary or service control policy must allow the management role's calls, "
  + "and sts:AssumeRole to the Lambda's role; the management role's trust policy must name that role "
  + '(2) a missing object: S3 answers 403 for it if the caller may not list the bucket '
  + '(3) a key that encrypts the source and does not let this account decrypt '
  + '(4) a bucket policy that denies the call, for example one that asks for encryption';

const DELIVERY = 'still denied after 90 seconds, so this is not IAM propagation delay; '
  + "AWS IoT must be able to assume the stream's role (its trust policy must name iot.amazonaws.com) "
  + "and to read the objects with it (s3:GetObjectVersion, and kms:Decrypt on the bucket's key), "
  + 'and no file may have more bytes than AWS IoT delivers';

const DENIED = ['AccessDenied', 'AccessDeniedException', 'UnauthorizedException', 'Forbidden', 'InvalidAccessKeyId', 'InvalidClientTokenId',
  'UnrecognizedClientException'];
const FAILING = ['InternalFailureException', 'InternalError', 'InternalFailure', 'InternalServerError', 'ServiceUnavailableException',
  'ServiceUnavailable', 'BadGateway', 'GatewayTimeout', 'TimeoutError'];
const MOVED = ['ResourceNotFoundException', 'ResourceAlreadyExistsException'];

let clock: FakeClock;
let attempts: number;

beforeEach(() => {
  clock = new FakeClock();
  attempts = 0;
});

/** Returns work that fails a number of times and then succeeds. */
function failing(times: number, error: Error): () => Promise<string> {
  return async () => {
    attempts += 1;
    if (attempts <= times) throw error;
    return 'done';
  };
}

function withRetries<T>(work: () => Promise<T>): Promise<T> {
  return retryWhileIamPropagates(work, STREAM_ERRORS, new AbortController().signal, clock);
}

test('runs work that succeeds once, without a pause', async () => {
  expect(await withRetries(failing(0, new Error()))).toBe('done');
  expect({ attempts, pauses: clock.pauses }).toStrictEqual({ attempts: 1, pauses: [] });
});

describe('F13: IAM propagation', () => {
  test.each([...DENIED, ...MOVED, 'InvalidRequestException'])('retries work that fails with %s', async (code) => {
    expect(await withRetries(failing(5, refused(code, 'AWS IoT cannot assume the role', 'create')))).toBe('done');
    expect({ attempts, pauses: clock.pauses }).toStrictEqual({ attempts: 6, pauses: [1_000, 2_000, 4_000, 8_000, 8_000] });
  });

  test.each([...DENIED.map((code) => [code, CAUSES]), ['InvalidRequestException', DELIVERY]])('gives up after 90 seconds and lists the causes of %s', async (code, causes) => {
    const error = refused(code, 'no', "create stream 'X'");

    const thrown = await withRetries(failing(Infinity, error)).catch((caught: unknown) => caught) as Error;

    expect(thrown.message).toBe(`failed to create stream 'X': no (${code}); ${causes}`);
    expect(thrown.cause).toBe(error);
    expect(clock.pauses.reduce((sum, pause) => sum + pause, 0)).toBe(90_000);
    expect(IAM_PROPAGATION_MILLISECONDS).toBe(90_000);
  });

  test.each(MOVED)('gives up without advice on permissions if a stream is created and deleted all the time: %s', async (code) => {
    const error = refused(code, 'moved', 'update');

    await expect(withRetries(failing(Infinity, error))).rejects.toBe(error);
    expect(clock.pauses).not.toStrictEqual([]);
  });
});

describe('F72: a service that returns server errors', () => {
  test.each(FAILING)('runs the work again from the start after the server error %s', async (code) => {
    expect(await withRetries(failing(3, refused(code, 'sorry', 'copy')))).toBe('done');
    expect({ attempts, pauses: clock.pauses }).toStrictEqual({ attempts: 4, pauses: [1_000, 2_000, 4_000] });
  });

  test.each(FAILING)('gives up after 90 seconds of server errors with a message without a number of attempts: %s', async (code) => {
    await expect(withRetries(failing(Infinity, refused(code, 'sorry', 'copy')))).rejects.toHaveProperty(
      'message', `failed to copy: sorry (${code}); the service kept failing: deploy again later`);
    expect(clock.pauses.reduce((sum, pause) => sum + pause, 0)).toBe(90_000);
  });
});

describe('F72: a copy that S3 throttles after it has sent status 200', () => {
  const error = refused('SlowDown', 'Please reduce your request rate.', 'copy');

  test('retries a throttled copy, which the SDK takes for a success', async () => {
    expect(await withRetries(failing(3, error))).toBe('done');
    expect({ attempts, pauses: clock.pauses }).toStrictEqual({ attempts: 4, pauses: [1_000, 2_000, 4_000] });
  });

  test('gives up after 90 seconds of throttled copies, and the message says what to do', async () => {
    await expect(withRetries(failing(Infinity, error))).rejects.toHaveProperty('message',
      'failed to copy: Please reduce your request rate. (SlowDown); the account exceeds the request rate of the service: deploy again, with fewer streams at a time');
    expect(clock.pauses.reduce((sum, pause) => sum + pause, 0)).toBe(90_000);
  });
});

describe('F73: a transient failure of this library', () => {
  test('retries work that fails with a TransientFailure', async () => {
    expect(await withRetries(failing(2, new TransientFailure('not yet')))).toBe('done');
    expect({ attempts, pauses: clock.pauses }).toStrictEqual({ attempts: 3, pauses: [1_000, 2_000] });
  });

  test('throws a TransientFailure unchanged after 90 seconds', async () => {
    const error = new TransientFailure('not yet');

    await expect(withRetries(failing(Infinity, error))).rejects.toBe(error);
    expect(clock.pauses.reduce((sum, pause) => sum + pause, 0)).toBe(90_000);
  });
});

describe('failures that a retry cannot resolve', () => {
  test.each([
    "1 validation error detected: Value '' at 'files' failed to satisfy constraint: Member must have length greater than or equal to 1",
    'Value failed to satisfy constraint',
    'the description must satisfy a pattern',
    'Member must not be null',
  ])('fails at once if the service refuses the input: %s', async (message) => {
    const error = refused('InvalidRequestException', message, 'create');

    await expect(withRetries(failing(Infinity, error))).rejects.toBe(error);
    expect({ attempts, pauses: clock.pauses }).toStrictEqual({ attempts: 1, pauses: [] });
  });

  test.each(['AccessDenied', 'UnauthorizedException'])('retries a denial even if its text looks like refused input: %s', async (code) => {
    const error = refused(code, "1 validation error detected: Value '' at 'role' failed to satisfy constraint", 'create');

    expect(await withRetries(failing(1, error))).toBe('done');
    expect(clock.pauses).toStrictEqual([1_000]);
  });

  // errors are classified by name: LimitExceeded has status 410, throttling 400
  test.each<[string, string, string]>([
    ['F14: a used-up quota', 'LimitExceededException',
      'a quota of AWS IoT is used up: delete streams that nothing needs any more, or have the quota raised, then deploy again'],
    ...['ThrottlingException', 'Throttling', 'TooManyRequestsException', 'RequestLimitExceeded'].map((code): [string, string, string] => [
      'F14: throttling that lasts longer than the retries of the client', code,
      'the account exceeds the request rate of the service: deploy again, with fewer streams at a time',
    ]),
    ...['NoSuchBucket', 'NoSuchKey', 'NoSuchVersion', 'NotFound'].map((code): [string, string, string] => [
      'a missing bucket or object', code,
      'what the call names does not exist: restore it, or declare another source or bucket, then deploy again',
    ]),
  ])('%s (%s) fails at once, with advice', async (_, code, remedy) => {
    const error = refused(code, 'no', 'call');

    const thrown = await withRetries(failing(Infinity, error)).catch((caught: unknown) => caught) as Error;

    expect({ message: thrown.message, cause: thrown.cause }).toStrictEqual({ message: `failed to call: no (${code}); ${remedy}`, cause: error });
    expect({ attempts, pauses: clock.pauses }).toStrictEqual({ attempts: 1, pauses: [] });
  });

  test.each<[string, Error]>([
    ['an abort', refused('AbortError', 'Request aborted', 'list')],
    ['an unknown error', refused('MethodNotAllowed', 'no', 'list')],
    ['an error of this library that is named like a denial', new Error('AccessDenied')],
  ])('fails at once after %s', async (_, error) => {
    await expect(withRetries(failing(Infinity, error))).rejects.toBe(error);
    expect({ attempts, pauses: clock.pauses }).toStrictEqual({ attempts: 1, pauses: [] });
  });
});

test('F15: retries the deletion of a stream that is in use', async () => {
  expect(await withRetries(failing(3, refused('DeleteConflictException', 'attached', 'delete')))).toBe('done');
});

test('F15: gives up on the deletion of a stream that stays in use, and the message says what to do', async () => {
  const error = refused('DeleteConflictException', 'Stream X is attached', "delete stream 'X'");

  const thrown = await withRetries(failing(Infinity, error)).catch((caught: unknown) => caught) as CallFailed;

  expect(thrown.message).toBe("failed to delete stream 'X': Stream X is attached (DeleteConflictException); "
    + 'an OTA update or another resource still uses the stream: remove that first, then delete again');
  expect(thrown.cause).toBe(error);
});

test('F50: ends a pause when the signal is aborted, and does not run the work again', async () => {
  const work = new AbortController();
  clock.sleep = async (_, signal) => {
    work.abort(new Error('too late'));
    signal.throwIfAborted();
  };

  await expect(retryWhileIamPropagates(failing(Infinity, refused('AccessDenied', 'no', 'list')), STREAM_ERRORS, work.signal, clock)).rejects.toStrictEqual(new Error('too late'));
  expect(attempts).toBe(1);
});
