import { WrittenTemplate } from '../../src/core/written-template';

const ROLE_ARN = { 'Fn::GetAtt': ['Role', 'Arn'] };
const ROLE = { Type: 'AWS::IAM::Role', Properties: { RoleName: 'reader' } };
const policy = (Roles: unknown) => ({ Type: 'AWS::IAM::Policy', Properties: { PolicyDocument: { Statement: [] }, Roles } });
const charactersOf = (resources: ConstructorParameters<typeof WrittenTemplate>[0]) =>
  new WrittenTemplate({ Role: ROLE, ...resources }).inlinePolicies(ROLE_ARN).characters;

const CHARACTERS = JSON.stringify({ Statement: [] }).length;

test('adds up the policies of a role, and no policies of other roles', () => {
  expect(charactersOf({ A: policy([{ Ref: 'Role' }]), B: policy([{ Ref: 'Other' }]), C: policy([{ Ref: 'Other' }, { Ref: 'Role' }]) }))
    .toBe(2 * CHARACTERS);
});

test('counts a policy once that names its role twice', () => {
  expect(charactersOf({ A: policy([{ Ref: 'Role' }, { Ref: 'Role' }]) })).toBe(CHARACTERS);
});

test.each([
  ['that is rendered without properties', { Type: 'AWS::IAM::Policy' }],
  ['without roles', policy(undefined)],
  ['whose roles an override has replaced with a token', policy({ 'Fn::Split': [',', { Ref: 'Roles' }] })],
])('counts no policy %s', (_, without) => {
  expect(charactersOf({ A: without })).toBe(0);
});
