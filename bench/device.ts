import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateStreamCommand, IoTClient } from '@aws-sdk/client-iot';
import { IoTDataPlaneClient, PublishCommand } from '@aws-sdk/client-iot-data-plane';
import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { connectAsync } from 'mqtt';
import pLimit from 'p-limit';
import type { Comparison, Sample } from './compare';
import { compare, medianOf, ratioOf } from './compare';
import type { Findings, Part, BenchContext } from './part';
import { downloadStream } from '../local/device/download-stream';
import type { LocalAws } from '../local/local-aws';
import { startLocalAws } from '../local/local-aws';
import type { Thing } from '../local/thing';
import { connectionOf, createThing, streamPolicy } from '../local/thing';

const ROUNDS = 3;
const ENCODINGS = ['cbor', 'json'] as const;
type Encoding = typeof ENCODINGS[number];
/** Block sizes; the size of each file is chosen for a similar duration. */
const BLOCK_SIZES = [1_024, 4_096, 16_384, 65_536, 131_072];
const BLOCKS = 96;
const STREAM = 'bench';
const BUCKET = 'firmware';
/** The concurrent messages of the streams service; the broker handles one after the other. */
const PUBLISHES_AT_ONCE = 16;

export const devicePart: Part = {
  name: 'device',
  title: 'A device: a download over MQTT, on this machine',
  steps: (rounds) => 2 * ENCODINGS.length * BLOCK_SIZES.length * rounds(ROUNDS),
  async run({ directory, rounds, tick }: BenchContext): Promise<Findings> {
    const aws = await startLocalAws();
    const broker = new Broker(aws);
    try {
      await makeStream(aws);
      const iot = new IoTClient(aws.iotClientConfiguration);
      const thing = await createThing(iot, { thingName: 'bench', policy: streamPolicy(STREAM, aws), directory });
      const comparisons: Comparison[] = [];
      for (const encoding of ENCODINGS) {
        for (const [fileId, blockSize] of BLOCK_SIZES.entries()) {
          comparisons.push(await compare(scenarioOf(encoding, blockSize), [
            { name: 'device', measure: () => download(aws, thing, { encoding, fileId, blockSize, directory }) },
            { name: 'broker alone', measure: () => broker.carry(encoding, blockSize) },
          ], rounds(ROUNDS), tick));
        }
      }
      return findings(comparisons);
    } finally {
      broker.stop();
      await aws.stop();
    }
  },
};

function scenarioOf(encoding: Encoding, blockSize: number): string {
  return `${encoding.toUpperCase()}, blocks of ${blockSize.toLocaleString('en')} bytes`;
}

function findings(comparisons: readonly Comparison[]): Findings {
  const largest = comparisons.find(({ scenario }) => scenario === scenarioOf('cbor', BLOCK_SIZES.at(-1)!))!;
  return {
    metrics: [{ key: 'megabytesPerSecond', label: 'MB/s of the file', digits: 2 }],
    comparisons,
    goals: [],
    bars: comparisons.map((comparison) => ({
      label: `time, ${comparison.scenario} ÷ broker alone`, ratio: ratioOf(comparison, 'secondsPerMegabyte', 'device', 'broker alone'),
    })),
    summary: [{
      what: `a device's download, ${largest.scenario}`,
      ours: `${medianOf(largest, 'device', 'megabytesPerSecond').toFixed(1)} MB/s`,
      beside: `${medianOf(largest, 'broker alone', 'megabytesPerSecond').toFixed(1)} MB/s through the local broker alone`,
    }],
    notes: [
      'More MB/s is better; the chart shows times, of which less is better. Broker alone: messages of the same size, published the same way to a bare subscriber.',
      'This measures the device and the streams service of this repository; it says nothing about the speed of AWS IoT.',
    ],
  };
}

