import { createHash, createSign } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { UpdateOptions } from '../../examples/ota/device';
import { doNextJob } from '../../examples/ota/device';
import type { MessageListener, Transport } from '../../local/device/transport';
import { answer } from '../../local/iot-streams/protocol/protocol';
import { EmbeddedClient } from '../e2e/support/embedded-client';
import { FakeStreamService, type Faults } from '../local/device/support/fake-stream-service';
import { randomBytesOf } from '../local/device/support/random';
import { FakeSource } from '../local/iot-streams/protocol/fake-source';
import { newKeyPair } from '../support/key-pair';
import { temporaryDirectory } from '../support/temporary-directory';

const THING = 'sensor-1';
const JOBS = `$aws/things/${THING}/jobs`;
const OLD = randomBytesOf(1, 204_800);
const NEW = randomBytesOf(2, 204_800);
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const directory = temporaryDirectory();

interface Published {
  readonly topic: string;
  readonly payload: Uint8Array;
}

/** A transport to a service that answers with the result of `reply`. */
class FakeTransport implements Transport {
  readonly published: Published[] = [];
  private readonly listeners = new Set<MessageListener>();

  constructor(private readonly reply: (message: Published) => readonly Published[] | Promise<readonly Published[]>) {}

  async subscribe(): Promise<void> {}

  async publish(topic: string, payload: Uint8Array): Promise<void> {
    this.published.push({ topic, payload });
    for (const answered of await this.reply({ topic, payload })) {
      setImmediate(() => this.listeners.forEach((listen) => listen(answered.topic, answered.payload)));
    }
  }

