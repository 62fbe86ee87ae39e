import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { runNode } from './child';
import type { Comparison, Sample } from './compare';
import { compare, medianOf, ratioOf } from './compare';
import type { StreamEvent } from './handler/calls';
import type { Order, Way } from './handler/runner';
import type { Findings, Part, BenchContext } from './part';
import { timesOf } from './part';
import type { LocalAws } from '../local/local-aws';
import { startLocalAws } from '../local/local-aws';
import type { FileProperties } from '../src/iot-file-stream/private/contract';
import { CONTRACT_VERSION, ECDSA_SHA_256, STREAM_RESOURCE_TYPE } from '../src/iot-file-stream/private/contract';

const REPOSITORY = resolve(__dirname, '..');
const LOADS = 11;
const EVENTS = 7;
const FILES = [1, 10, 50];
/** The number of files with which rounds are counted and signatures are measured. */
const TEN = 10;
const LATENCIES = [0, 20, 100];
const WAYS: readonly Way[] = ['handler', 'bare calls'];
/** The sequential calls before the answer: assume the role, read the state, copy, check the copies, create. */
const ROUNDS = 5;

const CLIENTS = ['iot', 'kms', 's3', 'sts'].map((name) => `require('@aws-sdk/client-${name}')`).join(';');
const LOADED: Readonly<Record<string, string>> = {
  'handler': "require('./assets/lambda/index/index.js')",
  'SDK clients alone': CLIENTS,
  'Node.js alone': '',
};

export const handlerPart: Part = {
  name: 'handler',
  title: 'The Lambda function: from an event to its answer',
  steps: (rounds) => {
    const scenarios = (FILES.length + 1) * LATENCIES.length;
    return Object.keys(LOADED).length * rounds(LOADS) + WAYS.length * (1 + scenarios * rounds(EVENTS));
  },
  async run({ rounds, tick }: BenchContext): Promise<Findings> {
    const load = await compare('cold load', Object.entries(LOADED).map(([name, script]) => ({ name, measure: () => loading(script) })), rounds(LOADS), tick);
    const aws = await startLocalAws();
    const runner = new Runner(aws);
    try {
      const place = await prepare(aws);
      const variants = (files: number, isSigned = false) => WAYS.map((way) => ({
        name: way, measure: () => runner.handle(way, place.event(files, isSigned)),
      }));
      // the first event of each variant loads and compiles code
      await compare('warm-up', variants(1), 1, tick);
      const events: Comparison[] = [];
      for (const latency of LATENCIES) {
        runner.slowDown(latency);
        for (const files of FILES) {
          events.push(await compare(scenarioOf(files, latency), variants(files), rounds(EVENTS), tick));
        }
        events.push(await compare(scenarioOf(TEN, latency, true), variants(TEN, true), rounds(EVENTS), tick));
      }
      return findings(load, events);
    } finally {
      await runner.stop();
      await aws.stop();
    }
  },
};

function findings(load: Comparison, events: readonly Comparison[]): Findings {
  const ratios = events.map((event) => ({ scenario: event.scenario, ratio: ratioOf(event, 'milliseconds', 'handler', 'bare calls') }));
  const medians = ratios.map(({ ratio }) => ratio.median);
  const times = events.map((event) => medianOf(event, 'handler', 'milliseconds') / 1000);
  return {
    metrics: [
      { key: 'milliseconds', label: 'time, ms', digits: 0 },
      { key: 'cpuMilliseconds', label: 'CPU time, ms', digits: 0 },
      { key: 'megabytes', label: 'memory at the peak, MB', digits: 0 },
    ],
    comparisons: [load, ...events],
    goals: [
      ...ratios.map(({ scenario, ratio }) => ({ text: `handler ÷ bare calls, ${scenario}`, got: ratio.median, atMost: 1.25, digits: 2 })),
      { text: `10 files: rounds of calls that wait for each other ÷ the ${ROUNDS} that are needed`, got: roundsOf(events, false) / ROUNDS, atMost: 1.25, digits: 2 },
      { text: '10 signed files: rounds of calls more than without signatures', got: roundsOf(events, true) - roundsOf(events, false), atMost: 1.25, digits: 2 },
    ],
    bars: ratios.map(({ scenario, ratio }) => ({ label: `time of an event, ${scenario} ÷ bare calls`, ratio })),
    summary: [
      {
        what: 'cold load of the Lambda',
        ours: `${medianOf(load, 'handler', 'milliseconds').toFixed(0)} ms`,
        beside: `${timesOf(ratioOf(load, 'milliseconds', 'handler', 'SDK clients alone'), 'its SDK clients alone')}; CfnStream needs no Lambda`,
      },
      {
        what: `an event, ${FILES[0]} to ${FILES.at(-1)} files, ${LATENCIES[0]} to ${LATENCIES.at(-1)} ms a call`,
        ours: `${Math.min(...times).toFixed(1)} to ${Math.max(...times).toFixed(1)} s`,
        beside: `${Math.min(...medians).toFixed(2)} to ${Math.max(...medians).toFixed(2)} times the same calls, bare`,
      },
    ],
    notes: [
      'Cold load is the time to load the bundle, or what it loads; memory is that of the whole process.',
      'The event creates a stream on the local AWS. Bare calls are the same calls with the same SDK, without a check, a log or a deadline.',
    ],
  };
}

