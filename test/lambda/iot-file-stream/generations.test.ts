import type { Way } from './doubles';
import { arnOf, failing, waiting, World } from './doubles';
import { generationsOf, removeUnused } from '../../../lambda/iot-file-stream/generations';
import { inGeneration, newGeneration, parseStream } from '../../../lambda/iot-file-stream/model';
import * as objectsResource from '../../../lambda/iot-file-stream/objects-resource';
import { remove } from '../../../lambda/iot-file-stream/stream-resource';
import type { StreamProperties } from '../../../src/iot-file-stream/private/contract';
import {
  asset, declarationOf, identity, LOGICAL_ID, objectsProperties, OWNER_TAGS, PREFIX, requestId, sha256, STACK, STREAM_ID, streamProperties,
  streamRequest,
} from '../support/events';
import { captureLog } from '../support/log-lines';
import { createOrChange } from '../support/resource-types';

/*
 * `UpdateStrategy.NEW_STREAM`: every content has a stream of its own, and the previous stream is kept until the next change.
 */

function generation(text: string, overrides: Partial<StreamProperties> = {}): StreamProperties {
  return streamProperties({ UpdateStrategy: 'NEW_STREAM', Files: { 0: { Text: text } }, ...overrides });
}

function inPlace(text: string): StreamProperties {
  return { ...generation(text), UpdateStrategy: 'IN_PLACE' };
}

const A = generation('one');
const B = generation('two');
const C = generation('three');
const SUPERSEDED = new Error('duplicate event: a newer event for this resource was already processed, so nothing was changed');
const ELSEWHERE = { Bucket: 'elsewhere', Prefix: 'elsewhere/' };

/** The ID of the stream that was created last, by declaration. */
const ids = new Map<string, string>();

const declaration = (properties: StreamProperties) => `${parseStream(properties).content} ${parseStream(properties).isNewStream}`;
const idOf = (properties: StreamProperties) => ids.get(declaration(properties)) ?? createdBy(1, properties);
const keyOf = (properties: StreamProperties) => `${properties.Prefix}${idOf(properties).slice(-8)}/${parseStream(properties).files[0].key.slice(-64)}`;
/** The ID of the stream that the n-th event creates, if it creates one. */
const createdBy = (n: number, properties: StreamProperties) => {
  const parsed = parseStream(properties);
  return parsed.isNewStream ? inGeneration(parsed, newGeneration(parsed, requestId(n))).streamId : parsed.streamId;
};

/** The calls that tag streams of which none serves the desired content: in the order of the listing, which is that of their IDs. */
const taggings = (...all: StreamProperties[]) => all.map(idOf).sort().map((id) => `tag ${id}`);

const log = captureLog();
let world: World;

beforeEach(makeWorld);

function makeWorld(): void {
  ids.clear();
  world = new World();
  for (const bucket of ['storage', 'elsewhere', 'staging', 'vendor']) world.makeBucket(bucket);
}

async function deploy(n: number, properties: StreamProperties, old?: StreamProperties, way?: Way) {
  const declared = declaration(properties);
  if (!world.streams.get(ids.get(declared) ?? '')) ids.set(declared, createdBy(n, properties));
  const answer = await createOrChange(streamRequest(n, properties, old), world.connect(way));
  ids.set(declared, answer.StreamId);
  return answer;
}

/** Sends the events of successive deployments. */
async function history(...all: StreamProperties[]): Promise<void> {
  for (const [index, properties] of all.entries()) await deploy(index + 1, properties, all[index - 1]);
  world.calls.length = 0;
}

function attributes(properties: StreamProperties, version = 1) {
  const streamId = idOf(properties);
  return { StreamId: streamId, StreamArn: arnOf(streamId), StreamVersion: String(version), ...world.sizes(streamId) };
}

/** The texts that devices can download, by stream. */
function served(): Record<string, string> {
  return Object.fromEntries([...world.streams.ids()].map((streamId) => [streamId, world.download(streamId)[0]]));
}

