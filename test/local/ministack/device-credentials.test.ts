import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CloudFormationClient, CreateStackCommand, DescribeStackEventsCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { DescribeEndpointCommand, IoTClient } from '@aws-sdk/client-iot';
import { DescribeStreamCommand, KinesisVideoClient } from '@aws-sdk/client-kinesis-video';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { requestCredentials, type CredentialsAnswer } from '../../../local/device/credentials';
import type { LocalAws } from '../../../local/local-aws';
import { startLocalAws } from '../../../local/local-aws';
import type { Thing } from '../../../local/thing';
import { createThing } from '../../../local/thing';

const region = 'us-east-1';
const account = '000000000000';

let directory: string;
let aws: LocalAws;
let camera: Thing;
let stranger: Thing;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'credentials-'));
  aws = await startLocalAws();
  expect(await createStack('Cameras', {
    Role: role('credentials.iot.amazonaws.com', 7200, [
      allow('kinesisvideo:DescribeStream', `arn:aws:kinesisvideo:${region}:${account}:stream/\${credentials-iot:ThingName}/?????????????`),
      allow('s3:PutObject', 'arn:aws:s3:::snapshots/*'),
    ]),
    Other: role('lambda.amazonaws.com', 7200, []),
    Alias: alias('cameras', 'Role', 7200),
    Misled: alias('misled', 'Other', 3600),
    Own: { Type: 'AWS::KinesisVideo::Stream', Properties: { Name: 'camera-1', DataRetentionInHours: 1 } },
    Foreign: { Type: 'AWS::KinesisVideo::Stream', Properties: { Name: 'camera-2', DataRetentionInHours: 1 } },
  })).toEqual({ status: 'CREATE_COMPLETE', reasons: [] });
  const iot = new IoTClient(aws.iotClientConfiguration);
  const policy = { Version: '2012-10-17', Statement: [allow('iot:AssumeRoleWithCertificate', ['cameras', 'misled', 'gone'].map(aliasArn))] };
  camera = await createThing(iot, { thingName: 'camera-1', policy, directory });
  stranger = await createThing(iot, { thingName: 'stranger', policy: { Version: '2012-10-17', Statement: [allow('iot:Connect', '*')] }, directory });
  await new S3Client(aws.clientConfiguration).send(new CreateBucketCommand({ Bucket: 'snapshots' }));
}, 120_000);

afterAll(async () => {
  await aws?.stop();
  await rm(directory, { recursive: true, force: true });
});

test('a device exchanges its certificate for credentials with the duration of the alias', async () => {
  const { status, body } = await exchange(camera, 'cameras', 'camera-1');
  expect(status).toBe(200);
  expect(Object.keys(body.credentials!)).toEqual(['accessKeyId', 'secretAccessKey', 'sessionToken', 'expiration']);
  const seconds = (Date.parse(body.credentials!.expiration) - Date.now()) / 1000;
  expect(seconds).toBeGreaterThan(7190);
  expect(seconds).toBeLessThanOrEqual(7200);
});

test('the credentials may describe only the stream with the name of the thing', async () => {
  const client = new KinesisVideoClient({ region, endpoint: aws.endpoints.kinesisVideo, maxAttempts: 1, credentials: await credentialsOf('camera-1') });
  await expect(client.send(new DescribeStreamCommand({ StreamName: 'camera-1' }))).resolves.toMatchObject({ StreamInfo: { Status: 'ACTIVE' } });
  await expect(client.send(new DescribeStreamCommand({ StreamName: 'camera-2' }))).rejects.toMatchObject({ name: 'AccessDeniedException' });
});

test('credentials without a thing name may describe no stream', async () => {
  const credentials = await credentialsOf(undefined);
  const client = new KinesisVideoClient({ region, endpoint: aws.endpoints.kinesisVideo, maxAttempts: 1, credentials });
  await expect(client.send(new DescribeStreamCommand({ StreamName: 'camera-1' }))).rejects.toMatchObject({ name: 'AccessDeniedException' });
});

test("the credentials are valid for MiniStack's services, within the policies of the role", async () => {
  const s3 = new S3Client({ ...aws.clientConfiguration, credentials: await credentialsOf('camera-1') });
  await s3.send(new PutObjectCommand({ Bucket: 'snapshots', Key: 'a', Body: 'a' }));
  await expect(s3.send(new CreateBucketCommand({ Bucket: 'mine' }))).rejects.toMatchObject({ name: 'AccessDenied' });
});

