import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { IoTClient } from '@aws-sdk/client-iot';
import { useLocalAws } from './support/local-aws';
import { StreamsByApi } from './support/streams-by-api';
import type { DownloadStreamOptions } from '../../local/device/download-stream';
import { downloadStream } from '../../local/device/download-stream';
import { connectTransport } from '../../local/device/mqtt-transport';
import { noNetworkFaults } from '../../local/iot-streams/data-plane/network-faults';
import type { Thing } from '../../local/thing';
import { connectionOf, createThing, streamPolicy } from '../../local/thing';

/*
 * Downloads streams that were created with the API, through the broker and a network with faults. The seed of the faults is
 * fixed.
 */

const FILE_BYTES = 24 * 1024 * 1024;

const local = useLocalAws();
let iot: IoTClient;
let streams: StreamsByApi;
let sha256: string;
let device: Thing;

async function download(streamId: string, options: Partial<DownloadStreamOptions> = {}) {
  const outputDirectory = await mkdtemp(join(local.directory, 'download-'));
  const { files } = await downloadStream({ ...await connectionOf(device, local.aws), streamId, outputDirectory, ...options });
  return files;
}

beforeAll(async () => {
  iot = new IoTClient(local.aws.iotClientConfiguration);
  streams = await StreamsByApi.create(local.aws, 'data-plane');
  const firmware = randomBytes(FILE_BYTES);
  sha256 = createHash('sha256').update(firmware).digest('hex');
  await streams.put('ours', firmware);
  await streams.put('theirs', Buffer.from('secret'));
  device = await createThing(iot, { thingName: 'device', policy: streamPolicy('ours', local.aws), directory: local.directory });
});

afterAll(async () => {
  iot?.destroy();
  await streams?.remove();
});

afterEach(() => {
  jest.restoreAllMocks();
  Object.assign(local.aws.dataPlane.networkFaults, noNetworkFaults());
});

describe.each(['cbor', 'json'] as const)('in %s', (encoding) => {
  test.each([4096, 10_007, 131_072])('a device downloads 24 MiB in blocks of %i bytes over a network that loses, duplicates and delays messages', async (blockSize) => {
    Object.assign(local.aws.dataPlane.networkFaults, { loss: 0.05, duplication: 0.02, lateness: 0.02 });
    // short timeouts, because messages are really lost here
    const [file] = await download('ours', { encoding, blockSize, answerTimeoutMs: 500, requestsInFlight: 8 });
    expect(file).toMatchObject({ fileId: 0, size: FILE_BYTES, sha256, resumedBytes: 0 });
    expect(createHash('sha256').update(await readFile(file.path)).digest('hex')).toBe(sha256);
  });
});

test('a device receives nothing over a network that loses everything, and resumes when the network works again', async () => {
  local.aws.dataPlane.networkFaults.loss = 1;
  await expect(download('ours', { answerTimeoutMs: 50, retries: 1 })).rejects.toThrow('must be answered, got: nothing');
  local.aws.dataPlane.networkFaults.loss = 0;
  await expect(download('ours', { blockSize: 131_072 })).resolves.toMatchObject([{ sha256 }]);
});

describe('a device with a policy for another stream', () => {
  test('a device with a policy for another stream cannot download', async () => {
    const outputDirectory = join(local.directory, 'theirs');
    const read = jest.spyOn(local.aws.streams.source, 'read');
    await expect(download('theirs', { outputDirectory, answerTimeoutMs: 200, retries: 2 })).rejects.toThrow('check that the policy of the device allows iot:Subscribe');
    expect(await readdir(outputDirectory)).toEqual([]);
    expect(read).not.toHaveBeenCalled();
  });

  test('a request of a device with a policy for another stream does not reach the service', async () => {
    const find = jest.spyOn(local.aws.streams.source, 'find');
    const ask = async (streamId: string) => {
      const transport = await connectTransport(await connectionOf(device, local.aws));
      await transport.publish(`$aws/things/${device.thingName}/streams/${streamId}/get/json`, Buffer.from('{"f":0,"l":256,"n":1}'));
      await sleep(500);
      await transport.close();
    };
    await ask('theirs');
    expect(find).not.toHaveBeenCalled();
    await ask('ours');
    expect(find).toHaveBeenCalledWith('ours');
  });
});
