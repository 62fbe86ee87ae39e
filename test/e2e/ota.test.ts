import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AddThingToThingGroupCommand, CreateJobCommand, DescribeJobExecutionCommand, DescribeStreamCommand, IoTClient } from '@aws-sdk/client-iot';
import { EmbeddedClient } from './support/embedded-client';
import { useLocalAws } from './support/local-aws';
import type { Update, UpdateOptions } from '../../examples/ota/device';
import { doNextJob } from '../../examples/ota/device';
import { cdk } from '../../local/cdk';
import type { DownloadProgress } from '../../local/device/download-stream';
import { downloadFiles } from '../../local/device/download-stream';
import { JobsClient } from '../../local/device/jobs';
import { connectTransport } from '../../local/device/mqtt-transport';
import type { MessageListener, Transport } from '../../local/device/transport';
import type { Thing } from '../../local/thing';
import { connectionOf, createThing } from '../../local/thing';

/*
 * The example of OTA updates, deployed by the real CLI, with real jobs and a broker that evaluates the policy of the example.
 * Each test continues from the previous one.
 */

interface Outputs {
  readonly StreamId: string;
  readonly StreamVersion: string;
  readonly JobId: string;
  readonly JobTemplateArn: string;
  readonly PinnedJobTemplateArn: string;
  readonly EmbeddedJobTemplateArn: string;
  readonly ThingGroupArn: string;
  readonly PolicyName: string;
}

const FIRMWARE_BYTES = 600_001;
const BLOCK_SIZE = 4096;
const STALE = 'the stream has other content by now than the job was made for';

// separate, because signing.test.ts deploys the same example, and AWS's C library asks for the first version of a stream
const local = useLocalAws({});
let iot: IoTClient;
let outputs: Outputs;
let firmware: Buffer;
let context: Record<string, string>;
let devices = 0;
const created: Device[] = [];

async function deploy(more: Record<string, string> = {}): Promise<void> {
  firmware = randomBytes(FIRMWARE_BYTES);
  await writeFile(context.firmware, firmware);
  const file = join(local.directory, 'outputs.json');
  await run({ ...context, ...more }, 'deploy', 'Ota', '--require-approval', 'never', '--outputs-file', file);
  outputs = JSON.parse(await readFile(file, 'utf8')).Ota;
}

async function run(contextOfRun: Record<string, string>, ...command: string[]): Promise<void> {
  await cdk(command, { environment: local.aws.environment, app: 'test/e2e/apps/ota.ts', outputDirectory: join(local.directory, 'cdk.out'), context: contextOfRun });
}

/** A device of the fleet, with the policy of the example. */
class Device {
  static async create(): Promise<Device> {
    const thingName = `ota-device-${++devices}`;
    const thing = await createThing(iot, { thingName, policy: outputs.PolicyName, directory: join(local.directory, thingName) });
    const transport = await connectTransport(await connectionOf(thing, local.aws));
    const device = new Device(thing, transport);
    created.push(device);
    return device;
  }

  readonly thingName: string;

  private constructor(private readonly thing: Thing, readonly transport: Transport) {
    this.thingName = thing.thingName;
  }

  get arn(): string {
    return `arn:aws:iot:${local.aws.region}:${local.aws.account}:thing/${this.thingName}`;
  }

  get options(): UpdateOptions {
    return { thingName: this.thingName, outputDirectory: join(local.directory, this.thingName, 'files'), blockSize: BLOCK_SIZE, timeoutMs: 30_000 };
  }

  doNextJob(options: Partial<UpdateOptions> = {}, transport = this.transport): Promise<Update | undefined> {
    return doNextJob(transport, { ...this.options, ...options });
  }

  async remove(): Promise<void> {
    await this.transport.close();
    await this.thing.remove();
  }

  async statusOf(jobId: string): Promise<string | undefined> {
    return (await iot.send(new DescribeJobExecutionCommand({ jobId, thingName: this.thingName }))).execution?.status;
  }
}

/** Creates a job for one device or for the group, and returns its ID. */
async function createJob(target: string, templateArn: string, suffix: string): Promise<string> {
  const jobId = `${outputs.JobId}-${suffix}`;
  await iot.send(new CreateJobCommand({ jobId, targets: [target], jobTemplateArn: templateArn }));
  return jobId;
}

