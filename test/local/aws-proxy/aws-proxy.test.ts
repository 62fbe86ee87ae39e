import type { IncomingMessage, Server } from 'node:http';
import { createServer } from 'node:http';
import { KMSClient, SignCommand } from '@aws-sdk/client-kms';
import { CopyObjectCommand, GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { AwsProxy } from '../../../local/aws-proxy/aws-proxy';
import { INTERNAL_ERROR, SLOW_DOWN, startAwsProxy } from '../../../local/aws-proxy/aws-proxy';
import { contentOf } from '../../../local/aws-proxy/gateway';
import { close, listen } from '../../../local/listening';

const region = 'us-east-1';
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
const roleArn = 'arn:aws:iam::000000000000:role/path/Management';

let upstream: Server;
let received: { request: IncomingMessage; body: Buffer }[];
let proxy: AwsProxy;
let s3: S3Client;
let sts: STSClient;
let kms: KMSClient;

beforeEach(async () => {
  received = [];
  upstream = createServer((request, response) => {
    void contentOf(request).then((body) => {
      received.push({ request, body });
      const form = new URLSearchParams(body.toString());
      if (form.get('Action') === 'AssumeRole') {
        if (form.get('RoleSessionName') === 'denied') return response.writeHead(403).end(denied);
        return response.writeHead(200, { 'content-type': 'text/xml' }).end(assumed);
      }
      if (request.headers['x-amz-target'] === 'TrentService.Sign') return response.writeHead(200).end('{"Signature":"c2lnbmVk"}');
      if (form.get('Action')) return response.writeHead(200, { 'content-type': 'text/xml' }).end('<GetCallerIdentityResponse/>');
      if (request.url?.includes('missing')) return response.writeHead(404).end('<Error><Code>NoSuchKey</Code><Message>no</Message></Error>');
      return response.writeHead(200, { 'x-amz-version-id': 'v1' }).end(request.method === 'GET' ? Buffer.alloc(300_000, 7) : '');
    });
  });
  proxy = await startAwsProxy({ gateway: await listen(upstream) });
  s3 = new S3Client({ endpoint: proxy.url, region, credentials, maxAttempts: 1 });
  sts = new STSClient({ endpoint: proxy.url, region, credentials, maxAttempts: 1 });
  kms = new KMSClient({ endpoint: proxy.url, region, credentials, maxAttempts: 1 });
});

afterEach(async () => {
  await proxy.stop();
  await close(upstream);
});

const assumed = `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>a&amp;b</SessionToken>
<Expiration>2026-11-21T12:00:00Z</Expiration></Credentials><AssumedRoleUser><AssumedRoleId>A:s</AssumedRoleId>
<Arn>arn:aws:sts::000000000000:assumed-role/Management/session</Arn></AssumedRoleUser></AssumeRoleResult></AssumeRoleResponse>`;
const denied = '<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>';

test('the proxy forwards requests unchanged, including the signed Host header', async () => {
  await s3.send(new PutObjectCommand({ Bucket: 'bucket', Key: 'a b/ü', Body: 'content' }));
  const [{ request, body }] = received;
  expect(request.url).toBe('/bucket/a%20b/%C3%BC?x-id=PutObject');
  expect(request.headers.host).toBe(new URL(proxy.url).host);
  expect(request.headers.authorization).toContain('Credential=test/');
  expect(body.toString()).toContain('content');
});

test('the proxy forwards responses of any size', async () => {
  const { Body, VersionId } = await s3.send(new GetObjectCommand({ Bucket: 'bucket', Key: 'key' }));
  expect(VersionId).toBe('v1');
  expect((await Body!.transformToByteArray()).length).toBe(300_000);
});

test('the proxy streams a large object', async () => {
  await s3.send(new PutObjectCommand({ Bucket: 'bucket', Key: 'key', Body: Buffer.alloc(5_000_000, 1) }));
  expect(received[0].body.length).toBeGreaterThanOrEqual(5_000_000);
});

test('the proxy knows the role of an access key that STS has created', async () => {
  await sts.send(new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'session' }));
  expect(proxy.roleOf('ASIA1')).toBe(roleArn);
  expect(proxy.sessionOf('ASIA1')).toEqual({
    accessKeyId: 'ASIA1',
    sessionToken: 'a&b',
    roleArn,
    sessionArn: 'arn:aws:sts::000000000000:assumed-role/Management/session',
    expiration: new Date('2026-11-21T12:00:00Z'),
  });
  expect(proxy.roleOf('ASIA2')).toBeUndefined();
});

test('the proxy records no session of a denied AssumeRole', async () => {
  await expect(sts.send(new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'denied' }))).rejects.toMatchObject({ name: 'AccessDenied' });
  expect(proxy.roleOf('ASIA1')).toBeUndefined();
  expect(proxy.calls).toMatchObject([{ action: 'AssumeRole', status: 403 }]);
});

