import type { CreateRequest, Made, ResourceHandler } from './resource-handler';
import { ResourceFailed } from './resource-handler';
import type { Properties, References, ResourceDefinition, Template } from './template';
import { dependenciesOf, resolve } from './template';

export type StackStatus = 'NONE' | 'CREATE_COMPLETE' | 'CREATE_FAILED' | 'UPDATE_FAILED' | 'ROLLBACK_COMPLETE' | 'ROLLBACK_FAILED' | 'UPDATE_COMPLETE' | 'UPDATE_ROLLBACK_COMPLETE'
  | 'UPDATE_ROLLBACK_FAILED' | 'DELETE_COMPLETE' | 'DELETE_FAILED';

export interface StackOptions {
  readonly name: string;
  /** The last part of the stack's ARN. */
  readonly guid: string;
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  readonly handlerOf: (type: string) => ResourceHandler;
  /** Whether a failure cancels what is still under way; else its outcome is waited for. */
  readonly isImpatient: () => boolean;
  /** Whether what failed stays as it is, as `cdk deploy --no-rollback` asks for. */
  readonly keepsFailed: () => boolean;
  /** When the resource that failed to be created is deleted: the order beside its next creation is not documented. */
  readonly deletesFailed: () => 'before' | 'during' | 'after';
  /** What CloudFormation takes from one phase of an operation to the next. */
  readonly pause: () => Promise<void>;
  /** Something that no two physical ids share. */
  readonly unique: () => string;
}

interface Resource {
  readonly logicalId: string;
  definition: ResourceDefinition;
  /** As they were last sent, even if that failed. */
  properties: Properties;
  /** Unknown until the creation has been answered. */
  physicalId?: string;
  attributes: Readonly<Record<string, string>>;
  /** The event that was sent last. */
  latest?: object;
  /** What failed last, if nothing has followed. */
  failure?: 'creation' | 'update';
}

const CLEAN_UP_ATTEMPTS = 3;

class Cancelled extends Error {}

/**
 * One stack: its resources, what brings them to a template in the order of their dependencies, and what undoes a failure,
 * in the order in which CloudFormation does it.
 */
export class Stack {
  status: StackStatus = 'NONE';
  /** Why resources failed, newest last. */
  readonly failures: string[] = [];
  /** Resources that clean-up could not delete: CloudFormation forgets them, and the stack is green. */
  readonly forgotten: string[] = [];
  readonly id: string;
  private readonly resources = new Map<string, Resource>();
  /** The last good one; undefined if there never was one. */
  private template?: Template;
  /** What the update under way, or one whose rollback failed, has changed and made. */
  private changed = new Set<string>();
  private made = new Set<string>();

  constructor(private readonly options: StackOptions) {
    this.id = `arn:${options.partition}:cloudformation:${options.region}:${options.account}:stack/${options.name}/${options.guid}`;
  }

  /** The physical id of a resource that is there. */
  physicalId(logicalId: string): string | undefined {
    return this.resources.get(logicalId)?.physicalId;
  }

  attributes(logicalId: string): Readonly<Record<string, string>> | undefined {
    return this.resources.get(logicalId)?.attributes;
  }

  logicalIds(): string[] {
    return [...this.resources.keys()];
  }

  async create(template: Template): Promise<void> {
    await this.options.pause();
    if (await this.forward(template)) {
      this.template = template;
      this.status = 'CREATE_COMPLETE';
      return;
    }
    if (this.options.keepsFailed()) this.status = 'CREATE_FAILED';
    else await this.rollBack();
  }

  async update(template: Template): Promise<void> {
    if (this.status !== 'UPDATE_FAILED' && this.status !== 'CREATE_FAILED') {
      this.changed = new Set();
      this.made = new Set();
    }
    await this.options.pause();
    if (!await this.forward(template)) {
      if (!this.options.keepsFailed()) return this.rollBack();
      this.status = this.template ? 'UPDATE_FAILED' : 'CREATE_FAILED';
      return;
    }
    this.template = template;
    const superfluous = this.logicalIds().filter((logicalId) => !(logicalId in template.Resources));
    await this.options.pause();
    await this.removeAll(superfluous, CLEAN_UP_ATTEMPTS, false);
    this.status = 'UPDATE_COMPLETE';
  }

  /** What follows a failure, at once or as RollbackStack. */
  async rollBack(): Promise<void> {
    if (this.template) return this.continueUpdateRollback();
    await this.options.pause();
    this.status = await this.removeAll(this.logicalIds(), 1, true) ? 'ROLLBACK_COMPLETE' : 'ROLLBACK_FAILED';
  }

