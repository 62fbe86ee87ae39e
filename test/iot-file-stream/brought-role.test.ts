import { App, NestedStack, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
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

describe('the policy on a brought role', () => {
  test('has a name that tells stack, region, storage and deployment apart', () => {
    const stack = new Stack(new App(), 'Shop', { env: { account: '111111111111', region: 'eu-west-1' } });
    create(stack);

    expect(only(stack, 'AWS::IAM::Policy').Properties.PolicyName)
      .toEqual({ 'Fn::Join': ['', [expect.stringMatching(/^IotFileStream-Shop-eu-west-1-[0-9a-f]{8}-$/), GUID]] });
  });

  test('has another name in another stack and in another region, where the paths are equal', () => {
    const names = [['Shop', 'eu-west-1'], ['Shop', 'us-east-1'], ['Plant', 'eu-west-1']].map(([stackName, region]) => {
      const stack = new Stack(new App(), 'Stack', { stackName, env: { account: '111111111111', region } });
      create(stack);
      return policyName(stack);
    });

    expect(new Set(names).size).toBe(names.length);
  });

  test('has another name for every stream of a stack', () => {
    const stack = new Stack(new App(), 'Shop');
    create(stack, 'One');
    create(stack, 'Two');

    const names = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy')).map(({ Properties }) => JSON.stringify(Properties.PolicyName));
    expect(names).toHaveLength(2);
    expect(new Set(names).size).toBe(2);
  });

  test('names the region by reference where it is known only at deployment', () => {
    const stack = new Stack(new App(), 'Shop');
    create(stack);

    expect(policyName(stack)).toContain('{"Ref":"AWS::Region"}');
  });

  test('calls the stack nested where its name is known only at deployment', () => {
    const stack = new NestedStack(new Stack(new App(), 'Shop'), 'Nested');
    create(stack);

    expect(policyName(stack)).toMatch(/IotFileStream-nested-/);
  });

  test('fits into the 128 characters of IAM under a stack name of the longest kind', () => {
    const stack = new Stack(new App(), 'Stack', { stackName: 'S'.repeat(128), env: { account: '111111111111', region: 'ap-southeast-1' } });
    create(stack);

    const [literal] = only(stack, 'AWS::IAM::Policy').Properties.PolicyName['Fn::Join'][1];
    expect(literal.length + GUID_LENGTH).toBeLessThanOrEqual(MAXIMUM_POLICY_NAME);
  });
});