async function makeStream(aws: LocalAws): Promise<void> {
  const [s3, iam, iot] = [
    new S3Client(aws.clientConfiguration), new IAMClient(aws.clientConfiguration), new IoTClient(aws.iotClientConfiguration),
  ];
  const document = (statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] });
  const { Role: role } = await iam.send(new CreateRoleCommand({
    RoleName: 'Delivery', AssumeRolePolicyDocument: document({ Principal: { Service: 'iot.amazonaws.com' }, Action: 'sts:AssumeRole' }),
  }));
  await iam.send(new PutRolePolicyCommand({
    RoleName: 'Delivery', PolicyName: 'Read', PolicyDocument: document({ Action: 's3:GetObjectVersion', Resource: `arn:aws:s3:::${BUCKET}/*` }),
  }));
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  await s3.send(new PutBucketVersioningCommand({ Bucket: BUCKET, VersioningConfiguration: { Status: 'Enabled' } }));
  const files = await Promise.all(BLOCK_SIZES.map(async (blockSize, fileId) => {
    const file = { Bucket: BUCKET, Key: String(fileId), Body: randomBytes(BLOCKS * blockSize) };
    const { VersionId: version } = await s3.send(new PutObjectCommand(file));
    return { fileId, s3Location: { bucket: BUCKET, key: String(fileId), version } };
  }));
  await iot.send(new CreateStreamCommand({ streamId: STREAM, files, roleArn: role!.Arn! }));
  for (const client of [s3, iam, iot]) client.destroy();
}

interface Download {
  readonly encoding: Encoding;
  readonly fileId: number;
  readonly blockSize: number;
  readonly directory: string;
}

async function download(aws: LocalAws, thing: Thing, { encoding, fileId, blockSize, directory }: Download): Promise<Sample> {
  const outputDirectory = join(directory, 'download');
  const { files: [{ size, seconds }] } = await downloadStream({
    ...await connectionOf(thing, aws),
    streamId: STREAM,
    fileIds: [fileId],
    outputDirectory,
    encoding,
    blockSize,
  });
  await rm(outputDirectory, { recursive: true });
  return speed(size, seconds);
}

function speed(bytes: number, seconds: number): Sample {
  return { megabytesPerSecond: bytes / seconds / 1e6, secondsPerMegabyte: seconds / bytes * 1e6 };
}

/** Measures messages through the broker, without code of this repository at either end. */
class Broker {
  private readonly agent: Agent;
  private readonly publisher: IoTDataPlaneClient;

  constructor(private readonly aws: LocalAws) {
    this.agent = new Agent({ ca: readFileSync(aws.endpoints.ca), keepAlive: true });
    this.publisher = new IoTDataPlaneClient({ ...aws.clientConfiguration, requestHandler: { httpsAgent: this.agent } });
  }

  async carry(encoding: Encoding, blockSize: number): Promise<Sample> {
    // JSON contains a block as Base64
    const payload = Buffer.alloc(encoding === 'json' ? Math.ceil(blockSize / 3) * 4 : blockSize, 'x');
    const { mqtt, ca } = this.aws.endpoints;
    const subscriber = await connectAsync(`mqtts://${mqtt}`, { ca: await readFile(ca), protocolVersion: 4 }, false);
    await subscriber.subscribeAsync('bench');
    let arrived = 0;
    const all = new Promise<void>((resolve) => subscriber.on('message', () => {
      arrived += 1;
      if (arrived === BLOCKS) resolve();
    }));
    const startedAt = performance.now();
    const limit = pLimit(PUBLISHES_AT_ONCE);
    const publish = () => this.publisher.send(new PublishCommand({ topic: 'bench', payload, qos: 0 }));
    await Promise.all(Array.from({ length: BLOCKS }, () => limit(publish)));
    await all;
    const seconds = (performance.now() - startedAt) / 1000;
    await subscriber.endAsync(true);
    return speed(BLOCKS * blockSize, seconds);
  }

  stop(): void {
    this.publisher.destroy();
    this.agent.destroy();
  }
}
