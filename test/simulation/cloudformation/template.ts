/** The part of a template that the driver knows: resources, their dependencies and their deletion policies. */
export interface Template {
  readonly Resources: Readonly<Record<string, ResourceDefinition>>;
}

export interface ResourceDefinition {
  readonly Type: string;
  readonly Properties?: Properties;
  readonly DependsOn?: string | readonly string[];
  readonly DeletionPolicy?: 'Delete' | 'Retain' | 'RetainExceptOnCreate';
}

export type Properties = Readonly<Record<string, unknown>>;

/** What intrinsic functions look up. */
export interface References {
  ref(name: string): string;
  attribute(logicalId: string, name: string): string;
}

/** The resources that must exist first. */
export function dependenciesOf(definition: ResourceDefinition): string[] {
  const named = new Set([definition.DependsOn ?? []].flat());
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(visit);
    if (!isObject(value)) return;
    if (typeof value.Ref === 'string') named.add(value.Ref);
    if (Array.isArray(value['Fn::GetAtt'])) named.add(String(value['Fn::GetAtt'][0]));
    Object.values(value).forEach(visit);
  };
  visit(definition.Properties);
  return [...named];
}

/** Replaces intrinsic functions by their values. Throws for one that is not known here. */
export function resolve(value: unknown, references: References): unknown {
  if (Array.isArray(value)) return value.map((item) => resolve(item, references));
  if (!isObject(value)) return value;
  const [[name, argument] = ['', undefined], ...others] = Object.entries(value);
  if (others.length === 0 && (name === 'Ref' || name.startsWith('Fn::'))) return intrinsic(name, argument, references);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item, references)]));
}

function intrinsic(name: string, argument: unknown, references: References): unknown {
  const list = () => resolve(argument, references) as unknown[];
  switch (name) {
    case 'Ref': return references.ref(String(argument));
    case 'Fn::GetAtt': return references.attribute(...argument as [string, string]);
    case 'Fn::Sub': return String(argument).replace(/\$\{([^}]+)\}/g, (_, reference: string) => references.ref(reference));
    case 'Fn::Join': {
      const [separator, parts] = list() as [string, string[]];
      return parts.join(separator);
    }
    case 'Fn::Split': {
      const [separator, text] = list() as [string, string];
      return text.split(separator);
    }
    case 'Fn::Select': {
      const [index, items] = list() as [number | string, unknown[]];
      return items[Number(index)];
    }
    default: throw new Error(`the simulated CloudFormation does not know ${name}`);
  }
}

/** Properties as a custom resource gets them: scalars become strings, null is left out. */
export function stringified(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stringified);
  if (!isObject(value)) return String(value);
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => item === null || item === undefined ? [] : [[key, stringified(item)]]),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
