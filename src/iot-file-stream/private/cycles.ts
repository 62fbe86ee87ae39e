import type { Stack } from 'aws-cdk-lib';
import { CfnResource } from 'aws-cdk-lib';
import { OBJECTS_RESOURCE_TYPE, STREAM_RESOURCE_TYPE } from './contract';

interface Resource {
  readonly Type: string;
  readonly Properties?: unknown;
  readonly DependsOn?: string | readonly string[];
}

type Resources = Readonly<Record<string, Resource>>;

/**
 * Says which of a stack's streams are part of a circle of dependencies: CloudFormation refuses such a template only at the
 * deployment, and by logical ids.
 */
export function cycleProblems(stack: Stack, resources: Resources): string[] {
  const ours = Object.entries(resources)
    .filter(([, { Type }]) => [STREAM_RESOURCE_TYPE, OBJECTS_RESOURCE_TYPE].includes(Type))
    .flatMap(([id, { Properties }]) => [id, ...references(Properties, resources)]);
  const circle = [...new Set(ours)].map((id) => circleOf(id, resources)).find((found) => found !== undefined);
  if (!circle) return [];
  const paths = new Map(stack.node.findAll().filter(CfnResource.isCfnResource)
    .map((resource) => [stack.resolve(resource.logicalId), resource.node.path]));
  return [`resources must not depend on each other in a circle, got: ${circle.map((id) => `'${paths.get(id) ?? id}'`).join(' -> ')}; `
    + 'let one of them name the next by a literal name or ARN, or put it into another stack that is deployed after this one'];
}

/** The shortest way from a resource back to itself. */
function circleOf(start: string, resources: Resources): string[] | undefined {
  const ways = [[start]];
  const seen = new Set<string>();
  for (const way of ways) {
    const { Properties, DependsOn = [] } = resources[way[way.length - 1]];
    for (const next of [...references(Properties, resources), ...[DependsOn].flat()]) {
      if (next === start) return [...way, start];
      if (next in resources && !seen.has(next)) ways.push([...way, next]);
      seen.add(next);
    }
  }
  return undefined;
}

/** The resources that a value refers to, by their logical ids. */
function references(value: unknown, resources: Resources): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const found = Object.entries(value).flatMap(([key, argument]) => {
    if (key === 'Ref') return [argument];
    if (key === 'Fn::GetAtt') return [[argument].flat()[0].split('.')[0]];
    if (key === 'Fn::Sub') return [...[...JSON.stringify(argument).matchAll(/\$\{(\w+)/g)].map(([, id]) => id), ...references(argument, resources)];
    return references(argument, resources);
  });
  return found.filter((id) => id in resources);
}
