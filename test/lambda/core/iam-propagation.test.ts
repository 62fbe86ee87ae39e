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

/** Work that fails so often, and then does not. */
function failing(times: number, error: Error): () => Promise<string> {
  return async () => {
    attempts += 1;
    if (attempts <= times) throw error;
    return 'done';
  };
}

function patiently<T>(work: () => Promise<T>): Promise<T> {
  return retryWhileIamPropagates(work, STREAM_ERRORS, new AbortController().signal, clock);
}

test('work that succeeds is done once, without a pause', async () => {
  expect(await patiently(failing(0, new Error()))).toBe('done');
  expect({ attempts, pauses: clock.pauses }).toStrictEqual({ attempts: 1, pauses: [] });
});

describe('F13: IAM that has not spread yet', () => {
  test.each([...DENIED, ...MOVED, 'InvalidRequestException'])('is waited for: %s', async (code) => {
    expect(await patiently(failing(5, refused(code, 'AWS IoT cannot assume the role', 'create')))).toBe('done');
    expect({ attempts, pauses: clock.pauses }).toStrictEqual({ attempts: 6, pauses: [1_000, 2_000, 4_000, 8_000, 8_000] });
  });

  test.each([...DENIED.map((code) => [code, CAUSES]), ['InvalidRequestException', DELIVERY]])('is waited for 90 seconds at most, and then the causes are named: %s', async (code, causes) => {
    const error = refused(code, 'no', "create stream 'X'");

    const thrown = await patiently(failing(Infinity, error)).catch((caught: unknown) => caught) as Error;

    expect(thrown.message).toBe(`failed to create stream 'X': no (${code}); ${causes}`);
    expect(thrown.cause).toBe(error);
    expect(clock.pauses.reduce((sum, pause) => sum + pause, 0)).toBe(90_000);
    expect(IAM_PROPAGATION_MILLISECONDS).toBe(90_000);
  });

  test.each(MOVED)('a stream that keeps coming and going is no question of permissions: %s', async (code) => {
    const error = refused(code, 'moved', 'update');

    await expect(patiently(failing(Infinity, error))).rejects.toBe(error);
    expect(clock.pauses).not.toStrictEqual([]);
  });
});

describe('F72: a service that fails', () => {
  test.each(FAILING)('is asked again, from the start: %s', async (code) => {
    expect(await patiently(failing(3, refused(code, 'sorry', 'copy')))).toBe('done');
    expect({ attempts, pauses: clock.pauses }).toStrictEqual({ attempts: 4, pauses: [1_000, 2_000, 4_000] });
  });

  test.each(FAILING)('is asked for 90 seconds at most, and the message claims no number of attempts: %s', async (code) => {
    await expect(patiently(failing(Infinity, refused(code, 'sorry', 'copy')))).rejects.toHaveProperty(
      'message', `failed to copy: sorry (${code}); the service kept failing: deploy again later`);
    expect(clock.pauses.reduce((sum, pause) => sum + pause, 0)).toBe(90_000);
  });
});

describe('F72: a copy that S3 throttles after it has sent status 200', () => {
  const error = refused('SlowDown', 'Please reduce your request rate.', 'copy');

  test('is repeated: the SDK takes it for a success', async () => {
    expect(await patiently(failing(3, error))).toBe('done');
    expect({ attempts, pauses: clock.pauses }).toStrictEqual({ attempts: 4, pauses: [1_000, 2_000, 4_000] });
  });

  test('fails after 90 seconds, and the message says what to do', async () => {
    await expect(patiently(failing(Infinity, error))).rejects.toHaveProperty('message',
      'failed to copy: Please reduce your request rate. (SlowDown); the account exceeds the request rate of the service: deploy again, with fewer streams at a time');
    expect(clock.pauses.reduce((sum, pause) => sum + pause, 0)).toBe(90_000);
  });
});

describe('F73: a failure of ours that may pass', () => {
  test('is waited for', async () => {
    expect(await patiently(failing(2, new TransientFailure('not yet')))).toBe('done');
    expect({ attempts, pauses: clock.pauses }).toStrictEqual({ attempts: 3, pauses: [1_000, 2_000] });
  });

  test('is thrown as it is after 90 seconds', async () => {
    const error = new TransientFailure('not yet');

    await expect(patiently(failing(Infinity, error))).rejects.toBe(error);
    expect(clock.pauses.reduce((sum, pause) => sum + pause, 0)).toBe(90_000);
  });
});

