import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { attachCustomSynthesis, Stack, Stage } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { TemplateResources } from './longest';
import { longest } from './longest';
import { singleton } from './singleton';
import { attributeOf, itemsOf } from './written-values';

const CHECKS_ID = 'CdkIotStreamsTemplateChecks';

/** The template of a stack as synthesis has written it, with everything that aspects and overrides did. */
export class WrittenTemplate {
  private readonly policyCharacters = new Map<string, number>();
  private policiesByRole?: Map<string, any[]>;

  constructor(readonly resources: TemplateResources) {}

  /** The value, with each token replaced by the longest text that it can resolve to. */
  longest(value: unknown): any {
    return longest(value, this.resources);
  }

  /** The name of a role, or its logical id, and how many characters the inline policies have that this template gives it. */
  inlinePolicies(roleArn: any): { role: string; characters: number } {
    const id = attributeOf(roleArn['Fn::GetAtt'])?.id;
    const role = id ?? this.longest(roleArn).split('/').pop();
    const reference = JSON.stringify(id === undefined ? role : { Ref: id });
    const characters = this.policyCharacters.get(reference) ?? this.countPolicies(id, reference);
    this.policyCharacters.set(reference, characters);
    return { role, characters };
  }

  private countPolicies(id: string | undefined, reference: string): number {
    const within = id === undefined ? [] : itemsOf(this.resources[id].Properties?.Policies);
    this.policiesByRole ??= this.attachedPolicies();
    const attached = this.policiesByRole.get(reference) ?? [];
    return [...within, ...attached].reduce((sum, { PolicyDocument }) => sum + JSON.stringify(this.longest(PolicyDocument) ?? '').length, 0);
  }

  /** The properties of the policies of each role, by the reference to the role. */
  private attachedPolicies(): Map<string, any[]> {
    const found = new Map<string, any[]>();
    for (const { Type, Properties = {} } of Object.values(this.resources)) {
      if (Type !== 'AWS::IAM::Policy') continue;
      // an override may be a token, which names no role that is known here
      for (const reference of new Set([Properties.Roles ?? []].flat().map((role: unknown) => JSON.stringify(role)))) {
        found.set(reference, [...found.get(reference) ?? [], Properties]);
      }
    }
    return found;
  }
}

/** Says what is wrong with the written template of a stack of the same assembly. */
export type TemplateCheck = (templateOf: (stack: Stack) => WrittenTemplate) => string[];

/**
 * Checks what synthesis has written. Properties of resources do not show overrides, and to render a stack a second time
 * would take as long as the first time, so the check reads the file.
 */
export function checkTemplate(construct: Construct, check: TemplateCheck): void {
  construct.node.addValidation({
    validate: () => {
      TemplateChecks.of(construct).add(construct, check);
      return [];
    },
  });
}

/** Created during validation: as the last child of its stage it is synthesised after all stacks. */
class TemplateChecks extends Construct {
  static of(scope: Construct): TemplateChecks {
    const stage = Stage.of(scope)!;
    return singleton(stage, CHECKS_ID, () => new TemplateChecks(stage, CHECKS_ID));
  }

  private readonly checks = new Map<Construct, TemplateCheck>();

  private constructor(scope: Construct, id: string) {
    super(scope, id);
    attachCustomSynthesis(this, { onSynthesize: ({ outdir }) => this.run(outdir) });
  }

  add(construct: Construct, check: TemplateCheck): void {
    this.checks.set(construct, check);
  }

  private run(directory: string): void {
    const templates = new Map<string, WrittenTemplate>();
    const templateOf = ({ templateFile }: Stack) => {
      const template = templates.get(templateFile) ?? read(join(directory, templateFile));
      templates.set(templateFile, template);
      return template;
    };
    // what several constructs of a stack share, such as a role, is wrong once
    const problems = new Map<string, string>();
    for (const [construct, check] of this.checks) {
      for (const problem of check(templateOf)) {
        const key = JSON.stringify([Stack.of(construct).node.path, problem]);
        if (!problems.has(key)) problems.set(key, `[${construct.node.path}] ${problem}`);
      }
    }
    if (problems.size > 0) throw new Error(`Validation failed with the following errors:\n  ${[...problems.values()].join('\n  ')}`);
  }
}

/** A synthesizer of the user's own may write its templates elsewhere, or none. */
function read(path: string): WrittenTemplate {
  return new WrittenTemplate(existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).Resources : {});
}
