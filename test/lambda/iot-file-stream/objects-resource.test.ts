import { World } from './doubles';
import { check, physicalIdOf, remove } from '../../../lambda/iot-file-stream/objects-resource';
import { identity, keyOf, objectsProperties, PREFIX, STREAM_ID } from '../support/events';

let world: World;

beforeEach(() => {
  world = new World();
  world.makeBucket('place');
});

test('the physical id names the place', () => {
  expect(physicalIdOf(objectsProperties())).toBe(`place/${PREFIX}`);
});

describe('Create and Update', () => {
  test.each([undefined, `place/${PREFIX}`])('look at the bucket and write nothing (physical id: %s)', async (physicalId) => {
    await check(objectsProperties(), physicalId, world.connect().objects);

    expect(world.calls).toStrictEqual(['read the versioning of place', 'read the retention of place']);
  });

  test('refuse a bucket whose versioning is suspended', async () => {
    world.makeBucket('place', { versioning: 'Suspended' });

    await expect(check(objectsProperties(), undefined, world.connect().objects)).rejects.toStrictEqual(new Error(
      "bucket 'place' must have versioning enabled, because a stream pins object versions; enable it and deploy again (S3 may take 15 minutes to apply it)"));
  });

  test('refuse a bucket that was replaced while its path stayed, without a look at either', async () => {
    await expect(check(objectsProperties({ Bucket: 'successor' }), `place/${PREFIX}`, world.connect().objects)).rejects.toStrictEqual(new Error(
      `the bucket that stores this stream's objects was replaced under the same construct path, got: 'successor' after 'place/${PREFIX}'; `
      + "change 'keyPrefix' in the same deployment, so that the stream moves and the old objects are removed"));
    expect(world.calls).toStrictEqual([]);
  });

  test('refuse properties without a place', async () => {
    await expect(check({ ...objectsProperties(), Bucket: '' }, undefined, world.connect().objects)).rejects.toStrictEqual(new Error(
      "property 'Bucket' must be a non-empty string, got: \"\""));
  });
});

describe('Delete', () => {
  test('F22: empties the place', async () => {
    const version = world.put('place', keyOf('one'), 'one');

    await remove(objectsProperties(), identity(9), world.connect());

    expect(world.calls).toStrictEqual([`list place/${PREFIX}`, `describe ${STREAM_ID}`, `remove place/${keyOf('one')}@${version}`]);
    expect(world.contents('place')).toStrictEqual([]);
  });

  test('F22: removes delete markers, too: a bucket that has any is not empty', async () => {
    const version = world.put('place', keyOf('one'), 'one');
    const marker = world.putDeleteMarker('place', keyOf('one'));

    await remove(objectsProperties(), identity(9), world.connect());

    expect(world.writes().sort()).toStrictEqual([`remove place/${keyOf('one')}@${version}`, `remove place/${keyOf('one')}@${marker}`].sort());
    expect(world.contents('place')).toStrictEqual([]);
  });

  test('F22: of a place whose bucket is gone is success', async () => {
    world.removeBucket('place');

    await remove(objectsProperties(), identity(9), world.connect());

    expect(world.writes()).toStrictEqual([]);
  });
});
