import { Stack, Token } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

/** `iam:PassRole` does not cross accounts, so no policy could make such a role work. */
export function validateRoleAccount(scope: Construct, role: iam.IRole): void {
  const { account } = Stack.of(scope);
  if (Token.isUnresolved(account) || Token.isUnresolved(role.env.account) || role.env.account === account) return;
  throw new Error(`'role' must be in the account of the stack, '${account}', got: '${role.node.path}' in '${role.env.account}'; `
    + 'AWS IoT accepts only roles of the account that passes them: create a role there, and let the other account trust it if need be');
}
