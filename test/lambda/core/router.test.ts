import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { CREATE_FAILED } from '../../../lambda/core/custom-resource';
import type { LogContext } from '../../../lambda/core/log';
import type { RouterDependencies } from '../../../lambda/core/router';
import { logContextOf, physicalIdOf, route } from '../../../lambda/core/router';
import type { StreamProperties } from '../../../src/iot-file-stream/private/contract';
import type { Way } from '../iot-file-stream/doubles';
import { arnOf, dying, failing, FakeClock, refused, waiting, World } from '../iot-file-stream/doubles';
import {
  createEvent, deleteEvent, keyOf, LOGICAL_ID, objectsProperties, objectsResource, OWNER_TAGS, PREFIX, requestId, STACK, STREAM_ID,
  streamProperties, updateEvent,
} from '../support/events';
import { captureLog } from '../support/log-lines';
import { registryOf } from '../support/resource-types';

const ONE = streamProperties({ Files: { 0: { Text: 'one' } } });
const TWO = streamProperties({ Files: { 0: { Text: 'two' } } });
const CONTEXT = { stack: STACK, logicalId: LOGICAL_ID, streamId: STREAM_ID };

const log = captureLog();
let world: World;
let clock: FakeClock;
let connections: { roleArn: string; context: LogContext; signal: AbortSignal }[];

beforeEach(makeWorld);

function makeWorld(): void {
  world = new World();
  world.makeBucket('storage');
  clock = new FakeClock();
  connections = [];
}

function router(way?: Way): RouterDependencies {
  return {
    registry: registryOf(async (roleArn, { context, signal }) => {
      connections.push({ roleArn, context, signal });
      return world.connect(way);
    }),
    clock,
  };
}

function send(event: CloudFormationCustomResourceEvent, way?: Way) {
  return route(event, new AbortController().signal, router(way));
}

function attributes(version: number) {
  return { StreamId: STREAM_ID, StreamArn: arnOf(STREAM_ID), StreamVersion: String(version), ...world.sizes(STREAM_ID) };
}

describe('an event of a stream', () => {
  test('handles an event of a stream with the credentials of its management role', async () => {
    const { signal } = new AbortController();

    expect(await route(createEvent(ONE), signal, router())).toStrictEqual(attributes(1));

    expect(connections).toStrictEqual([{ roleArn: 'arn:aws:iam::111122223333:role/Management', context: CONTEXT, signal }]);
    expect(world.streams.get(STREAM_ID)?.tags).toStrictEqual({ ...OWNER_TAGS, 'cdk-iot-streams:requests': requestId(1) });
  });

  test('updates a stream and removes the tags that only the old properties have', async () => {
    await send(createEvent({ ...ONE, Tags: { team: 'radio' } }));

    expect(await send(updateEvent(TWO, { ...ONE, Tags: { team: 'radio' } }, { requestId: requestId(2) }))).toStrictEqual(attributes(2));
    expect(world.streams.get(STREAM_ID)?.tags).not.toHaveProperty('team');
  });

  test('F20: updates a stream although the old properties are missing', async () => {
    await send(createEvent(ONE));
    const { OldResourceProperties: _, ...event } = updateEvent(
      TWO, ONE, { requestId: requestId(2) },
    ) as CloudFormationCustomResourceEvent & {
      RequestType: 'Update'; OldResourceProperties: unknown;
    };

    expect(await send(event as CloudFormationCustomResourceEvent)).toStrictEqual(attributes(2));
  });

  test('answers the Delete of a stream without attributes', async () => {
    await send(createEvent(ONE));

    expect(await send(deleteEvent(ONE, { requestId: requestId(2) }))).toStrictEqual({});
    expect(world.streams.get(STREAM_ID)).toBeUndefined();
  });

});

