import { waiting, World } from './doubles';
import type { PinnedFile } from '../../../lambda/iot-file-stream/model';
import { check, physicalIdOf, remove } from '../../../lambda/iot-file-stream/objects-resource';
import { identity, keyOf, objectsProperties, OWNER_TAGS, PREFIX, requestId, sha256, STREAM_ID } from '../support/events';
import { captureLog } from '../support/log-lines';

const log = captureLog();
let world: World;

beforeEach(() => {
  world = new World();
  world.makeBucket('storage');
});

test('returns the bucket and the prefix as physical ID', () => {
  expect(physicalIdOf(objectsProperties())).toBe(`storage/${PREFIX}`);
});

describe('Create and Update', () => {
  test.each([undefined, `storage/${PREFIX}`])('checks the bucket and writes nothing (physical ID: %s)', async (physicalId) => {
    await check(objectsProperties(), physicalId, world.connect().objects);

    expect(world.calls).toStrictEqual(['read the versioning of storage', 'read the retention of storage']);
  });

  test('refuses a bucket whose versioning is suspended', async () => {
    world.makeBucket('storage', { versioning: 'Suspended' });

    await expect(check(objectsProperties(), undefined, world.connect().objects)).rejects.toStrictEqual(new Error(
      "bucket 'storage' must have versioning enabled, because a stream pins object versions; enable it and deploy again (S3 may take 15 minutes to apply it)"));
  });

  test('refuses a bucket that was replaced under the same construct path, without any call', async () => {
    await expect(check(objectsProperties({ Bucket: 'successor' }), `storage/${PREFIX}`, world.connect().objects)).rejects.toStrictEqual(new Error(
      `the bucket that stores this stream's objects was replaced under the same construct path, got: 'successor' after 'storage/${PREFIX}'; `
      + "change 'keyPrefix' in the same deployment, so that the stream moves and the old objects are removed"));
    expect(world.calls).toStrictEqual([]);
  });

  test('refuses properties without a storage location', async () => {
    await expect(check({ ...objectsProperties(), Bucket: '' }, undefined, world.connect().objects)).rejects.toStrictEqual(new Error(
      "property 'Bucket' must be a non-empty string, got: \"\""));
  });
});

describe('Delete', () => {
  test('F22: deletes the objects of the storage location', async () => {
    const version = world.put('storage', keyOf('one'), 'one');

    await remove(objectsProperties(), identity(9), world.connect());

    expect(world.calls).toStrictEqual([
      `list storage/${PREFIX}`, `describe ${STREAM_ID}`, `remove storage/${keyOf('one')}@${version}`, `list storage/${PREFIX}`,
    ]);
    expect(world.contents('storage')).toStrictEqual([]);
  });

  test('F22: deletes the record of a Delete of the stream that is delivered again while the objects are deleted', async () => {
    world.put('storage', keyOf('one'), 'one');
    const late = waiting(3, async () => world.put('storage', `${PREFIX}deleted-/${'0'.repeat(64)}`, ''));

    await remove(objectsProperties(), identity(9), world.connect(late));

    expect(world.contents('storage')).toStrictEqual([]);
  });

  test('F4: leaves an object that the next stream writes while the objects are deleted', async () => {
    world.put('storage', keyOf('one'), 'one');
    const next = waiting(3, async () => world.put('storage', keyOf('two'), 'two'));

    await remove(objectsProperties(), identity(9), world.connect(next));

    expect(world.contents('storage')).toStrictEqual([expect.stringContaining(keyOf('two'))]);
  });

  test('F22: deletes the delete markers of the storage location, which would keep the bucket from being deleted', async () => {
    const version = world.put('storage', keyOf('one'), 'one');
    const marker = world.putDeleteMarker('storage', keyOf('one'));

    await remove(objectsProperties(), identity(9), world.connect());

    expect(world.writes().sort()).toStrictEqual([`remove storage/${keyOf('one')}@${version}`, `remove storage/${keyOf('one')}@${marker}`].sort());
    expect(world.contents('storage')).toStrictEqual([]);
  });

  describe('a stream in the storage location', () => {
    const HERE = { fileId: 0, bucket: 'storage', key: keyOf('one') };

    function live(files: PinnedFile[], tags: Record<string, string> = OWNER_TAGS): void {
      world.streams.put({ streamId: STREAM_ID, tags, files });
    }

    test('F25: deletes the stream of a failed Create and then its objects', async () => {
      const version = world.put('storage', HERE.key, 'one');
      live([{ ...HERE, version }]);

      await remove(objectsProperties(), identity(9), world.connect());

      expect(world.writes()).toStrictEqual([`delete ${STREAM_ID}`, `remove storage/${HERE.key}@${version}`]);
    });

    test('deletes a stream if one of its files is in the storage location', async () => {
      const version = world.put('storage', HERE.key, 'one');
      live([{ ...HERE, bucket: 'elsewhere', version: 'v0' }, { ...HERE, fileId: 1, version }]);

      await remove(objectsProperties(), identity(9), world.connect());

      expect(world.streams.ids()).toStrictEqual([]);
    });

    test.each<[string, Partial<PinnedFile>]>([
      ['bucket', { bucket: 'elsewhere' }],
      ['prefix', { key: keyOf('one').replace(PREFIX, 'iot/Shop-Firmware/moved/') }],
      ['prefix that contains the old one', { key: keyOf('one').replace(PREFIX, `moved/${PREFIX}`) }],
    ])('keeps a stream that has moved to another %s', async (_, change) => {
      const version = world.put('storage', HERE.key, 'one');
      live([{ ...HERE, version: 'v9', ...change }]);

      await remove(objectsProperties(), identity(9), world.connect());

      expect(world.streams.ids()).toStrictEqual([STREAM_ID]);
      expect(world.writes()).toStrictEqual([`remove storage/${HERE.key}@${version}`]);
    });

    test('F2: keeps a stream of another stack', async () => {
      const version = world.put('storage', HERE.key, 'one');
      live([{ ...HERE, version }], { ...OWNER_TAGS, 'cdk-iot-streams:stack': 'another' });

      await remove(objectsProperties(), identity(9), world.connect());

      expect(world.streams.ids()).toStrictEqual([STREAM_ID]);
    });

    test('F37: deletes nothing if one of the streams has processed a newer event', async () => {
      const version = world.put('storage', HERE.key, 'one');
      const key = `${PREFIX}89abcdef/${sha256('two')}`;
      const other = world.put('storage', key, 'two');
      live([{ ...HERE, version }]);
      world.streams.put({
        streamId: `${STREAM_ID}--89abcdef`,
        tags: { ...OWNER_TAGS, 'cdk-iot-streams:requests': `${requestId(9)} ${requestId(10)}` },
        files: [{ fileId: 0, bucket: 'storage', key, version: other }],
      });

      await remove(objectsProperties(), identity(9), world.connect());

      expect(world.writes()).toStrictEqual([]);
      expect(log.lines()).toMatchObject([{ call: 'delete', streamId: STREAM_ID, status: 'left alone: created again since' }]);
    });
  });

  test('F22: succeeds if the bucket of the storage location does not exist', async () => {
    world.removeBucket('storage');

    await remove(objectsProperties(), identity(9), world.connect());

    expect(world.writes()).toStrictEqual([]);
  });
});
