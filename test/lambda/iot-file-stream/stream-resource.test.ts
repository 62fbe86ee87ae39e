import type { Way } from './doubles';
import { arnOf, failing, refused, waiting, World } from './doubles';
import type { LiveStream } from '../../../lambda/iot-file-stream/model';
import type { StreamRequest } from '../../../lambda/iot-file-stream/stream-resource';
import { remove, streamResource } from '../../../lambda/iot-file-stream/stream-resource';
import type { FileProperties, StreamProperties } from '../../../src/iot-file-stream/private/contract';
import {
  asset, createEvent, declarationOf, fingerprint, keyOf, LOGICAL_ID, OWNER_TAGS, PREFIX, requestId, sha256, STACK, STREAM_ID,
  streamProperties, streamRequest, updateEvent,
} from '../support/events';
import { captureLog } from '../support/log-lines';
import { createOrChange } from '../support/resource-types';

const ONE = streamProperties({ Files: { 0: { Text: 'one' } } });
const TWO = streamProperties({ Files: { 0: { Text: 'two' } } });
const ARN = arnOf(STREAM_ID);
const SUPERSEDED = new Error('duplicate event: a newer event for this resource was already processed, so nothing was changed');
const READ_STATE = [`describe ${STREAM_ID}`, `list storage/${PREFIX}`];

const log = captureLog();
let world: World;

beforeEach(() => {
  world = new World();
  for (const bucket of ['storage', 'staging', 'vendor']) world.makeBucket(bucket);
});

function attributes(version: number) {
  return { StreamId: STREAM_ID, StreamArn: ARN, StreamVersion: String(version), ...world.sizes(STREAM_ID) };
}

function deploy(n: number, properties: StreamProperties, old?: StreamProperties, way?: Way) {
  return createOrChange(streamRequest(n, properties, old), world.connect(way));
}

/** Creates a stream, and then forgets the calls that this took. */
async function given(properties = ONE): Promise<LiveStream> {
  await deploy(1, properties);
  world.calls.length = 0;
  return world.streams.get(STREAM_ID)!;
}

describe('the events of the resource type', () => {
  const type = streamResource(async () => world.connect());
  const invocation = () => ({
    context: { stack: STACK, logicalId: LOGICAL_ID, streamId: STREAM_ID }, signal: new AbortController().signal, found: new Set<string>(),
  });

  test('names the stream of an event for the log', () => {
    expect(type.subject(createEvent(ONE))).toBe(STREAM_ID);
  });

  test('an Update keeps the objects of its old properties for a rollback and removes older ones', async () => {
    const three = streamProperties({ Files: { 0: { Text: 'three' } } });
    await type.create(createEvent(ONE), invocation());
    await type.update(updateEvent(TWO, ONE, { requestId: requestId(2) }), invocation());
    await type.update(updateEvent(three, TWO, { requestId: requestId(3) }), invocation());

    expect(world.contents('storage')).toStrictEqual([`${keyOf('two')}@v2`, `${keyOf('three')}@v3`]);
  });
});

