import { App, Stack } from 'aws-cdk-lib';
import { CURRENT_VERSION_EXPIRED_FLAGS, FLAGS, NEW_STYLE_STACK_SYNTHESIS_CONTEXT } from 'aws-cdk-lib/cx-api';
import type { Scenario, TemplateResource } from './scenarios';
import { resourcesOf, scenarios } from './scenarios';

/*
 * Least privilege, as a reviewer reads it in the template: no statement allows something with the wildcard '*'. In the key of
 * a source object, '${*}' is the escaped character.
 */

interface Statement {
  readonly Effect: string;
  readonly Action?: unknown;
  readonly Resource?: unknown;
  readonly Principal?: unknown;
}

const flags = Object.entries(FLAGS).filter(([flag]) => !CURRENT_VERSION_EXPIRED_FLAGS.includes(flag));
const allOn = Object.fromEntries(flags.map(([flag, { recommendedValue }]) => [flag, recommendedValue]));
// the legacy synthesizer uses parameters for asset locations, whose unknown length leaves room for fewer files
const isOff = (flag: string) => FLAGS[flag].recommendedValue === true && flag !== NEW_STYLE_STACK_SYNTHESIS_CONTEXT;
const allOff = Object.fromEntries(flags.filter(([flag]) => isOff(flag)).map(([flag]) => [flag, false]));

function synthesise(scenario: Scenario | undefined, context: Record<string, unknown>): TemplateResource[] {
  const stack = new Stack(new App({ context }), 'MyStack');
  scenario?.(stack);
  return Object.values(resourcesOf(stack));
}

const list = (value: unknown): unknown[] => Array.isArray(value) ? value : [value];
const allowed = (document: { Statement: Statement[] }) => document.Statement.filter(({ Effect }) => Effect === 'Allow');
const identityStatements = (resources: TemplateResource[]): Statement[] => resources.flatMap(({ Type, Properties }) => {
  if (Type === 'AWS::IAM::Role') return (Properties.Policies ?? []).flatMap((policy: any) => allowed(policy.PolicyDocument));
  return ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'].includes(Type) ? allowed(Properties.PolicyDocument) : [];
});
const ofType = (resources: TemplateResource[], type: string) => resources.filter(({ Type }) => Type === type);

const cases = Object.entries(scenarios).flatMap(([name, scenario]) => [
  { name, scenario, which: 'the default', context: {} },
  { name, scenario, which: 'all', context: allOn },
  { name, scenario, which: 'no', context: allOff },
]);

describe.each(cases)('$name, with $which feature flags', ({ scenario, context }) => {
  const resources = synthesise(scenario, context);
  const statements = identityStatements(resources);

  test("no statement allows actions or resources with the wildcard '*'", () => {
    expect(statements.length).toBeGreaterThanOrEqual(6);
    for (const { Action, Resource } of statements) {
      expect(JSON.stringify(Action)).not.toContain('*');
      expect(JSON.stringify(Resource).replaceAll('${*}', '')).not.toContain('*');
    }
  });

  // S3 requires s3:DeleteObjectVersion for every deletion that names a version, including 'null', the version of an unversioned object
  test('F73: the handler may delete object versions, including the version null, and nothing else', () => {
    const deleting = statements.filter(({ Action }) => list(Action).some((action) => String(action).startsWith('s3:Delete')));
    expect(deleting.flatMap(({ Action }) => list(Action)).filter((action) => String(action).startsWith('s3:Delete')))
      .toEqual(deleting.map(() => 's3:DeleteObjectVersion'));
    expect(deleting).toHaveLength(ofType(resources, 'Custom::IotFileStreamObjects').length);
    for (const { Resource } of deleting) expect(JSON.stringify(Resource)).toContain(`/${'?'.repeat(8)}/${'?'.repeat(64)}`);
  });

  test('every statement names its actions and resources', () => {
    for (const statement of statements) {
      expect(Object.keys(statement).sort()).toEqual(expect.arrayContaining(['Action', 'Effect', 'Resource']));
      for (const action of list(statement.Action)) expect(action).toMatch(/^(iam|iot|kms|logs|s3):[A-Z][A-Za-z]+$/);
    }
  });

  test('no role has a managed policy or trusts more than one principal', () => {
    expect(ofType(resources, 'AWS::IAM::ManagedPolicy')).toEqual([]);
    for (const { Properties } of ofType(resources, 'AWS::IAM::Role')) {
      expect(Properties.ManagedPolicyArns ?? []).toEqual([]);
      expect(Properties.AssumeRolePolicyDocument.Statement).toEqual([expect.objectContaining({ Action: 'sts:AssumeRole' })]);
      expect(JSON.stringify(Properties.AssumeRolePolicyDocument.Statement[0].Principal)).not.toContain('*');
    }
  });

  test('the policies of buckets contain no Allow statement', () => {
    for (const { Properties } of ofType(resources, 'AWS::S3::BucketPolicy')) expect(allowed(Properties.PolicyDocument)).toEqual([]);
  });

  test('the construct does not change the policies of keys', () => {
    for (const { Properties } of ofType(resources, 'AWS::KMS::Key')) {
      const [ofTheAccount, ...others] = Properties.KeyPolicy.Statement;
      expect(ofTheAccount.Principal.AWS['Fn::Join'][1].at(-1)).toBe(':root');
      expect(others).toEqual([]);
    }
  });

  test('iam:PassRole is allowed only for the delivery role', () => {
    const passed = statements.filter(({ Action }) => Action === 'iam:PassRole').map(({ Resource }) => Resource);
    expect(passed).toEqual(ofType(resources, 'Custom::IotFileStream').map(({ Properties }) => Properties.RoleArn));
  });
});
