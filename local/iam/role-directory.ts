import type { PolicyDocument } from './policy-document';

/** A role as IAM describes it now. */
export interface Role {
  readonly roleArn: string;
  readonly trustPolicy: PolicyDocument;
  readonly identityPolicies: readonly PolicyDocument[];
  readonly permissionsBoundary?: PolicyDocument;
}

/** Where roles are looked up. */
export interface RoleDirectory {
  /** The role with all its policies; undefined where none is. */
  find(roleArn: string): Promise<Role | undefined>;
}
