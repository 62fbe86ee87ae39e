import { CfnResource } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Whether a construct is kept when its stack is deleted; imported constructs always are. */
export function isKept(construct: IConstruct): boolean {
  const resource = construct.node.defaultChild;
  return !CfnResource.isCfnResource(resource) || /^Retain/.test(`${resource.cfnOptions.deletionPolicy}`);
}

/** A stream that is kept needs what it works with. */
export function keptProblems(brought: Readonly<Record<string, IConstruct | undefined>>): string[] {
  return Object.entries(brought).flatMap(([property, construct]) => construct === undefined || isKept(construct) ? [] : [
    `'removalPolicy' must not be RETAIN where '${property}' goes with its stack, got: '${construct.node.path}'; call applyRemovalPolicy(RemovalPolicy.RETAIN) on it`,
  ]);
}
