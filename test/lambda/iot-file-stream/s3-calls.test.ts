import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type * as doubles from './doubles';
import type { ClientOptions } from '../../../lambda/core/credentials';
import type * as propagation from '../../../lambda/core/iam-propagation';
import type * as errors from '../../../lambda/iot-file-stream/iot-errors';
import type * as s3 from '../../../lambda/iot-file-stream/s3';
import type { ObjectStore } from '../../../lambda/iot-file-stream/services';
import { close, listen } from '../../../local/listening';
import { STACK } from '../support/events';
import { captureLog } from '../support/log-lines';

/*
 * The HTTP requests to S3, with the oldest and the newest SDK that a Node.js runtime of Lambda may contain, because the
 * bundle of the handler contains none.
 */

const context = { stack: STACK, logicalId: 'Firmware1A2B', streamId: 'Firmware' };
const MAXIMUM_ATTEMPTS = 2;
const VERSION = { bucket: 'storage', key: 'a', version: 'v1' };
const log = captureLog();

interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

const COPIED: Answer = {
  status: 200, headers: { 'x-amz-version-id': 'v1' }, body: '<CopyObjectResult><ChecksumSHA256>c2hh</ChecksumSHA256></CopyObjectResult>',
};
/** S3 may send status 200 for a copy before it fails. */
const failedCopy = (code: string): Answer => ({
  status: 200, body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>Please try again.</Message><RequestId>R</RequestId></Error>`,
});

describe.each(['client-s3-oldest', '@aws-sdk/client-s3'])('the calls to S3 with %s', (sdk) => {
  let server: Server;
  let url: string;
  let requests: IncomingMessage[];
  /** The last answer repeats. */
  let answers: Answer[];
  let objects: ObjectStore;
  let connect: (options: ClientOptions) => ObjectStore;
  let withRetries: <T>(work: () => Promise<T>) => Promise<T>;

  beforeAll(() => {
    jest.resetModules();
    jest.doMock('@aws-sdk/client-s3', () => jest.requireActual<object>(sdk));
    const { objectStore } = jest.requireActual<typeof s3>('../../../lambda/iot-file-stream/s3');
    const { retryWhileIamPropagates } = jest.requireActual<typeof propagation>('../../../lambda/core/iam-propagation');
    const { STREAM_ERRORS } = jest.requireActual<typeof errors>('../../../lambda/iot-file-stream/iot-errors');
    const { FakeClock } = jest.requireActual<typeof doubles>('./doubles');
    connect = (options) => objectStore(options, context, new AbortController().signal);
    withRetries = (work) => retryWhileIamPropagates(work, STREAM_ERRORS, new AbortController().signal, new FakeClock());
  });

  afterAll(() => jest.dontMock('@aws-sdk/client-s3'));

  beforeEach(async () => {
    requests = [];
    server = createServer((request: IncomingMessage, response: ServerResponse) => {
      request.resume();
      requests.push(request);
      const { status, headers, body } = answers.length > 1 ? answers.shift()! : answers[0];
      response.writeHead(status, { 'content-type': 'application/xml', 'x-amz-request-id': 'R', 'x-amz-id-2': 'I', ...headers }).end(body);
    });
    url = await listen(server);
    const options: ClientOptions & { endpoint: string; region: string; forcePathStyle: boolean } = {
      endpoint: url,
      region: 'eu-west-1',
      forcePathStyle: true,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test', sessionToken: 'test' },
      maxAttempts: MAXIMUM_ATTEMPTS,
      requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
    };
    objects = connect(options);
  });

  afterEach(async () => {
    await close(server);
  });

  const inspect = () => objects.inspect(VERSION);
  const copy = () => objects.write({ kind: 'object', bucket: 'source', key: 'fw.bin' }, 'storage', 'a');

  // S3 answers a HEAD without a body, so the SDK finds no error code, and each release invents a different one
  test.each<[status: number, code: string]>([
    [400, 'BadRequest'], [403, 'Forbidden'], [404, 'NotFound'], [405, 'MethodNotAllowed'], [412, 'PreconditionFailed'],
    [500, 'InternalServerError'], [503, 'ServiceUnavailable'],
  ])('F70: an empty response to HEAD with status %d has the error code %s', async (status, code) => {
    answers = [{ status }];

    await expect(inspect()).rejects.toMatchObject({ code });

    expect(log.lines()).toMatchObject([{ call: "inspect 's3://storage/a'", status: code }]);
  });

  test('F70: a denied HEAD is retried until the permission has propagated', async () => {
    answers = [{ status: 403 }, { status: 403 }, { status: 200, headers: { 'content-length': '3' } }];

    expect(await withRetries(inspect)).toMatchObject({ size: 3 });
  });

  test('F70: a HEAD that stays denied fails with the advice for denied calls', async () => {
    answers = [{ status: 403 }];

    await expect(withRetries(inspect)).rejects.toThrow(
      /^failed to inspect 's3:\/\/storage\/a': the service answered status 403 without a reason \(Forbidden\); still denied after 90 seconds, /);
  });

  test('F70: a response with a body keeps the error code of the service', async () => {
    answers = [{ status: 403, body: '<Error><Code>InvalidAccessKeyId</Code><Message>no such key</Message></Error>' }];

    await expect(copy()).rejects.toMatchObject({ code: 'InvalidAccessKeyId', serviceMessage: 'no such key' });
  });

  test('F71: a copy excludes the annotations of its source', async () => {
    answers = [COPIED];

    await copy();

    expect(requests.map(({ headers }) => headers['x-amz-object-annotation-directive'])).toStrictEqual(['EXCLUDE']);
    expect(requests[0].headers.authorization).toMatch(/SignedHeaders=[^,]*x-amz-object-annotation-directive/);
  });

  test('F71: only a copy has the header that excludes annotations', async () => {
    answers = [{ status: 200, headers: { 'x-amz-version-id': 'v1', 'content-length': '0' } }];

    await objects.write({ kind: 'text', text: 'abc' }, 'storage', 'a');
    await inspect();

    expect(requests.map(({ headers }) => headers['x-amz-object-annotation-directive'])).toStrictEqual([undefined, undefined]);
  });

  describe('a signature', () => {
    const encryption = { algorithm: 'aws:kms', key: 'arn:aws:kms:eu-west-1:111122223333:key/k' };
    const keep = () => objects.writeIfAbsent('{}', 'storage', 'a', encryption);

    test('F81: a signature is written on the condition that there is none, encrypted like content', async () => {
      answers = [{ status: 200 }];

      await keep();

      expect(requests.map(({ method, headers }) => [method, headers['if-none-match'], headers['x-amz-server-side-encryption'],
        headers['x-amz-server-side-encryption-aws-kms-key-id']])).toStrictEqual([['PUT', '*', 'aws:kms', encryption.key]]);
      expect(requests[0].headers.authorization).toMatch(/SignedHeaders=[^,]*if-none-match/);
    });

    test('F81: only the write of a signature has the condition', async () => {
      answers = [COPIED];

      await copy();
      await objects.write({ kind: 'text', text: 'abc' }, 'storage', 'a');

      expect(requests.map(({ headers }) => headers['if-none-match'])).toStrictEqual([undefined, undefined]);
    });

    test.each([[412, 'PreconditionFailed'], [409, 'ConditionalRequestConflict']])(
      'F81: a second write of a signature fails with status %d and the error code %s', async (status, code) => {
        answers = [{ status, body: `<Error><Code>${code}</Code><Message>no</Message></Error>` }];

        await expect(keep()).rejects.toMatchObject({ code });
      });

    test('F80: a signature is read in the listed version', async () => {
      answers = [{ status: 200, body: '{"Sha256":"ü"}' }];

      expect(await objects.read(VERSION)).toBe('{"Sha256":"ü"}');

      expect(requests.map(({ method, url: path }) => [method, new URL(path!, url).searchParams.get('versionId')])).toStrictEqual([['GET', 'v1']]);
      expect(log.lines()).toMatchObject([{ call: "read 's3://storage/a'", status: 'ok' }]);
    });
  });

  describe('a write', () => {
    const contents = [{ kind: 'text', text: 'abc' }, { kind: 'object', bucket: 'source', key: 'fw.bin' }] as const;
    const ofEncryption = ({ headers }: IncomingMessage) =>
      [headers['x-amz-server-side-encryption'], headers['x-amz-server-side-encryption-aws-kms-key-id']];

    test.each(contents)('a write states the encryption, which a bucket policy may require: $kind', async (content) => {
      answers = [COPIED];

      await objects.write(content, 'storage', 'a', { algorithm: 'aws:kms', key: 'arn:aws:kms:eu-west-1:111122223333:key/k' });
      await objects.write(content, 'storage', 'a', { algorithm: 'AES256' });

      expect(requests.map(ofEncryption)).toStrictEqual([['aws:kms', 'arn:aws:kms:eu-west-1:111122223333:key/k'], ['AES256', undefined]]);
    });

    test.each(contents)('a write leaves the encryption to the bucket if the properties do not state it: $kind', async (content) => {
      answers = [COPIED];

      await objects.write(content, 'storage', 'a', { algorithm: undefined, key: undefined });
      await objects.write(content, 'storage', 'a');

      expect(requests.map(ofEncryption)).toStrictEqual([[undefined, undefined], [undefined, undefined]]);
    });
  });

  test.each(['InternalError', 'ServiceUnavailable'])('F72: a copy that fails with %s after status 200 is retried', async (code) => {
    answers = [failedCopy(code), failedCopy(code), failedCopy(code), COPIED];

    expect(await withRetries(copy)).toStrictEqual({ version: 'v1', checksum: 'c2hh' });
  });

  test('F72: a copy that keeps failing ends with a message without a number of attempts', async () => {
    answers = [failedCopy('InternalError')];

    await expect(withRetries(copy)).rejects.toThrow(
      "failed to copy 's3://source/fw.bin' to bucket 'storage': Please try again. (InternalError); the service kept failing: deploy again later");
  });

  test('F72: a copy that S3 refuses after status 200 is not retried', async () => {
    answers = [failedCopy('NoSuchKey')];

    await expect(withRetries(copy)).rejects.toThrow(/ \(NoSuchKey\); what the call names does not exist/);
    // newer SDKs treat every such error as a server error and retry it themselves
    expect(requests.length).toBeLessThanOrEqual(MAXIMUM_ATTEMPTS);
  });

  test.each<[string, string, object]>([
    ['has never been enabled', '', { status: undefined, isMfaDelete: false }],
    ['is enabled', '<Status>Enabled</Status>', { status: 'Enabled', isMfaDelete: false }],
    ['is suspended', '<Status>Suspended</Status><MfaDelete>Disabled</MfaDelete>', { status: 'Suspended', isMfaDelete: false }],
    ['needs an MFA device for deletions', '<Status>Enabled</Status><MfaDelete>Enabled</MfaDelete>', { status: 'Enabled', isMfaDelete: true }],
  ])('the handler reads that the versioning of a bucket %s', async (_, content, versioning) => {
    answers = [{ status: 200, body: `<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${content}</VersioningConfiguration>` }];

    expect(await objects.versioning('storage')).toStrictEqual(versioning);
  });
});