/** Returns the number of sequential calls, including the answer, from the effect of a slower network. */
function roundsOf(events: readonly Comparison[], isSigned: boolean): number {
  const [slowest, fastest] = [Math.max(...LATENCIES), Math.min(...LATENCIES)].map((latency) =>
    medianOf(events.find(({ scenario }) => scenario === scenarioOf(TEN, latency, isSigned))!, 'handler', 'milliseconds'));
  return (slowest - fastest) / (Math.max(...LATENCIES) - Math.min(...LATENCIES)) - 1;
}

function scenarioOf(files: number, latency: number, isSigned = false): string {
  return `${files}${isSigned ? ' signed' : ''} file${files > 1 ? 's' : ''}, ${latency} ms a call`;
}

/** Measures loading in a new process. The first load after a build reads from the disk and is not a sample. */
async function loading(script: string): Promise<Sample> {
  const measured = `const before = process.cpuUsage(); const startedAt = performance.now(); ${script};
    const milliseconds = performance.now() - startedAt; const { user, system } = process.cpuUsage(before);
    console.log(JSON.stringify({ milliseconds, cpuMilliseconds: (user + system) / 1000 }));`;
  const { output, cost: { megabytes } } = await runNode(['-e', measured], { directory: REPOSITORY });
  const { milliseconds, cpuMilliseconds } = JSON.parse(output);
  // the empty script has no time to compare with
  return script === '' ? { megabytes } : { milliseconds, cpuMilliseconds, megabytes };
}

/** A process that handles events, and the URL that receives the answers. */
class Runner {
  private readonly child: ChildProcess;
  private readonly server = createServer((request, response) => {
    request.resume().on('end', () => void sleep(this.latency).then(() => response.end()));
  }).listen(0, '127.0.0.1');
  private latency = 0;

  constructor(private readonly aws: LocalAws) {
    this.child = fork(join(__dirname, 'handler', 'runner.ts'), {
      execArgv: ['--import', 'tsx'],
      // the output of the handler is ignored, but the writing is measured
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: {
        PATH: process.env.PATH,
        AWS_ENDPOINT_URL: aws.proxy.url,
        AWS_ENDPOINT_URL_IOT: aws.endpoints.iot,
        AWS_REGION: aws.region,
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
      },
    });
  }

  slowDown(milliseconds: number): void {
    this.latency = milliseconds;
    this.aws.proxy.faults.latencyMilliseconds = milliseconds;
    this.aws.streams.faults.latencyMilliseconds = milliseconds;
  }

  async handle(way: Way, event: StreamEvent): Promise<Sample> {
    const { port } = this.server.address() as AddressInfo;
    const order: Order = { way, event: { ...event, ResponseURL: `http://127.0.0.1:${port}/` } };
    this.child.send(order);
    const [sample] = await once(this.child, 'message') as [Sample];
    // a failure would be fast
    if (!this.aws.streams.store.find(event.ResourceProperties.StreamId)) throw new Error(`${way} must make the stream, but there is none`);
    return sample;
  }

