import type { IAMClient } from '@aws-sdk/client-iam';
import {
  GetPolicyCommand, GetPolicyVersionCommand, GetRoleCommand, GetRolePolicyCommand, NoSuchEntityException,
  paginateListAttachedRolePolicies, paginateListRolePolicies,
} from '@aws-sdk/client-iam';
import type { PolicyDocument } from './policy-document';
import { parsePolicy } from './policy-document';
import type { Role, RoleDirectory } from './role-directory';

/** Reads roles from an IAM service. */
export class IamRoleDirectory implements RoleDirectory {
  constructor(private readonly client: IAMClient) {}

  async find(roleArn: string): Promise<Role | undefined> {
    const RoleName = roleArn.slice(roleArn.lastIndexOf('/') + 1);
    try {
      const { Role: role } = await this.client.send(new GetRoleCommand({ RoleName }));
      if (role?.Arn !== roleArn) return undefined;
      const boundary = role.PermissionsBoundary?.PermissionsBoundaryArn;
      const [inline, attached, permissionsBoundary] = await Promise.all([
        this.inlinePolicies(RoleName), this.attachedPolicies(RoleName), boundary ? this.managedPolicy(boundary) : undefined,
      ]);
      return {
        roleArn,
        trustPolicy: documentOf(role.AssumeRolePolicyDocument),
        identityPolicies: [...inline, ...attached],
        ...(permissionsBoundary ? { permissionsBoundary } : {}),
      };
    } catch (error) {
      // the role or one of its policies was deleted during the read
      if (error instanceof NoSuchEntityException) return undefined;
      throw error;
    }
  }

  private async inlinePolicies(RoleName: string): Promise<PolicyDocument[]> {
    const names: string[] = [];
    for await (const page of paginateListRolePolicies({ client: this.client }, { RoleName })) names.push(...page.PolicyNames ?? []);
    return Promise.all(names.map(async (PolicyName) => {
      const { PolicyDocument: document } = await this.client.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
      return documentOf(document);
    }));
  }

  private async attachedPolicies(RoleName: string): Promise<PolicyDocument[]> {
    const arns: string[] = [];
    for await (const page of paginateListAttachedRolePolicies({ client: this.client }, { RoleName })) {
      arns.push(...(page.AttachedPolicies ?? []).map(({ PolicyArn }) => PolicyArn ?? ''));
    }
    return Promise.all(arns.map((arn) => this.managedPolicy(arn)));
  }

  private async managedPolicy(PolicyArn: string): Promise<PolicyDocument> {
    const { Policy: policy } = await this.client.send(new GetPolicyCommand({ PolicyArn }));
    const version = await this.client.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: policy?.DefaultVersionId }));
    return documentOf(version.PolicyVersion?.Document);
  }
}

/** Decodes a document, which IAM returns with URL encoding. */
function documentOf(encoded: string | undefined): PolicyDocument {
  return parsePolicy(decodeURIComponent(encoded ?? ''));
}