/** A connection that sends no requests after half of the file, until it is resumed. */
class HalfWay implements Transport {
  readonly reached: Promise<void>;
  private reach?: () => void;
  private release?: () => void;
  private readonly released = new Promise<void>((fulfill) => this.release = fulfill);
  private isHeld = false;

  constructor(private readonly transport: Transport) {
    this.reached = new Promise((fulfill) => this.reach = fulfill);
  }

  onProgress({ receivedBytes, totalBytes }: DownloadProgress): void {
    if (receivedBytes * 2 < totalBytes) return;
    this.isHeld = true;
    this.reach?.();
  }

  goOn(): void {
    this.release?.();
  }

  async publish(topic: string, payload: Uint8Array): Promise<void> {
    if (this.isHeld) await this.released;
    await this.transport.publish(topic, payload);
  }

  subscribe(topics: readonly string[]): Promise<void> {
    return this.transport.subscribe(topics);
  }

  onMessage(listener: MessageListener): () => void {
    return this.transport.onMessage(listener);
  }

  trouble(): string | undefined {
    return this.transport.trouble();
  }

  close(): Promise<void> {
    return this.transport.close();
  }
}

async function expectFirmware(update: Update | undefined, content = firmware): Promise<void> {
  expect(update).toMatchObject({ status: 'SUCCEEDED' });
  expect(await readFile(update!.paths[0])).toEqual(content);
}

beforeAll(async () => {
  iot = new IoTClient(local.aws.iotClientConfiguration);
});

afterAll(async () => {
  for (const { transport } of created) await transport.close();
  iot?.destroy();
});

describe('OTA updates with IN_PLACE', () => {
  let device: Device;

  beforeAll(async () => {
    context = { firmware: join(local.directory, 'in-place.bin') };
    await deploy();
    device = await Device.create();
  });

  test('a device of the group receives the job over MQTT, downloads, verifies, and reports success', async () => {
    await iot.send(new AddThingToThingGroupCommand({ thingGroupArn: outputs.ThingGroupArn, thingName: device.thingName }));
    const update = device.doNextJob();
    const jobId = await createJob(outputs.ThingGroupArn, outputs.JobTemplateArn, 'fleet');
    await expectFirmware(await update);
    expect(await device.statusOf(jobId)).toBe('SUCCEEDED');
    expect(jobId).toBe(`${outputs.StreamId}-1-fleet`);
  });

  test.each(['json', 'cbor'] as const)("a device with AWS's C library performs its job, in %s", async (encoding) => {
    const embedded = await Device.create();
    const jobId = await createJob(embedded.arn, outputs.EmbeddedJobTemplateArn, encoding);
    await downloadEmbedded(embedded, encoding);
    expect(await embedded.statusOf(jobId)).toBe('SUCCEEDED');
  });

  test('an update during a download restarts it with the new bytes, or with the next job if the job has a SHA-256', async () => {
    const [checking, trusting] = [await Device.create(), await Device.create()];
    const jobId = await createJob(checking.arn, outputs.JobTemplateArn, 'half-way');
    const [first, second] = [new HalfWay(checking.transport), new HalfWay(trusting.transport)];
    const restarts: string[] = [];
    const onRestart = ({ code }: { code: string }) => restarts.push(code);
    const update = checking.doNextJob({ onProgress: (progress) => first.onProgress(progress), onRestart }, first);
    const download = downloadFiles(second, {
      ...trusting.options, streamId: outputs.StreamId, onProgress: (progress) => second.onProgress(progress), onRestart,
    });
    await Promise.all([first.reached, second.reached]);
    await deploy();
    expect(outputs.StreamVersion).toBe('2');
    for (const held of [first, second]) held.goOn();

    expect(await download).toMatchObject({ streamVersion: 2, restarts: 1 });
    expect(await readFile((await download).files[0].path)).toEqual(firmware);
    expect(await update).toEqual({ jobId, status: 'FAILED', reason: STALE, paths: [] });
    expect(restarts).toEqual(['VersionMismatch', 'VersionMismatch']);
    expect(await checking.statusOf(jobId)).toBe('FAILED');

    await createJob(checking.arn, outputs.JobTemplateArn, 'again');
    await expectFirmware(await checking.doNextJob());
  });

  test('after a rollback, a job with a pinned version fails, and one without delivers the restored bytes', async () => {
    const delivered = firmware;
    await expect(deploy({ failing: 'true' })).rejects.toThrow('\'Custom::NobodyKnowsThis\' is unknown');
    const { streamInfo } = await iot.send(new DescribeStreamCommand({ streamId: outputs.StreamId }));
    expect(streamInfo!.streamVersion).toBe(4);

    const pinned = await createJob(device.arn, outputs.PinnedJobTemplateArn, 'pinned');
    expect(await device.doNextJob()).toEqual({ jobId: pinned, status: 'FAILED', reason: 'VersionMismatch', paths: [] });
    expect(await device.statusOf(pinned)).toBe('FAILED');
    await createJob(device.arn, outputs.JobTemplateArn, 'unpinned');
    await expectFirmware(await device.doNextJob(), delivered);
  });

  test('the deployment after a rollback creates jobs that succeed, pinned or not', async () => {
    await deploy();
    expect(outputs.StreamVersion).toBe('5');
    await createJob(device.arn, outputs.PinnedJobTemplateArn, 'pinned');
    await expectFirmware(await device.doNextJob());
    await createJob(device.arn, outputs.JobTemplateArn, 'unpinned');
    await expectFirmware(await device.doNextJob());
  });

  test('destroying the example after the devices have lost its policy leaves no stream', async () => {
    for (const each of created.splice(0)) await each.remove();
    await run(context, 'destroy', 'Ota', '--force');
    expect(await local.leftovers()).toEqual([]);
  });
});

