import type { Server } from 'node:http';
import { createServer } from 'node:http';
import {
  CreateBucketCommand, DeleteObjectCommand, GetObjectCommand, GetObjectTaggingCommand, PutBucketVersioningCommand, PutObjectCommand,
  PutObjectLockConfigurationCommand, S3Client,
} from '@aws-sdk/client-s3';
import type { ClientOptions } from '../../../lambda/core/credentials';
import { objectStore } from '../../../lambda/iot-file-stream/s3';
import type { ObjectStore } from '../../../lambda/iot-file-stream/services';
import { close, listen } from '../../../local/listening';
import { clientConfiguration } from '../../../local/ministack/client-configuration';
import type { MiniStack } from '../../../local/ministack/ministack';
import { startMiniStack } from '../../../local/ministack/ministack';
import { STACK } from '../support/events';
import { captureLog } from '../support/log-lines';

const subject = { stack: STACK, logicalId: 'Firmware1A2B', streamId: 'Firmware' };
const HANDLER = { connectionTimeout: 1_000, requestTimeout: 5_000, throwOnRequestTimeout: true };
const log = captureLog();

describe('the calls to MiniStack', () => {
  let miniStack: MiniStack;
  let client: S3Client;
  let objects: ObjectStore;

  beforeAll(async () => {
    miniStack = await startMiniStack();
    const configuration = clientConfiguration(miniStack);
    client = new S3Client(configuration);
    const options: ClientOptions = {
      ...configuration,
      credentials: { ...configuration.credentials, sessionToken: '' },
      maxAttempts: 1,
      requestHandler: { ...configuration.requestHandler, ...HANDLER },
    };
    objects = objectStore(options, subject, new AbortController().signal);
    await makeBucket('storage', 'Enabled');
    await makeBucket('source', 'Enabled');
  }, 120_000);

  afterAll(async () => {
    client.destroy();
    await miniStack.stop();
  });

  async function makeBucket(name: string, versioning?: 'Enabled' | 'Suspended'): Promise<void> {
    await client.send(new CreateBucketCommand({ Bucket: name }));
    if (versioning) await client.send(new PutBucketVersioningCommand({ Bucket: name, VersioningConfiguration: { Status: versioning } }));
  }

  async function put(bucket: string, key: string, text: string): Promise<string> {
    const { VersionId } = await client.send(new PutObjectCommand({
      Bucket: bucket, Key: key, Body: text, Metadata: { secret: 'metadata' }, Tagging: 'secret=tag',
    }));
    return VersionId!;
  }

  async function read(bucket: string, key: string, version?: string) {
    const { Body, Metadata } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: version }));
    const { TagSet } = await client.send(new GetObjectTaggingCommand({ Bucket: bucket, Key: key, VersionId: version }));
    return { text: await Body!.transformToString(), metadata: Metadata, tags: TagSet };
  }

  describe('a text', () => {
    test('write stores a text as UTF-8 and returns its version', async () => {
      const { version } = await objects.write({ kind: 'text', text: 'Grüße 😀\n' }, 'storage', 'texts/a');

      expect(version).toMatch(/^[\w.-]{8,}$/);
      expect(await read('storage', 'texts/a', version)).toMatchObject({ text: 'Grüße 😀\n' });
      expect(log.lines()).toStrictEqual([{ ...subject, call: "write 's3://storage/texts/a'", attempt: 1, status: 'ok' }]);
    });

    test('write stores an empty text without a warning of the SDK', async () => {
      const warn = jest.spyOn(console, 'warn');

      await objects.write({ kind: 'text', text: '' }, 'storage', 'texts/empty');

      expect((await read('storage', 'texts/empty')).text).toBe('');
      expect(warn).not.toHaveBeenCalled();
      warn.mockRestore();
    });
  });

  describe('a copy', () => {
    const keys = ['plain.bin', 'with spaces and+plus', '100%25 %2B/ü/日本 😀', "quotes'\"()!*&=?#;:@,$", 'a//b/./c/'];

    test.each(keys)('write copies the bytes of a source, and neither its metadata nor its tags: %s', async (key) => {
      await put('source', key, `bytes of ${key}`);

      const { version } = await objects.write({ kind: 'object', bucket: 'source', key }, 'storage', 'copies/a');

      expect(await read('storage', 'copies/a', version)).toStrictEqual({ text: `bytes of ${key}`, metadata: {}, tags: [] });
    });

    test('write copies the given version', async () => {
      const key = 'with spaces and+plus';
      const version = await put('source', key, 'old');
      await put('source', key, 'new');

      const copy = await objects.write({ kind: 'object', bucket: 'source', key, version }, 'storage', 'copies/b');

      expect((await read('storage', 'copies/b', copy.version)).text).toBe('old');
      expect(log.lines()).toStrictEqual([
        { ...subject, call: `copy 's3://source/${key}' (version ${version}) to bucket 'storage'`, attempt: 1, status: 'ok' },
      ]);
    });

    test('write copies the newest version if none is given', async () => {
      await put('source', 'moving', 'old');
      await put('source', 'moving', 'new');

      const copy = await objects.write({ kind: 'object', bucket: 'source', key: 'moving' }, 'storage', 'copies/c');

      expect((await read('storage', 'copies/c', copy.version)).text).toBe('new');
    });

    test('write fails for a missing source with a message that names it', async () => {
      await expect(objects.write({ kind: 'object', bucket: 'source', key: 'missing' }, 'storage', 'copies/d')).rejects.toHaveProperty('message',
        "failed to copy 's3://source/missing' to bucket 'storage': The specified key does not exist. (NoSuchKey)");
    });
  });

  describe('the versioning of a bucket', () => {
    test.each<['Enabled' | 'Suspended' | undefined, string]>([
      ['Enabled', 'on'], ['Suspended', 'suspended'], [undefined, 'off'],
    ])('versioning and write agree about a bucket whose versioning is %s', async (status, name) => {
      await makeBucket(`versioning-${name}`, status);

      expect(await objects.versioning(`versioning-${name}`)).toStrictEqual({ status, isMfaDelete: false });
      const { version } = await objects.write({ kind: 'text', text: 'x' }, `versioning-${name}`, 'x');
      if (status === 'Enabled') expect(version).toMatch(/^[\w.-]{8,}$/);
      else expect([undefined, 'null']).toContain(version);
    });
  });

  describe('a list', () => {
    test('list returns delete markers and every version below the prefix, the newest of each key first', async () => {
      const first = await put('storage', 'list/a', '1');
      const second = await put('storage', 'list/a', '22');
      const other = await put('storage', 'list/b', '333');
      await put('storage', 'listed elsewhere', 'no');
      const { VersionId: marker } = await client.send(new DeleteObjectCommand({ Bucket: 'storage', Key: 'list/b' }));

      expect(await objects.list('storage', 'list/')).toStrictEqual([
        { bucket: 'storage', key: 'list/a', version: second, size: 2, isDeleteMarker: false },
        { bucket: 'storage', key: 'list/a', version: first, size: 1, isDeleteMarker: false },
        { bucket: 'storage', key: 'list/b', version: other, size: 3, isDeleteMarker: false },
        { bucket: 'storage', key: 'list/b', version: marker, size: 0, isDeleteMarker: true },
      ]);
      expect(log.lines()).toStrictEqual([{ ...subject, call: "list 's3://storage/list/'", attempt: 1, status: 'ok' }]);
    });

    test('list returns nothing if no object is below the prefix', async () => {
      expect(await objects.list('storage', 'nothing here/')).toStrictEqual([]);
    });

    test('F22: list fails with NoSuchBucket if the bucket does not exist', async () => {
      await expect(objects.list('no-such-bucket', '')).rejects.toMatchObject({
        code: 'NoSuchBucket', message: "failed to list 's3://no-such-bucket/': The specified bucket does not exist (NoSuchBucket)",
      });
    });
  });

  test('F22: remove deletes single versions and delete markers for good', async () => {
    const first = await put('storage', 'removed/a', '1');
    const second = await put('storage', 'removed/a', '2');
    const { VersionId: marker } = await client.send(new DeleteObjectCommand({ Bucket: 'storage', Key: 'removed/a' }));

    await objects.remove({ bucket: 'storage', key: 'removed/a', version: second });
    await objects.remove({ bucket: 'storage', key: 'removed/a', version: marker! });

    expect(await objects.list('storage', 'removed/')).toMatchObject([{ version: first }]);
    await objects.remove({ bucket: 'storage', key: 'removed/a', version: first });
    expect(await objects.list('storage', 'removed/')).toStrictEqual([]);
    // S3 succeeds for a version that does not exist
    await objects.remove({ bucket: 'storage', key: 'removed/a', version: first });
  });

  test('inspect returns the size of the given version, not of the newest', async () => {
    const version = await put('storage', 'inspected', 'four');
    await put('storage', 'inspected', 'fifteen');

    expect(await objects.inspect({ bucket: 'storage', key: 'inspected', version })).toMatchObject({ size: 4 });
  });

  describe('Object Lock', () => {
    test('hasDefaultRetention is false for a bucket without Object Lock', async () => {
      expect(await objects.hasDefaultRetention('storage')).toBe(false);
    });

    test('hasDefaultRetention is true only if Object Lock has a default retention', async () => {
      await client.send(new CreateBucketCommand({ Bucket: 'locked', ObjectLockEnabledForBucket: true }));
      expect(await objects.hasDefaultRetention('locked')).toBe(false);

      await client.send(new PutObjectLockConfigurationCommand({
        Bucket: 'locked',
        ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 1 } } },
      }));
      expect(await objects.hasDefaultRetention('locked')).toBe(true);
    });

    test('hasDefaultRetention fails if the bucket does not exist', async () => {
      await expect(objects.hasDefaultRetention('no-such-bucket')).rejects.toHaveProperty('message',
        "failed to read the Object Lock configuration of bucket 'no-such-bucket': The specified bucket does not exist (NoSuchBucket)");
    });
  });
});

