import { readFileSync } from 'node:fs';
import * as mqtt from 'mqtt';
import { testCertificates } from './support/certificates';
import { FakeStreamService } from './support/fake-stream-service';
import { MqttEndpoint, type MqttEndpointOptions } from './support/mqtt-endpoint';
import { randomBytesOf } from './support/random';
import { downloadStream } from '../../../local/device/download-stream';
import { connectTransport, parseEndpoint } from '../../../local/device/mqtt-transport';
import { temporaryDirectory } from '../../support/temporary-directory';

const THING = 'sensor-1';
const STREAM = 'MyStack-Firmware-1A2B3C4D';
const content = randomBytesOf(1, 400_003);
const { authority, server, device } = testCertificates(THING);

const directory = temporaryDirectory();
let endpoint: MqttEndpoint | undefined;
afterEach(async () => {
  await endpoint?.stop();
  endpoint = undefined;
});

async function start(options: Partial<MqttEndpointOptions> = {}) {
  const service = new FakeStreamService(THING, STREAM, { streamVersion: 1, files: new Map([[0, content]]) });
  endpoint = await MqttEndpoint.start({ server, authority, publish: (topic, payload) => service.answer(topic, payload), ...options });
  const connection = {
    endpoint: endpoint.address,
    thingName: THING,
    certificate: device.certificate,
    privateKey: device.privateKey,
    certificateAuthority: authority.certificate,
  };
  return { endpoint, connection, download: { ...connection, streamId: STREAM, outputDirectory: directory.path } };
}

test.each([
  ['json', 16_384], ['cbor', 1001], ['cbor', 131_072], ['json', 131_072],
] as const)('downloads over mutual TLS, in %s and blocks of %i bytes', async (encoding, blockSize) => {
  const { endpoint: { clientIds, commonNames }, download } = await start();

  const { files: [file] } = await downloadStream({ ...download, encoding, blockSize });

  expect(readFileSync(file.path).equals(content)).toBe(true);
  expect(clientIds).toEqual([THING]);
  expect(commonNames).toEqual([THING]);
});

test('resumes after the connection has been closed', async () => {
  const { endpoint: cutEndpoint, download } = await start();
  let cuts = 0;

  const { files: [file] } = await downloadStream({
    ...download,
    answerTimeoutMs: 500,
    requestsInFlight: 1,
    retries: 5,
    onProgress: ({ receivedBytes }) => { if (receivedBytes > 100_000 && cuts++ === 0) cutEndpoint.cut(); },
  });

  expect(readFileSync(file.path).equals(content)).toBe(true);
  expect(cutEndpoint.clientIds).toEqual([THING, THING]);
});

test('subscribes to exactly the three topics of answers, and publishes to exactly the two of requests', async () => {
  const used = new Set<string>();
  const { download } = await start({ allow: (action, what) => Boolean(used.add(`${action} ${what}`)) });

  await downloadStream(download);

  const topics = `$aws/things/${THING}/streams/${STREAM}`;
  expect([...used].sort()).toEqual([
    `connect ${THING}`,
    `publish ${topics}/describe/cbor`,
    `publish ${topics}/get/cbor`,
    `subscribe ${topics}/data/cbor`,
    `subscribe ${topics}/description/cbor`,
    `subscribe ${topics}/rejected/cbor`,
  ]);
});

test('names the required permission if the connection closes at a subscription', async () => {
  const { endpoint: { address }, download } = await start({ allow: (action) => action !== 'subscribe' });
  const topics = `$aws/things/${THING}/streams/${STREAM}`;

  await expect(downloadStream(download)).rejects.toThrow(
    `subscribing to '${topics}/description/cbor', '${topics}/data/cbor', '${topics}/rejected/cbor' at ${address} failed: Connection closed; `
    + 'check that the policy of the device allows iot:Subscribe for these topic filters and iot:Receive for these topics');
});

test('names the required permission if the connection closes at a request', async () => {
  const { endpoint: { address }, download } = await start({ allow: (action, what) => action !== 'publish' || !what.includes('/get/') });
  const topics = `$aws/things/${THING}/streams/${STREAM}`;

  await expect(downloadStream({ ...download, answerTimeoutMs: 100, retries: 2 })).rejects.toThrow(
    'the request for blocks of file 0 must be answered, got: nothing after asking 3 times '
    + `(the connection to ${address} was closed by the other side, as happens where a policy does not allow a request, or where another connection uses the same client id); `
    + `check the stream id, and that the policy of the device allows publishing to '${topics}/get/cbor' and receiving from '${topics}/data/cbor'`);
});

test('fails with advice if the connection is refused', async () => {
  const { endpoint: { address }, connection } = await start({ allow: () => false });

  await expect(connectTransport(connection)).rejects.toThrow(
    `connecting to ${address} as '${THING}' failed: Couldn't connect to server; `
    + 'check the address, that the certificate is active and its policy allows iot:Connect for this client id, and the certificate authority');
});

test('refuses an endpoint with an unknown certificate authority', async () => {
  const { connection } = await start();

  await expect(connectTransport({ ...connection, certificateAuthority: testCertificates(THING).authority.certificate }))
    .rejects.toThrow(/^connecting to localhost:\d+ as 'sensor-1' failed: certificate signature failure; check the address/);
});

test('fails with advice if no server listens', async () => {
  const { endpoint: { address }, connection } = await start();
  await endpoint?.stop();

  await expect(connectTransport(connection)).rejects.toThrow(new RegExp(`^connecting to ${address} as 'sensor-1' failed: .*ECONNREFUSED.*; check the address`));
});

test.each([
  ['localhost', 'localhost', 8883],
  ['abc-ats.iot.eu-west-1.amazonaws.com:443', 'abc-ats.iot.eu-west-1.amazonaws.com', 443],
  ['127.0.0.1:1234', '127.0.0.1', 1234],
  ['[::1]:1234', '::1', 1234],
])('parses the endpoint %s', (endpointText, host, port) => {
  expect(parseEndpoint(endpointText)).toEqual({ host, port });
});

test.each(['', 'mqtts://localhost:8883', 'localhost:', 'localhost:0', 'localhost:65536', '::1'])('refuses the endpoint %p', (text) => {
  expect(() => parseEndpoint(text)).toThrow(
    `the endpoint must be a host, or a host and a port with a colon in between, got: '${text}'; for example abc-ats.iot.eu-west-1.amazonaws.com:8883`);
});

test('connects to an IP address', async () => {
  const { endpoint: { address }, connection, download } = await start();
  const port = parseEndpoint(address).port;

  await expect(downloadStream({ ...download, endpoint: `127.0.0.1:${port}` })).resolves.toMatchObject({ files: [{ size: content.length }] });
  await expect(connectTransport({ ...connection, endpoint: `[::1]:${port}` })).rejects.toThrow(/^connecting to \[::1\]:\d+ as 'sensor-1' failed: /);
});

test('offers the ALPN name of MQTT on the port that AWS IoT shares with HTTPS', async () => {
  const connectAsync = jest.spyOn(mqtt, 'connectAsync').mockRejectedValue(new Error('no network in this test'));
  const { connection } = await start();

  await expect(connectTransport({ ...connection, endpoint: 'abc-ats.iot.eu-west-1.amazonaws.com:443' })).rejects.toThrow('no network in this test');

  expect(connectAsync).toHaveBeenCalledWith(
    'mqtts://abc-ats.iot.eu-west-1.amazonaws.com:443', expect.objectContaining({ ALPNProtocols: ['x-amzn-mqtt-ca'], clientId: THING }), false);
  connectAsync.mockRestore();
});
