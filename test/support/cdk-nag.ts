import type { IPolicyValidationPlugin, StackProps } from 'aws-cdk-lib';
import { App, Aspects, Stack, Validations } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { AwsSolutionsChecks as AwsSolutionsAspect } from 'cdk-nag-v2';

/*
 * The findings of cdk-nag's AwsSolutions in an app. Version 2 is an aspect that adds annotations; version 3 is a plugin that
 * reads the template.
 */

export type Contents = (stack: Stack) => void;

/** Returns the names of the rules with findings in a stack. */
export type Findings = (create: Contents, props: StackProps) => string[];

const version2: Findings = (create, props) => {
  const app = new App();
  const stack = new Stack(app, 'MyStack', props);
  create(stack);
  Aspects.of(app).add(new AwsSolutionsAspect());
  const findings = [Annotations.fromStack(stack).findError('*', Match.anyValue()), Annotations.fromStack(stack).findWarning('*', Match.anyValue())];
  return findings.flat().map(({ entry }) => /^AwsSolutions-\S+(?=:)/.exec(String(entry.data))![0]);
};

const version3: Findings = (create, props) => {
  const app = new App();
  create(new Stack(app, 'MyStack', props));
  const findings: string[] = [];
  const checks = new AwsSolutionsChecks(app);
  const listening: IPolicyValidationPlugin = {
    name: checks.name,
    validate: (context) => {
      findings.push(
        ...checks.validate(context).violations.flatMap(({ ruleName, violatingResources }) => violatingResources.map(() => ruleName)),
      );
      return { success: true, violations: [] };
    },
  };
  Validations.of(app).addPlugins(listening);
  app.synth();
  return findings;
};

/** The versions of cdk-nag. */
export const cdkNag: readonly (readonly [version: string, findings: Findings])[] = [['2', version2], ['3', version3]];

/** Stacks with and without a known region, whose templates differ. */
export const environments: readonly (readonly [string, StackProps])[] = [
  ['an app for any region', {}],
  ['an app for one region', { env: { region: 'eu-west-1', account: '111111111111' } }],
];
