import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';

/** A construct that the stack's handler serves, such as an `IotFileStream`. */
interface Served extends IConstruct {
  readonly handler: lambda.IFunction;
}

/**
 * On AWS, a role's trust policy that names another role of the account is enough for AssumeRole. The local AWS
 * (`npm run local`) requires a policy on the caller as well, so an app that is deployed there with `-c localAws=true` grants it.
 */
export function allowLocalAws(served: Served): void {
  if (!served.node.tryGetContext('localAws')) return;
  const stack = Stack.of(served);
  served.handler.addToRolePolicy(new iam.PolicyStatement({
    actions: ['sts:AssumeRole'],
    resources: [stack.formatArn({ service: 'iam', region: '', resource: 'role', resourceName: `${stack.stackName}-*` })],
  }));
}
