import type { IoTClient } from '@aws-sdk/client-iot';
import { CreateStreamCommand, DescribeStreamCommand, ListStreamsCommand, ListTagsForResourceCommand, UpdateStreamCommand } from '@aws-sdk/client-iot';
import type { ErrorName } from '../../../../local/iot-streams/control-plane/errors';
import { ServiceError } from '../../../../local/iot-streams/control-plane/errors';
import type { Operation } from '../../../../local/iot-streams/requests';
import type { ServiceFixture } from '../service-fixture';
import { startFixture } from '../service-fixture';

let fixture: ServiceFixture;
let iot: IoTClient;

beforeEach(async () => {
  fixture = await startFixture();
  iot = fixture.client();
});

afterEach(() => fixture.stop());

const create = () => iot.send(new CreateStreamCommand({ streamId: 's', files: fixture.files, roleArn: fixture.roleArn }));
const list = () => iot.send(new ListStreamsCommand({}));

test('throttles each operation above its rate limit', async () => {
  const throttled = { name: 'ThrottlingException', message: 'Rate exceeded', $metadata: { httpStatusCode: 400 } };
  fixture.service.faults.requestsPerSecond = 2;
  await list();
  await list();
  await expect(list()).rejects.toMatchObject(throttled);
  await expect(create()).resolves.toBeDefined();
  fixture.clock += 500;
  await list();
  await expect(list()).rejects.toMatchObject(throttled);
  fixture.clock += 60_000;
  await list();
  await list();
  await expect(list()).rejects.toMatchObject(throttled);
  fixture.service.faults.requestsPerSecond = undefined;
  await expect(list()).resolves.toBeDefined();
});

test('refuses a new role during the configured delay', async () => {
  fixture.service.faults.roleDelayMilliseconds = 10_000;
  const notYet = { name: 'InvalidRequestException', message: `AWS IoT cannot assume role ${fixture.roleArn} yet` };
  await expect(create()).rejects.toMatchObject(notYet);
  fixture.clock += 9_999;
  await expect(create()).rejects.toMatchObject(notYet);
  fixture.clock += 1;
  await expect(create()).resolves.toBeDefined();
});

test('can delay each role differently', async () => {
  fixture.service.faults.roleDelayMilliseconds = (roleArn) => roleArn === fixture.roleArn ? 10_000 : 0;
  await expect(create()).rejects.toMatchObject({ name: 'InvalidRequestException' });
  fixture.service.faults.roleDelayMilliseconds = (roleArn) => roleArn === fixture.roleArn ? 0 : 10_000;
  await expect(create()).resolves.toBeDefined();
});

test.each<[ErrorName, number, Operation | '*']>([
  ['UnauthorizedException', 401, 'CreateStream'],
  ['InternalFailureException', 500, '*'],
  ['ServiceUnavailableException', 503, '*'],
])('returns a planned %s with status %i for the operation %s', async (errorName, httpStatusCode, action) => {
  fixture.service.faults.failures.plan({ action, error: new ServiceError(errorName, 'planned') });
  await expect(create()).rejects.toMatchObject({ name: errorName, message: 'planned', $metadata: { httpStatusCode } });
  await expect(create()).resolves.toBeDefined();
});

test('can lose the answer of a call that was performed', async () => {
  await create();
  fixture.service.faults.failures.plan({ action: 'UpdateStream', error: new ServiceError('InternalFailureException', 'lost'), when: 'after' });
  await expect(iot.send(new UpdateStreamCommand({ streamId: 's' }))).rejects.toMatchObject({ message: 'lost' });
  expect(fixture.service.store.find('s')?.streamVersion).toBe(2);
});

test('can add latency to every call', async () => {
  fixture.service.faults.latencyMilliseconds = 100;
  const start = performance.now();
  await list();
  expect(performance.now() - start).toBeGreaterThanOrEqual(99);
});

test('can create streams of another owner', async () => {
  const { streamArn } = fixture.service.seed({ streamId: 's', description: 'theirs', tags: { owner: 'them' } });
  fixture.service.seed({ streamId: 't', roleArn: fixture.roleArn, files: [{ fileId: 1, bucket: 'b', key: 'k', size: 1, eTag: '"e"' }] });
  await expect(create()).rejects.toMatchObject({ name: 'ResourceAlreadyExistsException' });
  expect((await iot.send(new DescribeStreamCommand({ streamId: 's' }))).streamInfo).toMatchObject({
    streamVersion: 1, description: 'theirs', roleArn: 'arn:aws:iam::000000000000:role/Foreign', files: [],
  });
  expect((await iot.send(new ListTagsForResourceCommand({ resourceArn: streamArn }))).tags).toEqual([{ Key: 'owner', Value: 'them' }]);
  expect((await iot.send(new DescribeStreamCommand({ streamId: 't' }))).streamInfo).toMatchObject({
    roleArn: fixture.roleArn, files: [{ fileId: 1, s3Location: { bucket: 'b', key: 'k' } }],
  });
});

test('returns an internal failure if the object store fails, and logs the reason', async () => {
  const log = jest.spyOn(console, 'error').mockImplementation();
  jest.spyOn(fixture.objects, 'head').mockRejectedValue(new Error('disk'));
  await expect(create()).rejects.toMatchObject({ name: 'InternalFailureException', message: 'An internal failure occurred' });
  expect(log).toHaveBeenCalledWith('iot-streams:', expect.objectContaining({ message: 'disk' }));
  log.mockRestore();
});
