import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { IAM_PROPAGATION_MILLISECONDS } from '../../../lambda/core/iam-propagation';
import { physicalIdOf, route } from '../../../lambda/core/router';
import { videoStreams } from '../../../lambda/kinesis-video/kinesis-video';
import { versionLookup } from '../../../lambda/kinesis-video/version-lookup';
import { KinesisVideoError } from '../../../local/kinesis-video/errors';
import type { KinesisVideo } from '../../../local/kinesis-video/service';
import { startKinesisVideo } from '../../../local/kinesis-video/service';
import type { StreamState } from '../../../local/kinesis-video/streams';
import type { RenderedStream, VersionProperties } from '../../../src/kinesis-video/private/contract';
import { VERSION_RESOURCE_TYPE } from '../../../src/kinesis-video/private/contract';
import { allow, InMemoryRoles, InMemorySessions } from '../../local/iot-streams/in-memory';
import { STACK } from '../support/events';
import { captureLog } from '../support/log-lines';

const LOGICAL_ID = 'DoorVersion1A2B3C4D';
const ROLE = 'arn:aws:iam::000000000000:role/Lookup';
const START = 1_700_000_000_000;
const log = captureLog();

/* The lookup against the local service over HTTP, with the credentials of a role that may only describe the stream. */

let time: number;
let service: KinesisVideo;
let stream: StreamState;
let connects: number;
let mayDescribe: boolean;
const clock = { now: () => time, sleep: async (milliseconds: number) => { time += milliseconds; } };

