import type { Made, ResourceHandler } from './resource-handler';
import { ResourceFailed } from './resource-handler';
import type { Properties } from './template';
import type { VirtualTime } from './virtual-time';
import type { PolicyDocument } from '../../../local/iam/policy-document';
import { parsePolicy } from '../../../local/iam/policy-document';
import type { Role } from '../../../local/iam/role-directory';

interface InlinePolicy {
  readonly PolicyName: string;
  readonly PolicyDocument: unknown;
}

interface StoredRole {
  readonly roleArn: string;
  trust: unknown;
  inline: readonly InlinePolicy[];
  /** By the resource that attached them. */
  readonly attached: Map<string, unknown>;
  /** The states of the role by the time from which the services know them; the last one counts. */
  readonly effective: { readonly from: number; readonly role: Role }[];
}

/** Roles and their policies, as resources of a template. What was changed takes effect late. */
export class IamAccount {
  /** How long it takes until the services know a change. A deletion takes effect at once. */
  latenessMilliseconds = 0;
  private readonly roles = new Map<string, StoredRole>();
  /** Names of roles to which somebody has attached a policy of theirs. */
  private readonly held = new Set<string>();

  constructor(private readonly time: VirtualTime, private readonly account: string, private readonly unique: () => string) {}

  /** The role as the services know it now. */
  find(roleArn: string): Role | undefined {
    const stored = this.roles.get(nameOf(roleArn));
    return stored?.effective.filter(({ from }) => from <= this.time.now()).pop()?.role;
  }

  roleArns(): string[] {
    return [...this.roles.values()].map(({ roleArn }) => roleArn);
  }

  /** Attaches a policy of somebody else to every role: IAM then refuses to delete them. */
  hold(): void {
    for (const name of this.roles.keys()) this.held.add(name);
  }

  release(): void {
    this.held.clear();
  }

  hasHeld(): boolean {
    return this.held.size > 0;
  }

  /** The resources of IAM that the driver knows, by type. */
  handlers(): Record<string, ResourceHandler> {
    return { 'AWS::IAM::Role': this.roleHandler(), 'AWS::IAM::Policy': this.policyHandler() };
  }

  private roleHandler(): ResourceHandler {
    const apply = (name: string, properties: Properties): Made => {
      const stored = this.roles.get(name) ?? { roleArn: `arn:aws:iam::${this.account}:role/${name}`, trust: {}, inline: [], attached: new Map(), effective: [] };
      stored.trust = properties.AssumeRolePolicyDocument;
      stored.inline = properties.Policies as InlinePolicy[] | undefined ?? [];
      this.roles.set(name, stored);
      this.spread(stored);
      return { physicalId: name, attributes: { Arn: stored.roleArn } };
    };
    return {
      // a name that no other role ever had: an event for an earlier role must not work with this one
      create: async ({ logicalId, properties }) => apply(`${logicalId}-${this.unique()}`, properties),
      update: async ({ physicalId, properties }) => apply(physicalId, properties),
      delete: async ({ physicalId }) => {
        if (this.held.has(physicalId)) throw new ResourceFailed('Cannot delete entity, must detach all policies first.');
        this.roles.delete(physicalId);
      },
    };
  }

  private policyHandler(): ResourceHandler {
    const each = (properties: Properties, work: (stored: StoredRole) => void) => {
      for (const name of properties.Roles as string[]) {
        const stored = this.roles.get(name);
        if (!stored) throw new ResourceFailed(`the role with name ${name} cannot be found`);
        work(stored);
        this.spread(stored);
      }
    };
    return {
      create: async ({ logicalId, properties }) => {
        const physicalId = `${logicalId}-${this.unique()}`;
        each(properties, ({ attached }) => attached.set(physicalId, properties.PolicyDocument));
        return { physicalId, attributes: {} };
      },
      update: async ({ physicalId, properties, oldProperties }) => {
        each(oldProperties, ({ attached }) => attached.delete(physicalId));
        each(properties, ({ attached }) => attached.set(physicalId, properties.PolicyDocument));
        return { physicalId, attributes: {} };
      },
      delete: async ({ physicalId, properties }) => each(properties, ({ attached }) => attached.delete(physicalId)),
    };
  }

  private spread({ roleArn, trust, inline, attached, effective }: StoredRole): void {
    const documents = [...inline.map(({ PolicyDocument: document }) => document), ...attached.values()];
    effective.push({
      from: this.time.now() + this.latenessMilliseconds,
      role: { roleArn, trustPolicy: parsed(trust), identityPolicies: documents.map(parsed) },
    });
  }
}

function nameOf(roleArn: string): string {
  return roleArn.slice(roleArn.lastIndexOf('/') + 1);
}

function parsed(document: unknown): PolicyDocument {
  return parsePolicy(JSON.stringify(document));
}