  /** Brings everything back to the last good template, then removes what is not in it. */
  async continueUpdateRollback(): Promise<void> {
    const template = this.template!;
    await this.options.pause();
    for (const [logicalId, definition] of Object.entries(template.Resources)) this.resources.get(logicalId)!.definition = definition;
    const changed = [...this.changed].filter((id) => id in template.Resources);
    const outcomes = await inOrder(changed, (id) => dependenciesOf(template.Resources[id]), async (logicalId) => {
      await this.change(this.resources.get(logicalId)!, template.Resources[logicalId]);
      this.changed.delete(logicalId);
    });
    if (!outcomes) {
      this.status = 'UPDATE_ROLLBACK_FAILED';
      return;
    }
    await this.options.pause();
    await this.removeAll([...this.made].filter((id) => this.resources.has(id)), CLEAN_UP_ATTEMPTS, true);
    this.status = 'UPDATE_ROLLBACK_COMPLETE';
  }

  async delete(): Promise<void> {
    await this.options.pause();
    this.status = await this.removeAll(this.logicalIds(), 1, false) ? 'DELETE_COMPLETE' : 'DELETE_FAILED';
  }

  private async forward(template: Template): Promise<boolean> {
    const failed = [...this.resources.values()].filter(({ failure }) => failure === 'creation');
    failed.forEach(({ logicalId }) => this.resources.delete(logicalId));
    const remove = async () => { await Promise.all(failed.map(async (resource) => this.remove(resource, CLEAN_UP_ATTEMPTS))); };
    const when = this.options.deletesFailed();
    if (when === 'before') await remove();
    const [isDone] = await Promise.all([this.bringAll(template), when === 'during' ? remove() : undefined]);
    if (when === 'after') await remove();
    return isDone;
  }

  private async bringAll(template: Template): Promise<boolean> {
    let fail = () => undefined as void;
    let hasFailed = false;
    const failed = new Promise<never>((_, reject) => {
      fail = () => {
        hasFailed = true;
        if (this.options.isImpatient()) reject(new Cancelled('cancelled'));
      };
    });
    failed.catch(() => undefined);
    return inOrder(Object.keys(template.Resources), (id) => dependenciesOf(template.Resources[id]), async (logicalId) => {
      if (hasFailed) throw new Cancelled('cancelled');
      try {
        await Promise.race([this.bring(logicalId, template.Resources[logicalId]), failed]);
      } catch (error) {
        fail();
        this.noteFailure(logicalId, error);
        throw error;
      }
    });
  }

  /** A resource whose creation failed or was cancelled has the id of its answer, or none: a late answer is ignored. */
  private noteFailure(logicalId: string, error: unknown): void {
    const resource = this.resources.get(logicalId);
    if (!resource || !this.options.keepsFailed()) return;
    const isNew = Object.keys(resource.attributes).length === 0 && this.made.has(logicalId) && !this.changed.has(logicalId);
    if (!isNew) {resource.failure = 'update';} else if (error instanceof ResourceFailed || resource.definition.Type.startsWith('Custom::')) {
      const physicalId = error instanceof ResourceFailed ? error.physicalId : undefined;
      this.resources.set(logicalId, { ...resource, physicalId, failure: 'creation' });
    }
  }

  private async bring(logicalId: string, definition: ResourceDefinition): Promise<void> {
    const resource = this.resources.get(logicalId);
    if (!resource) return this.make(logicalId, definition);
    const properties = this.resolved(definition);
    resource.definition = definition;
    if (JSON.stringify(properties) === JSON.stringify(resource.properties) && !resource.failure) return;
    this.changed.add(logicalId);
    await this.change(resource, definition);
  }

  private async make(logicalId: string, definition: ResourceDefinition): Promise<void> {
    const resource: Resource = { logicalId, definition, properties: this.resolved(definition), attributes: {} };
    this.resources.set(logicalId, resource);
    this.made.add(logicalId);
    await this.attempt(resource, async () => this.options.handlerOf(definition.Type).create(this.request(resource)));
  }

  private async change(resource: Resource, definition: ResourceDefinition): Promise<void> {
    const oldProperties = resource.properties;
    resource.definition = definition;
    resource.properties = this.resolved(definition);
    await this.attempt(resource, async () => this.options.handlerOf(definition.Type).update({
      ...this.request(resource), physicalId: this.idOf(resource), oldProperties,
    }));
  }

