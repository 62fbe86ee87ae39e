import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { StackEvent } from '@aws-sdk/client-cloudformation';
import { CloudFormationClient, DescribeStacksCommand, paginateDescribeStackEvents } from '@aws-sdk/client-cloudformation';
import { ListStreamsCommand, IoTClient } from '@aws-sdk/client-iot';
import type { Stack } from 'aws-cdk-lib';
import { App } from 'aws-cdk-lib';
import type { Streams } from './apps/deploy';
import { HAND_ROLLED_NAME, ours, withCopies, withDeployment } from './apps/deploy';
import type { Comparison, Sample, Variant } from './compare';
import { compare, medianOf, ratioOf } from './compare';
import type { Findings, Part, BenchContext } from './part';
import { timesOf } from './part';
import { cdk } from '../local/cdk';
import type { LocalAws } from '../local/local-aws';
import { startLocalAws } from '../local/local-aws';

const DEPLOYMENT = 'AwsCustomResource + BucketDeployment';
const COPIES = 'AwsCustomResource for each copy';
const PEERS = [DEPLOYMENT, COPIES];
type Make = (app: App, streams: Streams) => Stack;
const APPS: Readonly<Record<string, Make>> = { ours, [DEPLOYMENT]: withDeployment, [COPIES]: withCopies };
/** The rounds by number of streams. */
const ROUNDS: Readonly<Record<number, number>> = { 1: 3, 10: 2 };
const FILES = 3;
const FILE_BYTES = 64 * 1024;

export const deployPart: Part = {
  name: 'deploy',
  title: 'Deployment by the CDK CLI, on the local AWS: streams of 3 files',
  steps: (rounds) => Object.keys(APPS).length * Object.values(ROUNDS).reduce((sum, usual) => sum + rounds(usual), 0),
  async run({ directory, rounds, tick }: BenchContext): Promise<Findings> {
    const aws = await startLocalAws({ streams: { rootAccessKeyIds: ['test', handRolledAccessKey()] } });
    try {
      await cdk(['bootstrap', `aws://${aws.account}/${aws.region}`], { environment: aws.environment, outputDirectory: directory });
      const comparisons: Comparison[] = [];
      for (const [count, usual] of Object.entries(ROUNDS)) {
        const variants: Variant[] = Object.entries(APPS).map(([name, make]) => (
          { name, measure: (round) => new StackLifecycle(aws, join(directory, `${make.name}-${count}-${round}`), make, Number(count)).live() }));
        comparisons.push(await compare(`${count} stream${Number(count) > 1 ? 's' : ''}`, variants, rounds(usual), tick));
      }
      return findings(comparisons);
    } finally {
      await aws.stop();
    }
  },
};

const OPERATIONS = { create: 'CREATE', update: 'UPDATE', destroy: 'DELETE' } as const;
type Operation = keyof typeof OPERATIONS;
const NAMES = Object.keys(OPERATIONS) as Operation[];

function findings(comparisons: readonly Comparison[]): Findings {
  const timeRatio = (comparison: Comparison, operation: Operation, peer: string) => ratioOf(comparison, `${operation}Stack`, 'ours', peer);
  const ratios = comparisons.flatMap((comparison) => NAMES.flatMap((operation) => PEERS.map((peer) => (
    { operation, peer, what: `${operation} ${comparison.scenario}`, ratio: timeRatio(comparison, operation, peer) }))));
  return {
    metrics: NAMES.flatMap((operation) => [
      { key: `${operation}Stack`, label: `${operation}, the stack, s`, digits: 2 },
      { key: operation, label: `${operation}, the whole command, s`, digits: 1 },
    ]),
    comparisons,
    goals: ratios.filter(({ operation, peer }) => operation === 'create' && peer === DEPLOYMENT).map(({ what, peer, ratio }) => (
      { text: `${what} ÷ ${peer}`, got: ratio.median, atMost: 0.6, digits: 2 })),
    bars: ratios.map(({ what, peer, ratio }) => ({ label: `time, ${what} ÷ ${peer}`, ratio })),
    // only for the most streams, because the ratios of one stream are similar and are in the report
    summary: comparisons.slice(-1).flatMap((comparison) => NAMES.map((operation) => ({
      what: `${operation} ${comparison.scenario}, on the local AWS`,
      ours: `${medianOf(comparison, 'ours', `${operation}Stack`).toFixed(1)} s`,
      beside: PEERS.map((peer) => `${timesOf(timeRatio(comparison, operation, peer), peer)}, which ${COMMENTS[operation][peer]}`).join('; '),
    }))),
    notes: [
      'The update changes one file of each stream.',
      `${DEPLOYMENT}: the files of a stream by one deployment. Its function has the AWS CLI from its layer, at another path than on AWS.`,
      `${COPIES}: one S3 CopyObject a file. It is the least that can be done, and nobody looks at what it did.`,
      'The local AWS makes one resource after the other, where AWS makes many at once. Its calls take milliseconds, and nothing of it takes the seconds '
        + 'that AWS needs to see that a custom resource has answered: read the ratios, not the seconds.',
      'No Lambda function waited for anything: what ours takes longer than one call is that it looks before it changes, and removes what it wrote.',
    ],
  };
}

