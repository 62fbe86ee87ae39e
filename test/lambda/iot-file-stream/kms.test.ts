import { createHash, verify } from 'node:crypto';
import type { IncomingHttpHeaders, Server } from 'node:http';
import { createServer } from 'node:http';
import { FakeClock } from './doubles';
import type { ClientOptions } from '../../../lambda/core/credentials';
import { retryWhileIamPropagates } from '../../../lambda/core/iam-propagation';
import { STREAM_ERRORS } from '../../../lambda/iot-file-stream/iot-errors';
import { signer } from '../../../lambda/iot-file-stream/kms';
import type { Signer } from '../../../lambda/iot-file-stream/services';
import { close, listen } from '../../../local/listening';
import { newKeyPair } from '../../support/key-pair';
import { STACK } from '../support/events';
import { captureLog } from '../support/log-lines';
import { signDigest } from '../support/sign-digest';

/* The HTTP request to KMS. */

const KEY_ARN = 'arn:aws:kms:eu-west-1:111122223333:key/5b1d7a30-9c7c-11f0-8f3c-0a1b2c3d4e5f';
const PHRASE = `sign with key '${KEY_ARN}'`;
const MAXIMUM_ATTEMPTS = 3;
const context = { stack: STACK, logicalId: 'Firmware1A2B', streamId: 'Firmware' };
const sha256 = createHash('sha256').update('firmware').digest('hex');
const signing = { keyArn: KEY_ARN, algorithm: 'ECDSA_SHA_256' };
const { privateKey, publicKey } = newKeyPair('P-256');
const signature = signDigest(Buffer.from(sha256, 'hex'), privateKey).toString('base64');
const log = captureLog();

interface Answer {
  readonly status: number;
  readonly body?: object;
}

const SIGNED: Answer = { status: 200, body: { KeyId: KEY_ARN, Signature: signature, SigningAlgorithm: 'ECDSA_SHA_256' } };
const refusal = (name: string, message = 'no', status = 400): Answer => ({ status, body: { __type: name, message } });

let server: Server;
let requests: { headers: IncomingHttpHeaders; body: unknown }[];
/** The last answer repeats. */
let answers: (Answer | 'hang')[];
let abort: AbortController;
let keys: Signer;

beforeEach(async () => {
  requests = [];
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      requests.push({ headers: request.headers, body: JSON.parse(Buffer.concat(chunks).toString()) });
      const answer = answers.length > 1 ? answers.shift()! : answers[0];
      if (answer === 'hang') return;
      response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answer.body ?? {}));
    });
  });
  const options: ClientOptions & { endpoint: string; region: string } = {
    endpoint: await listen(server),
    region: 'eu-west-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test', sessionToken: 'test' },
    maxAttempts: MAXIMUM_ATTEMPTS,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 60_000, throwOnRequestTimeout: true },
  };
  abort = new AbortController();
  keys = signer(options, context, abort.signal);
});

afterEach(async () => close(server));

const signWithRetries = async () => (
  retryWhileIamPropagates(async () => keys.sign(sha256, signing), STREAM_ERRORS, abort.signal, new FakeClock()));

test('sign sends a SHA-256 as a digest in one call and returns the signature in Base64', async () => {
  answers = [SIGNED];

  const made = await keys.sign(sha256, signing);

  expect(verify('sha256', Buffer.from('firmware'), publicKey, Buffer.from(made, 'base64'))).toBe(true);
  expect(requests.map(({ headers, body }) => [headers['x-amz-target'], body])).toStrictEqual([['TrentService.Sign', {
    KeyId: KEY_ARN, Message: Buffer.from(sha256, 'hex').toString('base64'), MessageType: 'DIGEST', SigningAlgorithm: 'ECDSA_SHA_256',
  }]]);
});

test('sign sends the algorithm of the file', async () => {
  answers = [SIGNED];

  await keys.sign(sha256, { keyArn: KEY_ARN, algorithm: 'RSASSA_PKCS1_V1_5_SHA_256' });

  expect(requests[0].body).toMatchObject({ SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256' });
});

test('F82: sign logs the ARN of the key, and neither signature nor digest', async () => {
  answers = [SIGNED];

  await keys.sign(sha256, signing);

  expect(log.lines()).toStrictEqual([{ ...context, call: PHRASE, attempt: 1, status: 'ok' }]);
  expect(log.text()).not.toContain(signature);
  expect(log.text()).not.toContain(sha256);
});

test('F82: sign retries a throttled call as often as the client is configured to', async () => {
  answers = [refusal('ThrottlingException', 'Rate exceeded'), refusal('ThrottlingException', 'Rate exceeded'), SIGNED];

  expect(await keys.sign(sha256, signing)).toBe(signature);
  expect(log.lines()).toStrictEqual([{ ...context, call: PHRASE, attempt: 3, status: 'ok' }]);
});

test('F82: sign fails with the name of the error if KMS keeps throttling', async () => {
  answers = [refusal('ThrottlingException', 'Rate exceeded')];

  await expect(signWithRetries()).rejects.toHaveProperty('message', `failed to ${PHRASE}: Rate exceeded (ThrottlingException); `
    + 'the account exceeds the request rate of the service: deploy again, with fewer streams at a time');
});

test.each(['NotFoundException', 'DisabledException', 'KMSInvalidStateException', 'AccessDeniedException', 'KeyUnavailableException', 'KMSInternalException'])(
  'F82: %s is retried, because changes of keys and permissions propagate slowly', async (name) => {
    answers = [...Array.from({ length: 2 * MAXIMUM_ATTEMPTS }, () => refusal(name)), SIGNED];

    expect(await signWithRetries()).toBe(signature);
  });

test.each(['InvalidKeyUsageException', 'UnsupportedOperationException'])('F82: %s is final, and the advice says which key is suitable', async (name) => {
  answers = [refusal(name)];

  await expect(signWithRetries()).rejects.toHaveProperty('message', `failed to ${PHRASE}: no (${name}); the signing key must be of key usage SIGN_VERIFY, `
    + 'and of a spec that fits the algorithm: ECC_NIST_P256, or RSA for RSASSA_PKCS1_V1_5_SHA_256');
  expect(requests).toHaveLength(1);
});

test('F82: a call to KMS that hangs ends when the signal is aborted', async () => {
  answers = ['hang'];
  const signingNow = keys.sign(sha256, signing);
  while (requests.length === 0) await new Promise((resolve) => { setImmediate(resolve); });

  abort.abort();

  await expect(signingNow).rejects.toMatchObject({ code: 'AbortError' });
});