describe('an event of a storage location', () => {
  const properties = objectsProperties();

  test('checks the bucket at the Create of a storage location', async () => {
    expect(await send(createEvent(properties, objectsResource))).toStrictEqual({});
    expect(world.calls).toStrictEqual(['read the versioning of storage', 'read the retention of storage']);
    expect(connections).toMatchObject([{ context: { ...CONTEXT, logicalId: objectsResource.logicalId } }]);
  });

  test('checks the bucket at the Update of a storage location and refuses a different bucket', async () => {
    expect(await send(updateEvent(properties, properties, objectsResource))).toStrictEqual({});

    await expect(send(updateEvent(objectsProperties({ Bucket: 'successor' }), properties, objectsResource))).rejects.toStrictEqual(new Error(
      `the bucket that stores this stream's objects was replaced under the same construct path, got: 'successor' after 'storage/${PREFIX}'; `
      + "change 'keyPrefix' in the same deployment, so that the stream moves and the old objects are removed"));
  });

  test('F22: deletes the objects at the Delete of a storage location', async () => {
    world.put('storage', keyOf('one'), 'one');

    expect(await send(deleteEvent(properties, objectsResource))).toStrictEqual({});
    expect(world.contents('storage')).toStrictEqual([]);
  });

  test('F22: answers the Delete of a storage location at once if its bucket does not exist', async () => {
    world.removeBucket('storage');

    expect(await send(deleteEvent(properties, objectsResource))).toStrictEqual({});
    expect(clock.pauses).toStrictEqual([]);
  });
});

describe('F52: an event of a resource type that this release does not know', () => {
  const future = { resourceType: 'Custom::IotFileStreamMonitor', logicalId: 'Monitor' };

  test('F52: succeeds at the Delete of an unknown resource type, logs it, and assumes no role', async () => {
    expect(await send(deleteEvent({ StreamId: STREAM_ID }, future))).toStrictEqual({});

    expect(connections).toStrictEqual([]);
    expect(log.lines()).toStrictEqual([
      { stack: STACK, logicalId: 'Monitor', call: 'delete', status: 'left alone: unknown type Custom::IotFileStreamMonitor' },
    ]);
  });

  test.each([createEvent({}, future), updateEvent({}, {}, future)])('F52: fails at the $RequestType of an unknown resource type', async (event) => {
    await expect(send(event)).rejects.toStrictEqual(
      new Error("resource type 'Custom::IotFileStreamMonitor' is unknown to this version of the handler"));
    expect(connections).toStrictEqual([]);
  });
});

describe('F5: the physical ID of a created resource', () => {
  const { registry } = router();

  test('returns the stream ID, the storage location, or the logical ID of an unknown type as physical ID', () => {
    expect(physicalIdOf(createEvent(ONE), registry)).toBe(STREAM_ID);
    expect(physicalIdOf(createEvent(objectsProperties(), objectsResource), registry)).toBe(`storage/${PREFIX}`);
    expect(physicalIdOf(createEvent({}, { resourceType: 'Custom::Other', logicalId: 'Other' }), registry)).toBe('Other');
  });

  test('logs an event of an unknown resource type without a stream ID', () => {
    expect(logContextOf(createEvent(ONE, { resourceType: 'Custom::Other' }), registry)).toStrictEqual({ ...CONTEXT, streamId: undefined });
  });
});

describe('F4: a Delete with a physical ID that no successful Create returned', () => {
  const invented = [CREATE_FAILED, 'Shop-Firmware1A2B3C4D-1XYZ', `${STACK}-invented`, ''];
  const noRole: RouterDependencies = { registry: registryOf(() => Promise.reject(new Error('no role is assumed'))), clock: new FakeClock() };

  test.each(invented)('deletes nothing and makes no call if the physical ID is not that of a created resource: %j', async (physicalId) => {
    await send(createEvent(ONE));
    world.calls.length = 0;

    for (const event of [deleteEvent(ONE, { physicalId }), deleteEvent(objectsProperties(), { ...objectsResource, physicalId })]) {
      expect(await route(event, new AbortController().signal, noRole)).toStrictEqual({});
      expect(log.lines().at(-1)).toMatchObject({ logicalId: event.LogicalResourceId, call: 'delete', status: 'left alone: not created' });
    }

    expect(world.download(STREAM_ID)).toStrictEqual({ 0: 'one' });
    expect(world.calls).toStrictEqual([]);
  });

  test('leaves the stream of a failed Create to the Delete of its storage location, which removes it', async () => {
    await send(createEvent(ONE), failing.after(4)).catch(() => undefined);
    expect(world.streams.ids()).toStrictEqual([STREAM_ID]);

    await send(deleteEvent(ONE, { physicalId: CREATE_FAILED, requestId: requestId(2) }));
    expect(world.streams.ids()).toStrictEqual([STREAM_ID]);
    await send(deleteEvent(objectsProperties(), { ...objectsResource, requestId: requestId(3) }));

    expect(world.streams.ids()).toStrictEqual([]);
    expect(world.contents('storage')).toStrictEqual([]);
  });
});