test('the proxy counts calls by action', async () => {
  await s3.send(new HeadObjectCommand({ Bucket: 'bucket', Key: 'key' }));
  await s3.send(new HeadObjectCommand({ Bucket: 'bucket', Key: 'key' }));
  await sts.send(new GetCallerIdentityCommand({}));
  expect(proxy.count('HeadObject')).toBe(2);
  expect(proxy.calls[2]).toMatchObject({ service: 'sts', action: 'GetCallerIdentity', accessKeyId: 'test', method: 'POST', path: '/', status: 200 });
  proxy.clearCalls();
  expect(proxy.count('HeadObject')).toBe(0);
});

test('the proxy forwards and counts signatures of KMS, and fails them in the form of KMS', async () => {
  const sign = () => kms.send(new SignCommand({ KeyId: 'abc', Message: Buffer.alloc(32), MessageType: 'DIGEST', SigningAlgorithm: 'ECDSA_SHA_256' }));
  expect(Buffer.from((await sign()).Signature!).toString()).toBe('signed');
  expect(JSON.parse(received[0].body.toString())).toMatchObject({ KeyId: 'abc', SigningAlgorithm: 'ECDSA_SHA_256' });
  proxy.faults.failures.plan({ action: 'Sign', error: { status: 400, code: 'DisabledException', message: 'disabled' } });
  await expect(sign()).rejects.toMatchObject({ name: 'DisabledException', message: 'disabled' });
  expect(received).toHaveLength(1);
  expect(proxy.calls.map(({ service, action, status }) => [service, action, status])).toEqual([['kms', 'Sign', 200], ['kms', 'Sign', 400]]);
});

test('the proxy returns planned failures in the form of each service', async () => {
  proxy.faults.failures.plan({ action: 'CopyObject', error: SLOW_DOWN });
  proxy.faults.failures.plan({ action: 'AssumeRole', error: { status: 403, code: 'AccessDenied', message: 'not yet' } });
  const copy = () => s3.send(new CopyObjectCommand({ Bucket: 'bucket', Key: 'key', CopySource: 'a/b' }));
  await expect(copy()).rejects.toMatchObject({ name: 'SlowDown', $metadata: { httpStatusCode: 503 } });
  await expect(sts.send(new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 's' }))).rejects.toMatchObject({ name: 'AccessDenied', message: 'not yet' });
  expect(received).toHaveLength(0);
  expect(proxy.calls.map(({ action, status }) => [action, status])).toEqual([['CopyObject', 503], ['AssumeRole', 403]]);
});

test('the proxy returns 403 for a missing object if configured, as S3 does if the caller may not list the bucket', async () => {
  const copy = () => s3.send(new CopyObjectCommand({ Bucket: 'bucket', Key: 'missing', CopySource: 'a/b' }));
  await expect(copy()).rejects.toMatchObject({ name: 'NoSuchKey', $metadata: { httpStatusCode: 404 } });
  proxy.faults.hidesMissingObjects = true;
  await expect(copy()).rejects.toMatchObject({ name: 'AccessDenied', message: 'Access Denied', $metadata: { httpStatusCode: 403 } });
  await expect(s3.send(new PutObjectCommand({ Bucket: 'bucket', Key: 'missing', Body: 'x' }))).rejects.toMatchObject({ name: 'NoSuchKey' });
});

test('the proxy can lose the response of a call that was performed', async () => {
  proxy.faults.failures.plan({ action: 'PutObject', error: INTERNAL_ERROR, when: 'after' });
  await expect(s3.send(new PutObjectCommand({ Bucket: 'bucket', Key: 'key', Body: 'x' }))).rejects.toMatchObject({ name: 'InternalError' });
  expect(received).toHaveLength(1);
});

test('the proxy can add latency to every action or to one', async () => {
  const millis = async () => {
    const start = performance.now();
    await s3.send(new HeadObjectCommand({ Bucket: 'bucket', Key: 'key' }));
    return performance.now() - start;
  };
  proxy.faults.latencyMilliseconds = 100;
  expect(await millis()).toBeGreaterThanOrEqual(99);
  proxy.faults.latencyMilliseconds = (action) => action === 'HeadObject' ? 150 : 0;
  expect(await millis()).toBeGreaterThanOrEqual(149);
});

test('the proxy closes the connection if the gateway is down', async () => {
  await close(upstream);
  await expect(s3.send(new HeadObjectCommand({ Bucket: 'bucket', Key: 'key' }))).rejects.toThrow(/socket hang up|ECONNRESET/);
  upstream.listen(0);
});
