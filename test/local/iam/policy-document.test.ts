import { parsePolicy, UnsupportedPolicy } from '../../../local/iam/policy-document';

function policy(statement: unknown, version: string | undefined = '2012-10-17'): string {
  return JSON.stringify({ Version: version, Statement: statement });
}

const allow = { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' };

test('parses one or many statements and one or many values', () => {
  const condition = { StringEquals: { 'aws:SourceAccount': '111122223333' }, Bool: { 'aws:SecureTransport': [true] } };
  expect(parsePolicy(policy({ ...allow, Sid: 'One', Condition: condition })).statements).toEqual([{
    effect: 'Allow',
    actions: ['s3:GetObject'],
    resources: ['*'],
    conditions: [
      { operator: 'StringEquals', key: 'aws:SourceAccount', values: ['111122223333'] },
      { operator: 'Bool', key: 'aws:SecureTransport', values: ['true'] },
    ],
  }]);
  expect(parsePolicy(policy([allow, { ...allow, Effect: 'Deny', Action: ['a:B', 'a:C'] }])).statements).toHaveLength(2);
});

test('parses the principals of a trust policy', () => {
  const principal = (Principal: unknown) => parsePolicy(policy({ Effect: 'Allow', Action: 'sts:AssumeRole', Principal })).statements[0];
  expect(principal({ Service: 'iot.amazonaws.com' })).toEqual({
    effect: 'Allow', actions: ['sts:AssumeRole'], principal: { aws: [], services: ['iot.amazonaws.com'] }, conditions: [],
  });
  expect(principal('*').principal).toEqual({ aws: ['*'], services: [] });
  expect(principal({ AWS: ['a', 'b'] }).principal).toEqual({ aws: ['a', 'b'], services: [] });
});

test.each([
  ['a policy document that is not an object', '[]'],
  ["'NotAction' in a statement", policy({ Effect: 'Allow', NotAction: 's3:*', Resource: '*' })],
  ["'NotResource' in a statement", policy({ ...allow, NotResource: '*' })],
  ["'NotPrincipal' in a statement", policy({ ...allow, NotPrincipal: '*' })],
  ["'Statements' in a policy document", JSON.stringify({ Statements: [] })],
  ['a statement that is not an object', JSON.stringify({})],
  ['effect "allow"', policy({ ...allow, Effect: 'allow' })],
  ['Action that is absent', policy({ Effect: 'Allow', Resource: '*' })],
  ['Action 1', policy({ ...allow, Action: 1 })],
  ["condition operator 'StringNotEquals'", policy({ ...allow, Condition: { StringNotEquals: { a: 'b' } } })],
  ["condition operator 'StringEqualsIfExists'", policy({ ...allow, Condition: { StringEqualsIfExists: { a: 'b' } } })],
  ["condition operator 'ForAllValues:StringEquals'", policy({ ...allow, Condition: { 'ForAllValues:StringEquals': { a: 'b' } } })],
  ['the keys of Bool', policy({ ...allow, Condition: { Bool: 'true' } })],
  ["'Federated' in a principal", policy({ ...allow, Principal: { Federated: 'x' } })],
  ['principal "arn"', policy({ ...allow, Principal: 'arn' })],
  ['policy version "2020-01-01"', policy(allow, '2020-01-01')],
  ['${…} in a policy older than version 2012-10-17', policy({ ...allow, Resource: 'arn:aws:s3:::b/${*}' }, '2008-10-17')],
])('refuses %s', (what, json) => {
  expect(() => parsePolicy(json)).toThrow(new UnsupportedPolicy(what));
});
