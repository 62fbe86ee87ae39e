import type { AccessRequest, Decision, PrincipalPolicies, RequestContext } from '../../../local/iam/evaluator';
import { decide, mayAssume } from '../../../local/iam/evaluator';
import type { PolicyDocument } from '../../../local/iam/policy-document';
import { parsePolicy } from '../../../local/iam/policy-document';

const object = 'arn:aws:s3:::bucket/prefix/file';
const caller = {
  roleArn: 'arn:aws:iam::111122223333:role/path/Reader',
  sessionArn: 'arn:aws:sts::111122223333:assumed-role/Reader/session',
};

function document(...statements: object[]): PolicyDocument {
  return parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement: statements }));
}

function allow(Action: string, Resource = '*', more: object = {}): object {
  return { Effect: 'Allow', Action, Resource, ...more };
}

function deny(Action: string, Resource = '*', more: object = {}): object {
  return { Effect: 'Deny', Action, Resource, ...more };
}

function read(principal: Partial<PrincipalPolicies>, bucketPolicy?: PolicyDocument, context: RequestContext = {}): Decision {
  const request: AccessRequest = { action: 's3:GetObject', resource: object, context };
  return decide(request, { identityPolicies: [], ...principal }, bucketPolicy && { policy: bucketPolicy, caller });
}

function refused(because: string): Decision {
  return { allowed: false, because };
}

const noIdentityPolicy = refused('because no identity-based policy allows the s3:GetObject action');

describe('identity policies', () => {
  test('allows a request that one of the identity policies allows', () => {
    expect(read({ identityPolicies: [document(allow('s3:PutObject')), document(allow('s3:GetObject', 'arn:aws:s3:::bucket/prefix/????'))] }))
      .toEqual({ allowed: true });
  });

  test('denies a request that no identity policy allows', () => {
    expect(read({})).toEqual(noIdentityPolicy);
    expect(read({ identityPolicies: [document(allow('s3:GetObjectVersion'))] })).toEqual(noIdentityPolicy);
    expect(read({ identityPolicies: [document(allow('s3:GetObject', 'arn:aws:s3:::bucket/prefix/?????'))] })).toEqual(noIdentityPolicy);
  });

  test('denies a request with an explicit deny in an identity policy', () => {
    expect(read({ identityPolicies: [document(allow('s3:*')), document(deny('s3:Get*'))] }))
      .toEqual(refused('with an explicit deny in an identity-based policy'));
  });
});

describe('the permissions boundary', () => {
  const identityPolicies = [document(allow('s3:*'))];

  test('denies a request that only the permissions boundary allows', () => {
    expect(read({ permissionsBoundary: document(allow('*')) })).toEqual(noIdentityPolicy);
  });

  test('denies a request that the permissions boundary does not allow', () => {
    expect(read({ identityPolicies, permissionsBoundary: document(allow('s3:GetObject')) })).toEqual({ allowed: true });
    expect(read({ identityPolicies, permissionsBoundary: document(allow('iot:*')) }))
      .toEqual(refused('because no permissions boundary allows the s3:GetObject action'));
    expect(read({ identityPolicies, permissionsBoundary: document(allow('*'), deny('s3:GetObject')) }))
      .toEqual(refused('with an explicit deny in a permissions boundary'));
  });
});

describe('the policy of the resource', () => {
  test.each([caller.roleArn, caller.sessionArn, '*'])('allows a request with a resource policy for %s', (AWS) => {
    expect(read({}, document(allow('s3:GetObject', 'arn:aws:s3:::bucket/*', { Principal: { AWS } })))).toEqual({ allowed: true });
  });

  test.each(['111122223333', 'arn:aws:iam::111122223333:root'])('needs an identity policy for a resource policy that allows the account %s', (AWS) => {
    expect(read({}, document(allow('s3:GetObject', '*', { Principal: { AWS } })))).toEqual(noIdentityPolicy);
  });

  test.each(['111122223333', 'arn:aws:iam::111122223333:root', '*', caller.roleArn])('denies a request with a deny for %s in the resource policy', (AWS) => {
    const bucketPolicy = document(deny('s3:*', '*', { Principal: { AWS } }));
    expect(read({ identityPolicies: [document(allow('*'))] }, bucketPolicy)).toEqual(refused('with an explicit deny in a resource-based policy'));
  });

  test('ignores a resource policy for another principal', () => {
    const bucketPolicy = document(allow('s3:*', '*', { Principal: { AWS: 'arn:aws:iam::111122223333:role/Other' } }));
    expect(read({}, bucketPolicy)).toEqual(noIdentityPolicy);
  });

  test('refuses a resource policy without a principal', () => {
    expect(() => read({}, document(allow('s3:*')))).toThrow('a statement without a principal in the policy of a resource');
  });
});

