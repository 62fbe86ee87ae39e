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
 * Events have an order: the address for the answer says when it was signed. Late events are compared with what the stream,
 * and after its Delete the storage location, have seen.
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

/** The n-th event, sent in that second. */
function at(second: number, n: number) {
  return { requestId: requestId(n), responseUrl: `https://cloudformation.example/answer?Expires=${second}` };
}

const storageAt = (second: number, n: number) => ({ ...objectsResource, ...at(second, n) });

function send(event: CloudFormationCustomResourceEvent, way?: Way, clock: Clock = new FakeClock()) {
  return route(event, new AbortController().signal, { registry: registryOf(async () => world.connect(way)), clock });
}

/** Fails the calls of that name, however often they are made. */
function refusing(name: RegExp, error: Error): Way {
  return async (call, perform) => {
    if (name.test(call)) throw error;
    return perform();
  };
}

describe('F54: an older event that arrives late', () => {
  test('changes nothing after the rollback, also if its first delivery failed before it reached the stream', async () => {
    await send(createEvent(ONE, at(1000, 1)));
    await expect(send(updateEvent(TWO, ONE, at(1001, 2)), refusing(/./, refused('InternalFailureException', 'broken', 'call')))).rejects.toThrow('broken');
    await send(updateEvent(ONE, TWO, at(1002, 3)));
    const writes = world.writes().length;

    await expect(send(updateEvent(TWO, ONE, at(1001, 2)))).rejects.toStrictEqual(STALE);

    expect(world.writes()).toHaveLength(writes);
    expect(world.download(STREAM_ID)).toStrictEqual({ 0: 'one' });
  });

  test('is a first Create that is delivered again after the second, and changes nothing', async () => {
    await send(createEvent(TWO, at(1005, 2)));

    await expect(send(createEvent(ONE, at(1000, 1)))).rejects.toStrictEqual(STALE);

    expect(world.download(STREAM_ID)).toStrictEqual({ 0: 'two' });
  });

  test('is a Delete that is delivered again after the next Create, and removes nothing', async () => {
    await send(createEvent(ONE, at(1000, 1)));
    await send(deleteEvent(ONE, at(1001, 2)));
    await send(createEvent(ONE, at(1002, 3)));

    expect(await send(deleteEvent(ONE, at(1001, 2)))).toStrictEqual({});

    expect(world.download(STREAM_ID)).toStrictEqual({ 0: 'one' });
    expect(log.lines().at(-1)).toStrictEqual(RECREATED);
  });

  test('is a Delete of the storage location that is delivered again after the next Create, and removes nothing', async () => {
    await send(createEvent(ONE, at(1002, 3)));
    const before = world.contents('storage');

    expect(await send(deleteEvent(objectsProperties(), storageAt(1001, 2)))).toStrictEqual({});

    expect(world.download(STREAM_ID)).toStrictEqual({ 0: 'one' });
    expect(world.contents('storage')).toStrictEqual(before);
    expect(log.lines().at(-1)).toStrictEqual({ ...RECREATED, logicalId: objectsResource.logicalId });
  });

  test('of the same second is told by the requests that the stream remembers', async () => {
    await send(createEvent(ONE, at(1000, 1)));
    await send(updateEvent(TWO, ONE, at(1000, 2)));
    await send(updateEvent(ONE, TWO, at(1000, 3)));

    await expect(send(updateEvent(TWO, ONE, at(1000, 2)))).rejects.toStrictEqual(STALE);
  });
});

describe('F55: a Create that runs after its Delete', () => {
  const deletion = (second: number) => `${PREFIX}deleted-/${String(second).padStart(64, '0')}`;

  test('creates nothing while the storage location is there', async () => {
    await send(createEvent(ONE, at(1000, 1)));
    await send(deleteEvent(ONE, at(1001, 2)));

    await expect(send(createEvent(ONE, at(1000, 1)))).rejects.toStrictEqual(STALE);

    expect(world.streams.ids()).toStrictEqual([]);
    expect(world.contents('storage')).toStrictEqual([`${keyOf('one')}@v1`, `${deletion(1001)}@v2`]);
  });

  test('creates the stream if it was sent after the Delete', async () => {
    await send(createEvent(ONE, at(1000, 1)));
    await send(deleteEvent(ONE, at(1001, 2)));
    await send(createEvent(ONE, at(1002, 3)));

    expect(world.download(STREAM_ID)).toStrictEqual({ 0: 'one' });
  });

  test('is told by the newest Delete', async () => {
    await send(deleteEvent(ONE, at(1004, 2)));
    await send(deleteEvent(ONE, at(1001, 1)));

    await expect(send(createEvent(ONE, at(1003, 3)))).rejects.toStrictEqual(STALE);
  });

  test('finds no trace of the Delete after that of the storage location', async () => {
    await send(createEvent(ONE, at(1000, 1)));
    await send(deleteEvent(ONE, at(1001, 2)));
    await send(deleteEvent(objectsProperties(), storageAt(1002, 3)));

    expect(world.contents('storage')).toStrictEqual([]);
  });

  test('is not told of the Delete by a bucket that takes no objects any more, and the Delete succeeds', async () => {
    await send(createEvent(ONE, at(1000, 1)));

    await send(deleteEvent(ONE, at(1001, 2)), refusing(/^write/, refused('AccessDenied', 'Access Denied', 'write')));

    expect(world.streams.ids()).toStrictEqual([]);
  });

  test('is not told of the Delete where the handler itself is at fault, and the Delete fails', async () => {
    await send(createEvent(ONE, at(1000, 1)));

    await expect(send(deleteEvent(ONE, at(1001, 2)), refusing(/^write/, new TypeError('a bug')))).rejects.toStrictEqual(new TypeError('a bug'));
    expect(world.streams.ids()).toStrictEqual([STREAM_ID]);
  });

  const deletedMeanwhile: Clock = {
    now: () => 0,
    sleep: async () => world.connect().streams.delete(STREAM_ID),
  };

  test('was told that the stream exists, waits, finds it deleted, and stops', async () => {
    const other = streamProperties();
    const made = () => world.streams.put({ streamId: STREAM_ID, streamArn: arnOf(STREAM_ID), description: other.Description });

    await expect(send(createEvent(ONE), waiting(4, async () => made()), deletedMeanwhile)).rejects.toStrictEqual(DELETED);

    expect(world.streams.ids()).toStrictEqual([]);
  });

  test('has seen the stream, fails, finds it deleted, and stops', async () => {
    await send(createEvent(ONE));

    await expect(send(createEvent(TWO), refusing(/^update/, refused('AccessDenied', 'Access Denied', 'update')), deletedMeanwhile)).rejects.toStrictEqual(DELETED);

    expect(world.streams.ids()).toStrictEqual([]);
  });
});