describe('Create', () => {
  test('a Create writes the files, then creates the stream with owner tags, the request ID and the tags of the user', async () => {
    world.put('staging', `${sha256('app')}.bin`, 'app');
    const properties = streamProperties({ Files: { 0: { Text: 'one' }, 5: asset('app') }, Tags: { team: 'radio' } });

    expect(await deploy(1, properties)).toStrictEqual({ StreamId: STREAM_ID, StreamArn: ARN, StreamVersion: '1', FileSize0: '3', FileSize5: '3' });

    expect(world.calls).toStrictEqual([...READ_STATE, `write storage/${keyOf('one')}`, `write storage/${keyOf('app')}`, `create ${STREAM_ID}`]);
    expect(world.streams.get(STREAM_ID)).toStrictEqual({
      streamId: STREAM_ID,
      streamArn: ARN,
      createdAt: 1,
      streamVersion: 1,
      description: 'Shop/Firmware',
      roleArn: 'arn:aws:iam::111122223333:role/Delivery',
      files: [
        { fileId: 0, bucket: 'storage', key: keyOf('one'), version: 'v2' },
        { fileId: 5, bucket: 'storage', key: keyOf('app'), version: 'v3' },
      ],
      tags: { ...OWNER_TAGS, 'team': 'radio', 'cdk-iot-streams:requests': requestId(1), 'cdk-iot-streams:tags': fingerprint('team') },
    });
  });

  test('F16: a Create returns the version of the service, also for an ID that existed before', async () => {
    await given();
    await deploy(2, TWO, ONE);
    await remove(streamRequest(3, TWO), world.connect());

    expect(await deploy(4, ONE)).toStrictEqual(attributes(3));
  });

  test('F1: a duplicate of a Create changes nothing and returns the same attributes', async () => {
    await given();

    expect(await deploy(1, ONE)).toStrictEqual(attributes(1));
    expect(world.writes()).toStrictEqual([]);
  });

  test('F1: a Create updates a stream of this resource that another request created', async () => {
    await given();

    expect(await deploy(2, TWO)).toStrictEqual(attributes(2));
    expect(world.download(STREAM_ID)).toStrictEqual({ 0: 'two' });
  });

  test('a Create with malformed properties makes no call', async () => {
    await expect(deploy(1, { ...ONE, Files: {} })).rejects.toStrictEqual(new Error("property 'Files' must have at least one file, got: {}"));
    expect(world.calls).toStrictEqual([]);
  });
});

describe('a stream of another owner', () => {
  const OTHER_STACK = 'arn:aws:cloudformation:eu-west-1:111122223333:stack/Shop/00000000-0000-0000-0000-000000000000';
  const advice = "is left as it is: keep the construct's id, or choose another 'streamId', or, if nothing needs that stream any more, run: "
    + `aws iot delete-stream --stream-id ${STREAM_ID} --region eu-west-1`;
  const cases: [string, Record<string, string>, string][] = [
    ['F2: a stream that somebody else created', { team: 'other' }, `stream '${STREAM_ID}' was not made by this construct and ${advice}`],
    [
      'F3: the stream of a renamed construct of the same stack', { ...OWNER_TAGS, 'cdk-iot-streams:resource': 'Before1A2B3C4D' },
      `stream '${STREAM_ID}' belongs to resource 'Before1A2B3C4D' of stack '${STACK}' and ${advice}`,
    ],
    [
      'F36: a stream that a deleted stack retained', { ...OWNER_TAGS, 'cdk-iot-streams:stack': OTHER_STACK },
      `stream '${STREAM_ID}' belongs to resource '${LOGICAL_ID}' of stack '${OTHER_STACK}' and ${advice}`,
    ],
  ];

  test.each(cases)('%s is refused by a Create, with advice', async (_, tags, message) => {
    const theirs = world.streams.put({ streamId: STREAM_ID, tags });

    await expect(deploy(1, ONE)).rejects.toStrictEqual(new Error(message));

    expect(world.writes()).toStrictEqual([]);
    expect(world.streams.get(STREAM_ID)).toBe(theirs);
  });

  test.each(cases)('%s is refused by an Update', async (_, tags, message) => {
    const theirs = world.streams.put({ streamId: STREAM_ID, tags });

    await expect(deploy(2, TWO, ONE)).rejects.toStrictEqual(new Error(message));

    expect(world.writes()).toStrictEqual([]);
    expect(world.streams.get(STREAM_ID)).toBe(theirs);
  });

  test.each(cases)('%s is kept by the Delete of the rollback, which succeeds', async (_, tags) => {
    const theirs = world.streams.put({ streamId: STREAM_ID, tags });

    await remove(streamRequest(2, ONE), world.connect());

    expect(world.calls).toStrictEqual([`list storage/${PREFIX}`, `describe ${STREAM_ID}`]);
    expect(world.streams.get(STREAM_ID)).toBe(theirs);
    expect(log.lines()).toStrictEqual([
      { stack: STACK, logicalId: LOGICAL_ID, streamId: STREAM_ID, call: 'delete', status: 'left alone: not ours' },
    ]);
  });

  test('F36: a Create succeeds after the printed command has been run', async () => {
    world.streams.put({ streamId: STREAM_ID, tags: cases[2][1] });
    await deploy(1, ONE).catch(() => undefined);
    await world.connect().streams.delete(STREAM_ID);

    expect(await deploy(2, ONE)).toStrictEqual(attributes(2));
  });

  test('F2: a Create refuses a stream of another owner that remembers the same request', async () => {
    world.streams.put({ streamId: STREAM_ID, tags: { 'cdk-iot-streams:requests': requestId(1) } });

    await expect(deploy(1, ONE)).rejects.toStrictEqual(new Error(cases[0][2]));
  });
});

