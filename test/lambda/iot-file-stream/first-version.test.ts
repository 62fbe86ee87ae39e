import { waiting, World } from './doubles';
import * as objectsResource from '../../../lambda/iot-file-stream/objects-resource';
import { remove } from '../../../lambda/iot-file-stream/stream-resource';
import type { StreamProperties } from '../../../src/iot-file-stream/private/contract';
import { identity, objectsProperties, streamProperties, streamRequest } from '../support/events';
import { captureLog } from '../support/log-lines';
import { createOrChange } from '../support/resource-types';

/*
 * Some devices always ask for the first version of a stream. With `NEW_STREAM` every stream has that version after any
 * history, although AWS IoT may continue the version numbers of a deleted ID.
 */

captureLog();

const HERE = { Bucket: 'storage', Prefix: 'here/' };
const THERE = { Bucket: 'elsewhere', Prefix: 'there/' };

const generation = (text: string, overrides: Partial<StreamProperties> = {}) => (
  streamProperties({ UpdateStrategy: 'NEW_STREAM', Files: { 0: { Text: text } }, ...HERE, ...overrides }));
const A = generation('one');
const B = generation('two');
const C = generation('three');

describe.each([0, 1])('F56: an AWS IoT that counts versions from %i', (firstVersion) => {
  let world: World;
  let events: number;
  let deleted: Set<string>;

  beforeEach(() => {
    world = new World();
    for (const bucket of ['storage', 'elsewhere']) world.makeBucket(bucket);
    world.streams.firstVersion = firstVersion;
    events = 0;
    deleted = new Set();
  });

  async function change<T>(work: (event: number) => Promise<T>): Promise<T> {
    const before = world.streams.ids();
    events += 1;
    const result = await work(events);
    const now = world.streams.ids();
    // a deleted ID is never used again
    expect(now.filter((id) => deleted.has(id))).toStrictEqual([]);
    before.filter((id) => !now.includes(id)).forEach((id) => deleted.add(id));
    expect(now.map((id) => world.streams.get(id)!.streamVersion)).toStrictEqual(now.map(() => firstVersion));
    return result;
  }

  async function deploy(properties: StreamProperties, old?: StreamProperties): Promise<string> {
    const { StreamId, StreamVersion } = await change((n) => createOrChange(streamRequest(n, properties, old), world.connect()));
    expect(StreamVersion).toBe(String(firstVersion));
    return StreamId;
  }

  async function destroy(properties: StreamProperties): Promise<void> {
    await change((n) => remove(streamRequest(n, properties), world.connect()));
    await leave(properties);
  }

  const leave = async ({ Bucket, Prefix }: StreamProperties) => change((n) => (
    objectsResource.remove(objectsProperties({ Bucket, Prefix }), identity(n), world.connect())));

  test('creates a new stream when an older content is deployed again', async () => {
    const first = await deploy(A);
    await deploy(B, A);
    await deploy(C, B);

    const again = await deploy(A, C);

    expect(again).not.toBe(first);
    expect(world.download(again)).toStrictEqual({ 0: 'one' });
    expect(world.streams.ids()).toHaveLength(2);
  });

  test('finds the existing streams after a rollback and a second deployment', async () => {
    const first = await deploy(A);
    const second = await deploy(B, A);

    expect(await deploy(A, B)).toBe(first);
    expect(await deploy(B, A)).toBe(second);
    expect(world.streams.ids()).toStrictEqual([first, second]);
  });

  test('uses another ID for a stream that is removed and added again', async () => {
    const first = await deploy(A);
    await destroy(A);

    expect(await deploy(A)).not.toBe(first);
  });

  test('uses another ID each time a stream moves to another bucket and back', async () => {
    const elsewhere = generation('one', THERE);
    const first = await deploy(A);
    const second = await deploy(elsewhere, A);
    await leave(A);
    const third = await deploy(A, elsewhere);
    await leave(elsewhere);

    expect(new Set([first, second, third]).size).toBe(3);
    expect(world.streams.ids()).toStrictEqual([third]);
  });

  test('finds the existing stream when a role is changed and restored', async () => {
    const other = generation('one', { RoleArn: 'arn:aws:iam::111122223333:role/Other' });
    const first = await deploy(A);
    await deploy(other, A);

    expect(await deploy(A, other)).toBe(first);
  });

  test('replaces a lost object in a new stream and deletes the broken stream at the next change', async () => {
    const first = await deploy(A);
    const { files: [file] } = world.streams.get(first)!;
    await world.connect().objects.remove(file);
    world.putDeleteMarker(file.bucket, file.key);

    const again = await deploy({ ...A, Tags: { team: 'radio' } }, A);

    expect(again).not.toBe(first);
    expect(world.download(again)).toStrictEqual({ 0: 'one' });
    const second = await deploy(B, A);
    expect(world.streams.ids()).toStrictEqual([again, second]);
  });

  test('creates a new stream if the stream names an object version with other bytes of the same size', async () => {
    const first = await deploy(A);
    const { files: [file], ...live } = world.streams.get(first)!;
    world.streams.put({ ...live, files: [{ ...file, version: world.put(file.bucket, file.key, 'two') }] });

    const again = await deploy({ ...A, Tags: { team: 'radio' } }, A);

    expect(again).not.toBe(first);
    expect(world.download(again)).toStrictEqual({ 0: 'one' });
  });

  test('creates one stream if a Create is delivered twice', async () => {
    const first = await deploy(A);
    events -= 1;

    expect(await deploy(A)).toBe(first);
    expect(world.streams.ids()).toStrictEqual([first]);
  });

  test('creates one stream if two deliveries of a Create interleave at any call', async () => {
    for (let call = 1; call <= 6; call++) {
      world = new World();
      world.makeBucket('storage');
      world.streams.firstVersion = firstVersion;
      const create = (way?: Parameters<World['connect']>[0]) => createOrChange(streamRequest(1, A), world.connect(way));

      await create(waiting(call, () => create())).catch((error: Error) => expect(error.message).toMatch(/already exists/));

      const { StreamId, StreamVersion } = await create();
      expect(StreamVersion).toBe(String(firstVersion));
      expect(world.streams.ids()).toStrictEqual([StreamId]);
    }
  });
});
