import type { CfnOutput, CfnStack, CustomResource } from 'aws-cdk-lib';
import { Annotations, CfnElement, CfnResource, Lazy, Stack } from 'aws-cdk-lib';
import type { Construct, IConstruct } from 'constructs';
import { renderedProperties } from './rendered-properties';
import { SharedValidation } from './shared-validation';
import { attributeOf } from './written-values';

/** What callers know an attribute by, and what a deployment moves. */
export interface MovingAttribute {
  readonly property: string;
  readonly noun: string;
}

/**
 * Attributes whose values deployments change. CloudFormation refuses to change an export that is in use, so each that is
 * exported brings a warning: by a reference into another stack, by `exportValue`, or by an output with `exportName`. What the
 * CDK hands over without an export (weak and cross-account references, nested stacks) brings none.
 */
export class MovingAttributes {
  private readonly watched = new Map<string, MovingAttribute & { readonly users: Set<IConstruct> }>();

  constructor(private readonly owner: Construct, private readonly resource: CustomResource) {
    exportWarnings.add(outermostStack(owner), (exported) => this.warnOf(exported));
  }

  /** An attribute as a token that remembers who uses it. */
  token(name: string, attribute: MovingAttribute): string {
    const { users } = this.watch(name, attribute);
    const value = this.resource.getAttString(name);
    return Lazy.uncachedString({
      produce: ({ scope }) => {
        users.add(scope);
        return value;
      },
    });
  }

  /** Watches an attribute that callers do not get by itself. */
  watch(name: string, attribute: MovingAttribute): { readonly users: Set<IConstruct> } {
    const watched = this.watched.get(name) ?? { ...attribute, users: new Set<IConstruct>() };
    this.watched.set(name, watched);
    return watched;
  }

  private warnOf(exported: readonly Export[]): void {
    const warnings = new Map<string, string>();
    for (const [name, { property, noun, users }] of this.watched) {
      for (const use of this.usesOf(name, users, exported)) {
        warnings.set(`'${property}' is ${use}: CloudFormation refuses to change an export that is in use, so a deployment `
          + `that changes the ${noun} fails; pass it in an SSM parameter, or put its users into a nested stack of this stack`, property);
      }
    }
    for (const [message, property] of warnings) {
      Annotations.of(this.owner).addWarningV2(`cdk-iot-streams:exported${property[0].toUpperCase()}${property.slice(1)}`, message);
    }
  }

  /** Where an attribute is used that is exported, or as what it is exported. */
  private usesOf(name: string, users: ReadonlySet<IConstruct>, exported: readonly Export[]): string[] {
    // most stacks export nothing
    if (exported.length === 0 && users.size === 0) return [];
    const stack = Stack.of(this.owner);
    const id = stack.resolve((this.resource.node.defaultChild as CfnResource).logicalId);
    const isIt = (found: Attribute) => found.stack === stack && found.id === id && found.name === name;
    const foreign = [...users].filter((user) => outermostStack(user) !== outermostStack(stack));
    const names = exported.filter(({ attributes }) => attributes.some(isIt)).map(({ exportName }) => exportName)
      .concat(foreign.filter(isExport).map(nameOf));
    if (names.length === 0) return [];
    return foreign.length > 0 ? foreign.map((user) => `used in stack '${Stack.of(user).node.path}'`) : names.map((found) => `exported as '${found}'`);
  }
}

/** Exports for references exist only after the CDK has resolved the references of the whole app, and finding them visits every construct. */
const exportWarnings = new SharedValidation((outermost: Stack, warnings: readonly ((exported: readonly Export[]) => void)[]) => {
  const exported = exportsOf(outermost);
  for (const warnOf of warnings) warnOf(exported);
});

/** An attribute of a resource, by its logical id in a stack. */
interface Attribute {
  readonly stack: Stack;
  readonly id: string;
  readonly name: string;
}

interface Export {
  readonly exportName: string;
  readonly attributes: readonly Attribute[];
}

/** What a stack and its nested stacks export to other stacks, to those of other regions included. */
function exportsOf(outermost: Stack): Export[] {
  return outermost.node.findAll().flatMap((construct): Export[] => {
    if (!CfnElement.isCfnElement(construct)) return [];
    const { stack } = construct;
    if (isExport(construct)) return [{ exportName: nameOf(construct), attributes: attributesIn(stack.resolve(construct.value), stack) }];
    if (!CfnResource.isCfnResource(construct) || construct.cfnResourceType !== 'Custom::CrossRegionExportWriter') return [];
    const { WriterProps: { exports } } = renderedProperties(construct);
    return Object.entries(exports).map(([exportName, value]) => ({ exportName, attributes: attributesIn(value, stack) }));
  });
}

function isExport(construct: IConstruct): construct is CfnOutput {
  return CfnElement.isCfnElement(construct) && (construct as CfnOutput).exportName !== undefined;
}

function nameOf(output: CfnOutput): string {
  const name = Stack.of(output).resolve(output.exportName);
  return typeof name === 'string' ? name : output.node.path;
}

/** The attributes that a rendered value refers to, through parameters and outputs of nested stacks. */
function attributesIn(value: any, stack: Stack): Attribute[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries<any>(value).flatMap(([key, argument]): Attribute[] => {
    if (key === 'Ref') return attributesOfParameter(argument, stack);
    if (key !== 'Fn::GetAtt') return attributesIn(argument, stack);
    const found = attributeOf(argument);
    if (!found) return [];
    const attribute = { stack, ...found };
    return attributesOfOutput(attribute) ?? [attribute];
  });
}

function attributesOfParameter(name: string, stack: Stack): Attribute[] {
  const { nestedStackParent: parent, nestedStackResource: resource } = stack;
  const value = parent && parent.resolve((resource as CfnStack).parameters)?.[name];
  return parent ? attributesIn(value, parent) : [];
}

/** Undefined where the resource is no nested stack. */
function attributesOfOutput({ stack, id, name }: Attribute): Attribute[] | undefined {
  if (!name.startsWith('Outputs.')) return undefined;
  const nested = stack.node.findAll().filter(Stack.isStack)
    .find((candidate) => candidate.nestedStackParent === stack && stack.resolve(candidate.nestedStackResource!.logicalId) === id);
  const output = nested?.node.findAll().find((construct) => CfnElement.isCfnElement(construct)
    && Stack.of(construct) === nested && `Outputs.${nested.resolve(construct.logicalId)}` === name);
  return output && attributesIn(nested!.resolve((output as CfnOutput).value), nested!);
}

function outermostStack(scope: IConstruct): Stack {
  const stack = Stack.of(scope);
  return stack.nestedStackParent ? outermostStack(stack.nestedStackParent) : stack;
}