test('generationsOf finds the generations whose objects are in the storage location, and no others', () => {
  const at = (...keys: string[]) => world.streams.put({
    streamId: 'Other', files: keys.map((key, fileId) => ({ fileId, bucket: 'storage', key, version: 'v1' })),
  });
  const ours = `${PREFIX}1a2b3c4d/${sha256('one')}`;

  expect(generationsOf([at(ours, `elsewhere/1a2b3c4d/${sha256('one')}`, `${PREFIX}notes.txt`)], parseStream(A))).toStrictEqual(['1a2b3c4d']);
});

describe('the id of a generation', () => {
  test('makes the ID of a generation from the stream ID, two dashes and eight hexadecimal digits', () => {
    expect(idOf(A)).toMatch(/^Shop-Firmware--[0-9a-f]{8}$/);
    expect(keyOf(A)).toBe(`${PREFIX}${idOf(A).slice(-8)}/${sha256('one')}`);
    expect(idOf(inPlace('one'))).toBe(STREAM_ID);
    expect(idOf(streamProperties())).toBe(STREAM_ID);
  });

  test.each<[string, Partial<StreamProperties>]>([
    ['a file', { Files: { 0: { Text: 'other' } } }],
    ['a file id', { Files: { 1: { Text: 'one' } } }],
    ['the description', { Description: 'other' }],
    ['the role', { RoleArn: 'arn:aws:iam::111122223333:role/Other' }],
    ['the bucket', { Bucket: 'other' }],
    ['the prefix', { Prefix: 'other/' }],
  ])('changes the ID of the generation with a change of %s', (_, change) => {
    expect(createdBy(1, { ...A, ...change })).not.toBe(createdBy(1, A));
  });

  test.each<[string, Partial<StreamProperties>]>([
    ['tags', { Tags: { team: 'radio' } }],
    ['the management role', { ManagementRoleArn: 'other' }],
    ['the contract version', { ContractVersion: '2' }],
    ['the name of a file', { Files: { 0: { Text: 'one', FileName: 'other' } } }],
    ['the source of known content', { Files: { 0: { ...asset('one'), SourceKey: 'other' } } }],
  ])('keeps the ID of the generation with a change of %s', (_, change) => {
    expect(createdBy(1, { ...A, ...change })).toBe(createdBy(1, A));
  });

  test('F56: changes the ID of the generation with the event that creates it', () => {
    expect(createdBy(2, A)).not.toBe(createdBy(1, A));
  });

  test('F35: refuses an unknown update strategy', () => {
    expect(() => parseStream({ ...A, UpdateStrategy: 'SIDEWAYS' })).toThrow(new Error(
      "property 'UpdateStrategy' must be 'IN_PLACE' or 'NEW_STREAM', got: \"SIDEWAYS\""));
  });
});

