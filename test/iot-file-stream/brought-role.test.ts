import { App, CfnParameter, NestedStack, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import { IotFileStream, StreamFile } from '../../src';
import { only } from '../support/app';

const MAXIMUM_POLICY_NAME = 128;
const GUID_LENGTH = 36;

function create(stack: Stack, id = 'Firmware'): void {
  const role = stack.node.tryFindChild('Role') as iam.IRole | undefined ?? iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::111111111111:role/reader');
  new IotFileStream(stack, id, { files: [StreamFile.fromText('a.txt', 'a')], role });
}

const policyName = (stack: Stack): string => JSON.stringify(only(stack, 'AWS::IAM::Policy').Properties.PolicyName);
const GUID = { 'Fn::Select': [2, { 'Fn::Split': ['/', { Ref: 'AWS::StackId' }] }] };

describe('the policy on a role of the app', () => {
  test('names the policy on a role of the app after stack, region, storage location and deployment', () => {
    const stack = new Stack(new App(), 'Shop', { env: { account: '111111111111', region: 'eu-west-1' } });
    create(stack);

    expect(only(stack, 'AWS::IAM::Policy').Properties.PolicyName)
      .toEqual({ 'Fn::Join': ['', [expect.stringMatching(/^IotFileStream-Shop-eu-west-1-[0-9a-f]{8}-$/), GUID]] });
  });

  test('names the policy on a role of the app differently in another stack or region with the same construct path', () => {
    const names = [['Shop', 'eu-west-1'], ['Shop', 'us-east-1'], ['Plant', 'eu-west-1']].map(([stackName, region]) => {
      const stack = new Stack(new App(), 'Stack', { stackName, env: { account: '111111111111', region } });
      create(stack);
      return policyName(stack);
    });

    expect(new Set(names).size).toBe(names.length);
  });

  test('names the policy on a role of the app differently for each stream of a stack', () => {
    const stack = new Stack(new App(), 'Shop');
    create(stack, 'One');
    create(stack, 'Two');

    const names = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy')).map(({ Properties }) => JSON.stringify(Properties.PolicyName));
    expect(names).toHaveLength(2);
    expect(new Set(names).size).toBe(2);
  });

  test('refers to the region in the policy name if it is known only at deployment', () => {
    const stack = new Stack(new App(), 'Shop');
    create(stack);

    expect(policyName(stack)).toContain('{"Ref":"AWS::Region"}');
  });

  test("uses the word 'nested' in the policy name if the stack name is known only at deployment", () => {
    const stack = new NestedStack(new Stack(new App(), 'Shop'), 'Nested');
    create(stack);

    expect(policyName(stack)).toMatch(/IotFileStream-nested-/);
  });

  test('keeps the policy name within the 128 characters of IAM for the longest stack name', () => {
    const stack = new Stack(new App(), 'Stack', { stackName: 'S'.repeat(128), env: { account: '111111111111', region: 'ap-southeast-1' } });
    create(stack);

    const [literal] = only(stack, 'AWS::IAM::Policy').Properties.PolicyName['Fn::Join'][1];
    expect(literal.length + GUID_LENGTH).toBeLessThanOrEqual(MAXIMUM_POLICY_NAME);
  });
});

describe('a role of another account', () => {
  const stackOf = (account?: string) => new Stack(new App(), 'Shop', { env: { account, region: 'eu-west-1' } });
  const withRole = (stack: Stack, role: iam.IRole) => new IotFileStream(stack, 'Firmware', { files: [StreamFile.fromText('a.txt', 'a')], role });
  const message = (path: string) => `'role' must be in the account of the stack, '111111111111', got: '${path}' in '222222222222'; `
    + 'AWS IoT accepts only roles of the account that passes them: create a role there, and let the other account trust it if need be';
  const FOREIGN = 'arn:aws:iam::222222222222:role/reader';

  test.each<[string, iam.FromRoleArnOptions]>([['a role', {}], ['an immutable role', { mutable: false }]])('F91: refuses %s of another account at synth', (_what, options) => {
    const stack = stackOf('111111111111');
    expect(() => withRole(stack, iam.Role.fromRoleArn(stack, 'Role', FOREIGN, options))).toThrow(new Error(message('Shop/Role')));
  });

  test('F91: refuses a role that another stack of the app creates in another account at synth', () => {
    const stack = stackOf('111111111111');
    const other = new Stack(stack.node.root, 'Other', { env: { account: '222222222222', region: 'eu-west-1' } });
    const role = new iam.Role(other, 'Role', { roleName: 'reader', assumedBy: new iam.ServicePrincipal('iot.amazonaws.com') });
    expect(() => withRole(stack, role)).toThrow(new Error(message('Other/Role')));
  });

  test('F91: accepts a role of another account if the account of the stack is known only at deployment', () => {
    const stack = stackOf();
    withRole(stack, iam.Role.fromRoleArn(stack, 'Role', FOREIGN));
    expect(Annotations.fromStack(stack).findWarning('*', Match.anyValue())).toEqual([]);
  });

  test('F91: accepts a role of the account of the stack', () => {
    const stack = stackOf('222222222222');
    withRole(stack, iam.Role.fromRoleArn(stack, 'Role', FOREIGN));
    expect(only(stack, 'AWS::IAM::Policy').Properties.Roles).toEqual(['reader']);
  });
});

describe('a role with a path', () => {
  const warnings = (roleOf: (stack: Stack) => iam.IRole) => {
    const stack = new Stack(new App(), 'Shop');
    new IotFileStream(stack, 'Firmware', { files: [StreamFile.fromText('a.txt', 'a')], role: roleOf(stack) });
    return Annotations.fromStack(stack).findWarning('*', Match.anyValue()).map(({ entry }) => String(entry.data));
  };
  const parameter = (stack: Stack) => new CfnParameter(stack, 'Parameter').valueAsString;
  const UNKNOWN = /^'role' should have a literal name, got: 'Shop\/Role' with a token; the CDK adds the policy of the stream to the role named after the first '\/' of the ARN, which is the wrong one if the role has a path: give the ARN as a literal, or import the role with 'mutable: false' and add these statements to it: \[\{"Action":\["s3:GetObject","s3:GetObjectVersion"\],.*\] \[ack: cdk-iot-streams:unknownRoleName\]$/;

  test('attaches the policy to a role with a path by its name', () => {
    const stack = new Stack(new App(), 'Shop');
    const role = iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::111111111111:role/firmware/eu/reader');
    new IotFileStream(stack, 'Firmware', { files: [StreamFile.fromText('a.txt', 'a')], role });
    expect(only(stack, 'AWS::IAM::Policy').Properties.Roles).toEqual(['reader']);
    expect(only(stack, 'Custom::IotFileStream').Properties.RoleArn).toBe('arn:aws:iam::111111111111:role/firmware/eu/reader');
  });

  test.each<[string, (stack: Stack) => iam.IRole]>([
    ['the ARN is a token', (stack) => iam.Role.fromRoleArn(stack, 'Role', parameter(stack))],
    ['the path and the name are a token', (stack) => iam.Role.fromRoleArn(stack, 'Role', `arn:aws:iam::111111111111:role/${parameter(stack)}`)],
    ['the name is a token', (stack) => iam.Role.fromRoleName(stack, 'Role', parameter(stack))],
  ])('F91: warns about an imported role if %s', (_what, roleOf) => {
    expect(warnings(roleOf)).toEqual([expect.stringMatching(UNKNOWN)]);
  });

  test.each<[string, (stack: Stack) => iam.IRole]>([
    ['of the app', (stack) => new iam.Role(stack, 'Role', { path: '/firmware/', assumedBy: new iam.ServicePrincipal('iot.amazonaws.com') })],
    ['of the app that is created lazily', (stack) => new iam.LazyRole(stack, 'Role', { assumedBy: new iam.ServicePrincipal('iot.amazonaws.com') })],
    ['with a literal name below a path that is a token',
      (stack) => iam.Role.fromRoleArn(stack, 'Role', `arn:aws:iam::111111111111:role/${parameter(stack)}/reader`)],
    ['with a literal name', (stack) => iam.Role.fromRoleName(stack, 'Role', 'reader')],
  ])('F91: does not warn about a role %s', (_what, roleOf) => {
    expect(warnings(roleOf)).toEqual([]);
  });

  test('F91: prints the statements for an immutable role with any ARN', () => {
    expect(warnings((stack) => iam.Role.fromRoleArn(stack, 'Role', parameter(stack), { mutable: false }))).toEqual([
      expect.stringMatching(/^the CDK cannot add a policy to 'role': add these statements to it: \[.*\] \[ack: cdk-iot-streams:immutableRole\]$/),
    ]);
  });
});
