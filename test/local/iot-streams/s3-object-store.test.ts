import type { Server } from 'node:http';
import { createServer } from 'node:http';
import { S3Client } from '@aws-sdk/client-s3';
import { S3ObjectStore } from '../../../local/iot-streams/s3-object-store';
import { close, listen } from '../../../local/listening';

interface Answer {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

let server: Server;
let s3: S3Client;
let store: S3ObjectStore;
let requests: string[];
let answers: Record<string, Answer>;

beforeEach(async () => {
  requests = [];
  answers = {};
  server = createServer((request, response) => {
    const call = `${request.method} ${request.url!.replace(/[?&]x-id=\w+/, '')}`;
    requests.push(call);
    const { status = 200, headers = {}, body = '' } = answers[call] ?? { status: 404 };
    response.writeHead(status, headers).end(body);
  });
  s3 = new S3Client({ endpoint: await listen(server), region: 'us-east-1', maxAttempts: 1, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
  store = new S3ObjectStore(s3, 10);
});

afterEach(async () => {
  s3.destroy();
  await close(server);
});

test('returns the properties of an object or of a version', async () => {
  const headers = { 'content-length': '3', 'etag': '"e"', 'x-amz-version-id': 'v1', 'x-amz-server-side-encryption-aws-kms-key-id': 'key' };
  answers['HEAD /b/k'] = { headers: { 'content-length': '4', 'etag': '"f"' } };
  answers['HEAD /b/k?versionId=v1'] = { headers };
  expect(await store.head({ bucket: 'b', key: 'k' })).toEqual({ size: 4, eTag: '"f"' });
  expect(await store.head({ bucket: 'b', key: 'k', version: 'v1' })).toEqual({ size: 3, eTag: '"e"', version: 'v1', kmsKeyId: 'key' });
});

test.each([400, 404, 405])('returns undefined after the status %s', async (status) => {
  answers['HEAD /b/k'] = { status };
  expect(await store.head({ bucket: 'b', key: 'k' })).toBeUndefined();
});

test('fails after any other status', async () => {
  answers['HEAD /b/k'] = { status: 403 };
  await expect(store.head({ bucket: 'b', key: 'k' })).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
});

test('returns the policy of a bucket, or undefined', async () => {
  answers['GET /b/?policy='] = { body: '{"Statement":[]}' };
  expect(await store.bucketPolicy('b')).toBe('{"Statement":[]}');
  expect(await store.bucketPolicy('other')).toBeUndefined();
});

describe('the reading of objects', () => {
  const read = async (key: string, start: number, end: number, size = 6) =>
    Buffer.from(await store.read({ bucket: 'b', key }, { size, eTag: '"e"', version: 'v' }, start, end)).toString();

  beforeEach(() => {
    answers['GET /b/k?versionId=v'] = { body: 'abcdef' };
    answers['GET /b/l?versionId=v'] = { body: 'ghijkl' };
  });

  test('downloads an object once', async () => {
    expect(await Promise.all([read('k', 0, 2), read('k', 2, 4), read('k', 4, 9)])).toEqual(['ab', 'cd', 'ef']);
    expect(requests).toHaveLength(1);
  });

  test('caches recently read objects up to the limit', async () => {
    await read('k', 0, 1);
    await read('l', 0, 1);
    await read('l', 1, 2);
    await read('k', 0, 1);
    expect(requests).toEqual(['GET /b/k?versionId=v', 'GET /b/l?versionId=v', 'GET /b/k?versionId=v']);
  });

  test('does not cache failures', async () => {
    answers['GET /b/k?versionId=v'] = { status: 500 };
    await expect(read('k', 0, 1)).rejects.toThrow();
    answers['GET /b/k?versionId=v'] = { body: 'abcdef' };
    expect(await read('k', 0, 1)).toBe('a');
  });
});