describe('a change of content', () => {
  test('creates another stream for another content and changes only the request tag of the previous stream', async () => {
    await history(A);
    const { tags, ...before } = world.streams.get(idOf(A))!;

    expect(await deploy(2, B, A)).toStrictEqual(attributes(B));

    expect(world.calls).toStrictEqual([
      `describe ${idOf(B)}`, `list storage/${PREFIX}`, `describe ${idOf(A)}`, `tag ${idOf(A)}`, `write storage/${keyOf(B)}`, `create ${idOf(B)}`,
    ]);
    expect(served()).toStrictEqual({ [idOf(A)]: 'one', [idOf(B)]: 'two' });
    expect(world.streams.get(idOf(A))).toStrictEqual({ ...before, tags: { ...tags, 'cdk-iot-streams:requests': `${requestId(1)} ${requestId(2)}` } });
  });

  test('deletes the stream before the previous one, and then its objects, as the last steps of an update', async () => {
    await history(A, B);

    expect(await deploy(3, C, B)).toStrictEqual(attributes(C));

    expect(world.writes()).toStrictEqual([
      ...taggings(A, B), `write storage/${keyOf(C)}`, `create ${idOf(C)}`, `delete ${idOf(A)}`, `remove storage/${keyOf(A)}@v1`,
    ]);
    expect(served()).toStrictEqual({ [idOf(B)]: 'two', [idOf(C)]: 'three' });
  });

  test.each<[string, Partial<StreamProperties>]>([
    ['the description', { Description: 'other' }],
    ['the role', { RoleArn: 'arn:aws:iam::111122223333:role/Other' }],
    ['the id of a file', { Files: { 1: { Text: 'one' } } }],
    ['the number of files', { Files: { 0: { Text: 'one' }, 1: { Text: 'two' } } }],
  ])('creates another stream when %s changes', async (_, change) => {
    await history(A);

    const { StreamId } = await deploy(2, { ...A, ...change }, A);

    expect(StreamId).not.toBe(idOf(A));
    expect(world.streams.ids()).toStrictEqual([idOf(A), StreamId]);
  });

  test('creates no stream if AWS IoT lists the same files in another order', async () => {
    const both = { ...A, Files: { 0: { Text: 'one' }, 1: { Text: 'two' } } };
    await history(both);
    const live = world.streams.get(idOf(both))!;
    world.streams.put({ ...live, files: [...live.files].reverse() });

    await deploy(2, { ...both, Tags: { team: 'radio' } }, both);

    expect(world.streams.ids()).toStrictEqual([idOf(both)]);
  });

  test('replaces a stream that has lost an object instead of updating it', async () => {
    await history(A);
    const { objects } = world.bucket('storage');
    objects.splice(0);

    const { StreamId, StreamVersion } = await deploy(2, { ...A, Tags: { team: 'radio' } }, A);

    expect({ StreamVersion, isAnother: StreamId !== createdBy(1, A) }).toStrictEqual({ StreamVersion: '1', isAnother: true });
  });

  test('replaces a stream whose object turns out to have other bytes instead of updating it', async () => {
    await history(A);
    const [object] = world.bucket('storage').objects;
    Object.assign(object, { bytes: Buffer.from('eno') });

    const { StreamId, StreamVersion } = await deploy(2, { ...A, Tags: { team: 'radio' } }, A);

    expect({ StreamVersion, isAnother: StreamId !== createdBy(1, A) }).toStrictEqual({ StreamVersion: '1', isAnother: true });
    expect(world.download(StreamId)).toStrictEqual({ 0: 'one' });
  });

  test('deletes no stream when only tags change, so that a running download of the previous generation can finish', async () => {
    await history(A, B);

    await deploy(3, { ...B, Tags: { team: 'radio' } }, B);

    expect(served()).toStrictEqual({ [idOf(A)]: 'one', [idOf(B)]: 'two' });
    expect(world.writes()).toStrictEqual([`tag ${idOf(B)}`, `tag ${idOf(A)}`]);
  });

  test.each<[string, (n: number) => Partial<StreamProperties>]>([
    ['the description', (n) => ({ Description: `other ${n}` })],
    ['the role', (n) => ({ RoleArn: `arn:aws:iam::111122223333:role/Other${n}` })],
  ])('keeps the previous stream for a rollback and deletes the one before if the two differ in %s alone', async (_, change) => {
    // S3 lists the stream before the previous one first
    const other = Array.from({ length: 50 }, (__, n) => ({ ...A, ...change(n) })).find((each) => createdBy(1, A) < createdBy(2, each))!;
    await history(A, other, C);

    expect(world.streams.ids()).toStrictEqual([idOf(other), idOf(C)]);
  });

  test('keeps only the newest of the other streams if an update that failed without a rollback is repeated', async () => {
    await history(A, B);

    // CloudFormation passes the properties of the failed update as the old ones
    expect(await deploy(3, C, C)).toStrictEqual(attributes(C));

    expect(served()).toStrictEqual({ [idOf(B)]: 'two', [idOf(C)]: 'three' });
  });

  test('keeps all streams if AWS IoT does not say when they were created', async () => {
    await history(A, B);
    for (const content of [A, B]) world.streams.put({ ...world.streams.get(idOf(content))!, createdAt: NaN });

    await deploy(3, C, C);

    expect(served()).toStrictEqual({ [idOf(A)]: 'one', [idOf(B)]: 'two', [idOf(C)]: 'three' });
  });

  test('deletes the stream before the previous one when the strategy changes', async () => {
    await history(A, B);

    await deploy(3, inPlace('two'), B);

    expect(served()).toStrictEqual({ [idOf(B)]: 'two', [STREAM_ID]: 'two' });
  });

  test('copies known content from its source and not from the copy of an earlier generation', async () => {
    const files = { 0: asset('app'), 1: { Text: 'one' } };
    world.put('staging', `${sha256('app')}.bin`, 'app');
    await history({ ...A, Files: files });
    const sources: string[] = [];
    const way: Way = async (call, perform, rights = []) => {
      if (call.startsWith('write ')) sources.push(...rights.filter(({ action }) => action.startsWith('s3:Get')).map(({ resource }) => resource));
      return perform();
    };

    await deploy(2, { ...B, Files: { ...files, 1: { Text: 'two' } } }, { ...A, Files: files }, way);

    expect(sources).toStrictEqual([`arn:aws:s3:::staging/${sha256('app')}.bin`]);
  });

  test('finds the first stream unchanged when the previous content is deployed again', async () => {
    await history(A, B);

    expect(await deploy(3, A, B)).toStrictEqual(attributes(A));

    expect(world.writes()).toStrictEqual([`tag ${idOf(A)}`, `tag ${idOf(B)}`]);
    expect(served()).toStrictEqual({ [idOf(A)]: 'one', [idOf(B)]: 'two' });
  });

  test('F16, F56: creates another stream with the first version when a content is deployed whose stream was deleted', async () => {
    await history(A, B, C);
    const first = createdBy(1, A);

    expect(await deploy(4, A, C)).toStrictEqual(attributes(A, 1));
    expect(idOf(A)).not.toBe(first);
    expect(served()).toStrictEqual({ [idOf(A)]: 'one', [idOf(C)]: 'three' });
  });

  test('F41: copies an unpinned source from the previous generation although the source has been overwritten', async () => {
    world.put('vendor', 'fw.bin', 'old firmware');
    const vendor = { SourceBucket: 'vendor', SourceKey: 'fw.bin' };
    const before = generation('one', { Files: { 0: { Text: 'one' }, 1: vendor } });
    const after = generation('two', { Files: { 0: { Text: 'two' }, 1: vendor } });
    await history(before);
    world.put('vendor', 'fw.bin', 'new firmware');

    expect(await deploy(2, after, before)).toStrictEqual(attributes(after));
    expect(world.download(idOf(after))).toStrictEqual({ 0: 'two', 1: 'old firmware' });
    expect(world.streams.get(idOf(after))?.files[1].key.endsWith(sha256(declarationOf('vendor', 'fw.bin')))).toBe(true);
  });

  test('F20: deletes no stream if the old properties are malformed', async () => {
    await history(A, B);

    await deploy(3, C, { ...B, Files: {} });

    expect(world.writes()).toStrictEqual([...taggings(A, B), `write storage/${keyOf(C)}`, `create ${idOf(C)}`]);
  });

  test('keeps a stream that an OTA update uses, logs it, and deletes it at the next change', async () => {
    await history(A, B);
    world.streams.attached.add(idOf(A));

    expect(await deploy(3, C, B)).toStrictEqual(attributes(C));
    expect(served()).toStrictEqual({ [idOf(A)]: 'one', [idOf(B)]: 'two', [idOf(C)]: 'three' });
    expect(log.lines()).toStrictEqual([{ stack: STACK, logicalId: LOGICAL_ID, streamId: idOf(A), call: 'delete', status: 'kept: in use' }]);

    world.streams.attached.clear();
    await deploy(4, B, C);
    expect(served()).toStrictEqual({ [idOf(B)]: 'two', [idOf(C)]: 'three' });
  });

  test('removeUnused returns the streams that it has deleted, without one that an OTA update uses', async () => {
    await history(A, B);
    const [used, unused] = [idOf(A), idOf(B)].map((id) => world.streams.get(id)!);
    world.streams.attached.add(idOf(A));

    expect(await removeUnused([used, unused], identity(3).owner, world.connect().streams)).toStrictEqual([unused]);
    expect(await removeUnused([used], identity(3).owner, world.connect().streams)).toStrictEqual([]);
  });

  test('fails if the service refuses to delete a stream for another reason than its use', async () => {
    await history(A, B);

    await expect(deploy(3, C, B, failing.before(9))).rejects.toThrow('InternalFailureException');
    expect(served()).toStrictEqual({ [idOf(A)]: 'one', [idOf(B)]: 'two', [idOf(C)]: 'three' });
  });
});

