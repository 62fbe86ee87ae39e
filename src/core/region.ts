import type { IResource } from 'aws-cdk-lib';
import { Stack, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** Throws where a resource is known to be in another region than what works with it. */
export function validateRegion(scope: Construct, property: string, kind: string, resource: IResource): void {
  const region = Stack.of(scope).region;
  if (!Token.isUnresolved(region) && !Token.isUnresolved(resource.env.region) && resource.env.region !== region) {
    throw new Error(`'${property}' must be in the region of the stream, '${region}', got: '${resource.node.path}' in '${resource.env.region}'; take a ${kind} of that region`);
  }
}
