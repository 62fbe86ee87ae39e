import type { IPolicyValidationPlugin, StackProps } from 'aws-cdk-lib';
import { App, Aspects, Stack, Validations } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { AwsSolutionsChecks as AwsSolutionsAspect } from 'cdk-nag-v2';

/*
 * What people see who check their apps with cdk-nag's AwsSolutions. Version 2 is an aspect that annotates; version 3 is a
 * plugin that reads the template.
 */

export type Contents = (stack: Stack) => void;

/** The findings in a stack, by the name of the rule. */
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

/** By the version of cdk-nag. */
export const cdkNag: readonly (readonly [version: string, findings: Findings])[] = [['2', version2], ['3', version3]];

/** The rules see other templates where the region is known. */
export const environments: readonly (readonly [string, StackProps])[] = [
  ['an app for any region', {}],
  ['an app for one region', { env: { region: 'eu-west-1', account: '111111111111' } }],
];