/** What the alternatives do not do, although they need less time. */
const COMMENTS: Readonly<Record<Operation, Readonly<Record<string, string>>>> = {
  create: { [DEPLOYMENT]: 'pins no version', [COPIES]: 'checks nothing' },
  update: { [DEPLOYMENT]: 'does not update the stream', [COPIES]: 'checks nothing' },
  destroy: { [DEPLOYMENT]: 'leaves the objects', [COPIES]: 'leaves the objects' },
};

/**
 * Returns the access key of a Lambda function that uses its own role, which the local AWS derives from function and role. The
 * streams service knows only sessions of STS, so this key is registered before.
 */
function handRolledAccessKey(): string {
  const names = `arn:aws:lambda:us-east-1:000000000000:function:${HAND_ROLLED_NAME}:arn:aws:iam::000000000000:role/${HAND_ROLLED_NAME}`;
  return `ASIA${createHash('sha256').update(names).digest('hex').slice(0, 16).toUpperCase()}`;
}

const COMMAND_LINE = '[aws] + list(args)';
const LOCAL_COMMAND_LINE = '[__import__("sys").executable, os.path.join(os.environ["_LAMBDA_LAYERS_DIRS"].split(os.pathsep)[0], "awscli", "aws")] + list(args)';

/** BucketDeployment's function runs the AWS CLI from /opt, the directory of layers, with Lambda's Python; the local AWS has neither. */
async function useLocalLayer(assembly: string): Promise<void> {
  for (const name of await readdir(assembly)) {
    const file = join(assembly, name, 'index.py');
    const code = await readFile(file, 'utf8').catch(() => undefined);
    if (code?.includes('/opt/awscli/aws')) await writeFile(file, replaced(code));
  }
}

function replaced(code: string): string {
  if (!code.includes(COMMAND_LINE)) throw new Error(`the function of BucketDeployment must have '${COMMAND_LINE}' in its code, to run on the local AWS`);
  return code.replace(COMMAND_LINE, LOCAL_COMMAND_LINE);
}

/** Measures a stack from its creation to its deletion. The app is synthesised before, because another part measures that. */
class StackLifecycle {
  private readonly files: Streams;
  private readonly cloudFormation: CloudFormationClient;
  private stackId?: string;

  constructor(private readonly aws: LocalAws, private readonly directory: string, private readonly make: Make, streams: number) {
    this.cloudFormation = new CloudFormationClient(aws.clientConfiguration);
    this.files = Array.from({ length: streams }, (_, stream) => Array.from({ length: FILES }, (__, file) => join(directory, 'files', `${stream}`, `${file}.bin`)));
  }

  async live(): Promise<Sample> {
    for (const path of this.files.flat()) {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, randomBytes(FILE_BYTES));
    }
    const create = await this.run('create', 'deploy', '--require-approval', 'never');
    await this.expectStreams(this.files.length);
    for (const [first] of this.files) await writeFile(first, randomBytes(FILE_BYTES));
    const update = await this.run('update', 'deploy', '--require-approval', 'never');
    const destroy = await this.run('destroy', 'destroy', '--force');
    await this.expectStreams(0);
    await rm(this.directory, { recursive: true });
    return { ...create, ...update, ...destroy };
  }

  private async run(operation: Operation, command: string, ...options: string[]): Promise<Sample> {
    const assembly = join(this.directory, operation);
    const app = new App({ outdir: assembly, context: { localAws: true } });
    const { stackName } = this.make(app, this.files);
    app.synth();
    await useLocalLayer(assembly);
    const startedAt = performance.now();
    await cdk([command, stackName, ...options], { environment: this.aws.environment, assembly, outputDirectory: assembly });
    return { [operation]: (performance.now() - startedAt) / 1000, [`${operation}Stack`]: await this.stackSeconds(operation, stackName) };
  }

  /** Returns the duration of an operation from the events of the stack. */
  private async stackSeconds(operation: Operation, stackName: string): Promise<number> {
    // CloudFormation finds a deleted stack only by its ID
    this.stackId ??= (await this.cloudFormation.send(new DescribeStacksCommand({ StackName: stackName }))).Stacks![0].StackId!;
    const events: StackEvent[] = [];
    const pages = paginateDescribeStackEvents({ client: this.cloudFormation }, { StackName: this.stackId });
    for await (const { StackEvents = [] } of pages) events.push(...StackEvents);
    const told = events.map(({ LogicalResourceId, ResourceStatus }) => `${LogicalResourceId} ${ResourceStatus}`);
    const [from, to] = ['IN_PROGRESS', 'COMPLETE'].map((state) => {
      const event = events.find(({ PhysicalResourceId, ResourceStatus }) =>
        PhysicalResourceId === this.stackId && ResourceStatus === `${OPERATIONS[operation]}_${state}`);
      if (!event) throw new Error(`the events of stack '${stackName}' must tell of its ${operation}, got: ${told.join(', ')}`);
      return event.Timestamp!.getTime();
    });
    return (to - from) / 1000;
  }

  private async expectStreams(count: number): Promise<void> {
    const { streams = [] } = await new IoTClient(this.aws.iotClientConfiguration).send(new ListStreamsCommand({}));
    if (streams.length !== count) throw new Error(`there must be ${count} streams, got: ${streams.length}`);
  }
}