describe('Update', () => {
  test('an Update writes a changed file, updates the stream once, remembers the request and keeps the old bytes', async () => {
    await given();

    expect(await deploy(2, TWO, ONE)).toStrictEqual(attributes(2));

    expect(world.calls).toStrictEqual([...READ_STATE, `tag ${STREAM_ID}`, `write storage/${keyOf('two')}`, `update ${STREAM_ID}`]);
    expect(world.streams.get(STREAM_ID)).toMatchObject({
      files: [{ fileId: 0, bucket: 'storage', key: keyOf('two'), version: 'v2' }],
      tags: { ...OWNER_TAGS, 'cdk-iot-streams:requests': `${requestId(1)} ${requestId(2)}` },
    });
    expect(world.contents('storage')).toStrictEqual([`${keyOf('one')}@v1`, `${keyOf('two')}@v2`]);
  });

  test('an Update finally deletes the objects that neither the old nor the new properties name', async () => {
    await given();
    await deploy(2, TWO, ONE);
    world.calls.length = 0;

    await deploy(3, streamProperties({ Files: { 0: { Text: 'three' } } }), TWO);

    expect(world.calls).toStrictEqual([
      ...READ_STATE, `tag ${STREAM_ID}`, `write storage/${keyOf('three')}`, `update ${STREAM_ID}`, `remove storage/${keyOf('one')}@v1`,
    ]);
  });

  test('F51: an Update keeps every version of the named keys, because a duplicate may have pinned another version', async () => {
    await given();
    world.put('storage', keyOf('one'), 'one');
    world.put('storage', keyOf('two'), 'two');
    world.put('storage', keyOf('two'), 'two');
    const before = world.contents('storage');

    await deploy(2, TWO, ONE);

    expect(world.contents('storage')).toStrictEqual(before);
  });

  test.each<[string, Partial<StreamProperties>]>([
    ['description', { Description: 'other' }],
    ['role', { RoleArn: 'arn:aws:iam::111122223333:role/Other' }],
  ])('an Update of the %s updates the stream and writes no file', async (_, change) => {
    await given();

    expect(await deploy(2, streamProperties(change), ONE)).toStrictEqual(attributes(2));
    expect(world.writes()).toStrictEqual([`tag ${STREAM_ID}`, `update ${STREAM_ID}`]);
  });

  test('F44: an Update sets the default description if the description has been removed', async () => {
    const described = streamProperties({ Description: 'Radio firmware' });
    await given(described);

    expect(await deploy(2, ONE, described)).toStrictEqual(attributes(2));
    expect(world.streams.get(STREAM_ID)?.description).toBe('Shop/Firmware');
  });

  test('F17, F28: an Update that changes only tags keeps the version', async () => {
    const before = streamProperties({ Tags: { team: 'radio', floor: '2' } });
    const stream = await given(before);
    world.streams.put({ ...stream, tags: { ...stream.tags, strangers: 'stays' } });

    expect(await deploy(2, streamProperties({ Tags: { team: 'modem' } }), before)).toStrictEqual(attributes(1));

    expect(world.writes()).toStrictEqual([`tag ${STREAM_ID}`]);
    expect(world.streams.get(STREAM_ID)?.tags).toStrictEqual({
      ...OWNER_TAGS,
      'team': 'modem',
      'strangers': 'stays',
      'cdk-iot-streams:requests': `${requestId(1)} ${requestId(2)}`,
      'cdk-iot-streams:tags': fingerprint('team'),
    });
  });

  test.each<[string, StreamProperties | undefined]>([
    ['a Create that finds a retained stream', undefined],
    ['an Update after an abandoned rollback', ONE],
  ])('F28: %s removes the tags of a template that CloudFormation does not name', async (_, old) => {
    const stream = await given(streamProperties({ Tags: { team: 'radio' } }));
    world.streams.put({ ...stream, tags: { ...stream.tags, strangers: 'stays' } });

    expect(await deploy(2, ONE, old)).toStrictEqual(attributes(1));

    expect(world.streams.get(STREAM_ID)?.tags).toStrictEqual({
      ...OWNER_TAGS, 'strangers': 'stays', 'cdk-iot-streams:requests': `${requestId(1)} ${requestId(2)}`,
    });
  });

  test('F17: an Update that does not change what devices receive writes only the request ID', async () => {
    await given();

    expect(await deploy(2, { ...ONE, ContractVersion: '2', ManagementRoleArn: 'arn:aws:iam::111122223333:role/Renamed' }, ONE)).toStrictEqual(attributes(1));
    expect(world.writes()).toStrictEqual([`tag ${STREAM_ID}`]);
  });

  test('F27: an Update of one file does not write the other files again', async () => {
    const before = streamProperties({ Files: { 0: { Text: 'one' }, 1: { Text: 'same' } } });
    await given(before);

    await deploy(2, streamProperties({ Files: { 0: { Text: 'two' }, 1: { Text: 'same' } } }), before);

    expect(world.calls).toStrictEqual([
      ...READ_STATE, `tag ${STREAM_ID}`, `write storage/${keyOf('two')}`, `inspect storage/${keyOf('same')}@v2`, `update ${STREAM_ID}`,
    ]);
  });

  test('F49: an Update that changes only tags keeps the version of a stream with two identical files', async () => {
    const files = { 0: { Text: 'same' }, 1: { Text: 'same' } };
    await given(streamProperties({ Files: files }));

    expect(await deploy(2, streamProperties({ Files: files, Tags: { team: 'radio' } }), streamProperties({ Files: files }))).toStrictEqual(attributes(1));
    expect(world.writes()).toStrictEqual([`tag ${STREAM_ID}`]);
  });

  test('an Update creates a stream that does not exist', async () => {
    expect(await deploy(2, TWO, ONE)).toStrictEqual(attributes(1));
    expect(world.streams.get(STREAM_ID)?.tags).toStrictEqual({ ...OWNER_TAGS, 'cdk-iot-streams:requests': requestId(2) });
  });

  test('F40: an Update keeps an object of another owner below the prefix', async () => {
    await given();
    world.put('storage', `${PREFIX}notes.txt`, 'not ours');

    await deploy(2, TWO, ONE);
    await deploy(3, streamProperties({ Files: { 0: { Text: 'three' } } }), TWO);

    expect(world.contents('storage')).toStrictEqual([`${PREFIX}notes.txt@v2`, `${keyOf('two')}@v3`, `${keyOf('three')}@v4`]);
  });

  test('F30: an Update that moves the stream between storage locations deletes nothing in the other one', async () => {
    const elsewhere = streamProperties({ Bucket: 'vendor', Prefix: 'elsewhere/' });
    await given(elsewhere);

    await deploy(2, ONE, elsewhere);
    await deploy(3, elsewhere, ONE);

    expect(world.writes().filter((call) => call.startsWith('remove'))).toStrictEqual([]);
    expect(world.download(STREAM_ID)).toStrictEqual({ 0: 'one' });
    expect(world.contents('vendor')).toStrictEqual([`elsewhere/00000000/${sha256('one')}@v1`]);
  });
});

