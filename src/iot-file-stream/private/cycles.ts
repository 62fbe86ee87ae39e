import type { Stack } from 'aws-cdk-lib';
import { CfnResource } from 'aws-cdk-lib';
import { OBJECTS_RESOURCE_TYPE, STREAM_RESOURCE_TYPE } from './contract';
import { attributeOf } from '../../core/written-values';

interface Resource {
  readonly Type: string;
  readonly Properties?: unknown;
  readonly DependsOn?: string | readonly string[];
}

type Resources = Readonly<Record<string, Resource>>;

/** By the template: all streams of a stack are part of one graph. */
const problemsOf = new WeakMap<Resources, string[]>();

/**
 * Says which of a stack's streams are part of a circle of dependencies: CloudFormation refuses such a template only at the
 * deployment, and by logical ids.
 */
export function cycleProblems(stack: Stack, resources: Resources): string[] {
  const problems = problemsOf.get(resources) ?? findProblems(stack, resources);
  problemsOf.set(resources, problems);
  return problems;
}

function findProblems(stack: Stack, resources: Resources): string[] {
  const graph = withoutEnds(graphOf(resources));
  if (graph.size === 0) return [];
  const ours = Object.entries(resources)
    .filter(([, { Type }]) => [STREAM_RESOURCE_TYPE, OBJECTS_RESOURCE_TYPE].includes(Type))
    .flatMap(([id, { Properties }]) => [id, ...referencesOf(Properties, resources)]);
  const circle = [...new Set(ours)].map((id) => circleOf(id, graph)).find((found) => found !== undefined);
  if (!circle) return [];
  const paths = new Map(stack.node.findAll().filter(CfnResource.isCfnResource)
    .map((resource) => [stack.resolve(resource.logicalId), resource.node.path]));
  return [`resources must not depend on each other in a circle, got: ${circle.map((id) => `'${paths.get(id) ?? id}'`).join(' -> ')}; `
    + 'let one of them name the next by a literal name or ARN, or put it into another stack that is deployed after this one'];
}

/** What each resource depends on. */
type Graph = ReadonlyMap<string, readonly string[]>;

function graphOf(resources: Resources): Graph {
  return new Map(Object.entries(resources).map(([id, { Properties, DependsOn = [] }]) => {
    const needed = referencesOf(Properties, resources);
    for (const next of [DependsOn].flat()) if (isResource(next, resources)) needed.add(next);
    return [id, [...needed]];
  }));
}

/** Leaves out, again and again, what depends on nothing that is left: of most templates nothing remains to be searched. */
function withoutEnds(graph: Graph): Graph {
  const left = new Map([...graph].map(([id, needed]) => [id, needed.length]));
  const dependents = new Map<string, string[]>([...graph.keys()].map((id) => [id, []]));
  for (const [id, needed] of graph) for (const next of needed) dependents.get(next)!.push(id);
  const ends = [...graph.keys()].filter((id) => left.get(id) === 0);
  for (const end of ends) {
    for (const id of dependents.get(end)!) {
      left.set(id, left.get(id)! - 1);
      if (left.get(id) === 0) ends.push(id);
    }
  }
  const gone = new Set(ends);
  return new Map([...graph].filter(([id]) => !gone.has(id)).map(([id, needed]) => [id, needed.filter((next) => !gone.has(next))]));
}

/** The shortest way from a resource back to itself. */
function circleOf(start: string, graph: Graph): string[] | undefined {
  const ways = [[start]];
  const seen = new Set<string>();
  for (const way of ways) {
    for (const next of graph.get(way[way.length - 1]) ?? []) {
      if (next === start) return [...way, start];
      if (!seen.has(next)) ways.push([...way, next]);
      seen.add(next);
    }
  }
  return undefined;
}

/** The resources that a value refers to, by their logical ids. */
function referencesOf(value: unknown, resources: Resources): Set<string> {
  const found = new Set<string>();
  collectReferences(value, (id) => {
    if (isResource(id, resources)) found.add(id);
  });
  return found;
}

function isResource(id: unknown, resources: Resources): id is string {
  return typeof id === 'string' && Object.hasOwn(resources, id);
}

function collectReferences(value: unknown, add: (id: unknown) => void): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, argument] of Object.entries(value)) {
    if (key === 'Ref') add(argument);
    if (key === 'Fn::GetAtt') add(attributeOf(argument)?.id);
    if (key === 'Fn::Sub') for (const [, id] of JSON.stringify(argument).matchAll(/\$\{(\w+)/g)) add(id);
    collectReferences(argument, add);
  }
}
