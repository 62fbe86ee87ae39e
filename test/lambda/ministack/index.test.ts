import { setTimeout as sleep } from 'node:timers/promises';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateBucketCommand, ListObjectVersionsCommand, PutBucketVersioningCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import { handler } from '../../../lambda/index';
import { ServiceError } from '../../../local/iot-streams/control-plane/errors';
import type { LocalAws } from '../../../local/local-aws';
import { startLocalAws } from '../../../local/local-aws';
import type { Endpoint } from '../support/endpoint';
import { startEndpoint } from '../support/endpoint';
import { withEnvironment } from '../support/environment';
import {
  asset, createEvent, deleteEvent, fingerprint, keyOf, LOGICAL_ID, objectsProperties, objectsResource, OWNER_TAGS, PREFIX,
  requestId, sha256, STACK, STREAM_ID, streamProperties, updateEvent,
} from '../support/events';
import { captureLog } from '../support/log-lines';

const ACCOUNT = '000000000000';
const ROLES = { ManagementRoleArn: `arn:aws:iam::${ACCOUNT}:role/Management`, RoleArn: `arn:aws:iam::${ACCOUNT}:role/Delivery` };
const LOCATION = objectsProperties({ ManagementRoleArn: ROLES.ManagementRoleArn });
const FIRST = streamProperties({ ...ROLES, Files: { 0: asset('app 1'), 7: { Text: 'Grüße' } }, Tags: { team: 'radio' } });
const SECOND = streamProperties({ ...ROLES, Files: { 0: asset('app 2'), 7: { Text: 'Grüße' } } });
const ARN = `arn:aws:iot:us-east-1:${ACCOUNT}:stream/${STREAM_ID}`;
const LOCATION_IDS = { logicalId: objectsResource.logicalId, physicalId: objectsResource.physicalId };

const log = captureLog();
let aws: LocalAws;
let endpoint: Endpoint;
let s3: S3Client;
let restore: () => void;

beforeAll(async () => {
  aws = await startLocalAws();
  endpoint = await startEndpoint();
  restore = withEnvironment({
    AWS_ENDPOINT_URL: aws.proxy.url,
    AWS_ENDPOINT_URL_IOT: aws.endpoints.iot,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  });
  s3 = new S3Client(aws.clientConfiguration);
  for (const Bucket of ['storage', 'staging']) await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new PutBucketVersioningCommand({ Bucket: 'storage', VersioningConfiguration: { Status: 'Enabled' } }));
  for (const text of ['app 1', 'app 2']) await s3.send(new PutObjectCommand({ Bucket: 'staging', Key: `${sha256(text)}.bin`, Body: text }));
  await makeRoles();
}, 120_000);

afterAll(async () => {
  restore();
  s3.destroy();
  await endpoint.stop();
  await aws.stop();
});

/** Creates the roles that the construct would create. */
async function makeRoles(): Promise<void> {
  const iam = new IAMClient(aws.clientConfiguration);
  const objects = `arn:aws:s3:::storage/${PREFIX}${'?'.repeat(8)}/${'?'.repeat(64)}`;
  const allow = (Action: string[], Resource: string, Condition?: object) => ({ Effect: 'Allow', Action, Resource, ...(Condition ? { Condition } : {}) });
  const make = async (RoleName: string, principal: object, statements: object[]) => {
    const document = (Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
    await iam.send(new CreateRoleCommand({
      RoleName, AssumeRolePolicyDocument: document([{ Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole' }]),
    }));
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'Stream', PolicyDocument: document(statements) }));
  };
  await make('Delivery', { Service: 'iot.amazonaws.com' }, [allow(['s3:GetObject', 's3:GetObjectVersion'], objects)]);
  await make('Management', { AWS: `arn:aws:iam::${ACCOUNT}:root` }, [
    allow(['Create', 'Update', 'Describe', 'Delete'].map((verb) => `iot:${verb}Stream`), ARN),
    allow(['iot:TagResource', 'iot:UntagResource', 'iot:ListTagsForResource'], ARN),
    allow(['iam:PassRole'], ROLES.RoleArn),
    allow(['s3:GetBucketVersioning', 's3:GetBucketObjectLockConfiguration'], 'arn:aws:s3:::storage'),
    allow(['s3:ListBucketVersions'], 'arn:aws:s3:::storage', { StringEquals: { 's3:prefix': PREFIX } }),
    allow(['s3:PutObject', 's3:GetObject', 's3:GetObjectVersion', 's3:DeleteObjectVersion'], objects),
    allow(['s3:GetObject'], `arn:aws:s3:::staging/${sha256('app 1')}.bin`),
    allow(['s3:GetObject'], `arn:aws:s3:::staging/${sha256('app 2')}.bin`),
  ]);
  iam.destroy();
}

/** Sends an event to the handler and returns the answer that CloudFormation would receive. */
async function send(event: CloudFormationCustomResourceEvent, milliseconds = 300_000): Promise<unknown> {
  endpoint.received.length = 0;
  await handler(event, context(milliseconds));
  expect(endpoint.received).toHaveLength(1);
  return JSON.parse(endpoint.received[0].body);
}

function context(milliseconds: number): Context {
  const end = Date.now() + milliseconds;
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: 'Shop-Handler',
    functionVersion: '$LATEST',
    invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:Shop-Handler',
    memoryLimitInMB: '256',
    awsRequestId: 'unused',
    logGroupName: 'Shop-Handler',
    logStreamName: 'stream',
    getRemainingTimeInMillis: () => end - Date.now(),
    done: () => undefined,
    fail: () => undefined,
    succeed: () => undefined,
  };
}