describe('F28: the tags of all generations', () => {
  const tagged = (properties: StreamProperties, team: string) => ({ ...properties, Tags: { [team]: 'yes' } });
  const tagsOf = (properties: StreamProperties) => Object.keys(world.streams.get(idOf(properties))!.tags).filter((key) => !key.startsWith('cdk-'));

  test('sets changed tags on all streams without creating or deleting one', async () => {
    await history(A, B);

    expect(await deploy(3, { ...B, Tags: { team: 'radio' } }, B)).toStrictEqual(attributes(B));

    expect(world.writes()).toStrictEqual([`tag ${idOf(B)}`, `tag ${idOf(A)}`]);
    expect(world.streams.get(idOf(A))?.tags).toMatchObject({ team: 'radio' });
    expect(world.streams.get(idOf(B))?.tags).toMatchObject({ team: 'radio' });
    expect(served()).toStrictEqual({ [idOf(A)]: 'one', [idOf(B)]: 'two' });
  });

  test('updates the tags of an earlier generation when its content is deployed again', async () => {
    await history(tagged(A, 'radio'), tagged(B, 'modem'), tagged(A, 'antenna'));

    expect(tagsOf(A)).toStrictEqual(['antenna']);
    expect(tagsOf(B)).toStrictEqual(['antenna']);
  });

  test('restores the tags of a generation at a rollback to it', async () => {
    await history(tagged(A, 'radio'), tagged(B, 'modem'), tagged(A, 'radio'));

    expect(tagsOf(A)).toStrictEqual(['radio']);
  });
});

