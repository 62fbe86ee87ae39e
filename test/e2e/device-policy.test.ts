import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { IoTClient } from '@aws-sdk/client-iot';
import { App, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { connectAsync } from 'mqtt';
import { EmbeddedClient } from './support/embedded-client';
import { useLocalAws } from './support/local-aws';
import { StreamsByApi } from './support/streams-by-api';
import { downloadStream } from '../../local/device/download-stream';
import { connectTransport } from '../../local/device/mqtt-transport';
import type { Thing } from '../../local/thing';
import { connectionOf, createThing } from '../../local/thing';
import { IotFileStream, StreamEncoding } from '../../src';

/* Tests `deviceStatements()` with a broker that evaluates the policy of the connection's certificate. */

const OURS = 'fw';
const OUR_GENERATION = 'fw--1a2b3c4d';
// IDs that begin with the ID of the stream or are similar to those of its generations
const THEIRS = ['f', 'fw2', 'fw-', 'fw--', 'fw--abc', 'fw--abcd', 'fw--1a2b3c4d5', 'xfw', 'other'];
// the longest ID that the C library can store, and the longest default ID
const EMBEDDED = ['x'.repeat(44), 'y'.repeat(34)];
const REQUESTS = ['describe', 'get'];
const ANSWERS = ['description', 'data', 'rejected'];
const ENCODINGS = ['json', 'cbor'] as const;

const local = useLocalAws();
let iot: IoTClient;
let streams: StreamsByApi;
const content = randomBytes(40_000);

/** Creates a device with the statements of an imported stream as policy. */
async function createDevice(thingName: string, streamId: string, encoding?: StreamEncoding): Promise<Thing> {
  const stack = new Stack(new App(), 'Devices', { env: { account: local.aws.account, region: local.aws.region } });
  const statements = IotFileStream.fromStreamId(stack, 'Stream', streamId).deviceStatements({ encoding });
  const policy = stack.resolve(new iam.PolicyDocument({ statements }));
  return createThing(iot, { thingName, policy: JSON.parse(joined(policy)), directory: local.directory });
}

/** Resolves the document to the text that AWS IoT receives from CloudFormation. */
function joined(policy: object): string {
  return JSON.stringify(policy, (_key, value) => {
    const parts: unknown[] | undefined = value?.['Fn::Join']?.[1];
    return parts ? parts.map((part) => typeof part === 'string' ? part : 'aws').join('') : value;
  });
}

/** Whether the broker allows an action of a device; it closes the connection after a denied action. */
async function isAllowed(thing: Thing, action: 'publish' | 'subscribe', topic: string): Promise<boolean> {
  const { certificate: cert, privateKey: key, certificateAuthority: ca } = await connectionOf(thing, local.aws);
  const client = await connectAsync(`mqtts://${local.aws.endpoints.mqtt}`, { clientId: thing.thingName, cert, key, ca, reconnectPeriod: 0 }, false);
  const cutOff = new Promise<boolean>((fulfill) => client.on('error', () => fulfill(false)).on('close', () => fulfill(false)));
  try {
    const done = action === 'publish' ? client.publishAsync(topic, '{}', { qos: 1 }) : client.subscribeAsync(topic, { qos: 1 });
    return await Promise.race([done.then(() => true, () => false), cutOff]);
  } finally {
    await client.endAsync(true);
  }
}

beforeAll(async () => {
  iot = new IoTClient(local.aws.iotClientConfiguration);
  streams = await StreamsByApi.create(local.aws, 'device-policy');
  for (const streamId of [OURS, OUR_GENERATION, ...THEIRS, ...EMBEDDED]) await streams.put(streamId, content);
});

afterAll(async () => {
  iot?.destroy();
  await streams?.remove();
});

describe.each([
  ['with patterns', undefined, ENCODINGS],
  ['with exact topics in JSON', StreamEncoding.JSON, ['json']],
  ['with exact topics in CBOR', StreamEncoding.CBOR, ['cbor']],
] as const)('a device, by a policy %s', (name, encoding, allowed) => {
  let device: Thing;
  beforeAll(async () => {
    device = await createDevice(`device-${name.replaceAll(' ', '-')}`, OURS, encoding);
  });

  const on = (streamId: string, verb: string, format: string) => `$aws/things/${device.thingName}/streams/${streamId}/${verb}/${format}`;

  test.each([OURS, OUR_GENERATION])('a device may use every topic that it needs of %s', async (streamId) => {
    for (const format of allowed) {
      for (const verb of REQUESTS) expect([verb, format, await isAllowed(device, 'publish', on(streamId, verb, format))]).toEqual([verb, format, true]);
      const outputDirectory = await mkdtemp(join(local.directory, 'download-'));
      const { files: [file] } = await downloadStream(
        { ...await connectionOf(device, local.aws), streamId, outputDirectory, encoding: format },
      );
      expect(await readFile(file.path)).toEqual(content);
    }
  });

  test.each(THEIRS)('a device may use no topic of %s', async (streamId) => {
    for (const format of ENCODINGS) {
      for (const verb of [...REQUESTS, ...ANSWERS]) {
        const topic = on(streamId, verb, format);
        for (const action of ['publish', 'subscribe'] as const) expect([action, topic, await isAllowed(device, action, topic)]).toEqual([action, topic, false]);
      }
    }
  });

  test.each([
    '+/data/json', '+/+/+', '#', 'fw2/#', 'fw--abc/#', 'fw--abc/+/cbor', 'fw--abc/data/cbor/#', 'fw--abcd/+/+/#', 'fw--/+/+/json', '+--1a2b3c4d/data/json',
  ])('a device may not subscribe to %s', async (filter) => {
    expect(await isAllowed(device, 'subscribe', `$aws/things/${device.thingName}/streams/${filter}`)).toBe(false);
  });

  test.each(['#', '+/#', '+/+', 'data/+', 'data/#', '+/json', '+/cbor'])('a device may subscribe to %s of the stream exactly if it may do so for a generation', async (filter) => {
    const of = (streamId: string) => isAllowed(device, 'subscribe', `$aws/things/${device.thingName}/streams/${streamId}/${filter}`);
    expect(await of(OUR_GENERATION)).toBe(await of(OURS));
  });

  test('a device may not use the topics of another device', async () => {
    const other = `$aws/things/other/streams/${OURS}`;
    expect(await isAllowed(device, 'publish', `${other}/get/${allowed[0]}`)).toBe(false);
    expect(await isAllowed(device, 'subscribe', `${other}/data/${allowed[0]}`)).toBe(false);
    await expect(isAllowed({ ...device, thingName: 'other' }, 'publish', `${other}/get/json`)).rejects.toThrow();
  });
});

test('a policy with exact topics allows neither the other encoding nor to publish on topics of answers', async () => {
  const device = await createDevice('exact-device', OURS, StreamEncoding.CBOR);
  const on = (name: string) => `$aws/things/${device.thingName}/streams/${OURS}/${name}`;
  expect(await isAllowed(device, 'subscribe', on('data/json'))).toBe(false);
  expect(await isAllowed(device, 'publish', on('get/json'))).toBe(false);
  expect(await isAllowed(device, 'subscribe', on('get/cbor'))).toBe(false);
  expect(await isAllowed(device, 'subscribe', on('#'))).toBe(false);
});

describe.each(ENCODINGS)("a device with AWS's C library, in %s", (encoding) => {
  test.each(EMBEDDED)("a device with AWS's C library downloads the stream %s with its statements", async (streamId) => {
    const device = await createDevice(`embedded-${encoding}-${streamId.length}`, streamId, encoding as StreamEncoding);
    const transport = await connectTransport(await connectionOf(device, local.aws));
    const received = await new EmbeddedClient(transport, device.thingName, streamId, encoding).download(0, content.length);
    await transport.close();
    expect(received).toEqual(content);
  });
});
