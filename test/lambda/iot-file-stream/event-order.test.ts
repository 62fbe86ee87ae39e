import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import type { Way } from './doubles';
import { arnOf, FakeClock, refused, waiting, World } from './doubles';
import type { Clock } from '../../../lambda/core/iam-propagation';
import { route } from '../../../lambda/core/router';
import {
  createEvent, deleteEvent, keyOf, LOGICAL_ID, objectsProperties, objectsResource, PREFIX, requestId, STACK, STREAM_ID,
  streamProperties, updateEvent,
} from '../support/events';
import { captureLog } from '../support/log-lines';
import { registryOf } from '../support/resource-types';

/*
 * The presigned URL of an event says when the event was sent. The handler compares a late event with the newest one that the
 * stream remembers, and after its Delete with the record of the Delete in the storage location.
 */

const ONE = streamProperties({ Files: { 0: { Text: 'one' } } });
const TWO = streamProperties({ Files: { 0: { Text: 'two' } } });
const STALE = new Error('duplicate event: a newer event for this resource was already processed, so nothing was changed');
const DELETED = new Error(
  `stream '${STREAM_ID}' was deleted while this event was at work, so it is not created again: deploy again if the stack still has it`);
const RECREATED = { stack: STACK, logicalId: LOGICAL_ID, streamId: STREAM_ID, call: 'delete', status: 'left alone: created again since' };

const log = captureLog();
let world: World;

beforeEach(() => {
  world = new World();
  world.makeBucket('storage');
});

/** Options of the n-th event, sent in the given second. */
function at(second: number, n: number) {
  return { requestId: requestId(n), responseUrl: `https://cloudformation.example/answer?Expires=${second}` };
}

const storageAt = (second: number, n: number) => ({ ...objectsResource, ...at(second, n) });

function send(event: CloudFormationCustomResourceEvent, way?: Way, clock: Clock = new FakeClock()) {
  return route(event, new AbortController().signal, { registry: registryOf(async () => world.connect(way)), clock });
}

/** Fails every call with that name. */
function refusing(name: RegExp, error: Error): Way {
  return async (call, perform) => {
    if (name.test(call)) throw error;
    return perform();
  };
}

describe('F54: an older event that arrives late', () => {
  test('F54: an Update that failed before it reached the stream changes nothing when it is delivered again after the rollback', async () => {
    await send(createEvent(ONE, at(1000, 1)));
    await expect(send(updateEvent(TWO, ONE, at(1001, 2)), refusing(/./, refused('InternalFailureException', 'broken', 'call')))).rejects.toThrow('broken');
    await send(updateEvent(ONE, TWO, at(1002, 3)));
    const writes = world.writes().length;

    await expect(send(updateEvent(TWO, ONE, at(1001, 2)))).rejects.toStrictEqual(STALE);

    expect(world.writes()).toHaveLength(writes);
    expect(world.download(STREAM_ID)).toStrictEqual({ 0: 'one' });
  });

  test('F54: a first Create changes nothing when it is delivered again after a second Create', async () => {
    await send(createEvent(TWO, at(1005, 2)));

    await expect(send(createEvent(ONE, at(1000, 1)))).rejects.toStrictEqual(STALE);

    expect(world.download(STREAM_ID)).toStrictEqual({ 0: 'two' });
  });

  test('F54: a Delete removes nothing when it is delivered again after the next Create', async () => {
    await send(createEvent(ONE, at(1000, 1)));
    await send(deleteEvent(ONE, at(1001, 2)));
    await send(createEvent(ONE, at(1002, 3)));

    expect(await send(deleteEvent(ONE, at(1001, 2)))).toStrictEqual({});

    expect(world.download(STREAM_ID)).toStrictEqual({ 0: 'one' });
    expect(log.lines().at(-1)).toStrictEqual(RECREATED);
  });

  test('F54: a Delete of the storage location removes nothing when it is delivered again after the next Create', async () => {
    await send(createEvent(ONE, at(1002, 3)));
    const before = world.contents('storage');

    expect(await send(deleteEvent(objectsProperties(), storageAt(1001, 2)))).toStrictEqual({});

    expect(world.download(STREAM_ID)).toStrictEqual({ 0: 'one' });
    expect(world.contents('storage')).toStrictEqual(before);
    expect(log.lines().at(-1)).toStrictEqual({ ...RECREATED, logicalId: objectsResource.logicalId });
  });

  test('F54: a late Update of the same second is recognised by the request IDs that the stream remembers', async () => {
    await send(createEvent(ONE, at(1000, 1)));
    await send(updateEvent(TWO, ONE, at(1000, 2)));
    await send(updateEvent(ONE, TWO, at(1000, 3)));

    await expect(send(updateEvent(TWO, ONE, at(1000, 2)))).rejects.toStrictEqual(STALE);
  });
});