  onMessage(listener: MessageListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  trouble(): undefined {
    return undefined;
  }

  async close(): Promise<void> {}
}

/** Creates a device with jobs and with their stream. */
function setUp(documents: Record<string, unknown>, faults: Faults = {}) {
  const stream = { streamVersion: 1, files: new Map([[0, OLD]]) };
  const streams = new FakeStreamService(THING, 'fw', stream, faults);
  const ended: Record<string, unknown> = {};
  const line = new FakeTransport(({ topic, payload }) => {
    if (!topic.startsWith(JOBS)) return streams.answer(topic, payload);
    const { clientToken, status, statusDetails } = JSON.parse(Buffer.from(payload).toString());
    const [, jobId, verb] = /jobs\/(?:([^/]+)\/)?([^/]+)$/.exec(topic)!;
    if (verb === 'update' && status !== 'IN_PROGRESS') ended[jobId] = [status, statusDetails];
    const pending = Object.keys(documents).filter((each) => !ended[each]).map((each) => ({ jobId: each }));
    const body = jobId === undefined ? { queuedJobs: pending } : { execution: { jobId, jobDocument: documents[jobId] } };
    return [{ topic: `${topic}/accepted`, payload: Buffer.from(JSON.stringify({ clientToken, ...body })) }];
  });
  const options: UpdateOptions = { thingName: THING, outputDirectory: directory.path, blockSize: 4096, timeoutMs: 1_000 };
  return { line, stream, ended, next: (more: Partial<UpdateOptions> = {}) => doNextJob(line, { ...options, ...more }) };
}

const update = (more: object = {}) => ({
  operation: 'update-firmware', streamId: 'fw', files: [{ fileId: 0, fileName: 'app.bin', size: OLD.length, sha256: sha256(OLD) }], ...more,
});

test('a device reports success for the bytes of the job', async () => {
  const { next, ended } = setUp({ 'fw-1': update() });
  await expect(next()).resolves.toMatchObject({ jobId: 'fw-1', status: 'SUCCEEDED' });
  expect(ended).toEqual({ 'fw-1': ['SUCCEEDED', {}] });
  expect(readFileSync(`${directory.path}/app.bin`)).toEqual(OLD);
});

test('a device refuses a file with blocks of two contents and keeps nothing of it', async () => {
  let requests = 0;
  const { next, ended, stream } = setUp({ 'fw-1': update() }, { beforeGet: () => { if (++requests === 2) stream.files.set(0, NEW); } });
  const reason = 'the stream has other content by now than the job was made for';
  await expect(next()).resolves.toEqual({ jobId: 'fw-1', status: 'FAILED', reason, paths: [] });
  expect(ended).toEqual({ 'fw-1': ['FAILED', { reason }] });
  expect(readdirSync(directory.path)).toEqual([]);
});

test('a device logs and ignores the jobs of other programs, and performs its own', async () => {
  const foreign = { reboot: { operation: 'reboot' }, ota: { afr_ota: {} }, text: 'update-firmware', bare: undefined, nothing: null };
  const { next, ended } = setUp({ ...foreign, 'fw-1': update() });
  const ignored: string[] = [];
  await expect(next({ onIgnored: (jobId) => ignored.push(jobId) })).resolves.toMatchObject({ jobId: 'fw-1', status: 'SUCCEEDED' });
  expect(ignored).toEqual(Object.keys(foreign));
  expect(Object.keys(ended)).toEqual(['fw-1']);
  await expect(next()).resolves.toBeUndefined();
});

test.each<[string, object]>([
  ['names no stream', { streamId: undefined }], ['has no files', { files: undefined }], ['has an empty list of files', { files: [] }],
  ['has null as a file', { files: [null] }], ['has a file without an id', { files: [{ fileName: 'a' }] }],
])('a device rejects a job that %s', async (_, broken) => {
  const { next, ended } = setUp({ 'fw-1': update(broken) });
  await expect(next()).resolves.toMatchObject({ status: 'REJECTED', reason: 'the job document must name a stream and its files' });
  expect(ended).toEqual({ 'fw-1': ['REJECTED', { reason: 'the job document must name a stream and its files' }] });
});

describe('a device with a public key', () => {
  const { publicKey, privateKey } = newKeyPair('P-256');
  const rsa = newKeyPair('RSA_2048');
  const sign = (bytes: Buffer, key = privateKey) => createSign('sha256').update(bytes).sign(key, 'base64');
  const signed = (more: object) => update({ files: [{ fileId: 0, fileName: 'app.bin', size: OLD.length, signatureAlgorithm: 'ECDSA_SHA_256', ...more }] });
  const notSigned = { status: 'FAILED', reason: 'file 0 is not signed with the key that this device trusts', paths: [] };

  test('a device with a public key reports success for a file that is signed with the private key', async () => {
    const { next, ended } = setUp({ 'fw-1': signed({ signature: sign(OLD) }) });
    await expect(next({ publicKey })).resolves.toMatchObject({ status: 'SUCCEEDED' });
    expect(ended).toEqual({ 'fw-1': ['SUCCEEDED', {}] });
    expect(readdirSync(directory.path)).toEqual(['app.bin']);
  });

  test.each<[string, object]>([
    ['the signature of other bytes', { signature: sign(NEW) }],
    ['the signature of another key', { signature: sign(OLD, newKeyPair('P-256').privateKey) }],
    ['the signature of a key of another type', { signature: sign(OLD, rsa.privateKey), signatureAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256' }],
    ['a malformed signature', { signature: '?' }],
    ['an algorithm that does not fit its key', { signature: sign(OLD), signatureAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256' }],
  ])('a device with a public key reports a failure for a file with %s, and keeps nothing of it', async (_, file) => {
    const { next, ended } = setUp({ 'fw-1': signed(file) });
    await expect(next({ publicKey })).resolves.toMatchObject(notSigned);
    expect(ended).toEqual({ 'fw-1': ['FAILED', { reason: notSigned.reason }] });
    expect(readdirSync(directory.path)).toEqual([]);
  });

  test('a device with a public key keeps the file of an earlier job after a failure', async () => {
    const { next, stream } = setUp({ 'fw-1': signed({ signature: sign(OLD) }), 'fw-2': signed({ signature: sign(OLD) }) });
    await expect(next({ publicKey })).resolves.toMatchObject({ status: 'SUCCEEDED' });
    stream.files.set(0, NEW);
    await expect(next({ publicKey })).resolves.toMatchObject({ jobId: 'fw-2', ...notSigned });
    expect(readFileSync(`${directory.path}/app.bin`)).toEqual(OLD);
    expect(readdirSync(directory.path)).toEqual(['app.bin']);
  });

  test.each<[string, object]>([['no signature', {}], ['a number as signature', { signature: 1 }]])('a device with a public key rejects a job with %s, without a download', async (_, file) => {
    const { next, ended, line } = setUp({ 'fw-1': signed(file) });
    await expect(next({ publicKey })).resolves.toMatchObject({ status: 'REJECTED', reason: 'file 0 must have a signature', paths: [] });
    expect(ended).toEqual({ 'fw-1': ['REJECTED', { reason: 'file 0 must have a signature' }] });
    expect(line.published.filter(({ topic }) => topic.includes('/streams/'))).toEqual([]);
  });

  test('a device with a public key accepts an RSA signature if its key is an RSA key', async () => {
    const { next } = setUp({ 'fw-1': signed({ signature: sign(OLD, rsa.privateKey), signatureAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256' }) });
    await expect(next({ publicKey: rsa.publicKey })).resolves.toMatchObject({ status: 'SUCCEEDED' });
  });
});

test('a device without a public key does not check signatures', async () => {
  const { next } = setUp({ 'fw-1': update({ files: [{ fileId: 0, fileName: 'app.bin', size: OLD.length, signature: 'AAAA', signatureAlgorithm: 'ECDSA_SHA_256' }] }) });
  await expect(next()).resolves.toMatchObject({ status: 'SUCCEEDED' });
});

test('a device that requests no version may receive a mixed file after an update in place, and detects it by the SHA-256 of the job', async () => {
  const source = new FakeSource();
  source.put('fw', { 0: OLD }, { streamVersion: 1 });
  let requests = 0;
  const line = new FakeTransport((request) => {
    if (++requests === 4) source.put('fw', { 0: NEW }, { streamVersion: 2 });
    return answer(request, source);
  });
  const received = await new EmbeddedClient(line, THING, 'fw', 'cbor').download(0, OLD.length);
  expect(received).toEqual(Buffer.concat([OLD.subarray(0, 3 * 4096), NEW.subarray(3 * 4096)]));
  expect([sha256(OLD), sha256(NEW)]).not.toContain(sha256(received));
});