describe('F13: IAM propagation', () => {
  test('runs a refused event again from the start, with fresh credentials each time', async () => {
    let refusals = 0;
    const way: Way = async (call, perform) => {
      if (call.startsWith('create') && refusals < 2) {
        refusals += 1;
        throw refused('InvalidRequestException', 'AWS IoT cannot assume the role', "create stream 'Shop-Firmware'");
      }
      return perform();
    };

    expect(await send(createEvent(ONE), way)).toStrictEqual(attributes(1));

    expect(connections).toHaveLength(3);
    expect(clock.pauses).toStrictEqual([1_000, 2_000]);
    // later attempts reuse what the first one wrote
    expect(world.calls.filter((call) => call.startsWith('write'))).toStrictEqual([`write storage/${keyOf('one')}`]);
  });

  test('F53: names trust policy, permissions boundary and SCP if the management role can never be assumed', async () => {
    const denied = refused('AccessDenied', 'no', "assume role 'Management'");

    const unreachable: RouterDependencies = { registry: registryOf(() => Promise.reject(denied)), clock };

    await expect(route(createEvent(ONE), new AbortController().signal, unreachable)).rejects.toThrow(
      /^failed to assume role 'Management': no \(AccessDenied\); still denied after 90 seconds.*boundary or service control policy.*trust policy must name that role/);
    expect(world.calls).toStrictEqual([]);
  });

  test('F15: deletes a stream that was in use after it has been released', async () => {
    await send(createEvent(ONE));
    world.streams.attached.add(STREAM_ID);
    clock.sleep = async () => { world.streams.attached.clear(); };

    expect(await send(deleteEvent(ONE, { requestId: requestId(2) }))).toStrictEqual({});
    expect(world.streams.get(STREAM_ID)).toBeUndefined();
  });

  test('F2: does not retry after it has refused the stream of another owner', async () => {
    world.streams.put({ streamId: STREAM_ID });

    await expect(send(createEvent(ONE))).rejects.toThrow(/^stream 'Shop-Firmware' was not made by this construct and is left as it is: /);
    expect(connections).toHaveLength(1);
  });
});

/** Delivers an event twice: the second delivery runs completely before the n-th call of the first one. */
async function twice(event: CloudFormationCustomResourceEvent, number: number): Promise<[unknown, unknown]> {
  let second: unknown = 'the second delivery never began';
  const first = await send(event, waiting(number, async () => { second = await send(event); }));
  return [first, second];
}

describe('F51, F1: one event delivered twice at once, interleaved at every call', () => {
  const MORE = streamProperties({ Files: { 0: { Text: 'two' }, 1: { Text: 'more' } }, Tags: { team: 'radio' } });

  test.each([1, 2, 3, 4])('F51, F1: answers both deliveries of a Create that interleave at call %i alike', async (number) => {
    expect(await twice(createEvent(ONE), number)).toStrictEqual([attributes(1), attributes(1)]);

    expect(world.download(STREAM_ID)).toStrictEqual({ 0: 'one' });
    expect(world.streams.get(STREAM_ID)).toMatchObject({ streamVersion: 1, tags: OWNER_TAGS });
  });

  test.each([1, 2, 3, 4, 5, 6])('F51, F1: reaches the same stream with two deliveries of an Update that interleave at call %i', async (number) => {
    await send(createEvent(ONE));

    for (const answer of await twice(updateEvent(MORE, ONE, { requestId: requestId(2) }), number)) {
      expect(answer).toMatchObject({ StreamId: STREAM_ID, StreamArn: arnOf(STREAM_ID) });
    }

    expect(world.download(STREAM_ID)).toStrictEqual({ 0: 'two', 1: 'more' });
    expect(world.streams.get(STREAM_ID)?.tags).toMatchObject({ ...OWNER_TAGS, team: 'radio' });

    // a rollback still works
    await send(updateEvent(ONE, MORE, { requestId: requestId(3) }));
    expect(world.download(STREAM_ID)).toStrictEqual({ 0: 'one' });
  });

  test('F51, F1: reaches the same objects with two deliveries of an Update that deletes objects, at every call', async () => {
    const THREE = streamProperties({ Files: { 0: { Text: 'three' } } });
    for (let number = 1; number <= 6; number++) {
      makeWorld();
      await send(createEvent(ONE));
      await send(updateEvent(TWO, ONE, { requestId: requestId(2) }));

      await twice(updateEvent(THREE, TWO, { requestId: requestId(3) }), number);

      expect(world.download(STREAM_ID)).toStrictEqual({ 0: 'three' });
      await send(updateEvent(TWO, THREE, { requestId: requestId(4) }));
      expect(world.download(STREAM_ID)).toStrictEqual({ 0: 'two' });
    }
  });

  test.each([1, 2])('F51, F1: deletes the stream once with two deliveries of a Delete that interleave at call %i', async (number) => {
    await send(createEvent(ONE));

    expect(await twice(deleteEvent(ONE, { requestId: requestId(2) }), number)).toStrictEqual([{}, {}]);
    expect(world.streams.get(STREAM_ID)).toBeUndefined();
  });

  test.each([1, 2])('F51, F1: empties the storage location with two deliveries of its Delete that interleave at call %i', async (number) => {
    world.put('storage', keyOf('one'), 'one');

    expect(await twice(deleteEvent(objectsProperties(), objectsResource), number)).toStrictEqual([{}, {}]);
    expect(world.contents('storage')).toStrictEqual([]);
  });

  test.each([1, 2, 3, 4])('F51, F1: leaves nothing behind if the Delete of a cancelled Create interleaves at call %i', async (number) => {
    await send(createEvent(ONE), waiting(number, () => send(deleteEvent(ONE, { requestId: requestId(2), physicalId: 'invented' }))));

    await send(deleteEvent(ONE, { requestId: requestId(3) }));
    await send(deleteEvent(objectsProperties(), objectsResource));

    expect(world.streams.get(STREAM_ID)).toBeUndefined();
    expect(world.contents('storage')).toStrictEqual([]);
  });
});