describe('F51: a duplicate of an event', () => {
  test('F51: a duplicate of the event that created a stream changes nothing', async () => {
    await history(A, B);

    expect(await deploy(2, B, A)).toStrictEqual(attributes(B));
    expect(world.writes()).toStrictEqual([]);
  });

  test('F51: an Update that changes the storage location and the strategy leaves its request on the stream of the old location', async () => {
    await history(inPlace('one'));

    await deploy(2, { ...B, ...ELSEWHERE }, inPlace('one'));

    expect(world.streams.get(STREAM_ID)?.tags['cdk-iot-streams:requests']).toBe(`${requestId(1)} ${requestId(2)}`);
  });

  test('F51: a duplicate that arrives after the rollback of its event changes nothing', async () => {
    await history(A, B, A);

    await expect(deploy(2, B, A)).rejects.toStrictEqual(SUPERSEDED);

    expect(world.writes()).toStrictEqual([]);
  });

  test.each([5, 6])('F51: a duplicate of an event that failed at call %i changes nothing after the rollback', async (number) => {
    await history(A);
    await expect(deploy(2, B, A, failing.before(number))).rejects.toThrow('InternalFailureException');
    await deploy(3, A, B);
    const before = served();
    world.calls.length = 0;

    await expect(deploy(2, B, A)).rejects.toStrictEqual(SUPERSEDED);

    expect(world.writes()).toStrictEqual([]);
    expect(served()).toStrictEqual(before);
  });

  test('F51: a duplicate does not create its deleted stream again and does not delete the successor', async () => {
    await history(A, B, A, C);
    expect(served()).toStrictEqual({ [idOf(A)]: 'one', [idOf(C)]: 'three' });

    await expect(deploy(2, B, A)).rejects.toStrictEqual(SUPERSEDED);

    expect(world.writes()).toStrictEqual([]);
  });

  test('F51: a duplicate changes nothing after both of its streams have been deleted', async () => {
    const D = generation('four');
    await history(A, B, A, C, D);

    await expect(deploy(2, B, A)).rejects.toStrictEqual(SUPERSEDED);

    expect(world.writes()).toStrictEqual([]);
    expect(served()).toStrictEqual({ [idOf(C)]: 'three', [idOf(D)]: 'four' });
  });

  test('F51: a duplicate event that interleaves with the first at any call leads to the same end state', async () => {
    for (let number = 1; number <= 12; number++) {
      makeWorld();
      await history(A, B);

      const first = await deploy(3, C, B, waiting(number, () => deploy(3, C, B))).catch((error: Error) => error.message);

      // the handler retries after these errors
      if (typeof first === 'string') {
        expect([
          `failed to create ${idOf(C)}: Stream ${idOf(C)} already exists (ResourceAlreadyExistsException)`,
          `failed to ${idOf(A)}: Stream ${idOf(A)} does not exist (ResourceNotFoundException)`,
        ]).toContain(first);
      }
      expect(await deploy(3, C, B)).toStrictEqual(attributes(C));
      expect(served()).toStrictEqual({ [idOf(B)]: 'two', [idOf(C)]: 'three' });
    }
  });

  test('F51: remembers the last six requests across generations', async () => {
    await history(A, B, A, B, A, B, A, C);

    expect(world.streams.get(idOf(C))?.tags['cdk-iot-streams:requests']).toBe([3, 4, 5, 6, 7, 8].map(requestId).join(' '));
  });
});