  private async attempt(resource: Resource, work: () => Promise<Made>): Promise<void> {
    const event = {};
    resource.latest = event;
    try {
      const { physicalId, attributes } = await work();
      // the answer to an event that was cancelled and is being rolled back is ignored
      if (resource.latest !== event) return;
      resource.physicalId = physicalId;
      resource.attributes = attributes;
      resource.failure = undefined;
    } catch (error) {
      if (!(error instanceof ResourceFailed)) throw error;
      this.failures.push(`${resource.logicalId}: ${error.message}`);
      resource.physicalId ??= error.physicalId;
      throw error;
    }
  }

  /** Returns whether all were deleted. Clean-up forgets a resource that it cannot delete; else what that depends on stays. */
  private async removeAll(logicalIds: string[], attempts: number, isUndoing: boolean): Promise<boolean> {
    const dependents = new Map<string, string[]>();
    for (const id of logicalIds) {
      for (const needed of dependenciesOf(this.resources.get(id)!.definition)) {
        dependents.set(needed, [...dependents.get(needed) ?? [], id]);
      }
    }
    return inOrder(logicalIds, (id) => dependents.get(id) ?? [], async (logicalId) => {
      const resource = this.resources.get(logicalId)!;
      if (!isKept(resource.definition, isUndoing)) await this.remove(resource, attempts);
      this.resources.delete(logicalId);
    });
  }

  private async remove(resource: Resource, attempts: number): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.options.handlerOf(resource.definition.Type).delete({ ...this.request(resource), physicalId: this.idOf(resource) });
        return;
      } catch (error) {
        if (!(error instanceof ResourceFailed)) throw error;
        this.failures.push(`${resource.logicalId}: ${error.message}`);
        if (attempt < attempts) continue;
        if (attempts === 1) throw error;
        this.forgotten.push(resource.logicalId);
        return;
      }
    }
  }

  private request({ logicalId, definition, properties }: Resource): CreateRequest {
    return { stackId: this.id, stackName: this.options.name, logicalId, type: definition.Type, properties };
  }

  /** CloudFormation invents an id for a resource that has never answered. */
  private idOf(resource: Resource): string {
    return resource.physicalId ?? `${this.options.name}-${resource.logicalId}-${this.options.unique()}`;
  }

  private resolved(definition: ResourceDefinition): Properties {
    const { partition, region, account, name } = this.options;
    const pseudo: Record<string, string> = {
      'AWS::Partition': partition,
      'AWS::Region': region,
      'AWS::AccountId': account,
      'AWS::StackName': name,
      'AWS::StackId': this.id,
      'AWS::URLSuffix': 'amazonaws.com',
    };
    const references: References = {
      ref: (reference) => pseudo[reference] ?? this.existing(reference).physicalId!,
      attribute: (logicalId, attribute) => {
        const value = this.existing(logicalId).attributes[attribute];
        if (value === undefined) throw new ResourceFailed(`vendor response of ${logicalId} does not contain ${attribute}`);
        return value;
      },
    };
    return resolve(definition.Properties ?? {}, references) as Properties;
  }

  private existing(logicalId: string): Resource {
    const resource = this.resources.get(logicalId);
    if (!resource) throw new Error(`unresolved reference to ${logicalId}`);
    return resource;
  }
}

function isKept({ DeletionPolicy }: ResourceDefinition, isUndoing: boolean): boolean {
  return DeletionPolicy === 'Retain' || (DeletionPolicy === 'RetainExceptOnCreate' && !isUndoing);
}

/** Visits each after those before it, in parallel where possible. Returns whether none failed. */
async function inOrder(ids: string[], before: (id: string) => string[], visit: (id: string) => Promise<void>): Promise<boolean> {
  const visits = new Map<string, Promise<void>>();
  const all = new Set(ids);
  const visited = (id: string): Promise<void> => {
    const under = visits.get(id);
    if (under) return under;
    const promise = Promise.all(before(id).filter((other) => all.has(other)).map(visited)).then(async () => visit(id));
    visits.set(id, promise);
    return promise;
  };
  const outcomes = await Promise.allSettled(ids.map(visited));
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected' && !(outcome.reason instanceof ResourceFailed) && !(outcome.reason instanceof Cancelled)) throw outcome.reason;
  }
  return outcomes.every(({ status }) => status === 'fulfilled');
}
