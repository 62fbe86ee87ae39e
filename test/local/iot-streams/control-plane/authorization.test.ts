import type { IoTClient } from '@aws-sdk/client-iot';
import {
  CreateStreamCommand, DeleteStreamCommand, DescribeStreamCommand, ListStreamsCommand, ListTagsForResourceCommand, TagResourceCommand,
  UntagResourceCommand, UpdateStreamCommand,
} from '@aws-sdk/client-iot';
import { allow } from '../in-memory';
import type { ServiceFixture } from '../service-fixture';
import { startFixture } from '../service-fixture';

const arn = 'arn:aws:iot:us-east-1:000000000000:stream/s';
const session = 'arn:aws:sts::000000000000:assumed-role/Management/session';

let fixture: ServiceFixture;

beforeEach(async () => {
  fixture = await startFixture();
});

afterEach(() => fixture.stop());

/** Creates a client with the permissions of a role of its own. */
function as(statements: object[], boundary?: object[]): IoTClient {
  return fixture.client(fixture.sessions.assume(fixture.roles.put('Management', [], statements, boundary)));
}

function create(iot: IoTClient, more: object = {}): Promise<unknown> {
  return iot.send(new CreateStreamCommand({ streamId: 's', files: fixture.files, roleArn: fixture.roleArn, ...more }));
}

function accessDenied(action: string, resource: string, because = `because no identity-based policy allows the ${action} action`): object {
  return {
    name: 'AccessDeniedException',
    message: `User: ${session} is not authorized to perform: ${action} on resource: ${resource} ${because}`,
    $metadata: { httpStatusCode: 403 },
  };
}

test('CreateStream needs iot:CreateStream, iam:PassRole and, with tags, iot:TagResource', async () => {
  const tags = [{ Key: 'a', Value: 'b' }];
  const pass = allow('iam:PassRole', fixture.roleArn);
  await expect(create(as([pass]))).rejects.toMatchObject(accessDenied('iot:CreateStream', arn));
  await expect(create(as([allow('iot:CreateStream', arn)]))).rejects.toMatchObject(accessDenied('iam:PassRole', fixture.roleArn));
  await expect(create(as([allow('iot:CreateStream', arn), pass]), { tags })).rejects.toMatchObject(accessDenied('iot:TagResource', arn));
  await expect(create(as([allow(['iot:CreateStream', 'iot:TagResource'], arn), pass]), { tags })).resolves.toBeDefined();
});

test('UpdateStream needs iam:PassRole only if it contains a role', async () => {
  await create(fixture.client());
  const update = (iot: IoTClient, more: object = {}) => iot.send(new UpdateStreamCommand({ streamId: 's', ...more }));
  await expect(update(as([]))).rejects.toMatchObject(accessDenied('iot:UpdateStream', arn));
  await expect(update(as([allow('iot:UpdateStream', arn)]))).resolves.toBeDefined();
  await expect(update(as([allow('iot:UpdateStream', arn)]), { roleArn: fixture.roleArn })).rejects.toMatchObject(accessDenied('iam:PassRole', fixture.roleArn));
});

test.each([
  ['iot:DescribeStream', arn, (iot: IoTClient) => iot.send(new DescribeStreamCommand({ streamId: 's' }))],
  ['iot:DeleteStream', arn, (iot: IoTClient) => iot.send(new DeleteStreamCommand({ streamId: 's' }))],
  ['iot:ListStreams', '*', (iot: IoTClient) => iot.send(new ListStreamsCommand({}))],
  ['iot:TagResource', arn, (iot: IoTClient) => iot.send(new TagResourceCommand({ resourceArn: arn, tags: [] }))],
  ['iot:UntagResource', arn, (iot: IoTClient) => iot.send(new UntagResourceCommand({ resourceArn: arn, tagKeys: ['a'] }))],
  ['iot:ListTagsForResource', arn, (iot: IoTClient) => iot.send(new ListTagsForResourceCommand({ resourceArn: arn }))],
])('the call is denied without %s', async (action, resource, call) => {
  await create(fixture.client());
  await expect(call(as([]))).rejects.toMatchObject(accessDenied(action, resource));
  await expect(call(as([allow(action, resource)]))).resolves.toBeDefined();
});

test('? in a policy matches exactly one character', async () => {
  const statements = (streamId: string) => [allow('iot:CreateStream', `arn:aws:iot:us-east-1:000000000000:stream/${streamId}`), allow('iam:PassRole', '*')];
  await expect(create(as(statements('s--????????')), { streamId: 's--1234567' })).rejects.toMatchObject({ name: 'AccessDeniedException' });
  await expect(create(as(statements('s--????????')), { streamId: 's--12345678' })).resolves.toBeDefined();
});

test('a caller without permission does not learn that a stream does not exist', async () => {
  await expect(as([]).send(new DescribeStreamCommand({ streamId: 's' }))).rejects.toMatchObject(accessDenied('iot:DescribeStream', arn));
});