describe('F41: an unpinned source', () => {
  const vendor = (more: FileProperties = {}) => streamProperties({ Files: { 0: { SourceBucket: 'vendor', SourceKey: 'fw.bin', ...more } } });

  beforeEach(() => {
    world.put('vendor', 'fw.bin', 'old firmware');
  });

  test('F41: an unrelated change does not copy an overwritten source again', async () => {
    await given(vendor());
    world.put('vendor', 'fw.bin', 'new firmware');

    expect(await deploy(2, { ...vendor(), Tags: { team: 'radio' } }, vendor())).toStrictEqual(attributes(1));
    expect(await deploy(3, { ...vendor(), Description: 'other' }, vendor())).toStrictEqual(attributes(2));
    expect(world.download(STREAM_ID)).toStrictEqual({ 0: 'old firmware' });
  });

  test('F41: a changed revision copies the source again, and a rollback finds the old copy', async () => {
    await given(vendor());
    world.put('vendor', 'fw.bin', 'new firmware');

    expect(await deploy(2, vendor({ Revision: '2' }), vendor())).toStrictEqual(attributes(2));
    expect(world.download(STREAM_ID)).toStrictEqual({ 0: 'new firmware' });

    expect(await deploy(3, vendor(), vendor({ Revision: '2' }))).toStrictEqual(attributes(3));
    expect(world.download(STREAM_ID)).toStrictEqual({ 0: 'old firmware' });
    expect(world.calls.filter((call) => call.startsWith('write'))).toStrictEqual([`write storage/${keyOf(declarationOf('vendor', 'fw.bin', '', '2'))}`]);
  });

  test('F1: a duplicate of a Create returns the size of an object of unknown content', async () => {
    await given(vendor());

    expect(await deploy(1, vendor())).toStrictEqual({ StreamId: STREAM_ID, StreamArn: ARN, StreamVersion: '1', FileSize0: '12' });
    expect(world.calls).toStrictEqual(READ_STATE);
  });

  test('F1: both of two interleaved deliveries return the size of an object of unknown content', async () => {
    const answer = await deploy(1, vendor(), undefined, waiting(1, async () => {
      await deploy(1, vendor());
      world.calls.length = 0;
    }));

    expect(answer).toStrictEqual({ StreamId: STREAM_ID, StreamArn: ARN, StreamVersion: '1', FileSize0: '12' });
    expect(world.calls).toStrictEqual(READ_STATE);
  });

  test('F18: a pinned source keeps its version although it has been overwritten', async () => {
    const version = world.put('vendor', 'fw.bin', 'pinned firmware');
    world.put('vendor', 'fw.bin', 'new firmware');

    await deploy(1, vendor({ SourceVersion: version }));

    expect(world.download(STREAM_ID)).toStrictEqual({ 0: 'pinned firmware' });
  });
});

