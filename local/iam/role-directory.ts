import type { PolicyDocument } from './policy-document';

/** The current state of a role. */
export interface Role {
  readonly roleArn: string;
  readonly trustPolicy: PolicyDocument;
  readonly identityPolicies: readonly PolicyDocument[];
  readonly permissionsBoundary?: PolicyDocument;
}

/** Finds roles. */
export interface RoleDirectory {
  /** Returns the role with all its policies; undefined if it does not exist. */
  find(roleArn: string): Promise<Role | undefined>;
}