describe('OTA updates with NEW_STREAM', () => {
  let device: Device;

  beforeAll(async () => {
    context = { firmware: join(local.directory, 'new-stream.bin'), updateStrategy: 'NEW_STREAM' };
    await deploy();
    device = await Device.create();
  });

  test('an update does not affect a running download, and the next job delivers the new bytes', async () => {
    const before = { firmware, streamId: outputs.StreamId };
    const jobId = await createJob(device.arn, outputs.JobTemplateArn, 'half-way');
    const held = new HalfWay(device.transport);
    const onRestart = jest.fn();
    const update = device.doNextJob({ onProgress: (progress) => held.onProgress(progress), onRestart }, held);
    await held.reached;
    await deploy();
    expect(outputs.StreamId).not.toBe(before.streamId);
    held.goOn();
    await expectFirmware(await update, before.firmware);
    expect(onRestart).not.toHaveBeenCalled();
    expect(await device.statusOf(jobId)).toBe('SUCCEEDED');

    await createJob(device.arn, outputs.JobTemplateArn, 'next');
    await expectFirmware(await device.doNextJob());
  });

  test("after an update, a device with AWS's C library, which always asks for version 1, performs its job in JSON", async () => {
    expect(outputs.StreamId.length).toBeLessThanOrEqual(44);
    const jobId = await createJob(device.arn, outputs.EmbeddedJobTemplateArn, 'json');
    await downloadEmbedded(device, 'json');
    expect(await device.statusOf(jobId)).toBe('SUCCEEDED');
  });

  test('after a rollback, jobs succeed, pinned or not', async () => {
    const delivered = firmware;
    await expect(deploy({ failing: 'true' })).rejects.toThrow('\'Custom::NobodyKnowsThis\' is unknown');
    for (const [kind, templateArn] of [['pinned', outputs.PinnedJobTemplateArn], ['unpinned', outputs.JobTemplateArn]]) {
      await createJob(device.arn, templateArn, `rolled-back-${kind}`);
      await expectFirmware(await device.doNextJob(), delivered);
    }
  });

  test('destroying the example leaves no stream of any generation', async () => {
    for (const each of created.splice(0)) await each.remove();
    await run(context, 'destroy', 'Ota', '--force');
    expect(await local.leftovers()).toEqual([]);
  });
});

/** Downloads with a job document of AWS's OTA library, which contains everything that the device needs. */
async function downloadEmbedded({ transport, thingName }: Device, encoding: 'json' | 'cbor'): Promise<void> {
  const jobs = new JobsClient(transport, { thingName });
  const { jobId, document } = (await jobs.next(30_000))!;
  const { afr_ota: { protocols, streamname, files: [file] } } = document as any;
  expect([protocols, file.filepath, file.filesize]).toEqual([['MQTT'], 'app.bin', FIRMWARE_BYTES]);
  const received = await new EmbeddedClient(transport, thingName, streamname, encoding).download(file.fileid, file.filesize);
  expect(received).toEqual(firmware);
  await jobs.end(jobId, 'SUCCEEDED');
  jobs.close();
}