  async stop(): Promise<void> {
    this.child.kill();
    this.server.close();
    this.server.closeAllConnections();
    this.slowDown(0);
  }
}

/** Creates buckets, objects, a key and roles; `event` returns an event for a new stream each time. */
async function prepare(aws: LocalAws): Promise<{ event(files: number, isSigned: boolean): StreamEvent }> {
  const s3 = new S3Client(aws.clientConfiguration);
  for (const Bucket of ['storage', 'staging']) await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new PutBucketVersioningCommand({ Bucket: 'storage', VersioningConfiguration: { Status: 'Enabled' } }));
  const files: FileProperties[] = [];
  for (let number = 0; number < Math.max(...FILES); number++) {
    const content = Buffer.alloc(1024, `${number} `);
    const file = { Sha256: createHash('sha256').update(content).digest('hex'), Size: String(content.length), SourceBucket: 'staging', SourceKey: `${number}.bin` };
    await s3.send(new PutObjectCommand({ Bucket: file.SourceBucket, Key: file.SourceKey, Body: content }));
    files.push(file);
  }
  s3.destroy();
  const keyArn = await makeKey(aws);
  const roles = await makeRoles(aws, keyArn);
  const signing: Partial<FileProperties> = { SigningKeyArn: keyArn, SigningAlgorithm: ECDSA_SHA_256 };
  return {
    event: (count, isSigned) => {
      const StreamId = `bench-${randomUUID()}`;
      return {
        RequestType: 'Create',
        RequestId: randomUUID(),
        ResourceType: STREAM_RESOURCE_TYPE,
        StackId: `arn:aws:cloudformation:${aws.region}:${aws.account}:stack/Bench/${randomUUID()}`,
        LogicalResourceId: 'Stream',
        ResponseURL: '',
        ResourceProperties: {
          ...roles,
          ContractVersion: CONTRACT_VERSION,
          StreamId,
          Description: 'Bench/Stream',
          Bucket: 'storage',
          Prefix: `${StreamId}/`,
          Files: Object.fromEntries(files.slice(0, count).map((file, fileId) => [fileId, isSigned ? { ...file, ...signing } : file])),
          ...isSigned ? { AnsweredSignatures: files.slice(0, count).map((_, fileId) => String(fileId)) } : {},
        },
      };
    },
  };
}

async function makeKey({ clientConfiguration }: LocalAws): Promise<string> {
  const kms = new KMSClient(clientConfiguration);
  const { KeyMetadata: key } = await kms.send(new CreateKeyCommand({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }));
  kms.destroy();
  return key!.Arn!;
}

interface RoleArns {
  readonly ManagementRoleArn: string;
  readonly RoleArn: string;
}

async function makeRoles({ account, region, clientConfiguration }: LocalAws, keyArn: string): Promise<RoleArns> {
  const iam = new IAMClient(clientConfiguration);
  const document = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
  const role = (name: string) => `arn:aws:iam::${account}:role/${name}`;
  const allow = (Action: string[], ...Resource: string[]) => ({ Effect: 'Allow', Action, Resource });
  const make = async (RoleName: string, Principal: object, ...statements: object[]) => {
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: document({ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }) }));
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'Bench', PolicyDocument: document(...statements) }));
    return role(RoleName);
  };
  return {
    RoleArn: await make('Delivery', { Service: 'iot.amazonaws.com' }, allow(['s3:GetObject', 's3:GetObjectVersion'], 'arn:aws:s3:::storage/*')),
    ManagementRoleArn: await make(
      'Management', { AWS: `arn:aws:iam::${account}:root` },
      allow(['iot:CreateStream', 'iot:DescribeStream', 'iot:TagResource'], `arn:aws:iot:${region}:${account}:stream/bench-*`),
      allow(['iam:PassRole'], role('Delivery')),
      allow(['kms:Sign'], keyArn),
      allow(['s3:ListBucketVersions'], 'arn:aws:s3:::storage'),
      allow(['s3:PutObject', 's3:GetObject', 's3:GetObjectVersion'], 'arn:aws:s3:::storage/*', 'arn:aws:s3:::staging/*'),
    ),
  };
}