describe('F7: a rollback', () => {
  test('F7: a rollback restores the old bytes without the staging bucket and increases the version', async () => {
    const before = streamProperties({ Files: { 0: asset('app 1'), 1: { Text: 'config 1' } } });
    const after = streamProperties({ Files: { 0: asset('app 2'), 1: { Text: 'config 2' } } });
    world.put('staging', `${sha256('app 1')}.bin`, 'app 1');
    world.put('staging', `${sha256('app 2')}.bin`, 'app 2');
    const { files } = await given(before);
    await deploy(2, after, before);
    world.removeBucket('staging');

    expect(await deploy(3, before, after)).toStrictEqual(attributes(3));

    expect(world.streams.get(STREAM_ID)?.files).toStrictEqual(files);
    expect(world.download(STREAM_ID)).toStrictEqual({ 0: 'app 1', 1: 'config 1' });
  });

  test('F51: a duplicate of an Update changes nothing and says so after the rollback', async () => {
    await given();
    await deploy(2, TWO, ONE);
    await deploy(3, ONE, TWO);
    const restored = world.streams.get(STREAM_ID);
    world.calls.length = 0;

    await expect(deploy(2, TWO, ONE)).rejects.toStrictEqual(SUPERSEDED);

    expect(world.calls).toStrictEqual(READ_STATE);
    expect(world.streams.get(STREAM_ID)).toBe(restored);
  });

  test.each([4, 5])('F51: a duplicate of an Update that failed at its call %i changes nothing after the rollback', async (number) => {
    await given();
    await expect(deploy(2, TWO, ONE, failing.before(number))).rejects.toThrow('InternalFailureException');
    await deploy(3, ONE, TWO);
    const restored = world.streams.get(STREAM_ID);

    await expect(deploy(2, TWO, ONE)).rejects.toStrictEqual(SUPERSEDED);

    expect(world.streams.get(STREAM_ID)).toBe(restored);
    expect(world.download(STREAM_ID)).toStrictEqual({ 0: 'one' });
  });

  test('F51: a failed Update succeeds at its second delivery if no newer event has been processed', async () => {
    await given();
    await expect(deploy(2, TWO, ONE, failing.before(5))).rejects.toThrow('InternalFailureException');

    expect(await deploy(2, TWO, ONE)).toStrictEqual(attributes(2));
    expect(world.download(STREAM_ID)).toStrictEqual({ 0: 'two' });
  });
});

