import { createHash, randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CloudFormationClient, DescribeStacksCommand, paginateDescribeStackEvents, StackEvent } from '@aws-sdk/client-cloudformation';
import { ListStreamsCommand, IoTClient } from '@aws-sdk/client-iot';
import { App, Stack } from 'aws-cdk-lib';
import { HAND_ROLLED_NAME, handRolled, ours, Streams } from './apps/deploy';
import { compare, Comparison, ratioOf, Sample, Variant } from './compare';
import { Findings, Part, Workshop } from './part';
import { cdk } from '../local/cdk';
import { LocalAws, startLocalAws } from '../local/local-aws';

const PEER = 'AwsCustomResource';
type Make = (app: App, streams: Streams) => Stack;
const APPS: Readonly<Record<string, Make>> = { ours, [PEER]: handRolled };
/** By the number of streams. */
const ROUNDS: Readonly<Record<number, number>> = { 1: 5, 10: 3 };
const FILES = 3;
const FILE_BYTES = 64 * 1024;

export const deployPart: Part = {
  name: 'deploy',
  title: 'Deployment by the CDK CLI, on the local AWS: streams of 3 files',
  steps: (rounds) => 2 * Object.values(ROUNDS).reduce((sum, usual) => sum + rounds(usual), 0),
  async run({ directory, rounds, tick }: Workshop): Promise<Findings> {
    const aws = await startLocalAws({ streams: { rootAccessKeyIds: ['test', handRolledAccessKey()] } });
    try {
      await cdk(['bootstrap', `aws://${aws.account}/${aws.region}`], { environment: aws.environment, outputDirectory: directory });
      const comparisons: Comparison[] = [];
      for (const [count, usual] of Object.entries(ROUNDS)) {
        const variants: Variant[] = Object.entries(APPS).map(([name, make]) => (
          { name, measure: (round) => new Life(aws, join(directory, `${name}-${count}-${round}`), make, Number(count)).live() }));
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
  const ratios = comparisons.flatMap((comparison) => NAMES.map((operation) => (
    { text: `${operation} ${comparison.scenario} ÷ ${PEER}`, operation, ratio: ratioOf(comparison, `${operation}Stack`, 'ours', PEER) })));
  return {
    metrics: NAMES.flatMap((operation) => [
      { key: `${operation}Stack`, label: `${operation}, the stack, s`, digits: 2 },
      { key: operation, label: `${operation}, the whole command, s`, digits: 1 },
    ]),
    comparisons,
    goals: ratios.filter(({ operation }) => operation === 'create').map(({ text, ratio }) => ({ text, got: ratio.median, atMost: 0.6, digits: 2 })),
    bars: ratios.map(({ text, ratio }) => ({ label: text, ratio })),
    notes: [
      'The update changes one file of each stream.',
      'The peer is one AwsCustomResource a copy and one a stream. BucketDeployment cannot run on the local AWS, which has no place for its layer.',
      'The local AWS makes one resource after the other, where AWS makes many at once, and it waits for nothing: read the ratios, not the seconds.',
    ],
  };
}

/**
 * The streams service knows the sessions of roles that somebody has assumed; a Lambda function that works in its own name is a
 * stranger to it. So its access key is made known beforehand: the local AWS derives it from function and role.
 */
function handRolledAccessKey(): string {
  const names = `arn:aws:lambda:us-east-1:000000000000:function:${HAND_ROLLED_NAME}:arn:aws:iam::000000000000:role/${HAND_ROLLED_NAME}`;
  return `ASIA${createHash('sha256').update(names).digest('hex').slice(0, 16).toUpperCase()}`;
}

/** One stack from its creation to its end. The app is synthesised beforehand: what that costs is another part. */
class Life {
  private readonly files: Streams;
  private readonly cloudFormation: CloudFormationClient;
  private stackId?: string;

  constructor(private readonly aws: LocalAws, private readonly directory: string, private readonly make: Make, streams: number) {
    this.cloudFormation = new CloudFormationClient(aws.clientConfiguration);
    this.files = Array.from({ length: streams }, (_, stream) => Array.from({ length: FILES }, (__, file) => join(directory, `${stream}-${file}.bin`)));
  }

  async live(): Promise<Sample> {
    await mkdir(this.directory, { recursive: true });
    for (const path of this.files.flat()) await writeFile(path, randomBytes(FILE_BYTES));
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
    const startedAt = performance.now();
    await cdk([command, stackName, ...options], { environment: this.aws.environment, assembly, outputDirectory: assembly });
    return { [operation]: (performance.now() - startedAt) / 1000, [`${operation}Stack`]: await this.stackSeconds(operation, stackName) };
  }

  /** What the stack itself says of how long it took. */
  private async stackSeconds(operation: Operation, stackName: string): Promise<number> {
    // a stack that is gone is known by its id alone
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