beforeEach(async () => {
  time = START;
  connects = 0;
  mayDescribe = true;
  const roles = new InMemoryRoles();
  const sessions = new InMemorySessions();
  service = await startKinesisVideo({ roles, sessions, now: () => time });
  stream = service.streams.create({
    streamName: 'door',
    streamArn: `arn:aws:kinesisvideo:us-east-1:000000000000:stream/door/${START}`,
    deviceName: 'camera',
    mediaType: 'video/h264',
    kmsKeyId: 'key',
    dataRetentionInHours: 24,
    storageTier: 'HOT',
    tags: {},
  });
  const lookup = versionLookup(async (roleArn, { context, signal }) => {
    expect(roleArn).toBe(ROLE);
    connects += 1;
    roles.put('Lookup', [], mayDescribe ? [allow('kinesisvideo:DescribeStream', stream.streamArn)] : []);
    const options = {
      maxAttempts: 1,
      endpoint: service.url,
      region: 'us-east-1',
      credentials: sessions.assume(ROLE),
      requestHandler: { connectionTimeout: 5_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
    };
    return videoStreams(options, context, signal);
  });
  registry = { [VERSION_RESOURCE_TYPE]: lookup };
});

afterEach(() => service.stop());

let registry: Parameters<typeof route>[2]['registry'];

type Properties = Partial<VersionProperties>;

function send(...event: Parameters<typeof eventOf>): Promise<Readonly<Record<string, string>>> {
  return route(eventOf(...event), new AbortController().signal, { registry, clock });
}

function eventOf(
  RequestType: 'Create' | 'Update' | 'Delete', wanted: RenderedStream = {}, old?: Properties,
): CloudFormationCustomResourceEvent {
  return {
    RequestType,
    ResourceType: VERSION_RESOURCE_TYPE,
    LogicalResourceId: LOGICAL_ID,
    StackId: STACK,
    RequestId: 'r',
    ServiceToken: '',
    ResponseURL: '',
    ...RequestType === 'Create' ? {} : { PhysicalResourceId: stream.streamArn },
    ...old && { OldResourceProperties: old },
    ResourceProperties: { ServiceToken: '', ManagementRoleArn: ROLE, StreamArn: stream.streamArn, Stream: wanted },
  } as unknown as CloudFormationCustomResourceEvent;
}

function version(): string {
  return service.streams.find('door')!.version;
}

test('the ARN of the stream is the physical ID', () => {
  expect(physicalIdOf(eventOf('Create'), registry)).toBe(stream.streamArn);
});

test('a Create returns the version of the stream with one call', async () => {
  const wanted = { DeviceName: 'camera', MediaType: 'video/h264', DataRetentionInHours: '24' };
  await expect(send('Create', wanted)).resolves.toEqual({ StreamVersion: version() });
  expect(service.calls).toEqual([{ operation: 'DescribeStream', principal: ROLE, status: 200 }]);
  expect(log.lines()).toEqual([{
    stack: STACK,
    logicalId: LOGICAL_ID,
    streamId: stream.streamArn,
    call: `describe video stream '${stream.streamArn}'`,

    attempt: 1,
    status: 'ok',
  }]);
});

test('an Update waits until the stream is active and shows the new values', async () => {
  service.delays.updateMilliseconds = 5_000;
  service.delays.describeLagMilliseconds = 3_000;
  const before = version();
  service.streams.update(service.streams.find('door')!, { mediaType: 'video/h265', dataRetentionInHours: 1 }, true);
  time += 3_000;
  const { StreamVersion } = await send('Update', { MediaType: 'video/h265', DataRetentionInHours: '1' });
  expect(StreamVersion).toBe(version());
  expect(StreamVersion).not.toBe(before);
});

const MESSAGE = (got: string) => `stream '${stream.streamArn}' must show the values of the template within 90 seconds, got: ${got}; `
  + 'undo what changed it outside of CloudFormation, or deploy again';

test.each<[RenderedStream, string]>([
  [{ DeviceName: 'other' }, "DeviceName 'camera'"],
  [{ MediaType: 'video/h265' }, "MediaType 'video/h264'"],
  [{ DataRetentionInHours: '48' }, "DataRetentionInHours '24'"],
])('a Create fails after 90 seconds if the stream does not show %j', async (wanted, got) => {
  await expect(send('Create', wanted)).rejects.toThrow(new Error(MESSAGE(got)));
  expect(time - START).toBe(90_000);
});

test('a Create fails after 90 seconds if the stream does not become active', async () => {
  service.delays.updateMilliseconds = 1_000_000;
  service.streams.update(stream, {}, true);
  await expect(send('Create')).rejects.toThrow(new Error(MESSAGE("Status 'UPDATING'")));
  expect(time - START).toBe(90_000);
});

test('F111: a Create retries denials, throttling and late responses together for at most 90 seconds', async () => {
  mayDescribe = false;
  const { sleep } = clock;
  clock.sleep = async (milliseconds) => {
    await sleep(milliseconds);
    mayDescribe = time - START > 60_000;
  };
  await expect(send('Create', { MediaType: 'video/h265' })).rejects.toThrow(new Error(MESSAGE("MediaType 'video/h264'")));
  expect(time - START).toBe(90_000);
  clock.sleep = sleep;
});

describe('F110: somebody has changed the stream outside of CloudFormation', () => {
  const template = { DeviceName: 'camera', MediaType: 'video/h264', DataRetentionInHours: '48' };

  test('F110: an Update does not wait for a value that only somebody outside of CloudFormation has changed', async () => {
    const old = { StreamArn: stream.streamArn, Stream: { ...template, MediaType: 'video/h265' } };
    await expect(send('Update', template, old)).resolves.toEqual({ StreamVersion: version() });
    expect(time).toBe(START);
  });

  test('F110: an Update that changes only a tag succeeds, and its rollback as well', async () => {
    const old = { StreamArn: stream.streamArn, Stream: template };
    await expect(send('Update', template, old)).resolves.toEqual({ StreamVersion: version() });
  });

  test.each<[string, () => Properties | undefined]>([
    ['of another stream', () => ({ StreamArn: stream.streamArn.replace('door', 'gate'), Stream: template })],
    ['whose old properties are missing', () => undefined],
    ['whose old properties have no values of the stream', () => ({ StreamArn: stream.streamArn })],
  ])('F110: an Update %s waits for all values of the template and then succeeds', async (_what, old) => {
    await expect(send('Update', template, old())).resolves.toEqual({ StreamVersion: version() });
    expect(time - START).toBe(90_000);
  });

  test('F110: an Update whose change does not become visible returns the current version, because its rollback would fail as well', async () => {
    const old = { StreamArn: stream.streamArn, Stream: { ...template, DataRetentionInHours: '24' } };
    await expect(send('Update', template, old)).resolves.toEqual({ StreamVersion: version() });
    expect(time - START).toBe(90_000);
  });
});

test('a Create waits for IAM propagation, with fresh credentials for each attempt', async () => {
  mayDescribe = false;
  const { sleep } = clock;
  clock.sleep = async (milliseconds) => {
    await sleep(milliseconds);
    mayDescribe = time - START > 5_000;
  };
  await expect(send('Create')).resolves.toEqual({ StreamVersion: version() });
  expect(connects).toBe(4);
  clock.sleep = sleep;
});

test.each<[ConstructorParameters<typeof KinesisVideoError>[0], string]>([
  ['ClientLimitExceededException', 'the account exceeds the request rate of Kinesis Video: deploy again, with fewer streams at a time'],
  ['ResourceNotFoundException', 'somebody deleted the stream: deploy it under another construct id'],
  ...(['AccessDeniedException', 'NotAuthorizedException'] as const).map((name): [typeof name, string] => [name, 'still denied after 90 seconds, so this is not IAM propagation delay; '
    + 'check for a permissions boundary or service control policy that does not allow kinesisvideo:DescribeStream']),
])('a Create fails with advice if the service keeps answering %s', async (error, advice) => {
  service.faults.failures.plan({ action: 'DescribeStream', error: new KinesisVideoError(error, 'planned'), times: 100 });
  await expect(send('Create')).rejects.toMatchObject({
    message: `failed to describe video stream '${stream.streamArn}': planned (${error}); ${advice}`,
  });
  expect(time - START).toBe(IAM_PROPAGATION_MILLISECONDS);
});

test('a Delete assumes no role and makes no call', async () => {
  await expect(send('Delete')).resolves.toEqual({});
  expect([connects, service.calls]).toEqual([0, []]);
});