test('deletes a generation whose object somebody has deleted, even after another Update', async () => {
  await history(A, B);
  const { files: [file] } = world.streams.get(idOf(A))!;
  await world.connect().objects.remove(file);
  world.putDeleteMarker(file.bucket, file.key);
  await deploy(3, { ...B, Tags: { team: 'radio' } }, B);

  await remove(streamRequest(4, B), world.connect());

  expect(world.streams.ids()).toStrictEqual([]);
});

describe('F2: a generation of another owner', () => {
  test('F2: refuses to use a stream of another owner that has the ID of the generation', async () => {
    await history(A);
    ids.set(declaration(B), createdBy(2, B));
    const theirs = world.streams.put({ streamId: idOf(B) });

    await expect(deploy(2, B, A)).rejects.toStrictEqual(new Error(
      `stream '${idOf(B)}' was not made by this construct and is left as it is: keep the construct's id, or choose another 'streamId', `
      + `or, if nothing needs that stream any more, run: aws iot delete-stream --stream-id ${idOf(B)} --region eu-west-1`));

    expect(world.writes()).toStrictEqual([]);
    expect(world.streams.get(idOf(B))).toBe(theirs);
  });

  test('F2: keeps a stream of another owner, with its objects, when a superseded generation is deleted', async () => {
    await history(A, B);
    const theirs = world.streams.put({ ...world.streams.get(idOf(A))!, tags: { ...OWNER_TAGS, 'cdk-iot-streams:resource': 'Other' } });

    await deploy(3, C, B);

    expect(world.streams.get(idOf(A))).toBe(theirs);
    expect(world.download(idOf(A))).toStrictEqual({ 0: 'one' });
  });

  test('F2: keeps a stream of another owner at a Delete', async () => {
    await history(A, B);
    const theirs = world.streams.put({ ...world.streams.get(idOf(A))!, tags: {} });

    await remove(streamRequest(3, B), world.connect());

    expect(world.streams.ids()).toStrictEqual([idOf(A)]);
    expect(world.streams.get(idOf(A))).toBe(theirs);
    expect(log.lines()).toStrictEqual([{ stack: STACK, logicalId: LOGICAL_ID, streamId: idOf(A), call: 'delete', status: 'left alone: not ours' }]);
  });
});