describe('F55: a Create that runs after its Delete', () => {
  const deletion = (second: number) => `${PREFIX}deleted-/${String(second).padStart(64, '0')}`;

  test('F55: a late Create creates nothing while the storage location exists', async () => {
    await send(createEvent(ONE, at(1000, 1)));
    await send(deleteEvent(ONE, at(1001, 2)));

    await expect(send(createEvent(ONE, at(1000, 1)))).rejects.toStrictEqual(STALE);

    expect(world.streams.ids()).toStrictEqual([]);
    expect(world.contents('storage')).toStrictEqual([`${keyOf('one')}@v1`, `${deletion(1001)}@v2`]);
    expect(world.read({ bucket: 'storage', key: deletion(1001) }).toString()).toBe('');
  });

  test('F55: a Create that was sent after the Delete creates the stream', async () => {
    await send(createEvent(ONE, at(1000, 1)));
    await send(deleteEvent(ONE, at(1001, 2)));
    await send(createEvent(ONE, at(1002, 3)));

    expect(world.download(STREAM_ID)).toStrictEqual({ 0: 'one' });
  });

  test('F55: a late Create is compared with the newest Delete', async () => {
    await send(deleteEvent(ONE, at(1004, 2)));
    await send(deleteEvent(ONE, at(1001, 1)));

    await expect(send(createEvent(ONE, at(1003, 3)))).rejects.toStrictEqual(STALE);
  });

  test('F55: a second delivery of a Delete that lists the record of the first writes none', async () => {
    await send(createEvent(ONE, at(1000, 1)));
    await send(deleteEvent(ONE, at(1001, 2)));
    const before = world.writes();

    await send(deleteEvent(ONE, at(1001, 2)));

    expect(world.writes()).toStrictEqual(before);
  });

  test("F55: the Delete of the storage location removes the record of the stream's Delete", async () => {
    await send(createEvent(ONE, at(1000, 1)));
    await send(deleteEvent(ONE, at(1001, 2)));
    await send(deleteEvent(objectsProperties(), storageAt(1002, 3)));

    expect(world.contents('storage')).toStrictEqual([]);
  });

  test('F55: a Delete succeeds although the bucket refuses the record of it', async () => {
    await send(createEvent(ONE, at(1000, 1)));

    await send(deleteEvent(ONE, at(1001, 2)), refusing(/^write/, refused('AccessDenied', 'Access Denied', 'write')));

    expect(world.streams.ids()).toStrictEqual([]);
  });

  test('F55: a Delete fails if a bug of the handler prevents the record of it', async () => {
    await send(createEvent(ONE, at(1000, 1)));

    await expect(send(deleteEvent(ONE, at(1001, 2)), refusing(/^write/, new TypeError('a bug')))).rejects.toStrictEqual(new TypeError('a bug'));
    expect(world.streams.ids()).toStrictEqual([STREAM_ID]);
  });

  const deletedMeanwhile: Clock = {
    now: () => 0,
    sleep: async () => world.connect().streams.delete(STREAM_ID),
  };

  test('F55: a Create that met the stream and waited stops when the stream has been deleted in the meantime', async () => {
    const other = streamProperties();
    const made = () => world.streams.put({ streamId: STREAM_ID, streamArn: arnOf(STREAM_ID), description: other.Description });

    await expect(send(createEvent(ONE), waiting(4, async () => made()), deletedMeanwhile)).rejects.toStrictEqual(DELETED);

    expect(world.streams.ids()).toStrictEqual([]);
  });

  test('F55: a Create that failed to update the stream stops when the stream has been deleted in the meantime', async () => {
    await send(createEvent(ONE));

    await expect(send(createEvent(TWO), refusing(/^update/, refused('AccessDenied', 'Access Denied', 'update')), deletedMeanwhile)).rejects.toStrictEqual(DELETED);

    expect(world.streams.ids()).toStrictEqual([]);
  });

  test('F55: an Update that found a generation and waited stops when this generation has been deleted, although another one exists', async () => {
    const generation = (text: string) => streamProperties({ UpdateStrategy: 'NEW_STREAM', Files: { 0: { Text: text } } });
    const { StreamId: first } = await send(createEvent(generation('one'), at(1000, 1)));
    const { StreamId } = await send(updateEvent(generation('two'), generation('one'), at(1001, 2)));
    const clock = new FakeClock();
    const deleting: Clock = {
      now: () => clock.now(),
      sleep: async (milliseconds, signal) => {
        await clock.sleep(milliseconds, signal);
        await world.connect().streams.delete(StreamId).catch(() => undefined);
      },
    };

    await expect(send(
      updateEvent({ ...generation('two'), Tags: { team: 'radio' } }, generation('two'), at(1002, 3)),
      refusing(/^tag/, refused('AccessDenied', 'Access Denied', 'tag')), deleting,
    )).rejects.toStrictEqual(new Error(
      `stream '${StreamId}' was deleted while this event was at work, so it is not created again: deploy again if the stack still has it`));

    expect(world.streams.ids()).toStrictEqual([first]);
  });

  test('F55: a Create that was refused and waited creates the stream', async () => {
    let creates = 0;

    await send(createEvent(ONE, at(1000, 1)), async (call, perform) => {
      if (call.startsWith('create ') && (creates += 1) === 1) throw refused('AccessDenied', 'Access Denied', 'create');
      return perform();
    });

    expect(world.download(STREAM_ID)).toStrictEqual({ 0: 'one' });
  });

  test('F55: an Update that found the stream and waited goes on if the stream still exists', async () => {
    await send(createEvent(ONE, at(1000, 1)));
    let updates = 0;

    await send(updateEvent(TWO, ONE, at(1001, 2)), async (call, perform) => {
      if (call.startsWith('update ') && (updates += 1) === 1) throw refused('AccessDenied', 'Access Denied', 'update');
      return perform();
    });

    expect(world.download(STREAM_ID)).toStrictEqual({ 0: 'two' });
  });
});