describe('conditions', () => {
  const when = (Condition: object, context: RequestContext): boolean =>
    read({ identityPolicies: [document(allow('s3:GetObject', '*', { Condition }))] }, undefined, context).allowed;

  test('requires every condition, with one of its values', () => {
    const condition = { StringEquals: { 'a:X': ['1', '2'], 'a:Y': '3' } };
    expect(when(condition, { 'a:X': '2', 'a:Y': '3' })).toBe(true);
    expect(when(condition, { 'a:X': '2', 'a:Y': '4' })).toBe(false);
  });

  test('does not fulfil a condition on a missing key', () => {
    expect(when({ StringEquals: { 'a:X': '1' } }, { 'a:X': undefined })).toBe(false);
    expect(when({ StringEquals: { 'aws:RequestTag/a': '1' } }, {})).toBe(false);
    expect(when({ StringEquals: { 'aws:ResourceTag/a': '1' } }, {})).toBe(false);
  });

  test('compares keys of conditions ignoring case, and values exactly', () => {
    expect(when({ StringEquals: { 'A:x': 'v' } }, { 'a:X': 'v' })).toBe(true);
    expect(when({ StringEquals: { 'A:x': 'v' } }, { 'a:X': 'V' })).toBe(false);
  });

  test.each([
    ['StringLike', 'a?*', 'abc', true],
    ['StringLike', 'a?*', 'a', false],
    ['StringEquals', 'a*', 'abc', false],
    ['ArnLike', 'arn:aws:iot:us-east-1:111122223333:*', 'arn:aws:iot:us-east-1:111122223333:stream/s', true],
    ['ArnEquals', 'arn:aws:iot:us-east-1:111122223333:stream/?', 'arn:aws:iot:us-east-1:111122223333:stream/s', true],
    ['ArnLike', 'arn:aws:iot:us-east-1:111122223333:*', 'arn:aws:iot:eu-west-1:111122223333:stream/s', false],
    ['Bool', 'True', 'true', true],
    ['Bool', 'false', 'true', false],
  ])('evaluates the condition %s %s for %s: %s', (operator, expected, actual, holds) => {
    expect(when({ [operator]: { 'a:X': expected } }, { 'a:X': actual })).toBe(holds);
  });

  test('refuses a condition on an unknown key', () => {
    expect(() => when({ StringEquals: { 'iam:PassedToService': 'iot.amazonaws.com' } }, {}))
      .toThrow("the local policy evaluator does not know condition key 'iam:PassedToService' for this request");
  });
});

describe('trust policies', () => {
  const iot = { service: 'iot.amazonaws.com' };
  const context = { 'aws:SourceAccount': '111122223333', 'aws:SourceArn': 'arn:aws:iot:us-east-1:111122223333:stream/s' };
  const trust = (Principal: unknown, more: object = {}): object => ({ Effect: 'Allow', Principal, Action: 'sts:AssumeRole', ...more });
  const confusedDeputy = {
    Condition: {
      StringEquals: { 'aws:SourceAccount': '111122223333' },
      ArnLike: { 'aws:SourceArn': 'arn:aws:iot:us-east-1:111122223333:*' },
    },
  };

  test('lets a service assume a role under the documented conditions', () => {
    const policy = document(trust({ Service: 'iot.amazonaws.com' }, confusedDeputy));
    expect(mayAssume(policy, iot, context)).toBe(true);
    expect(mayAssume(policy, iot, { ...context, 'aws:SourceAccount': '999999999999' })).toBe(false);
    expect(mayAssume(policy, iot, { ...context, 'aws:SourceArn': 'arn:aws:iot:eu-west-1:111122223333:stream/s' })).toBe(false);
    expect(mayAssume(policy, { service: 'credentials.iot.amazonaws.com' }, context)).toBe(false);
  });

  test('does not let a service assume a role with another action', () => {
    expect(mayAssume(document({ ...trust({ Service: 'iot.amazonaws.com' }), Action: 'sts:TagSession' }), iot, context)).toBe(false);
  });

  test('does not let a service assume a role with a deny', () => {
    const policy = document(trust({ Service: 'iot.amazonaws.com' }), { ...trust({ Service: 'iot.amazonaws.com' }), Effect: 'Deny' });
    expect(mayAssume(policy, iot, context)).toBe(false);
  });

  test('lets a named role assume a role', () => {
    expect(mayAssume(document(trust({ AWS: caller.roleArn })), caller, {})).toBe(true);
    expect(mayAssume(document(trust({ AWS: 'arn:aws:iam::111122223333:role/Other' })), caller, {})).toBe(false);
  });

  test('refuses a trust policy for a whole account, because identity policies decide as well', () => {
    expect(() => mayAssume(document(trust({ AWS: 'arn:aws:iam::111122223333:root' })), caller, {}))
      .toThrow('the local policy evaluator does not know a trust policy that allows a whole account');
  });
});

describe('a policy variable in a resource', () => {
  const request = (resource: string, context: RequestContext): Decision => decide(
    { action: 'kinesisvideo:PutMedia', resource: `arn:aws:kinesisvideo:eu-west-1:1:stream/${resource}`, context },
    { identityPolicies: [document(allow('kinesisvideo:PutMedia', 'arn:aws:kinesisvideo:eu-west-1:1:stream/${credentials-iot:ThingName}/???'))] },
  );
  const refusedHere = refused('because no identity-based policy allows the kinesisvideo:PutMedia action');

  test('replaces a policy variable by the value of the request', () => {
    expect(request('camera/123', { 'credentials-iot:ThingName': 'camera' })).toEqual({ allowed: true });
    expect(request('other/123', { 'credentials-iot:ThingName': 'camera' })).toEqual(refusedHere);
    expect(request('camera/1234', { 'credentials-iot:thingname': 'camera' })).toEqual(refusedHere);
  });

  test('treats wildcards in the value of a policy variable as characters', () => {
    expect(request('camera/123', { 'credentials-iot:ThingName': '*' })).toEqual(refusedHere);
    expect(request('*/123', { 'credentials-iot:ThingName': '*' })).toEqual({ allowed: true });
  });

  test('does not match a policy variable without a value', () => {
    expect(request('camera/123', { 'credentials-iot:ThingName': undefined })).toEqual(refusedHere);
  });

  test('refuses an unknown policy variable', () => {
    expect(() => request('camera/123', {})).toThrow("the local policy evaluator does not know policy variable '${credentials-iot:ThingName}'");
  });
});