describe('a change of strategy on a live stream', () => {
  test('keeps the stream of IN_PLACE until the next change after the strategy has changed to NEW_STREAM', async () => {
    await history(inPlace('one'));

    expect(await deploy(2, A, inPlace('one'))).toStrictEqual(attributes(A));
    expect(served()).toStrictEqual({ [STREAM_ID]: 'one', [idOf(A)]: 'one' });

    await deploy(3, B, A);
    expect(served()).toStrictEqual({ [idOf(A)]: 'one', [idOf(B)]: 'two' });
    expect(world.contents('storage').map((object) => object.split('@')[0])).toStrictEqual([keyOf(A), keyOf(B)]);
  });

  test('keeps the last generation until the next change after the strategy has changed to IN_PLACE', async () => {
    await history(inPlace('zero'), A, inPlace('one'));
    expect(served()).toStrictEqual({ [STREAM_ID]: 'one', [idOf(A)]: 'one' });

    await deploy(4, inPlace('two'), inPlace('one'));
    expect(served()).toStrictEqual({ [STREAM_ID]: 'two' });
    expect(world.streams.get(STREAM_ID)?.streamVersion).toBe(3);
  });

  test('creates nothing when only the strategy changes, back and forth', async () => {
    await history(inPlace('one'), A);

    expect(await deploy(3, inPlace('one'), A)).toStrictEqual(attributes(inPlace('one')));
    expect(await deploy(4, A, inPlace('one'))).toStrictEqual(attributes(A));
    expect(world.writes()).toStrictEqual([`tag ${STREAM_ID}`, `tag ${idOf(A)}`, `tag ${idOf(A)}`, `tag ${STREAM_ID}`]);
  });
});

describe('a change of the storage location', () => {
  const THERE = { ...A, ...ELSEWHERE };
  const leave = (properties: StreamProperties) => {
    const { Bucket, Prefix } = properties;
    return objectsResource.remove(objectsProperties({ Bucket, Prefix }), identity(9), world.connect());
  };

  test('creates another stream in the new storage location, and the clean-up deletes the old streams before their objects', async () => {
    await history(B, A);

    expect(await deploy(3, THERE, A)).toStrictEqual(attributes(THERE));
    expect(served()).toStrictEqual({ [idOf(B)]: 'two', [idOf(A)]: 'one', [idOf(THERE)]: 'one' });
    world.calls.length = 0;
    await leave(A);

    expect(served()).toStrictEqual({ [idOf(THERE)]: 'one' });
    expect(world.contents('storage')).toStrictEqual([]);
    expect(world.writes().slice(0, 2).sort()).toStrictEqual([`delete ${idOf(A)}`, `delete ${idOf(B)}`].sort());
  });

  test('F30: finds the original stream when a change of the storage location is rolled back', async () => {
    await history(B, A, THERE);

    expect(await deploy(4, A, THERE)).toStrictEqual(attributes(A));
    await leave(THERE);

    expect(served()).toStrictEqual({ [idOf(A)]: 'one' });
    expect(world.contents('elsewhere')).toStrictEqual([]);
  });

  test('F30: moves a stream that is updated in place to the new storage location', async () => {
    const there = { ...inPlace('one'), ...ELSEWHERE };
    await history(inPlace('one'), there);

    await leave(inPlace('one'));

    expect(served()).toStrictEqual({ [STREAM_ID]: 'one' });
    expect(world.contents('storage')).toStrictEqual([]);
  });

  test('deletes the old stream when storage location and strategy change together, in either direction', async () => {
    await history(inPlace('one'), THERE);
    await leave(inPlace('one'));
    expect(served()).toStrictEqual({ [idOf(THERE)]: 'one' });

    await deploy(3, inPlace('one'), THERE);
    await leave(THERE);
    expect(served()).toStrictEqual({ [STREAM_ID]: 'one' });
  });

  test('F2: clean-up keeps a stream of another stack and succeeds if a stream is deleted concurrently', async () => {
    await history(B, A, THERE);
    const theirs = world.streams.put({ ...world.streams.get(idOf(A))!, tags: { ...OWNER_TAGS, 'cdk-iot-streams:stack': 'other' } });
    const { Bucket, Prefix } = A;

    const way = waiting(4, () => world.connect().streams.delete(idOf(B)));
    await objectsResource.remove(objectsProperties({ Bucket, Prefix }), identity(9), world.connect(way));

    expect(world.streams.get(idOf(A))).toBe(theirs);
    expect(world.streams.get(idOf(B))).toBeUndefined();
  });
});

