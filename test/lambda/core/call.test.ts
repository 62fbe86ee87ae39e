import { CallFailed, codeOf, run, undefinedIf } from '../../../lambda/core/call';
import { STACK } from '../support/events';
import { captureLog } from '../support/log-lines';

const subject = { stack: STACK, logicalId: 'Firmware', streamId: 'Shop-Firmware' };
const captured = captureLog();

describe('run', () => {
  test('returns the output of the call and logs the call in one line', async () => {
    const output = { streamVersion: 2, $metadata: { attempts: 3 } };

    expect(await run(subject, "update stream 'Shop-Firmware'", async () => output)).toBe(output);

    expect(captured.lines()).toStrictEqual([{ ...subject, call: "update stream 'Shop-Firmware'", attempt: 3, status: 'ok' }]);
    expect(captured.text()).toMatch(/"milliseconds":\d{1,4},/);
  });

  test('logs a call whose output has no metadata', async () => {
    await run(subject, "describe stream 'Shop-Firmware'", async () => ({}));

    expect(captured.lines()).toStrictEqual([{ ...subject, call: "describe stream 'Shop-Firmware'", status: 'ok' }]);
  });

  test('describes a service error in words for the reader, and keeps its name and cause', async () => {
    const cause = Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException', $metadata: { attempts: 12 } });

    const error = await run(subject, "create stream 'Shop-Firmware'", () => Promise.reject(cause)).catch((caught: unknown) => caught) as CallFailed;

    expect(error).toBeInstanceOf(CallFailed);
    expect({ ...error, message: error.message, cause: error.cause }).toStrictEqual({
      code: 'ThrottlingException',
      serviceMessage: 'Rate exceeded',
      message: "failed to create stream 'Shop-Firmware': Rate exceeded (ThrottlingException)",
      cause,
    });
    expect(captured.lines()).toStrictEqual([{ ...subject, call: "create stream 'Shop-Firmware'", attempt: 12, status: 'ThrottlingException' }]);
  });

  test.each(['403', 'Unknown', 'UnknownError'])('F70: derives the name of an error from its status if the SDK does not know it: %s', async (name) => {
    const cause = Object.assign(new Error('UnknownError'), { name, $metadata: { httpStatusCode: 403, attempts: 1 } });

    await expect(run(subject, "inspect 's3://bucket/key'", () => Promise.reject(cause))).rejects.toMatchObject({
      code: 'Forbidden', message: "failed to inspect 's3://bucket/key': the service answered status 403 without a reason (Forbidden)", cause,
    });
    expect(captured.lines()).toMatchObject([{ status: 'Forbidden' }]);
  });

  test('F70: writes the name of a status without spaces, as the services write the names of their errors', async () => {
    const cause = Object.assign(new Error('UnknownError'), { name: 'Unknown', $metadata: { httpStatusCode: 404 } });

    await expect(run(subject, "inspect 's3://bucket/key'", () => Promise.reject(cause))).rejects.toHaveProperty('code', 'NotFound');
  });

  test.each<[string, string, number | undefined]>([
    ['a name of the service', 'AccessDenied', 403], ['a name that contains a number', 'Error403', 403], ['no status', 'Unknown', undefined],
    ['more than the name of an unknown error', 'UnknownOperationException', 404],
    ['a status that has no name', '499', 499],
  ])('F70: keeps the name of an error that has %s', async (_, name, httpStatusCode) => {
    const cause = Object.assign(new Error('no'), { name, $metadata: { httpStatusCode } });

    await expect(run(subject, "inspect 's3://bucket/key'", () => Promise.reject(cause))).rejects.toMatchObject({ code: name });
  });

  test('names an error of a call that never reached a service', async () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });

    await expect(run(subject, "describe stream 'Shop-Firmware'", () => Promise.reject(cause))).rejects.toHaveProperty(
      'message', "failed to describe stream 'Shop-Firmware': connect ECONNREFUSED 127.0.0.1:1 (Error)");
  });
});

describe('codeOf', () => {
  test('returns the name that a service gave to its error, and undefined for the errors of this library', () => {
    expect(codeOf(new CallFailed('NoSuchBucket', 'gone', 'list', {}))).toBe('NoSuchBucket');
    expect(codeOf(new Error('NoSuchBucket'))).toBeUndefined();
    expect(codeOf('NoSuchBucket')).toBeUndefined();
  });
});

describe('undefinedIf', () => {
  const missing = new CallFailed('NoSuchBucket', 'gone', 'list', {});

  test('returns the value of a call that succeeds', async () => {
    expect(await undefinedIf(['NoSuchBucket'], Promise.resolve(7))).toBe(7);
  });

  test('returns undefined for the listed error codes', async () => {
    expect(await undefinedIf(['Other', 'NoSuchBucket'], Promise.reject(missing))).toBeUndefined();
  });

  test('throws every error whose code is not listed', async () => {
    const ours = new Error('NoSuchBucket');

    await expect(undefinedIf(['Other'], Promise.reject(missing))).rejects.toBe(missing);
    await expect(undefinedIf(['NoSuchBucket', ''], Promise.reject(missing))).resolves.toBeUndefined();
    await expect(undefinedIf(['NoSuchBucket'], Promise.reject(ours))).rejects.toBe(ours);
  });
});
