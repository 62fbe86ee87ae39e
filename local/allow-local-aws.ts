import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';

/**
 * On AWS, a role's trust policy that names another role of the account is enough for AssumeRole. The local AWS
 * (`npm run local`) requires a policy on the caller as well, so an app that is deployed there with `-c localAws=true` grants it
 * to the handler of the stack.
 *
 * @param served a construct that the stack's handler serves, such as an `IotFileStream`
 */
export function allowLocalAws(served: IConstruct): void {
  if (!served.node.tryGetContext('localAws')) return;
  const stack = Stack.of(served);
  const handler = stack.node.findChild('CdkIotStreamsHandler').node.findChild('Function') as lambda.Function;
  handler.addToRolePolicy(new iam.PolicyStatement({
    actions: ['sts:AssumeRole'],
    resources: [stack.formatArn({ service: 'iam', region: '', resource: 'role', resourceName: `${stack.stackName}-*` })],
  }));
}