describe.each(['before', 'after'] as const)('F38: a handler that dies %s its n-th call', (when) => {
  async function dies(event: CloudFormationCustomResourceEvent, number: number): Promise<boolean> {
    let died: () => void = () => undefined;
    const death = new Promise<boolean>((resolve) => { died = () => resolve(true); });
    return Promise.race([death, send(event, dying(number, when, died)).then(() => false)]);
  }

  test('leaves nothing behind if the handler dies during a Create and CloudFormation then sends its Deletes, with any physical ID', async () => {
    let deaths = 0;
    for (const id of [STREAM_ID, 'Shop-Firmware1A2B3C4D-1XYZ']) {
      for (let number = 1; ; number++) {
        makeWorld();
        if (!await dies(createEvent(ONE), number)) break;
        deaths += 1;

        await send(deleteEvent(ONE, { requestId: requestId(2), physicalId: id }));
        await send(deleteEvent(objectsProperties(), objectsResource));

        expect(world.streams.get(STREAM_ID)).toBeUndefined();
        expect(world.contents('storage')).toStrictEqual([]);
      }
    }
    expect(deaths).toBe(8);
  });

  test('F26: rolls back to the old bytes or completes the update if the handler dies during an Update', async () => {
    const rollBack: [StreamProperties, StreamProperties, string] = [ONE, TWO, 'one'];
    const carryOn: [StreamProperties, StreamProperties, string] = [TWO, ONE, 'two'];
    for (const [next, old, text] of [rollBack, carryOn]) {
      for (let number = 1; ; number++) {
        makeWorld();
        await send(createEvent(ONE));
        if (!await dies(updateEvent(TWO, ONE, { requestId: requestId(2) }), number)) break;
        expect(['one', 'two']).toContain(world.download(STREAM_ID)[0]);

        expect(await send(updateEvent(next, old, { requestId: requestId(3) }))).toMatchObject({ StreamId: STREAM_ID });

        expect(world.download(STREAM_ID)).toStrictEqual({ 0: text });
      }
    }
  });

  test('F22: empties the storage location with a second Delete if the handler dies during the first', async () => {
    for (let number = 1; ; number++) {
      makeWorld();
      world.put('storage', keyOf('one'), 'one');
      world.put('storage', keyOf('two'), 'two');
      if (!await dies(deleteEvent(objectsProperties(), objectsResource), number)) break;

      await send(deleteEvent(objectsProperties(), objectsResource));

      expect(world.contents('storage')).toStrictEqual([]);
    }
  });
});

test('F25, F72: runs an event again with fresh credentials after a server error, and converges', async () => {
  expect(await send(createEvent(ONE), failing.after(4))).toStrictEqual(attributes(1));

  expect(connections).toHaveLength(2);
});