test.each<[string, () => Promise<CredentialsAnswer>, number]>([
  ['a device whose policy does not allow the alias', () => exchange(stranger, 'cameras', 'stranger'), 403],
  ['a thing that the certificate is not attached to', () => exchange(camera, 'cameras', 'stranger'), 403],
  ['a thing that does not exist', () => exchange(camera, 'cameras', 'nobody'), 403],
  ['a device without a certificate', () => exchange(undefined, 'cameras', 'camera-1'), 403],
  ['a role that does not trust the credentials provider', () => exchange(camera, 'misled', 'camera-1'), 403],
  ['an alias that does not exist', () => exchange(camera, 'gone', 'camera-1'), 404],
])('the credentials provider refuses %s', async (_, ask, status) => {
  const answer = await ask();
  expect(answer.status).toBe(status);
  expect(answer.body.credentials).toBeUndefined();
});

test('DescribeEndpoint returns the endpoint of the credentials provider', async () => {
  const answer = await new IoTClient(aws.iotClientConfiguration).send(new DescribeEndpointCommand({ endpointType: 'iot:CredentialProvider' }));
  expect(answer.endpointAddress).toBe(aws.endpoints.credentials);
});

test.each([
  ['a role whose sessions are shorter', alias('long', 'Role', 7201), /7201, is more than the maximum session duration of role/],
  ['more than twelve hours', alias('long', 'Role', 43_201), /credentialDurationSeconds must be from 900 to 43200, not 43201/],
])('CloudFormation refuses an alias with %s', async (_, resource, reason) => {
  const stackName = `Refused${Date.now()}`;
  const { status, reasons } = await createStack(stackName, { Role: role('credentials.iot.amazonaws.com', 7200, []), Alias: resource });
  expect(status).toBe('ROLLBACK_COMPLETE');
  expect(reasons[0]).toMatch(reason);
});

async function exchange(thing: Thing | undefined, roleAliasName: string, thingName: string | undefined): Promise<CredentialsAnswer> {
  return requestCredentials({
    endpoint: aws.endpoints.credentials,
    roleAliasName,
    thingName,
    certificateAuthority: await readFile(aws.endpoints.ca),
    ...thing && { certificate: await readFile(thing.certificateFile), privateKey: await readFile(thing.keyFile) },
  });
}

async function credentialsOf(thingName: string | undefined) {
  const { accessKeyId, secretAccessKey, sessionToken } = (await exchange(camera, 'cameras', thingName)).body.credentials!;
  return { accessKeyId, secretAccessKey, sessionToken };
}

async function createStack(StackName: string, Resources: object): Promise<{ status: string; reasons: string[] }> {
  const client = new CloudFormationClient(aws.clientConfiguration);
  await client.send(new CreateStackCommand({ StackName, TemplateBody: JSON.stringify({ Resources }), Capabilities: ['CAPABILITY_IAM'] }));
  for (;;) {
    const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName }));
    if (!stack.StackStatus!.endsWith('_IN_PROGRESS')) {
      const { StackEvents = [] } = await client.send(new DescribeStackEventsCommand({ StackName }));
      const failed = StackEvents.filter((event) => event.ResourceStatus!.endsWith('_FAILED'));
      return { status: stack.StackStatus!, reasons: failed.map((event) => event.ResourceStatusReason ?? '') };
    }
    await sleep(100);
  }
}

function role(service: string, MaxSessionDuration: number, statements: object[]): object {
  const Policies = statements.length > 0 ? [{ PolicyName: 'Own', PolicyDocument: { Version: '2012-10-17', Statement: statements } }] : [];
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      MaxSessionDuration,
      AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }] },
      Policies,
    },
  };
}

function alias(RoleAlias: string, roleId: string, CredentialDurationSeconds: number): object {
  return { Type: 'AWS::IoT::RoleAlias', Properties: { RoleAlias, RoleArn: { 'Fn::GetAtt': [roleId, 'Arn'] }, CredentialDurationSeconds } };
}

function aliasArn(name: string): string {
  return `arn:aws:iot:${region}:${account}:rolealias/${name}`;
}

function allow(Action: string, Resource: string | string[]): object {
  return { Effect: 'Allow', Action, Resource };
}
