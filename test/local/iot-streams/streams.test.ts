import type { IoTClient } from '@aws-sdk/client-iot';
import {
  CreateStreamCommand, DeleteStreamCommand, DescribeStreamCommand, ListStreamsCommand, ListTagsForResourceCommand, paginateListStreams,
  ResourceAlreadyExistsException, UpdateStreamCommand,
} from '@aws-sdk/client-iot';
import type { ServiceFixture } from './service-fixture';
import { startFixture } from './service-fixture';

const DAY = 24 * 60 * 60 * 1000;
const arn = 'arn:aws:iot:us-east-1:000000000000:stream/s';

let fixture: ServiceFixture;
let iot: IoTClient;

beforeEach(async () => {
  fixture = await startFixture();
  iot = fixture.client();
});

afterEach(() => fixture.stop());

const create = (more: object = {}) =>
  iot.send(new CreateStreamCommand({ streamId: 's', files: fixture.files, roleArn: fixture.roleArn, ...more }));
const update = (more: object = {}) => iot.send(new UpdateStreamCommand({ streamId: 's', ...more }));
const describeStream = async (streamId = 's') => (await iot.send(new DescribeStreamCommand({ streamId }))).streamInfo;
const remove = (streamId = 's') => iot.send(new DeleteStreamCommand({ streamId }));

