import { actionMatches, arnMatches, literalMatches, resourceMatches, wildcardMatches } from '../../../local/iam/matching';

test.each([
  ['a?c', 'abc', true],
  ['a?c', 'ac', false],
  ['a?c', 'abbc', false],
  ['a?', 'a/', true],
  ['????', '1234', true],
  ['????', '123', false],
  ['????', '12345', false],
  ['a*', 'a', true],
  ['a*c', 'a/b/c', true],
  ['*', '', true],
  ['a.c', 'abc', false],
  ['a+(b)', 'a+(b)', true],
  ['a${*}', 'a*', true],
  ['a${*}', 'ab', false],
  ['a${?}', 'a?', true],
  ['a${?}', 'ab', false],
  ['a${$}', 'a$', true],
  ['cost$5', 'cost$5', true],
  ['A', 'a', false],
  ['a?c', 'a😀c', true],
])('wildcardMatches %s and %s: %s', (pattern, value, expected) => {
  expect(wildcardMatches(pattern, value)).toBe(expected);
});

test('wildcardMatches refuses policy variables', () => {
  expect(() => wildcardMatches('${aws:username}', 'a')).toThrow("the local policy evaluator does not know policy variable '${aws:username}'");
  expect(() => literalMatches('${aws:username', 'a')).toThrow("the local policy evaluator does not know policy variable '${aws:username'");
});

test('literalMatches has no wildcards', () => {
  expect(literalMatches('a*', 'ab')).toBe(false);
  expect(literalMatches('a*', 'a*')).toBe(true);
  expect(literalMatches('a${*}', 'a*')).toBe(true);
});

test('actionMatches ignores case', () => {
  expect(actionMatches('S3:getobject', 's3:GetObject')).toBe(true);
  expect(actionMatches('s3:Get*', 's3:GetObjectVersion')).toBe(true);
  expect(actionMatches('s3:Get?', 's3:GetObject')).toBe(false);
  expect(() => actionMatches('s3:${*}', 's3:GetObject')).toThrow("the local policy evaluator does not know action 's3:${*}'");
});

test('arnMatches compares the parts of an ARN separately', () => {
  expect(arnMatches('arn:aws:iot:*:111122223333:stream/*', 'arn:aws:iot:eu-west-1:111122223333:stream/a')).toBe(true);
  expect(arnMatches('arn:aws:iot:eu-west-1:111122223333:*', 'arn:aws:iot:eu-west-1:111122223333:stream/a:b')).toBe(true);
  expect(arnMatches('arn:aws:iot:*:*:stream/a', 'arn:aws:iot:eu-west-1:111122223333:thing/a')).toBe(false);
  expect(arnMatches('arn:aws:s3:::bucket/*', 'not-an-arn')).toBe(false);
});

test('resourceMatches refuses a pattern that is not an ARN', () => {
  expect(() => arnMatches('arn:aws:iot:*:stream/a', 'arn:aws:iot:eu-west-1:111122223333:stream/a'))
    .toThrow("the local policy evaluator does not know 'arn:aws:iot:*:stream/a' in the place of an ARN");
  expect(() => resourceMatches('bucket/*', 'arn:aws:s3:::bucket/a')).toThrow("the local policy evaluator does not know 'bucket/*' in the place of an ARN");
});

test('resourceMatches accepts * as every resource', () => {
  expect(resourceMatches('*', 'arn:aws:s3:::bucket/a')).toBe(true);
  expect(resourceMatches('*', '*')).toBe(true);
  expect(resourceMatches('arn:aws:iot:us-east-1:111122223333:stream/a', '*')).toBe(false);
});
