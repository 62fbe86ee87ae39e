import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StackEvent } from '@aws-sdk/client-cloudformation';
import {
  CloudFormationClient, CreateStackCommand, DeleteStackCommand, DescribeStackEventsCommand, DescribeStacksCommand, UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { App, DefaultStackSynthesizer, Stack } from 'aws-cdk-lib';
import type { LocalAws } from '../../../local/local-aws';

/** The result of a deployment. */
export interface Deployed {
  readonly status: string;
  readonly outputs: Readonly<Record<string, string>>;
  /** The logical ID of the first failed resource, and the reason. */
  readonly failure?: { readonly resource: string; readonly reason: string };
}

/**
 * Deploys apps of this process with the API of CloudFormation, which gives the same resources, events and rollbacks as the CLI
 * and is some seconds faster. The code of the Lambda function must be in the staging bucket, where a deployment with the CLI
 * puts it.
 */
export class Stacks {
  private readonly client: CloudFormationClient;
  private readonly s3: S3Client;
  private synths = 0;

  constructor(
    private readonly aws: LocalAws, private readonly directory: string, private readonly context: Readonly<Record<string, unknown>> = {},
  ) {
    this.client = new CloudFormationClient(aws.clientConfiguration);
    this.s3 = new S3Client(aws.clientConfiguration);
  }

  get stagingBucket(): string {
    return `cdk-hnb659fds-assets-${this.aws.account}-${this.aws.region}`;
  }

  /** Deploys like `cdk deploy`, after deleting a stack whose creation has failed. `onTheWay` may change uploaded content. */
  async deploy(stackName: string, build: (stack: Stack) => unknown, onTheWay = (content: Buffer) => content): Promise<Deployed> {
    const templateUrl = await this.synthesise(stackName, build, onTheWay);
    const existing = await this.status(stackName);
    if (existing?.status === 'ROLLBACK_COMPLETE') await this.destroy(stackName);
    const input = { StackName: stackName, TemplateURL: templateUrl, Capabilities: ['CAPABILITY_NAMED_IAM' as const] };
    const isNew = existing === undefined || existing.status === 'ROLLBACK_COMPLETE';
    const before = isNew ? 0 : (await this.events(stackName)).length;
    await this.client.send(isNew ? new CreateStackCommand(input) : new UpdateStackCommand(input));
    const { status, outputs } = (await this.settled(stackName))!;
    const events = (await this.events(stackName)).slice(before);
    const failed = events.find((event) => event.ResourceStatus!.endsWith('_FAILED') && event.LogicalResourceId !== stackName);
    return { status, outputs, failure: failed && { resource: failed.LogicalResourceId!, reason: failed.ResourceStatusReason! } };
  }

  async destroy(stackName: string): Promise<void> {
    await this.client.send(new DeleteStackCommand({ StackName: stackName }));
    const left = await this.settled(stackName);
    if (left && left.status !== 'DELETE_COMPLETE') throw new Error(`stack '${stackName}' must go, got: ${left.status}`);
  }

  /** Uploads the template and the local files to the staging bucket, and returns the URL of the template. */
  private async synthesise(stackName: string, build: (stack: Stack) => unknown, onTheWay: (content: Buffer) => Buffer): Promise<string> {
    const outdir = join(this.directory, `synth-${++this.synths}`);
    const app = new App({ outdir, analyticsReporting: false, context: { localAws: 'true', ...this.context } });
    const stack = new Stack(app, stackName, {
      synthesizer: new DefaultStackSynthesizer({ fileAssetsBucketName: this.stagingBucket, generateBootstrapVersionRule: false }),
    });
    build(stack);
    app.synth();
    const { files } = JSON.parse(await readFile(join(outdir, `${stackName}.assets.json`), 'utf8')) as AssetManifest;
    for (const { source, destinations } of Object.values(files)) {
      if (source.packaging !== 'file' || source.path.endsWith('.template.json')) continue;
      for (const { bucketName, objectKey } of Object.values(destinations)) {
        const content = onTheWay(await readFile(join(outdir, source.path)));
        await this.s3.send(new PutObjectCommand({ Bucket: bucketName, Key: objectKey, Body: content }));
      }
    }
    const template = await readFile(join(outdir, `${stackName}.template.json`));
    const key = `templates/${stackName}-${this.synths}.json`;
    await this.s3.send(new PutObjectCommand({ Bucket: this.stagingBucket, Key: key, Body: template }));
    await rm(outdir, { recursive: true });
    return `${this.aws.endpoints.gateway}/${this.stagingBucket}/${key}`;
  }

  private async status(stackName: string): Promise<{ status: string; outputs: Record<string, string> } | undefined> {
    try {
      const { Stacks: [stack] = [] } = await this.client.send(new DescribeStacksCommand({ StackName: stackName }));
      if (stack.StackStatus === 'DELETE_COMPLETE') return undefined;
      const outputs = (stack.Outputs ?? []).map(({ OutputKey, OutputValue }): [string, string] => [OutputKey!, OutputValue!]);
      return { status: stack.StackStatus!, outputs: Object.fromEntries(outputs) };
    } catch (error) {
      if (/does not exist/.test((error as Error).message)) return undefined;
      throw error;
    }
  }

  private async settled(stackName: string): Promise<{ status: string; outputs: Record<string, string> } | undefined> {
    for (;;) {
      const now = await this.status(stackName);
      if (!now || !now.status.endsWith('_IN_PROGRESS')) return now;
      await sleep(200);
    }
  }

  /** Oldest first. */
  private async events(stackName: string): Promise<StackEvent[]> {
    const { StackEvents = [] } = await this.client.send(new DescribeStackEventsCommand({ StackName: stackName }));
    return StackEvents.reverse();
  }
}

interface AssetManifest {
  readonly files: Readonly<Record<string, {
    readonly source: { readonly path: string; readonly packaging: 'file' | 'zip' };
    readonly destinations: Readonly<Record<string, { readonly bucketName: string; readonly objectKey: string }>>;
  }>>;
}