describe('Delete', () => {
  test.each<[string, StreamProperties[]]>([
    ['one generation', [A]],
    ['two generations', [A, B]],
    ['a stream that was updated in place before', [inPlace('one'), A]],
    ['a generation from before IN_PLACE', [A, inPlace('one')]],
  ])('deletes all streams of %s and no object', async (_, all) => {
    await history(...all);
    const objects = world.contents('storage');

    await remove(streamRequest(9, all[all.length - 1]), world.connect());

    expect(world.streams.ids()).toStrictEqual([]);
    expect(world.contents('storage')).toStrictEqual(objects);
  });

  test('F22: a Delete succeeds without the bucket, whose objects are the only record of the streams', async () => {
    await history(A);
    world.removeBucket('storage');

    await remove(streamRequest(2, A), world.connect());

    expect(world.writes()).toStrictEqual([]);
  });

  test('deletes the streams of the storage location although the files have an unknown form', async () => {
    await history(A);

    await remove(
      { ...streamRequest(2, A), properties: { ...A, Files: { 0: { Blocks: [] } } } as unknown as StreamProperties }, world.connect(),
    );

    expect(world.streams.ids()).toStrictEqual([]);
  });
});

/* Each call fails once in each way; every stream that a device may know must remain downloadable. */
describe('F25: an event that fails half way', () => {
  const ways: [string, (number: number) => Way][] = [['is refused', failing.before], ['loses its response', failing.after]];

  async function fails(number: number, way: (number: number) => Way, n: number, properties: StreamProperties, old?: StreamProperties) {
    return deploy(n, properties, old, way(number)).then(() => false, () => true);
  }

  test.each(ways)('F25: a Create in which one call %s leaves nothing behind after its rollback', async (_, way) => {
    for (let number = 1, failed = true; failed; number++) {
      makeWorld();
      failed = await fails(number, way, 1, A);

      await remove(streamRequest(2, A), world.connect());
      await objectsResource.remove(objectsProperties(), identity(9), world.connect());

      expect(world.streams.ids()).toStrictEqual([]);
      expect(world.contents('storage')).toStrictEqual([]);
    }
  });

  test.each(ways)('F25: an Update in which one call %s can be repeated or rolled back, changed again and deleted', async (_, way) => {
    for (const before of [B, inPlace('two')]) {
      for (const isRolledBack of [false, true]) {
        for (let number = 1, failed = true; failed; number++) {
          makeWorld();
          await history(A, before);
          failed = await fails(number, way, 3, C, before);
          expect(served()).toMatchObject({ [idOf(before)]: 'two' });

          const [now, then] = isRolledBack ? [before, C] : [C, before];
          expect(await deploy(isRolledBack ? 4 : 3, now, then)).toMatchObject({ StreamId: idOf(now) });
          expect(served()).toMatchObject({ [idOf(before)]: 'two', [idOf(now)]: world.download(idOf(now))[0] });

          const last = generation('last');
          await deploy(5, last, now);
          expect(served()).toStrictEqual({ [idOf(now)]: world.download(idOf(now))[0], [idOf(last)]: 'last' });

          await remove(streamRequest(6, last), world.connect());
          await objectsResource.remove(objectsProperties(), identity(9), world.connect());
          expect(world.streams.ids()).toStrictEqual([]);
          expect(world.contents('storage')).toStrictEqual([]);
        }
      }
    }
  });
});