describe('CreateStream and DescribeStream', () => {
  test('DescribeStream returns the stream without sizes and tags', async () => {
    const { $metadata, ...created } = await create({ description: 'Pumpe äöü 💧', tags: [{ Key: 'a', Value: 'b' }] });
    expect($metadata.httpStatusCode).toBe(200);
    expect(created).toEqual({ streamId: 's', streamArn: arn, description: 'Pumpe äöü 💧', streamVersion: 1 });
    const at = new Date('2026-11-21T12:00:00.250Z');
    expect(await describeStream()).toEqual({
      streamId: 's', streamArn: arn, description: 'Pumpe äöü 💧', streamVersion: 1, files: fixture.files, roleArn: fixture.roleArn, createdAt: at, lastUpdatedAt: at,
    });
  });

  test('DescribeStream omits a description and a version that were not given', async () => {
    const files = [{ fileId: 255, s3Location: { bucket: 'bucket', key: 'file' } }];
    expect(await create({ files })).not.toHaveProperty('description');
    expect(await describeStream()).not.toHaveProperty('description');
    expect((await describeStream())?.files).toEqual(files);
  });

  test('CreateStream refuses a second stream with the same ID, and names its ID and ARN', async () => {
    await create();
    const error = await create().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ResourceAlreadyExistsException);
    expect(error).toMatchObject({ message: 'Stream s already exists', resourceId: 's', resourceArn: arn, $metadata: { httpStatusCode: 409 } });
  });

  test('CreateStream succeeds for one of two concurrent calls', async () => {
    const results = await Promise.allSettled([create(), create()]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  test('DescribeStream fails for a stream that does not exist', async () => {
    await expect(describeStream('t')).rejects.toMatchObject({
      name: 'ResourceNotFoundException', message: 'Stream t does not exist', $metadata: { httpStatusCode: 404 },
    });
  });

  test('CreateStream stores what the data plane needs', async () => {
    await create();
    expect(fixture.service.source.find('s')?.files).toEqual([
      { fileId: 0, bucket: 'bucket', key: 'file', version: 'v1', size: 3, eTag: '"616263"' },
    ]);
  });

  test('CreateStream refuses more streams than the limit of the account with status 410', async () => {
    fixture.service.faults.streamLimit = 0;
    await expect(create()).rejects.toMatchObject({
      name: 'LimitExceededException',
      message: 'You have exceeded the limit for the number of streams in your AWS account',
      $metadata: { httpStatusCode: 410 },
    });
  });
});

describe('UpdateStream', () => {
  test('UpdateStream increases the version without a change, and keeps omitted properties', async () => {
    await create({ description: 'first' });
    fixture.clock += 1500;
    const { $metadata, ...updated } = await update();
    expect(updated).toEqual({ streamId: 's', streamArn: arn, description: 'first', streamVersion: 2 });
    expect(await describeStream()).toMatchObject({
      files: fixture.files,
      roleArn: fixture.roleArn,
      createdAt: new Date('2026-11-21T12:00:00.250Z'),
      lastUpdatedAt: new Date('2026-11-21T12:00:01.750Z'),
    });
  });

  test('UpdateStream replaces the given properties and keeps the tags', async () => {
    await create({ tags: [{ Key: 'a', Value: 'b' }] });
    const version = fixture.objects.put('bucket', 'other', 'defg');
    const files = [{ fileId: 1, s3Location: { bucket: 'bucket', key: 'other', version } }];
    expect(await update({ files, description: 'second' })).toMatchObject({ streamVersion: 2, description: 'second' });
    expect(fixture.service.source.find('s')?.files).toMatchObject([{ fileId: 1, size: 4 }]);
    expect((await iot.send(new ListTagsForResourceCommand({ resourceArn: arn }))).tags).toEqual([{ Key: 'a', Value: 'b' }]);
  });

  test('UpdateStream reads unpinned objects again', async () => {
    await create({ files: [{ fileId: 0, s3Location: { bucket: 'bucket', key: 'file' } }] });
    fixture.objects.put('bucket', 'file', 'more than three');
    await update();
    expect(fixture.service.source.find('s')?.files[0].size).toBe(15);
  });

  test('UpdateStream fails for a stream that does not exist', async () => {
    await expect(update()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  test('UpdateStream refuses to exceed the last version', async () => {
    await create();
    fixture.service.store.update(fixture.service.store.find('s')!, {});
    const stream = fixture.service.store.find('s')!;
    fixture.service.store.update({ ...stream, streamVersion: 65_534 }, {});
    await expect(update()).rejects.toMatchObject({ name: 'LimitExceededException', message: 'Stream s has reached the last version, 65535' });
  });
});

describe('DeleteStream', () => {
  test('DeleteStream deletes a stream, and fails the second time', async () => {
    await create();
    await remove();
    await expect(describeStream()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await expect(remove()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  test('DeleteStream fails for an attached stream', async () => {
    await create();
    fixture.service.faults.attachedStreams.add('s');
    await expect(remove()).rejects.toMatchObject({
      name: 'DeleteConflictException', message: 'Stream s is attached to one or more resources', $metadata: { httpStatusCode: 409 },
    });
  });

  test('CreateStream continues the versions of an ID that was deleted within 90 days, without its tags', async () => {
    await create({ tags: [{ Key: 'a', Value: 'b' }] });
    await update();
    await remove();
    fixture.clock += 90 * DAY;
    expect(await create()).toMatchObject({ streamVersion: 3 });
    expect((await iot.send(new ListTagsForResourceCommand({ resourceArn: arn }))).tags).toEqual([]);
    await remove();
    expect(await create()).toMatchObject({ streamVersion: 4 });
  });

  test('CreateStream restarts the versions of an ID that was deleted more than 90 days ago', async () => {
    await create();
    await update();
    await remove();
    fixture.clock += 90 * DAY + 1;
    expect(await create()).toMatchObject({ streamVersion: 1 });
  });
});

test('the first version can be configured as 0', async () => {
  await fixture.stop();
  fixture = await startFixture({ firstVersion: 0 });
  iot = fixture.client();
  expect(await create()).toMatchObject({ streamVersion: 0 });
  expect((await describeStream())?.streamVersion).toBe(0);
  expect(await update()).toMatchObject({ streamVersion: 1 });
});

describe('ListStreams', () => {
  beforeEach(async () => {
    for (const streamId of ['a', 'b', 'c']) await create({ streamId, ...(streamId === 'b' ? { description: 'of b' } : {}) });
  });

  const ids = async (input: object) => (await iot.send(new ListStreamsCommand(input))).streams?.map(({ streamId }) => streamId);

  test('ListStreams returns summaries', async () => {
    const { streams, nextToken } = await iot.send(new ListStreamsCommand({}));
    expect(streams?.[1]).toEqual({ streamId: 'b', streamArn: expect.stringMatching(/stream\/b$/), streamVersion: 1, description: 'of b' });
    expect(nextToken).toBeUndefined();
  });

  test('ListStreams returns the newest streams first by default', async () => {
    expect(await ids({})).toEqual(['c', 'b', 'a']);
    expect(await ids({ ascendingOrder: false })).toEqual(['c', 'b', 'a']);
    expect(await ids({ ascendingOrder: true })).toEqual(['a', 'b', 'c']);
  });

  test.each([[true, ['a', 'b', 'c']], [false, ['c', 'b', 'a']]])('ListStreams returns pages, ascending: %s', async (ascendingOrder, expected) => {
    const pages: (string | undefined)[][] = [];
    for await (const page of paginateListStreams({ client: iot, pageSize: 2 }, { ascendingOrder })) {
      pages.push(page.streams!.map(({ streamId }) => streamId));
    }
    expect(pages.map((page) => page.length)).toEqual([2, 1]);
    expect(pages.flat()).toEqual(expected);
  });

  test('ListStreams continues a list although streams have been deleted', async () => {
    const first = await iot.send(new ListStreamsCommand({ maxResults: 1, ascendingOrder: true }));
    await remove('a');
    expect(await ids({ ascendingOrder: true, nextToken: first.nextToken })).toEqual(['b', 'c']);
  });

  test('ListStreams returns 25 streams a page by default', async () => {
    for (let n = 0; n < 25; n++) await create({ streamId: `more-${n}` });
    const { streams, nextToken } = await iot.send(new ListStreamsCommand({}));
    expect(streams).toHaveLength(25);
    expect(nextToken).toBeDefined();
    expect(await ids({ maxResults: 250 })).toHaveLength(28);
  });

  test('ListStreams refuses an invalid token', async () => {
    await expect(ids({ nextToken: 'x' })).rejects.toMatchObject({ name: 'InvalidRequestException', message: 'nextToken is not one of this service' });
  });
});
