import type { Conditions } from './conditions';
import type { Journal } from './journal';
import { CALL_MILLISECONDS } from './network';
import type { Permissions } from './permissions';
import { ACCOUNT, REGION } from './permissions';
import { parsePolicy } from '../../../local/iam/policy-document';
import type { Bucket, World } from '../../lambda/iot-file-stream/doubles';
import type { AsyncFunction } from '../cloudformation/async-function';
import type { CustomResources } from '../cloudformation/custom-resources';
import type { IamAccount } from '../cloudformation/iam-account';
import type { Made, ResourceHandler } from '../cloudformation/resource-handler';
import { ResourceFailed } from '../cloudformation/resource-handler';
import type { Properties } from '../cloudformation/template';
import type { VirtualTime } from '../cloudformation/virtual-time';
import { FIRST, LAST } from '../templates';

export interface ResourcesOptions {
  readonly time: VirtualTime;
  readonly journal: Journal;
  readonly conditions: Conditions;
  readonly permissions: Permissions;
  readonly world: World;
  readonly iam: IamAccount;
  readonly function: AsyncFunction;
  readonly custom: CustomResources;
  readonly unique: () => string;
}

/** What makes, changes and deletes the resources of a template, by type. */
export class Resources {
  /** Buckets whose lifecycle rules delete noncurrent versions. */
  private readonly expiring = new Set<string>();
  private readonly handlers: Readonly<Record<string, ResourceHandler>>;

  constructor(private readonly options: ResourcesOptions) {
    this.handlers = this.resourceHandlers();
  }

  handlerOf(type: string): ResourceHandler {
    const { custom, journal } = this.options;
    const handler = type.startsWith('Custom::') ? custom : this.handlers[type] ?? this.plain({});
    return journal.trace ? this.noted(handler) : handler;
  }

  /** A bucket's lifecycle rules, as they are carried out once a day. */
  expireNoncurrent(): void {
    for (const bucket of this.expiring) {
      const { objects } = this.options.world.bucket(bucket);
      const current = new Set(
        [...objects.reduce((newest, { key, version }) => newest.set(key, version), new Map<string, string>()).values()],
      );
      objects.splice(0, objects.length, ...objects.filter(({ version }) => current.has(version)));
    }
  }

  private resourceHandlers(): Record<string, ResourceHandler> {
    const { world, iam, permissions, conditions, function: lambda, unique } = this.options;
    return {
      ...iam.handlers(),
      'AWS::S3::Bucket': {
        create: async ({ logicalId, properties }) => {
          const name = `shop-${logicalId}-${unique()}`.toLowerCase();
          this.spreadVersioning(world.makeBucket(name));
          if (JSON.stringify(properties).includes('NoncurrentVersionExpiration')) this.expiring.add(name);
          return { physicalId: name, attributes: { Arn: `arn:aws:s3:::${name}` } };
        },
        update: async ({ physicalId }) => ({ physicalId, attributes: { Arn: `arn:aws:s3:::${physicalId}` } }),
        delete: async ({ physicalId }) => {
          if (world.bucket(physicalId).objects.length > 0) throw new ResourceFailed('The bucket you tried to delete is not empty');
          world.removeBucket(physicalId);
          this.expiring.delete(physicalId);
        },
      },
      'AWS::S3::BucketPolicy': this.plain({
        made: (_, { Bucket: bucket, PolicyDocument: document }) => {
          permissions.bucketPolicies.set(String(bucket), parsePolicy(JSON.stringify(document)));
        },
        deleted: (_, { Bucket: bucket }) => { permissions.bucketPolicies.delete(String(bucket)); },
      }),
      'AWS::Logs::LogGroup': this.plain({ attributes: (id) => ({ Arn: `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${id}:*` }) }),
      'AWS::Lambda::Function': this.plain({
        attributes: (id) => ({ Arn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${id}` }),
        made: (_, { Timeout, Role: role }) => {
          permissions.roleOfFunction = String(role);
          // Lambda's own defaults, until an EventInvokeConfig says otherwise
          lambda.settings = { timeoutSeconds: Number(Timeout), retries: 2, eventAgeSeconds: 6 * 3600 };
        },
        deleted: () => { lambda.settings = undefined; },
      }),
      'AWS::Lambda::EventInvokeConfig': this.plain({
        made: (_, { MaximumRetryAttempts: retries = 2, MaximumEventAgeInSeconds: age = 6 * 3600 }) => {
          lambda.settings = { ...lambda.settings!, retries: Number(retries), eventAgeSeconds: Number(age) };
        },
      }),
      'Test::Resource': this.plain({
        made: (logicalId) => {
          if (conditions.takeFailure({ none: '', first: FIRST, last: LAST }, logicalId)) throw new ResourceFailed('failed because the history says so');
        },
      }),
    };
  }

  /** At first S3 does not say that the bucket is versioned, then its writes are not yet, then it does not find what it has. */
  private spreadVersioning(bucket: Bucket): void {
    const { conditions: { current: { versioningLatenessMilliseconds: lateness } }, time } = this.options;
    if (lateness === 0) return;
    Object.assign(bucket, { versioning: undefined, toldVersioning: 'none', hidesVersions: true });
    time.after(lateness / 3, () => { bucket.toldVersioning = 'Enabled'; });
    time.after(2 * lateness / 3, () => { bucket.versioning = 'Enabled'; });
    time.after(lateness, () => { bucket.hidesVersions = false; });
  }

  /** A resource that is made and deleted in a moment. */
  private plain({ attributes = () => ({}), made, deleted }: {
    readonly attributes?: (physicalId: string) => Record<string, string>;
    readonly made?: (physicalId: string, properties: Properties) => void;
    readonly deleted?: (physicalId: string, properties: Properties) => void;
  }): ResourceHandler {
    const { time, unique } = this.options;
    const make = async (physicalId: string, properties: Properties): Promise<Made> => {
      await time.sleep(CALL_MILLISECONDS);
      made?.(physicalId, properties);
      return { physicalId, attributes: attributes(physicalId) };
    };
    return {
      create: async ({ logicalId, properties }) => make(`${logicalId}-${unique()}`, properties),
      update: async ({ physicalId, properties }) => make(physicalId, properties),
      delete: async ({ physicalId, properties }) => {
        await time.sleep(CALL_MILLISECONDS);
        deleted?.(physicalId, properties);
      },
    };
  }

  private noted(handler: ResourceHandler): ResourceHandler {
    const { journal } = this.options;
    const told = async <T>(what: string, logicalId: string, work: () => Promise<T>): Promise<T> => {
      journal.note(() => `CloudFormation: ${what} ${logicalId}`);
      try {
        return await work();
      } catch (error) {
        journal.note(() => `CloudFormation: ${what} ${logicalId} failed: ${(error as Error).message}`);
        throw error;
      }
    };
    return {
      create: async (request) => told('create', request.logicalId, async () => handler.create(request)),
      update: async (request) => told('update', request.logicalId, async () => handler.update(request)),
      delete: async (request) => told('delete', request.logicalId, async () => handler.delete(request)),
    };
  }
}
