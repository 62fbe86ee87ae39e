/** The part of jsii's assembly (`.jsii`) that is checked. */
export interface Assembly {
  readonly types: Readonly<Record<string, Type>>;
}

interface Documented {
  readonly name: string;
  readonly docs?: { readonly summary?: string; readonly default?: string };
  /** The type whose member is implemented or overridden, and whose documentation is inherited. */
  readonly overrides?: string;
}

interface Parameter {
  readonly name: string;
  readonly type: { readonly fqn?: string; readonly primitive?: string };
}

interface Type extends Documented {
  readonly fqn: string;
  readonly base?: string;
  readonly datatype?: boolean;
  readonly initializer?: { readonly parameters?: readonly Parameter[] };
  readonly properties?: readonly (Documented & { readonly optional?: boolean; readonly immutable?: boolean })[];
  readonly methods?: readonly (Documented & { readonly parameters?: readonly Documented[] })[];
  readonly members?: readonly Documented[];
}

const CONSTRUCTS = ['constructs.Construct', 'aws-cdk-lib.Resource'];

/** Returns the violations of a public interface. */
export function violations({ types }: Assembly): string[] {
  return Object.values(types).flatMap(
    (type) => [...undocumented(type), ...withoutDefault(type), ...mutable(type), ...oddConstructor(type)],
  );
}

function undocumented(type: Type): string[] {
  const members = [...type.properties ?? [], ...type.methods ?? [], ...type.members ?? []].filter(({ overrides }) => !overrides);
  const parameters = (type.methods ?? []).filter(({ overrides }) => !overrides)
    .flatMap(({ name, parameters: all = [] }) => all.filter(({ docs }) => !docs?.summary).map((parameter) => `${name}(${parameter.name})`));
  const names = members.filter(({ docs }) => !docs?.summary).map(({ name }) => name).concat(parameters).map((name) => `${type.fqn}.${name}`);
  return (type.docs?.summary ? names : [type.fqn, ...names]).map((name) => `${name} has no documentation`);
}

function withoutDefault({ fqn, datatype, properties = [] }: Type): string[] {
  return properties.filter(({ optional, docs }) => datatype && optional && !docs?.default).map(({ name }) => `${fqn}.${name} is optional and names no default`);
}

function mutable({ fqn, properties = [] }: Type): string[] {
  return properties.filter(({ immutable }) => !immutable).map(({ name }) => `${fqn}.${name} can be assigned`);
}

function oddConstructor({ fqn, base, initializer }: Type): string[] {
  if (!base || !CONSTRUCTS.includes(base) || !initializer) return [];
  const [scope, id, props, ...rest] = initializer.parameters ?? [];
  const usual = scope?.name === 'scope' && scope.type.fqn === 'constructs.Construct' && id?.name === 'id' && id.type.primitive === 'string'
    && (!props || (props.name === 'props' && props.type.fqn === `${fqn}Props`)) && rest.length === 0;
  return usual ? [] : [`${fqn} must be constructed by scope, id and ${fqn.split('.')[1]}Props`];
}