describe('the calls to an S3 that answers differently from MiniStack', () => {
  let server: Server;
  let url: string;
  let requests: { line: string; headers: Record<string, string | string[] | undefined> }[];
  let answers: { headers?: Record<string, string>; body?: string }[];
  let objects: ObjectStore;
  let abort: AbortController;

  beforeEach(async () => {
    requests = [];
    server = createServer((request, response) => {
      requests.push({ line: `${request.method} ${request.url}`, headers: request.headers });
      const { headers, body } = answers.shift()!;
      response.writeHead(200, headers).end(body);
    });
    url = await listen(server);
    abort = new AbortController();
    const options: ClientOptions & { endpoint: string; region: string; forcePathStyle: boolean } = {
      endpoint: url,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test', sessionToken: 'test' },
      maxAttempts: 1,
      requestHandler: HANDLER,
    };
    objects = objectStore(options, subject, abort.signal);
  });

  afterEach(async () => {
    await close(server);
  });

  const page = (content: string) => ({ body: `<ListVersionsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${content}</ListVersionsResult>` });
  const version = (key: string, id: string) => `<Version><Key>${key}</Key><VersionId>${id}</VersionId><Size>3</Size></Version>`;

  test('list reads every page', async () => {
    answers = [
      page(`<IsTruncated>true</IsTruncated><NextKeyMarker>p/a</NextKeyMarker><NextVersionIdMarker>v2</NextVersionIdMarker>${version('p/a', 'v2')}`),
      page(`<IsTruncated>true</IsTruncated><NextKeyMarker>p/b</NextKeyMarker><NextVersionIdMarker>v1</NextVersionIdMarker>
        <DeleteMarker><Key>p/b</Key><VersionId>v1</VersionId></DeleteMarker>`),
      page(`<IsTruncated>false</IsTruncated>${version('p/c', 'v3')}`),
    ];

    expect(await objects.list('storage', 'p/')).toStrictEqual([
      { bucket: 'storage', key: 'p/a', version: 'v2', size: 3, isDeleteMarker: false },
      { bucket: 'storage', key: 'p/b', version: 'v1', size: 0, isDeleteMarker: true },
      { bucket: 'storage', key: 'p/c', version: 'v3', size: 3, isDeleteMarker: false },
    ]);
    expect(requests.map(({ line }) => line)).toStrictEqual([
      'GET /storage/?prefix=p%2F&versions=',
      'GET /storage/?key-marker=p%2Fa&prefix=p%2F&version-id-marker=v2&versions=',
      'GET /storage/?key-marker=p%2Fb&prefix=p%2F&version-id-marker=v1&versions=',
    ]);
  });

  test('F47: a copy asks for the SHA-256 and takes over neither metadata nor tags', async () => {
    answers = [{ headers: { 'x-amz-version-id': 'v1' }, body: '<CopyObjectResult><ChecksumSHA256>c2hh</ChecksumSHA256></CopyObjectResult>' }];

    expect(await objects.write({ kind: 'object', bucket: 'source', key: 'ü +%/b', version: 'x&7' }, 'storage', 'a')).toStrictEqual({
      version: 'v1', checksum: 'c2hh',
    });
    expect(requests).toMatchObject([{
      line: 'PUT /storage/a?x-id=CopyObject',
      headers: {
        'x-amz-copy-source': 'source/%C3%BC%20%2B%25/b?versionId=x%267',
        'x-amz-checksum-algorithm': 'SHA256',
        'x-amz-metadata-directive': 'REPLACE',
        'x-amz-tagging-directive': 'REPLACE',
      },
    }]);
  });

  test('F47: a text is sent with its SHA-256, and write returns the checksum of the response', async () => {
    answers = [{ headers: { 'x-amz-version-id': 'v1', 'x-amz-checksum-sha256': 'c2hh' } }];

    expect(await objects.write({ kind: 'text', text: 'abc' }, 'storage', 'a')).toStrictEqual({ version: 'v1', checksum: 'c2hh' });
    expect(requests).toMatchObject([{ headers: { 'x-amz-checksum-sha256': 'ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=' } }]);
  });

  test('F47: inspect asks for the checksum of a version', async () => {
    answers = [{ headers: { 'content-length': '3', 'x-amz-checksum-sha256': 'c2hh-2' } }];

    expect(await objects.inspect({ bucket: 'storage', key: 'a', version: 'v1' })).toStrictEqual({ size: 3, checksum: 'c2hh-2' });
    expect(requests).toMatchObject([{ line: 'HEAD /storage/a?versionId=v1', headers: { 'x-amz-checksum-mode': 'ENABLED' } }]);
  });

  test('F50: no call is made after the signal is aborted', async () => {
    abort.abort();
    const object = { bucket: 'storage', key: 'a', version: 'v1' };
    const calls: (() => Promise<unknown>)[] = [
      () => objects.list('storage', 'p/'),
      () => objects.write({ kind: 'text', text: 'abc' }, 'storage', 'a'),
      () => objects.write({ kind: 'object', bucket: 'source', key: 'a' }, 'storage', 'a'),
      () => objects.inspect(object),
      () => objects.remove(object),
      () => objects.versioning('storage'),
      () => objects.hasDefaultRetention('storage'),
    ];

    for (const call of calls) await expect(call()).rejects.toMatchObject({ code: 'AbortError' });
    expect(requests).toStrictEqual([]);
  });
});
