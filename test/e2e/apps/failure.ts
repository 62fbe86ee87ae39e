import type { Stack } from 'aws-cdk-lib';
import { CustomResource } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';

/** Adds a resource that fails after every other resource of the deployment. */
export function addFailure(stack: Stack): void {
  const others = [...stack.node.children];
  const handler = stack.node.findAll().find((child): child is lambda.Function => child instanceof lambda.Function)!;
  const failing = new CustomResource(stack, 'Failing', { serviceToken: handler.functionArn, resourceType: 'Custom::NobodyKnowsThis' });
  failing.node.addDependency(...others);
}