describe('F20: an Update with missing or malformed old properties', () => {
  test.each<[string, unknown]>([
    ['are missing', undefined],
    ['are empty', {}],
    ['have no files', { ...ONE, Files: undefined }],
    ['have files of an unknown form', { ...ONE, Files: { 0: { Blocks: ['a'] } } }],
    ['have files that are not an object', { ...ONE, Files: 'none' }],
    ['have null values', { ...ONE, Files: null, Tags: null }],
  ])('F20: an Update deletes nothing if its old properties %s', async (_, old) => {
    await given();
    await deploy(2, TWO, ONE);
    const before = world.contents('storage');
    world.calls.length = 0;

    expect(await deploy(3, streamProperties({ Files: { 0: { Text: 'three' } }, Tags: { team: 'radio' } }), old as StreamProperties | undefined))
      .toStrictEqual(attributes(3));

    expect(world.writes()).toStrictEqual([`tag ${STREAM_ID}`, `write storage/${keyOf('three')}`, `update ${STREAM_ID}`]);
    expect(world.contents('storage')).toStrictEqual([...before, `${keyOf('three')}@v3`]);
    expect(world.streams.get(STREAM_ID)?.tags).toMatchObject({ ...OWNER_TAGS, team: 'radio' });
  });

  test('F20: an Update with stale old properties keeps the objects that the stream names', async () => {
    await given();
    // after this the old properties of the next event are stale
    await deploy(2, TWO, ONE);

    await deploy(3, streamProperties({ Files: { 0: { Text: 'three' } } }), ONE);

    expect(world.contents('storage')).toStrictEqual([`${keyOf('one')}@v1`, `${keyOf('two')}@v2`, `${keyOf('three')}@v3`]);
  });
});

describe('Delete', () => {
  test('a Delete deletes the stream and leaves its objects to the storage location', async () => {
    await given();

    await remove(streamRequest(2, ONE), world.connect());

    expect(world.calls).toStrictEqual([`list storage/${PREFIX}`, `describe ${STREAM_ID}`, `delete ${STREAM_ID}`]);
    expect(world.streams.get(STREAM_ID)).toBeUndefined();
    expect(world.contents('storage')).toStrictEqual([`${keyOf('one')}@v1`]);
  });

  test('F15: a Delete of a stream that does not exist succeeds', async () => {
    await remove(streamRequest(1, ONE), world.connect());

    expect(world.calls).toStrictEqual([`list storage/${PREFIX}`, `describe ${STREAM_ID}`]);
  });

  test('F15: a Delete succeeds if the stream is deleted concurrently', async () => {
    await given();

    await remove(streamRequest(2, ONE), world.connect(waiting(3, () => world.connect().streams.delete(STREAM_ID))));

    expect(world.calls).toStrictEqual([`list storage/${PREFIX}`, `describe ${STREAM_ID}`, `delete ${STREAM_ID}`, `delete ${STREAM_ID}`]);
  });

  test('F15: a Delete fails while the stream is in use and keeps the stream', async () => {
    const stream = await given();
    world.streams.attached.add(STREAM_ID);

    await expect(remove(streamRequest(2, ONE), world.connect())).rejects.toStrictEqual(
      refused('DeleteConflictException', `Stream ${STREAM_ID} is attached to one or more resources`, `delete stream '${STREAM_ID}'`));
    expect(world.streams.get(STREAM_ID)).toBe(stream);
  });

  test('F22: a Delete succeeds without the bucket', async () => {
    await given();
    world.removeBucket('storage');

    await remove(streamRequest(2, ONE), world.connect());

    expect(world.streams.get(STREAM_ID)).toBeUndefined();
  });

  test('a Delete needs only the stream ID of the properties', async () => {
    await given();

    await remove({ ...streamRequest(2, ONE), expiry: 1000, properties: { StreamId: STREAM_ID } as StreamProperties }, world.connect());

    expect(world.calls).toStrictEqual([`describe ${STREAM_ID}`, `delete ${STREAM_ID}`]);
    expect(world.streams.get(STREAM_ID)).toBeUndefined();
  });
});

/*
 * Each call of an event fails once in each way. Devices must always be able to download what the stream names, and the next
 * attempt must reach the state that the first one would have reached.
 */