test('the permissions boundary and explicit denials are evaluated', async () => {
  const all = [allow(['iot:*', 'iam:*'], '*')];
  await expect(create(as(all, [allow('iam:*', '*')])))
    .rejects.toMatchObject(accessDenied('iot:CreateStream', arn, 'because no permissions boundary allows the iot:CreateStream action'));
  await expect(create(as([...all, { Effect: 'Deny', Action: 'iot:CreateStream', Resource: arn }])))
    .rejects.toMatchObject(accessDenied('iot:CreateStream', arn, 'with an explicit deny in an identity-based policy'));
});

test('tags of the request and of the stream are condition keys', async () => {
  const when = (key: string) => [
    { ...allow(['iot:CreateStream', 'iot:TagResource', 'iot:DeleteStream'], arn), Condition: { StringEquals: { [key]: 'mine' } } },
    allow('iam:PassRole', '*'),
  ];
  const tags = [{ Key: 'owner', Value: 'mine' }];
  await expect(create(as(when('aws:RequestTag/owner')))).rejects.toMatchObject({ name: 'AccessDeniedException' });
  await expect(create(as(when('aws:RequestTag/owner')), { tags })).resolves.toBeDefined();
  await expect(as(when('aws:ResourceTag/other')).send(new DeleteStreamCommand({ streamId: 's' }))).rejects.toMatchObject({ name: 'AccessDeniedException' });
  await expect(as(when('aws:ResourceTag/owner')).send(new DeleteStreamCommand({ streamId: 's' }))).resolves.toBeDefined();
});

test('a policy that the evaluator does not support gives an error with the reason', async () => {
  const statement = { ...allow('iam:PassRole', '*'), Condition: { StringEquals: { 'iam:PassedToService': 'iot.amazonaws.com' } } };
  await expect(create(as([allow('iot:CreateStream', '*'), statement]))).rejects.toMatchObject({
    name: 'InternalFailureException',
    message: "the local policy evaluator does not know condition key 'iam:PassedToService' for this request",
  });
});

describe('unknown callers', () => {
  const list = (iot: IoTClient) => iot.send(new ListStreamsCommand({}));
  const invalidToken = {
    name: 'UnrecognizedClientException', message: 'The security token included in the request is invalid.', $metadata: { httpStatusCode: 403 },
  };

  test('refuses an access key that STS has not created', async () => {
    await expect(list(fixture.client({ accessKeyId: 'ASIAUNKNOWN', secretAccessKey: 's', sessionToken: 't' }))).rejects.toMatchObject(invalidToken);
  });

  test('refuses an access key with the token of another session', async () => {
    const credentials = fixture.sessions.assume(fixture.roleArn);
    await expect(list(fixture.client({ ...credentials, sessionToken: 'other' }))).rejects.toMatchObject(invalidToken);
  });

  test('refuses a session of a deleted role', async () => {
    const roleArn = fixture.roles.put('Management', [], [allow('iot:*', '*')]);
    const iot = fixture.client(fixture.sessions.assume(roleArn));
    await expect(list(iot)).resolves.toBeDefined();
    fixture.roles.delete(roleArn);
    await expect(list(iot)).rejects.toMatchObject(invalidToken);
  });

  test('refuses an expired session', async () => {
    const roleArn = fixture.roles.put('Management', [], [allow('iot:*', '*')]);
    const iot = fixture.client(fixture.sessions.assume(roleArn, new Date(fixture.clock + 1000)));
    await expect(list(iot)).resolves.toBeDefined();
    fixture.clock += 1000;
    await expect(list(iot)).rejects.toMatchObject({
      name: 'ExpiredTokenException', message: 'The security token included in the request is expired', $metadata: { httpStatusCode: 403 },
    });
  });

  test('refuses a request without a signature', async () => {
    const response = await fetch(`${fixture.service.url}/streams`);
    expect(response.status).toBe(403);
    expect(response.headers.get('x-amzn-errortype')).toBe('MissingAuthenticationTokenException');
    expect(await response.json()).toEqual({ message: 'Missing Authentication Token' });
  });

  test.each([
    ['us-east-1', 's3', "Credential should be scoped to correct service: 'iot'."],
    ['eu-west-1', 'iot', "Credential should be scoped to a valid region, not 'eu-west-1'."],
  ])('refuses a signature for %s and %s', async (region, service, message) => {
    const authorization = `AWS4-HMAC-SHA256 Credential=test/20261121/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`;
    const response = await fetch(`${fixture.service.url}/streams`, { headers: { authorization } });
    expect(response.headers.get('x-amzn-errortype')).toBe('InvalidSignatureException');
    expect(await response.json()).toEqual({ message });
  });
});

test('records every call with its caller and its result', async () => {
  await create(fixture.client());
  await create(as([])).catch(() => undefined);
  await fetch(`${fixture.service.url}/streams?maxResults=3`);
  expect(fixture.service.calls).toEqual([
    {
      operation: 'CreateStream', streamId: 's', query: '', body: expect.stringContaining('"roleArn"'), principal: 'root', startedAt: fixture.clock, status: 200,
    },
    expect.objectContaining({ principal: 'arn:aws:iam::000000000000:role/Management', status: 403, error: 'AccessDeniedException' }),
    { operation: 'ListStreams', streamId: '', query: 'maxResults=3', body: '', startedAt: fixture.clock, status: 403, error: 'MissingAuthenticationTokenException' },
  ]);
});
