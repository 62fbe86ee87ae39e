import { CreateStreamCommand } from '@aws-sdk/client-iot';
import type { StreamRecord } from '../../../../local/iot-streams/stream';
import { allow, iotTrust } from '../in-memory';
import type { ServiceFixture } from '../service-fixture';
import { startFixture } from '../service-fixture';

let fixture: ServiceFixture;

beforeEach(async () => {
  fixture = await startFixture({ freshMilliseconds: 100 });
});

afterEach(() => fixture.stop());

async function stream(s3Location: { bucket: string; key: string; version?: string }): Promise<StreamRecord> {
  await fixture.client().send(new CreateStreamCommand({ streamId: 's', files: [{ fileId: 0, s3Location }], roleArn: fixture.roleArn }));
  return fixture.service.source.find('s')!;
}

async function read(record: StreamRecord, start = 0, end = 131_072): Promise<string> {
  return Buffer.from(await fixture.service.source.read(record, record.files[0], start, end)).toString();
}

function later(): void {
  fixture.clock += 100;
}

test('finds the current stream', async () => {
  expect(fixture.service.source.find('s')).toBeUndefined();
  expect(await stream({ bucket: 'bucket', key: 'file' })).toMatchObject({ streamId: 's', streamVersion: 1, roleArn: fixture.roleArn });
});

test('reads the requested part of a file, up to its end', async () => {
  const record = await stream({ bucket: 'bucket', key: 'file' });
  expect(await read(record)).toBe('abc');
  expect(await read(record, 1, 2)).toBe('b');
  expect(await read(record, 2, 9)).toBe('c');
});

test('reads a pinned version although the object has been overwritten', async () => {
  const record = await stream(fixture.files[0].s3Location);
  fixture.objects.put('bucket', 'file', 'new');
  later();
  expect(await read(record)).toBe('abc');
});

test('refuses an unpinned object that has been overwritten', async () => {
  const record = await stream({ bucket: 'bucket', key: 'file' });
  fixture.objects.put('bucket', 'file', 'new');
  await expect(read(record)).rejects.toMatchObject({
    reason: 'ETagMismatch', message: 'object s3://bucket/file is not the one that the stream was given',
  });
});

test('refuses an object that has been deleted', async () => {
  const record = await stream({ bucket: 'bucket', key: 'file' });
  fixture.objects.delete('bucket', 'file');
  await expect(read(record)).rejects.toMatchObject({ reason: 'ResourceNotFound', message: 'There is no object s3://bucket/file' });
});

test('checks the role at every read: its existence, its trust policy and its permissions', async () => {
  const record = await stream({ bucket: 'bucket', key: 'file' });
  expect(await read(record)).toBe('abc');
  later();
  fixture.roles.put('Delivery', [iotTrust], []);
  await expect(read(record)).rejects.toMatchObject({ reason: 'Unauthorized', message: expect.stringContaining('s3:GetObject on resource') });
  later();
  fixture.roles.put('Delivery', [], [allow('s3:GetObject', '*')]);
  await expect(read(record)).rejects.toMatchObject({ reason: 'Unauthorized', message: expect.stringContaining('trust policy') });
  later();
  fixture.roles.delete(fixture.roleArn);
  await expect(read(record)).rejects.toMatchObject({ reason: 'Unauthorized', message: expect.stringContaining('no such role') });
});

test('caches roles and objects for a short time, and does not cache failures', async () => {
  const record = await stream({ bucket: 'bucket', key: 'file' });
  const find = jest.spyOn(fixture.roles, 'find');
  const head = jest.spyOn(fixture.objects, 'head').mockRejectedValueOnce(new Error('disk'));
  await expect(read(record)).rejects.toThrow('disk');
  await Promise.all([read(record), read(record)]);
  await read(record);
  expect(find).toHaveBeenCalledTimes(1);
  expect(head).toHaveBeenCalledTimes(2);
  later();
  await read(record);
  expect(find).toHaveBeenCalledTimes(2);
  expect(head).toHaveBeenCalledTimes(3);
});