describe('F25: an event that fails half way', () => {
  const FIRST = streamProperties({ Files: { 0: { Text: 'one' }, 1: { Text: 'same' } }, Tags: { team: 'radio' } });
  const SECOND = streamProperties({ Files: { 0: { Text: 'two' }, 1: { Text: 'same' }, 2: { Text: 'more' } }, Tags: { floor: '2' } });
  const THIRD = streamProperties({ Files: { 0: { Text: 'three' } } });
  const ways: [string, (number: number) => Way][] = [['is refused', failing.before], ['loses its response', failing.after]];

  async function failsAt(number: number, way: (number: number) => Way, request: StreamRequest): Promise<boolean> {
    return createOrChange(request, world.connect(way(number))).then(() => false, () => true);
  }

  test.each(ways)('F25: a Create in which one call %s succeeds at its second delivery', async (_, way) => {
    for (let number = 1; ; number++) {
      world = new World();
      world.makeBucket('storage');
      const failed = await failsAt(number, way, streamRequest(1, FIRST));

      expect(await deploy(1, FIRST)).toStrictEqual(attributes(1));

      expect(world.download(STREAM_ID)).toStrictEqual({ 0: 'one', 1: 'same' });
      if (!failed) {
        expect(number).toBe(6);
        return;
      }
    }
  });

  test.each(ways)('F25: a Create in which one call %s leaves no stream after its rollback', async (_, way) => {
    for (let number = 1, failed = true; failed; number++) {
      world = new World();
      world.makeBucket('storage');
      failed = await failsAt(number, way, streamRequest(1, FIRST));

      await remove(streamRequest(2, FIRST), world.connect());

      expect(world.streams.get(STREAM_ID)).toBeUndefined();
    }
  });

  test.each(ways)('F25: an Update in which one call %s can be repeated and rolled back', async (_, way) => {
    for (const history of ['again', 'rolled back', 'rolled back at the second try']) {
      for (let number = 1, failed = true; failed; number++) {
        world = new World();
        world.makeBucket('storage');
        await deploy(1, FIRST);
        await deploy(2, THIRD, FIRST);
        await deploy(3, FIRST, THIRD);
        failed = await failsAt(number, way, streamRequest(4, SECOND, FIRST));
        // the stream names old or new bytes, and they exist
        expect([FIRST, SECOND].map(textsOf)).toContainEqual(world.download(STREAM_ID));

        if (history === 'again') {
          await deploy(4, SECOND, FIRST);
          expect(world.download(STREAM_ID)).toStrictEqual(textsOf(SECOND));
        } else {
          if (history !== 'rolled back') {
            await failsAt(number, way, streamRequest(5, FIRST, SECOND));
            expect([FIRST, SECOND].map(textsOf)).toContainEqual(world.download(STREAM_ID));
          }
          await deploy(6, FIRST, SECOND);
          expect(world.download(STREAM_ID)).toStrictEqual(textsOf(FIRST));
          expect(world.streams.get(STREAM_ID)?.tags).toMatchObject({ ...OWNER_TAGS, team: 'radio' });
          expect(world.streams.get(STREAM_ID)?.tags).not.toHaveProperty('floor');
        }
      }
    }
  });

  test.each(ways)('F25: a Delete in which one call %s succeeds at its second delivery', async (_, way) => {
    for (const number of [1, 2, 3]) {
      world = new World();
      world.makeBucket('storage');
      await given();
      await expect(remove(streamRequest(2, ONE), world.connect(way(number)))).rejects.toThrow('InternalFailureException');

      await remove(streamRequest(2, ONE), world.connect());

      expect(world.streams.get(STREAM_ID)).toBeUndefined();
    }
  });

  test('F25: a repeated Update finds the objects that the failed one wrote', async () => {
    await given();
    await failsAt(4, failing.before, streamRequest(2, TWO, ONE));

    await deploy(2, TWO, ONE);

    expect(world.calls.filter((call) => call.startsWith('write'))).toStrictEqual([`write storage/${keyOf('two')}`]);
  });
});

function textsOf(properties: StreamProperties): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(properties.Files).map(([fileId, { Text }]) => [fileId, Text]));
}