describe('what cannot pass fails at once', () => {
  test.each([
    "1 validation error detected: Value '' at 'files' failed to satisfy constraint: Member must have length greater than or equal to 1",
    'Value failed to satisfy constraint',
    'the description must satisfy a pattern',
    'Member must not be null',
  ])('bad input: %s', async (message) => {
    const error = refused('InvalidRequestException', message, 'create');

    await expect(patiently(failing(Infinity, error))).rejects.toBe(error);
    expect({ attempts, pauses: clock.pauses }).toStrictEqual({ attempts: 1, pauses: [] });
  });

  test.each(['AccessDenied', 'UnauthorizedException'])('but not a denial, whatever its text: it is waited for as slow IAM is: %s', async (code) => {
    const error = refused(code, "1 validation error detected: Value '' at 'role' failed to satisfy constraint", 'create');

    expect(await patiently(failing(1, error))).toBe('done');
    expect(clock.pauses).toStrictEqual([1_000]);
  });

  // by name: LimitExceeded is a 410 and throttling a 400
  test.each<[string, string, string]>([
    ['F14: a quota', 'LimitExceededException',
      'a quota of AWS IoT is used up: delete streams that nothing needs any more, or have the quota raised, then deploy again'],
    ...['ThrottlingException', 'Throttling', 'TooManyRequestsException', 'RequestLimitExceeded'].map((code): [string, string, string] => [
      'F14: throttling that the client could not outlast', code,
      'the account exceeds the request rate of the service: deploy again, with fewer streams at a time',
    ]),
    ...['NoSuchBucket', 'NoSuchKey', 'NoSuchVersion', 'NotFound'].map((code): [string, string, string] => [
      'a bucket or an object that is gone', code,
      'what the call names does not exist: restore it, or declare another source or bucket, then deploy again',
    ]),
  ])('%s, with the remedy: %s', async (_, code, remedy) => {
    const error = refused(code, 'no', 'call');

    const thrown = await patiently(failing(Infinity, error)).catch((caught: unknown) => caught) as Error;

    expect({ message: thrown.message, cause: thrown.cause }).toStrictEqual({ message: `failed to call: no (${code}); ${remedy}`, cause: error });
    expect({ attempts, pauses: clock.pauses }).toStrictEqual({ attempts: 1, pauses: [] });
  });

  test.each<[string, Error]>([
    ['work that was aborted', refused('AbortError', 'Request aborted', 'list')],
    ['an error that nothing is known about', refused('MethodNotAllowed', 'no', 'list')],
    ['an error of ours, whatever it says', new Error('AccessDenied')],
  ])('%s', async (_, error) => {
    await expect(patiently(failing(Infinity, error))).rejects.toBe(error);
    expect({ attempts, pauses: clock.pauses }).toStrictEqual({ attempts: 1, pauses: [] });
  });
});

test('F15: a stream that something still uses is given time to be let go', async () => {
  expect(await patiently(failing(3, refused('DeleteConflictException', 'attached', 'delete')))).toBe('done');
});

test('F15: and where it is not let go, the message says what to do', async () => {
  const error = refused('DeleteConflictException', 'Stream X is attached', "delete stream 'X'");

  const thrown = await patiently(failing(Infinity, error)).catch((caught: unknown) => caught) as CallFailed;

  expect(thrown.message).toBe("failed to delete stream 'X': Stream X is attached (DeleteConflictException); "
    + 'an OTA update or another resource still uses the stream: remove that first, then delete again');
  expect(thrown.cause).toBe(error);
});

test('F50: a pause ends with the signal, and nothing follows', async () => {
  const work = new AbortController();
  clock.sleep = async (_, signal) => {
    work.abort(new Error('too late'));
    signal.throwIfAborted();
  };

  await expect(retryWhileIamPropagates(failing(Infinity, refused('AccessDenied', 'no', 'list')), STREAM_ERRORS, work.signal, clock)).rejects.toStrictEqual(new Error('too late'));
  expect(attempts).toBe(1);
});
