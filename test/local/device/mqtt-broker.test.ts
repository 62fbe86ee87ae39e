import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { testCertificates } from './support/certificates';
import { connectTransport } from '../../../local/device/mqtt-transport';
import type { Transport } from '../../../local/device/transport';

/* Tests the transport against an independent broker. */

const THING = 'sensor-1';
const { authority, server, device } = testCertificates(THING);

interface Report {
  readonly ready?: true;
  readonly port?: number;
  readonly published?: { readonly topic: string; readonly payload: string };
  readonly disconnected?: string;
}

let broker: ChildProcess;
let address: string;
const transports: Transport[] = [];

/** Waits for the next report of the broker with the field. */
function reported<F extends keyof Report>(field: F): Promise<NonNullable<Report[F]>> {
  return new Promise((resolve) => broker.on('message', function take(report: Report) {
    const value = report[field];
    if (value === undefined) return;
    broker.off('message', take);
    resolve(value);
  }));
}

beforeAll(async () => {
  broker = fork(join(__dirname, 'support', 'broker-process.mjs'));
  await reported('ready');
  broker.send({ listen: { key: server.privateKey, cert: server.certificate, ca: authority.certificate } });
  address = `localhost:${await reported('port')}`;
});

afterEach(async () => {
  await Promise.all(transports.splice(0).map((transport) => transport.close()));
});

afterAll(async () => {
  const ended = new Promise((resolve) => broker.once('exit', resolve));
  broker.disconnect();
  await ended;
});

const publish = (topic: string, ...bytes: number[]) => broker.send({ publish: { topic, payload: Buffer.from(bytes).toString('hex') } });

async function connect(): Promise<Transport> {
  const transport = await connectTransport({
    endpoint: address,
    thingName: THING,
    certificate: device.certificate,
    privateKey: device.privateKey,
    certificateAuthority: authority.certificate,
  });
  transports.push(transport);
  return transport;
}

test('publishes bytes unchanged', async () => {
  const transport = await connect();
  const message = reported('published');
  await transport.publish('a/b', Buffer.from([0, 255, 10, 13]));
  await expect(message).resolves.toEqual({ topic: 'a/b', payload: '00ff0a0d' });
});

test('passes on messages of subscribed topics and no others', async () => {
  const transport = await connect();
  await transport.subscribe(['a/data', 'a/rejected']);
  const received: string[] = [];
  const both = new Promise<void>((resolve) => transport.onMessage((topic, payload) => {
    received.push(`${topic} ${Buffer.from(payload).toString('hex')}`);
    if (topic === 'a/rejected') resolve();
  }));
  publish('a/other', 1);
  publish('a/data', 2, 0);
  publish('a/rejected');
  await both;
  expect(received).toEqual(['a/data 0200', 'a/rejected ']);
});

test('does not call a removed listener', async () => {
  const transport = await connect();
  await transport.subscribe(['a']);
  const first: string[] = [];
  const stop = transport.onMessage((topic) => first.push(topic));
  stop();
  const second = new Promise<string>((resolve) => transport.onMessage((topic) => resolve(topic)));
  publish('a', 1);
  await expect(second).resolves.toBe('a');
  expect(first).toEqual([]);
});

test('fails with the topic of a refused subscription', async () => {
  const transport = await connect();
  await expect(transport.subscribe(['denied/data', 'denied/rejected'])).rejects.toThrow(new RegExp(
    `^subscribing to 'denied/data', 'denied/rejected' at ${address} failed: .+; check that the policy of the device allows iot:Subscribe for these topic filters and iot:Receive for these topics$`));
});

test('the connection reports a reason after a second connection with the same client ID', async () => {
  const first = await connect();
  expect(first.trouble()).toBeUndefined();
  const disconnected = reported('disconnected');
  await connect();
  await expect(disconnected).resolves.toBe(THING);
  expect(await until(() => first.trouble())).toBe(`the connection to ${address} was closed by the other side, as happens where a policy does not allow a request, `
    + 'or where another connection uses the same client id');
});

test('close ends the connection at once', async () => {
  const transport = await connect();
  const disconnected = reported('disconnected');
  await transport.close();
  await expect(disconnected).resolves.toBe(THING);
});

/** Waits for an effect at the other end of a socket. */
async function until<T>(find: () => T | undefined): Promise<T> {
  for (;;) {
    const found = find();
    if (found !== undefined) return found;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