function url() {
  return { responseUrl: `${endpoint.url}/answer?X-Amz-Signature=5ecre7` };
}

function success(Data: object, ids: { n: number; logicalId?: string; physicalId?: string }) {
  return {
    Status: 'SUCCESS',
    Data,
    PhysicalResourceId: ids.physicalId ?? STREAM_ID,
    StackId: STACK,
    RequestId: requestId(ids.n),
    LogicalResourceId: ids.logicalId ?? LOGICAL_ID,
  };
}

async function keysIn(bucket: string): Promise<string[]> {
  const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket: bucket }));
  return [...Versions, ...DeleteMarkers].map(({ Key }) => Key!).sort();
}

test('the handler creates, updates, rolls back and deletes a stream with the permissions that the construct grants', async () => {
  const { store } = aws.streams;
  const attributes = (version: number) => ({ StreamId: STREAM_ID, StreamArn: ARN, StreamVersion: String(version), FileSize0: '5', FileSize7: '7' });

  expect(await send(createEvent(LOCATION, { ...objectsResource, ...url() }))).toStrictEqual(success({}, { n: 1, ...LOCATION_IDS }));

  expect(await send(createEvent(FIRST, url()))).toStrictEqual(success(attributes(1), { n: 1 }));
  expect(Object.fromEntries(store.find(STREAM_ID)!.tags)).toStrictEqual({
    ...OWNER_TAGS, 'team': 'radio', 'cdk-iot-streams:requests': requestId(1), 'cdk-iot-streams:tags': fingerprint('team'),
  });
  expect(store.find(STREAM_ID)!.files).toMatchObject([{ fileId: 0, key: keyOf('app 1'), size: 5 }, { fileId: 7, key: keyOf('Grüße'), size: 7 }]);
  expect(await keysIn('storage')).toStrictEqual([keyOf('app 1'), keyOf('Grüße')].sort());

  // F13: the role needs time to propagate
  aws.streams.faults.failures.plan({ action: 'UpdateStream', error: new ServiceError('InvalidRequestException', 'AWS IoT cannot read the object') });
  expect(await send(updateEvent(SECOND, FIRST, { ...url(), requestId: requestId(2) }))).toStrictEqual(success(attributes(2), { n: 2 }));
  expect(store.find(STREAM_ID)!.files).toMatchObject([{ key: keyOf('app 2') }, { key: keyOf('Grüße') }]);
  expect(await keysIn('storage')).toStrictEqual([keyOf('app 1'), keyOf('app 2'), keyOf('Grüße')].sort());

  // F7: the rollback
  expect(await send(updateEvent(FIRST, SECOND, { ...url(), requestId: requestId(3) }))).toStrictEqual(success(attributes(3), { n: 3 }));
  expect(store.find(STREAM_ID)!.files).toMatchObject([{ key: keyOf('app 1') }, { key: keyOf('Grüße') }]);

  expect(await send(deleteEvent(FIRST, { ...url(), requestId: requestId(4) }))).toStrictEqual(success({}, { n: 4 }));
  expect(store.find(STREAM_ID)).toBeUndefined();

  expect(await send(deleteEvent(LOCATION, { ...objectsResource, ...url(), requestId: requestId(5) })))
    .toStrictEqual(success({}, { n: 5, ...LOCATION_IDS }));
  expect(await keysIn('storage')).toStrictEqual([]);

  // F9
  expect(log.text()).not.toMatch(/5ecre7|Grüße|ServiceToken/);
}, 60_000);

test('F11, F50: the handler answers in time and ends its process if a service hangs', async () => {
  const exit = jest.spyOn(process, 'exit').mockImplementation();
  const before = aws.streams.calls.length;
  aws.streams.faults.latencyMilliseconds = 2_500;

  const answer = await send(createEvent(FIRST, url()), 4_000);

  expect(answer).toStrictEqual({
    Status: 'FAILED',
    Reason: 'the handler ran out of time: deploy again, and look for the slow call in its log (log stream: stream in Shop-Handler)',
    PhysicalResourceId: 'cdk-iot-streams:create-failed',
    StackId: STACK,
    RequestId: requestId(1),
    LogicalResourceId: LOGICAL_ID,
  });
  expect(exit.mock.calls).toStrictEqual([[1]]);
  exit.mockRestore();
  aws.streams.faults.latencyMilliseconds = 0;
  // the service can be stopped only when it has finished the aborted call
  while (aws.streams.calls.length === before) await sleep(20);
}, 60_000);

test('F52: the handler answers the Delete of an unknown resource type with success', async () => {
  expect(await send(deleteEvent({}, { ...url(), resourceType: 'Custom::Newer', logicalId: 'Newer', physicalId: 'newer' })))
    .toStrictEqual(success({}, { n: 1, logicalId: 'Newer', physicalId: 'newer' }));
});
