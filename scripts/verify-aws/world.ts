import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { IAMClient } from '@aws-sdk/client-iam';
import { IoTClient } from '@aws-sdk/client-iot';
import { KinesisVideoClient } from '@aws-sdk/client-kinesis-video';
import { S3Client } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';

/** The options of SDK clients. */
export interface ClientOptions {
  readonly region?: string;
  readonly endpoint?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string };
}

/** The account under test, and the waiting times. */
export interface WorldOptions {
  /** The options for every service that is not in `endpoints`. */
  readonly client: ClientOptions;
  /** Endpoints that differ from the SDK's defaults, for tests. */
  readonly endpoints?: { readonly iot?: string; readonly sts?: string; readonly s3?: string; readonly kinesisVideo?: string };
  /** The waiting time before a changed role is used. @default 20 seconds */
  readonly propagationMilliseconds?: number;
  /** The certificate authority of the credentials provider, PEM. @default those that Node.js trusts */
  readonly certificateAuthority?: string;
  /** @default real time */
  readonly clock?: Clock;
}

export interface Clock {
  now(): number;
  sleep(milliseconds: number): Promise<unknown>;
}

/** The time that the handler waits. */
export const RETRY_MILLISECONDS = 90_000;

/** An account for tests, in one region of any partition. The names of all created resources begin with `prefix`. */
export class World {
  static async open(options: WorldOptions): Promise<World> {
    const { client, endpoints = {} } = options;
    const sts = new STSClient({ ...client, endpoint: endpoints.sts ?? client.endpoint });
    const { Account, Arn } = await sts.send(new GetCallerIdentityCommand({}));
    const region = await sts.config.region();
    return new World(options, sts, Arn!.split(':')[1], region, Account!);
  }

  readonly prefix = `cdk-iot-streams-verify-${randomBytes(4).toString('hex')}`;
  readonly iam: IAMClient;
  readonly s3: S3Client;
  readonly iot: IoTClient;
  readonly kinesisVideo: KinesisVideoClient;
  readonly cloudFormation: CloudFormationClient;
  readonly clock: Clock;
  private readonly undo: { readonly what: string; readonly step: () => Promise<unknown> }[] = [];

  private constructor(
    private readonly options: WorldOptions,
    readonly sts: STSClient,
    readonly partition: string,
    readonly region: string,
    readonly account: string,
  ) {
    const { client, endpoints = {}, clock = { now: Date.now, sleep: wait } } = options;
    this.clock = clock;
    this.iam = new IAMClient(client);
    this.s3 = this.s3At(client.credentials, client.endpoint);
    this.iot = this.iotAs(client.credentials);
    this.kinesisVideo = new KinesisVideoClient({ ...client, endpoint: endpoints.kinesisVideo ?? client.endpoint });
    this.cloudFormation = new CloudFormationClient(client);
  }

  get certificateAuthority(): string | undefined {
    return this.options.certificateAuthority;
  }

  /** Returns a client of AWS IoT with other credentials. */
  iotAs(credentials: ClientOptions['credentials']): IoTClient {
    const { client, endpoints = {} } = this.options;
    return new IoTClient({ ...client, credentials, endpoint: endpoints.iot ?? client.endpoint });
  }

  /** Returns a client of S3 with other credentials. */
  s3As(credentials: ClientOptions['credentials']): S3Client {
    const { client, endpoints = {} } = this.options;
    return this.s3At(credentials, endpoints.s3 ?? client.endpoint);
  }

  private s3At(credentials: ClientOptions['credentials'], endpoint: string | undefined): S3Client {
    return new S3Client({ ...this.options.client, credentials, endpoint, forcePathStyle: endpoint !== undefined });
  }

  name(suffix: string): string {
    return `${this.prefix}-${suffix}`;
  }

  arn(service: string, resource: string): string {
    return `arn:${this.partition}:${service}:${this.region}:${this.account}:${resource}`;
  }

  /** Waits until a changed role has propagated. */
  async propagate(): Promise<void> {
    await this.clock.sleep(this.options.propagationMilliseconds ?? 20_000);
  }

  /** Registers the removal of a resource before it is created, because a call may succeed although its response is lost. */
  cleanUp(what: string, step: () => Promise<unknown>): void {
    this.undo.push({ what, step });
  }

  /** Removes what was created, the newest first, and returns what could not be removed. */
  async close(): Promise<string[]> {
    const left: string[] = [];
    for (const { what, step } of this.undo.splice(0).reverse()) {
      await step().catch((error: Error) => {
        if (!isMissing(error)) left.push(`${what}: ${error.name}: ${error.message}`);
      });
    }
    return left;
  }
}

function isMissing({ name }: Error): boolean {
  return ['NoSuchEntity', 'NoSuchEntityException', 'NoSuchBucket', 'ResourceNotFoundException'].includes(name);
}
