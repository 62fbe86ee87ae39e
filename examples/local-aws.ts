import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { IotFileStream } from '../src';

/**
 * On AWS, a role's trust policy that names another role of the account is enough for AssumeRole. The local AWS
 * (`npm run local`) wants a policy on the caller as well, so an app that is deployed there with `-c localAws=true` grants it.
 */
export function allowLocalAws(stream: IotFileStream): void {
  if (!stream.node.tryGetContext('localAws')) return;
  const stack = Stack.of(stream);
  stream.handler.addToRolePolicy(new iam.PolicyStatement({
    actions: ['sts:AssumeRole'],
    resources: [stack.formatArn({ service: 'iam', region: '', resource: 'role', resourceName: `${stack.stackName}-*` })],
  }));
}
