import { CustomResource, Lazy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kinesisvideo from 'aws-cdk-lib/aws-kinesisvideo';
import type { Construct } from 'constructs';
import type { VersionAttributes, VersionProperties } from './contract';
import { VERSION_RESOURCE_TYPE } from './contract';
import { HandlerFunction, SERVICE_TIMEOUT } from '../../core/handler-function';
import { MovingAttributes } from '../../core/moving-attributes';
import { renderedProperties } from '../../core/rendered-properties';

/** Adds the lookup of a stream's version, which every change of the stream sends an Update; returns the version. */
export function lookUpVersion(scope: Construct, stream: kinesisvideo.CfnStream): string {
  const handler = HandlerFunction.getOrCreate(scope);
  const role = new iam.Role(scope, 'ManagementRole', {
    description: 'Describes one video stream; the handler of this stack assumes it',
    assumedBy: new iam.ArnPrincipal(handler.role.roleArn),
    inlinePolicies: {
      Stream: new iam.PolicyDocument({
        statements: [new iam.PolicyStatement({ actions: ['kinesisvideo:DescribeStream'], resources: [stream.attrArn] })],
      }),
    },
  });
  const properties: Omit<VersionProperties, 'Stream'> = { ManagementRoleArn: role.roleArn, StreamArn: stream.attrArn };
  const lookup = new CustomResource(scope, 'Version', {
    resourceType: VERSION_RESOURCE_TYPE,
    serviceToken: handler.function.functionArn,
    serviceTimeout: SERVICE_TIMEOUT,
    // not cached: what refers to another stack is known in the end only
    properties: { ...properties, Stream: Lazy.uncachedAny({ produce: () => renderedProperties(stream) }) },
  });
  // no more than has to outlive it: the rest of the app may use the stream
  lookup.node.addDependency(handler.lifetime, role);
  const attribute: keyof VersionAttributes = 'StreamVersion';
  return new MovingAttributes(scope, lookup).token(attribute, { property: 'streamVersion', noun: 'version' });
}
