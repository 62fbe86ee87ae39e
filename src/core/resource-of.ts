import { CfnResource } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** The resource of a construct, if this app makes one of the type. Not by its class: an app may hold two copies of the CDK. */
export function resourceOf<T extends CfnResource>(construct: IConstruct, type: string): T | undefined {
  const resource = construct.node.defaultChild;
  return CfnResource.isCfnResource(resource) && resource.cfnResourceType === type ? resource as T : undefined;
}
