import { arnOf, named as namedFile, refused, World } from './doubles';
import { TransientFailure } from '../../../lambda/core/call';
import type { LiveStream, PinnedFile } from '../../../lambda/iot-file-stream/model';
import { parseStorageLocation, parseStream } from '../../../lambda/iot-file-stream/model';
import { checkBucket, generationsIn, isListingStale, listStorage, pinFiles, prune, removeAll } from '../../../lambda/iot-file-stream/objects';
import type { FileProperties } from '../../../src/iot-file-stream/private/contract';
import { asset, declarationOf, keyOf, PREFIX, sha256, STREAM_ID, streamProperties } from '../support/events';

const LOCATION = parseStorageLocation(streamProperties());
const TEXT: FileProperties = { Text: 'one' };
const KEY = keyOf('one');
const VENDOR: FileProperties = { SourceBucket: 'vendor', SourceKey: 'radio/fw.bin' };
const VENDOR_KEY = keyOf(declarationOf('vendor', 'radio/fw.bin'));

/** None of these files is signed. */
const unsigned = async () => undefined;

let world: World;

beforeEach(() => {
  world = new World();
  for (const bucket of ['storage', 'staging', 'vendor']) world.makeBucket(bucket);
});

/** Pins as the handler does, with a listing of the storage location and the files that the stream names. */
async function pin(files: Record<number, FileProperties>, named: PinnedFile[] = []): Promise<PinnedFile[]> {
  const { objects } = world.connect();
  const live: LiveStream = {
    streamId: STREAM_ID, streamArn: arnOf(STREAM_ID), createdAt: 1, streamVersion: 1, roleArn: 'role', tags: {}, files: named,
  };
  const stored = await objects.list('storage', PREFIX);
  world.calls.length = 0;
  const pinned = await pinFiles(parseStream(streamProperties({ Files: files })), named.length > 0 ? [live] : [], stored, objects, unsigned);
  for (const file of pinned) expect(file.size).toBe(world.read(file).length);
  return pinned.map(namedFile);
}

describe('a file that is not in the storage location', () => {
  test('writes a new file once, under the hash of its content, and pins the version that the write returned', async () => {
    world.put('staging', `${sha256('app')}.bin`, 'app');

    expect(await pin({ 0: TEXT, 5: asset('app') })).toStrictEqual([
      { fileId: 0, bucket: 'storage', key: KEY, version: 'v2' },
      { fileId: 5, bucket: 'storage', key: keyOf('app'), version: 'v3' },
    ]);
    expect(world.calls).toStrictEqual([`write storage/${KEY}`, `write storage/${keyOf('app')}`]);
    expect(world.read({ bucket: 'storage', key: keyOf('app'), version: 'v3' }).toString()).toBe('app');
  });

  test('F49: writes files with equal content once', async () => {
    world.put('vendor', 'radio/fw.bin', 'firmware');

    expect(await pin({ 0: TEXT, 1: TEXT, 2: VENDOR, 3: VENDOR })).toStrictEqual([
      { fileId: 0, bucket: 'storage', key: KEY, version: 'v2' },
      { fileId: 1, bucket: 'storage', key: KEY, version: 'v2' },
      { fileId: 2, bucket: 'storage', key: VENDOR_KEY, version: 'v3' },
      { fileId: 3, bucket: 'storage', key: VENDOR_KEY, version: 'v3' },
    ]);
    expect(world.calls).toStrictEqual([`write storage/${KEY}`, `write storage/${VENDOR_KEY}`, `inspect storage/${VENDOR_KEY}@v3`]);
  });

  test('F48: looks for a new file in the listing only, because S3 answers 403 for an absent key', async () => {
    world.put('staging', `${sha256('app')}.bin`, 'app');
    // S3 would answer an inspection, which is a HEAD, like this
    expect(() => world.read({ bucket: 'storage', key: keyOf('app') })).toThrow('Access Denied (AccessDenied)');

    await pin({ 0: asset('app'), 1: TEXT });

    expect(world.calls.filter((call) => !call.startsWith('write '))).toStrictEqual([]);
  });

  test('copies the declared version of an object', async () => {
    const pinned = world.put('vendor', 'radio/fw.bin', 'old firmware');
    world.put('vendor', 'radio/fw.bin', 'new firmware');

    const [file] = await pin({ 0: { ...VENDOR, SourceVersion: pinned } });

    expect(world.read(file).toString()).toBe('old firmware');
  });

  test.each([
    ['of another content', `${PREFIX}00000000/${sha256('other')}`],
    ['without a generation', `${PREFIX}${VENDOR_KEY.slice(-64)}`],
    ['with a malformed generation', `${PREFIX}0000000/${VENDOR_KEY.slice(-64)}`],
    ['below a generation', `${PREFIX}00000000/more/${VENDOR_KEY.slice(-64)}`],
    ['outside of the storage location', `other/00000000/${VENDOR_KEY.slice(-64)}`],
  ])('copies a file from its source although there is an object %s', async (_, key) => {
    world.put('storage', key, 'other');
    world.put('vendor', 'radio/fw.bin', 'firmware');

    const [file] = await pin({ 0: VENDOR });

    expect(world.read(file).toString()).toBe('firmware');
  });

  test('inspects the copy of unknown content once, because its size is an attribute', async () => {
    world.put('vendor', 'radio/fw.bin', 'firmware');

    await pin({ 0: VENDOR });

    expect(world.calls).toStrictEqual([`write storage/${VENDOR_KEY}`, `inspect storage/${VENDOR_KEY}@v2`]);
  });
});

describe('F27: a file that is already in the storage location', () => {
  test('F27: does not write an existing file again', async () => {
    const version = world.put('storage', KEY, 'one');

    expect(await pin({ 0: TEXT })).toStrictEqual([{ fileId: 0, bucket: 'storage', key: KEY, version }]);
    expect(world.calls).toStrictEqual([`inspect storage/${KEY}@${version}`]);
  });

  test('F41: reuses the copy of an unpinned source that has been overwritten, without a call', async () => {
    const version = world.put('storage', VENDOR_KEY, 'old firmware');
    world.put('vendor', 'radio/fw.bin', 'new firmware');

    expect(await pin({ 0: VENDOR })).toStrictEqual([{ fileId: 0, bucket: 'storage', key: VENDOR_KEY, version }]);
    expect(world.calls).toStrictEqual([]);
  });

  test('F41: reuses the copy of an unpinned source without a call although another file is signed', async () => {
    world.put('storage', VENDOR_KEY, 'firmware');

    await pin({ 0: VENDOR, 1: { ...TEXT, SigningKeyArn: 'arn:aws:kms:eu-west-1:111122223333:key/1', SigningAlgorithm: 'ECDSA_SHA_256' } });

    expect(world.calls).toStrictEqual([`write storage/${KEY}`]);
  });

  test('F41: copies an unpinned source from the copy of another generation in the storage location, and names its version', async () => {
    const key = `${PREFIX}89abcdef/${VENDOR_KEY.slice(-64)}`;
    const version = world.put('storage', key, 'firmware');
    const { objects } = world.connect();
    const write = jest.fn(objects.write);

    await pinFiles(parseStream(streamProperties({ Files: { 0: VENDOR } })), [], await objects.list('storage', PREFIX), { ...objects, write }, unsigned);

    expect(write.mock.calls.map(([content]) => content)).toMatchObject([{ kind: 'object', bucket: 'storage', key, version }]);
  });

  test('F33: reuses an existing file although its source does not exist', async () => {
    const version = world.put('storage', keyOf('app'), 'app');

    expect(await pin({ 0: asset('app') })).toStrictEqual([{ fileId: 0, bucket: 'storage', key: keyOf('app'), version }]);
    expect(world.writes()).toStrictEqual([]);
  });

  test('F49: pins the version that the stream names although there are newer ones', async () => {
    const named = world.put('storage', KEY, 'one');
    world.put('storage', KEY, 'one');

    expect(await pin({ 0: TEXT }, [{ fileId: 0, bucket: 'storage', key: KEY, version: named }]))
      .toStrictEqual([{ fileId: 0, bucket: 'storage', key: KEY, version: named }]);
  });

  test.each<[string, Partial<PinnedFile>]>([
    ['in another bucket', { bucket: 'other' }],
    ['of another key', { key: 'other' }],
    ['that does not exist', { version: 'gone' }],
  ])('pins the oldest version if the stream names a version %s', async (_, change) => {
    const oldest = world.put('storage', KEY, 'one');
    const newer = world.put('storage', KEY, 'one');

    expect(await pin({ 0: TEXT }, [{ fileId: 0, bucket: 'storage', key: KEY, version: newer, ...change }]))
      .toStrictEqual([{ fileId: 0, bucket: 'storage', key: KEY, version: oldest }]);
  });

  test('F41: pins the copy of unknown content although somebody has overwritten it', async () => {
    const version = world.put('storage', VENDOR_KEY, 'firmware');
    world.put('storage', VENDOR_KEY, 'anything');

    expect(await pin({ 0: VENDOR })).toStrictEqual([{ fileId: 0, bucket: 'storage', key: VENDOR_KEY, version }]);
    expect(world.calls).toStrictEqual([]);
  });

  test('copies a file again if its key has only a delete marker', async () => {
    world.putDeleteMarker('storage', VENDOR_KEY);
    world.put('vendor', 'radio/fw.bin', 'firmware');

    expect(await pin({ 0: VENDOR })).toStrictEqual([{ fileId: 0, bucket: 'storage', key: VENDOR_KEY, version: 'v3' }]);
  });

  test('reuses a version behind a delete marker, because devices receive pinned versions', async () => {
    const version = world.put('storage', KEY, 'one');
    world.putDeleteMarker('storage', KEY);

    expect(await pin({ 0: TEXT })).toStrictEqual([{ fileId: 0, bucket: 'storage', key: KEY, version }]);
  });
});

test('F58: refuses an object that turns out to be empty at deployment before it changes the stream', async () => {
  world.put('vendor', 'radio/fw.bin', '');

  await expect(pin({ 3: VENDOR })).rejects.toThrow(new Error('file 3 must not be empty, got: 0 bytes; a device cannot download an empty file'));
});

describe('F47: bytes that differ from the synthesised ones', () => {
  test.each(['whole', 'in parts', 'none'] as const)('F47: rejects an existing object of another size without inspecting it (checksums: %s)', async (checksums) => {
    world.makeBucket('storage', { checksums });
    world.put('storage', KEY, 'something else');

    const [{ version }] = await pin({ 0: TEXT });

    expect(version).toBe('v2');
    expect(world.calls[0]).toBe(`write storage/${KEY}`);
  });

  test('F47: rejects an existing version with another SHA-256 and uses the next newer version', async () => {
    const wrong = world.put('storage', KEY, 'ONE');
    const right = world.put('storage', KEY, 'one');

    expect(await pin({ 0: TEXT })).toStrictEqual([{ fileId: 0, bucket: 'storage', key: KEY, version: right }]);
    expect(world.calls).toStrictEqual([`inspect storage/${KEY}@${wrong}`, `inspect storage/${KEY}@${right}`]);
  });

  test('F47: rejects a version with another SHA-256 even if the stream names it', async () => {
    const wrong = world.put('storage', KEY, 'ONE');

    const [{ version }] = await pin({ 0: TEXT }, [{ fileId: 0, bucket: 'storage', key: KEY, version: wrong }]);

    expect(version).toBe('v2');
    expect(world.calls).toStrictEqual([`inspect storage/${KEY}@${wrong}`, `write storage/${KEY}`]);
  });

  test.each(['in parts', 'none'] as const)('F47: accepts an existing object of the right size if S3 states no usable checksum: %s', async (checksums) => {
    world.makeBucket('storage', { checksums });
    const version = world.put('storage', KEY, 'ONE');

    expect(await pin({ 0: TEXT })).toStrictEqual([{ fileId: 0, bucket: 'storage', key: KEY, version }]);
    expect(world.calls).toStrictEqual([`inspect storage/${KEY}@${version}`]);
  });

  test('F47: fails if the copy has another SHA-256', async () => {
    world.put('staging', `${sha256('app')}.bin`, 'APP');

    await expect(pin({ 0: asset('app') })).rejects.toStrictEqual(new Error(
      `the copy of 's3://staging/${sha256('app')}.bin' in bucket 'storage' must have the SHA-256 ${sha256('app')}, got: ${sha256('APP')}: `
      + 'the source is not what was synthesised; upload it again'));
  });

  test('F47: fails if the copy has another size and S3 states no usable checksum', async () => {
    world.makeBucket('storage', { checksums: 'in parts' });
    world.put('staging', `${sha256('app')}.bin`, 'application');

    await expect(pin({ 0: asset('app') })).rejects.toStrictEqual(new Error(
      `the copy of 's3://staging/${sha256('app')}.bin' in bucket 'storage' must have 3 bytes, got: 11: `
      + 'the source is not what was synthesised; upload it again'));
    expect(world.calls).toStrictEqual([`write storage/${keyOf('app')}`, `inspect storage/${keyOf('app')}@v2`]);
  });

  test('F47: fails if a written text has another SHA-256', async () => {
    world.makeBucket('storage', { isDamaging: true });

    await expect(pin({ 0: TEXT })).rejects.toThrow(
      new RegExp(`^the copy of a text in bucket 'storage' must have the SHA-256 ${sha256('one')}, got: [0-9a-f]{64}: the source is not what was synthesised; upload it again$`));
  });

  test('F47: accepts a copy of the right size if the write returns no checksum', async () => {
    world.makeBucket('storage', { checksums: 'none' });

    expect(await pin({ 0: TEXT })).toStrictEqual([{ fileId: 0, bucket: 'storage', key: KEY, version: 'v1' }]);
    expect(world.calls).toStrictEqual([`write storage/${KEY}`, `inspect storage/${KEY}@v1`]);
  });
});

const UNVERSIONED = "bucket 'storage' must have versioning enabled, because a stream pins object versions; enable it and deploy again (S3 may take 15 minutes to apply it)";

describe('a bucket without versions', () => {
  test('refuses to pin objects in a bucket whose versioning is suspended', async () => {
    world.makeBucket('storage', { versioning: 'Suspended' });

    await expect(pin({ 0: TEXT })).rejects.toStrictEqual(new Error(UNVERSIONED));
  });

  test('F73: retries a write without a version ID, because versioning may have been enabled moments ago', async () => {
    world.makeBucket('storage', { versioning: undefined });

    await expect(pin({ 0: TEXT })).rejects.toStrictEqual(new TransientFailure(UNVERSIONED));
  });

  test.each([[undefined, TransientFailure], ['Suspended', Error]] as const)(
    'refuses to pin an object that it wrote before without a version: versioning %s', async (versioning, Failure) => {
      world.makeBucket('storage', { versioning });
      await pin({ 0: TEXT }).catch(() => undefined);

      await expect(pin({ 0: TEXT })).rejects.toStrictEqual(new Failure(UNVERSIONED));
    });

  test.each([undefined, 'Suspended'] as const)('writes an object again that has no version, after versioning has been enabled: versioning %s', async (versioning) => {
    const bucket = world.makeBucket('storage', { versioning });
    await pin({ 0: TEXT }).catch(() => undefined);
    bucket.versioning = 'Enabled';

    expect(await pin({ 0: TEXT })).toStrictEqual([{ fileId: 0, bucket: 'storage', key: KEY, version: 'v1' }]);
    expect(world.contents('storage')).toStrictEqual([`${KEY}@null`, `${KEY}@v1`]);
  });

  test('F73: deletes the objects that were written before versioning was enabled, together with the storage location', async () => {
    const bucket = world.makeBucket('storage', { versioning: undefined });
    await pin({ 0: TEXT }).catch(() => undefined);
    bucket.versioning = 'Enabled';
    await pin({ 0: TEXT });

    const { objects } = world.connect();
    await removeAll(LOCATION, await listStorage(LOCATION, objects), objects);

    expect(world.contents('storage')).toStrictEqual([]);
  });
});

test('generationsIn returns each generation that has objects once, but neither the record of a Delete nor objects of others', async () => {
  const names = [`00000000/${sha256('one')}`, `89abcdef/${sha256('one')}`, `89abcdef/${sha256('two')}`, `deleted-/${'0'.repeat(64)}`, 'notes.md'];
  for (const name of names) world.put('storage', `${PREFIX}${name}`, 'content');

  expect(generationsIn(LOCATION, await world.connect().objects.list('storage', PREFIX)).sort()).toStrictEqual(['00000000', '89abcdef']);
});

describe('F73: a version that S3 lists but does not find yet', () => {
  const notYet = (call: string, code: string) => new TransientFailure(
    `failed to ${call}: none (${code}); S3 may take 15 minutes to find every version after versioning was enabled: deploy again later`);

  async function pinWith(file: FileProperties, call: 'inspect' | 'write', code: string): Promise<unknown> {
    const { objects } = world.connect();
    const stored = await objects.list('storage', PREFIX);
    return pinFiles(parseStream(streamProperties({ Files: { 0: file } })), [], stored, {
      ...objects, [call]: async () => { throw refused(code, 'none', call); },
    }, unsigned);
  }

  test.each(['NotFound', 'NoSuchKey', 'NoSuchVersion'])('F73: retries if S3 does not find a listed version: %s', async (code) => {
    world.put('storage', KEY, 'one');

    const error: Error = await pinWith(TEXT, 'inspect', code).then(() => { throw new Error('pinned'); }, (reason) => reason);

    expect(error).toStrictEqual(notYet('inspect', code));
    expect(error.cause).toStrictEqual(refused(code, 'none', 'inspect'));
  });

  test.each(['NotFound', 'NoSuchKey', 'NoSuchVersion'])('F73: retries if S3 does not find a version that was just written: %s', async (code) => {
    world.put('vendor', 'radio/fw.bin', 'firmware');

    await expect(pinWith(VENDOR, 'inspect', code)).rejects.toStrictEqual(notYet('inspect', code));
  });

  test.each(['NoSuchKey', 'NoSuchVersion'])('F73: retries if S3 does not find the copy of an earlier generation: %s', async (code) => {
    world.put('storage', `${PREFIX}89abcdef/${VENDOR_KEY.slice(-64)}`, 'firmware');

    await expect(pinWith(VENDOR, 'write', code)).rejects.toStrictEqual(notYet('write', code));
  });

  test.each(['NoSuchKey', 'NoSuchVersion'])('F73: does not retry if S3 does not find the source: %s', async (code) => {
    await expect(pinWith(VENDOR, 'write', code)).rejects.toMatchObject({ code });
  });

  test('F73: passes on every other error of an inspection', async () => {
    world.put('storage', KEY, 'one');

    await expect(pinWith(TEXT, 'inspect', 'AccessDenied')).rejects.toMatchObject({ code: 'AccessDenied' });
  });
});

describe('prune', () => {
  const old = keyOf('old');

  async function pruneWith(keepKeys: string[]): Promise<void> {
    const { objects } = world.connect();
    await prune(LOCATION, await objects.list('storage', PREFIX), { keys: keepKeys, generations: [] }, objects);
  }

  test('deletes every version and delete marker of keys that neither the properties nor the stream name', async () => {
    const first = world.put('storage', old, 'old');
    const marker = world.putDeleteMarker('storage', old);
    const kept = world.put('storage', KEY, 'one');

    await pruneWith([KEY]);

    expect(world.contents('storage')).toStrictEqual([`${KEY}@${kept}`]);
    expect(world.writes().sort()).toStrictEqual([`remove storage/${old}@${first}`, `remove storage/${old}@${marker}`]);
  });

  test('keeps every version and delete marker of a key that is still named, because they show which stream names it', async () => {
    world.put('storage', old, 'old');
    world.putDeleteMarker('storage', old);
    const before = world.contents('storage');

    await pruneWith([old]);

    expect(world.contents('storage')).toStrictEqual(before);
    expect(world.writes()).toStrictEqual([]);
  });

  test('keeps all objects of a generation whose stream remains, with its signatures', async () => {
    const kept = [`${PREFIX}1a2b3c4d/${sha256('x')}`, `${PREFIX}1a2b3c4d/${sha256('its signature')}`];
    for (const key of [...kept, old]) world.put('storage', key, 'bytes');
    const { objects } = world.connect();

    await prune(LOCATION, await objects.list('storage', PREFIX), { keys: [], generations: ['1a2b3c4d'] }, objects);

    expect(world.contents('storage').map((object) => object.split('@')[0])).toStrictEqual(kept);
  });

  test('F40: keeps objects of another owner below the prefix', async () => {
    const strangers = [
      `${PREFIX}notes.txt`, `${PREFIX}00000000/short`, `${PREFIX}0000/${sha256('x')}`, `${PREFIX}00000000/${sha256('x')}/more`,
      `${PREFIX.slice(0, -1)}-other/00000000/${sha256('x')}`, `x${PREFIX.slice(1)}00000000/${sha256('x')}`,
    ];
    strangers.forEach((key) => world.put('storage', key, 'not ours'));
    const before = world.contents('storage');
    const { objects } = world.connect();

    await prune(LOCATION, await objects.list('storage', ''), { keys: [], generations: [] }, objects);
    await removeAll(LOCATION, await objects.list('storage', ''), objects);

    expect(world.contents('storage')).toStrictEqual(before);
    expect(world.writes()).toStrictEqual([]);
  });
});

describe('a listing', () => {
  const file: PinnedFile = { fileId: 0, bucket: 'storage', key: KEY, version: 'v1' };
  const listed = { bucket: 'storage', key: KEY, version: 'v1', size: 3, isDeleteMarker: false };

  test.each<[string, Parameters<typeof isListingStale>[0], Parameters<typeof isListingStale>[2]]>([
    ['nothing that a stream names', [], [file]],
    ['one of two versions that streams name', [listed], [file, { ...file, version: 'v2' }]],
    ['the version, but of another key', [{ ...listed, key: keyOf('two') }], [file]],
    ['the key, but in another version', [{ ...listed, version: 'v0' }], [file]],
  ])('F51: a listing is stale if it contains %s', (_, stored, files) => {
    expect(isListingStale(stored, LOCATION, files)).toBe(true);
  });

  test.each<[string, Parameters<typeof isListingStale>[0], Parameters<typeof isListingStale>[2]]>([
    ['every version that a stream names', [{ ...listed, version: 'v0' }, listed], [file]],
    ['nothing, and the files of the stream are in another bucket', [], [{ ...file, bucket: 'elsewhere' }]],
    ['nothing, and the files of the stream are below another prefix', [], [{ ...file, key: `other/${KEY}` }]],
    ['nothing, and there is no stream', [], []],
  ])('F51: a listing is current if it contains %s', (_, stored, files) => {
    expect(isListingStale(stored, LOCATION, files)).toBe(false);
  });
});

describe('the removal of a storage location', () => {
  test('F22: deletes every version and delete marker of this construct, with those of superseded generations', async () => {
    world.put('storage', KEY, 'one');
    world.put('storage', KEY, 'one');
    world.putDeleteMarker('storage', KEY);
    world.put('storage', `${PREFIX}89abcdef/${sha256('x')}`, 'x');
    const other = world.put('storage', `other/${KEY}`, 'another stream');

    const { objects } = world.connect();
    await removeAll(LOCATION, await listStorage(LOCATION, objects), objects);

    expect(world.contents('storage')).toStrictEqual([`other/${KEY}@${other}`]);
  });

  test('F22: returns an empty listing if the bucket does not exist', async () => {
    world.removeBucket('storage');

    expect(await listStorage(LOCATION, world.connect().objects)).toStrictEqual([]);

    expect(world.calls).toStrictEqual([`list storage/${PREFIX}`]);
  });

  test('fails if the listing is denied', async () => {
    const { objects } = world.connect(async () => { throw new Error('denied'); });

    await expect(listStorage(LOCATION, objects)).rejects.toStrictEqual(new Error('denied'));
  });
});

describe('checkBucket', () => {
  test('accepts a versioned bucket without a default retention', async () => {
    await checkBucket('storage', world.connect().objects);

    expect(world.calls).toStrictEqual(['read the versioning of storage', 'read the retention of storage']);
  });

  test('refuses a bucket whose versioning is suspended', async () => {
    world.makeBucket('storage', { versioning: 'Suspended' });

    await expect(checkBucket('storage', world.connect().objects)).rejects.toStrictEqual(new Error(UNVERSIONED));
  });

  test('F73: retries if S3 does not report the versioning yet', async () => {
    world.makeBucket('storage', { versioning: undefined });

    await expect(checkBucket('storage', world.connect().objects)).rejects.toStrictEqual(new TransientFailure(UNVERSIONED));
  });

  test('F75: refuses a bucket with MFA Delete', async () => {
    world.makeBucket('storage', { isMfaDelete: true });

    await expect(checkBucket('storage', world.connect().objects)).rejects.toStrictEqual(new Error(
      "bucket 'storage' must not have MFA Delete, got: one that would keep this stream's objects from being deleted; use another bucket"));
  });

  test('refuses a bucket with a default retention', async () => {
    world.makeBucket('storage', { isRetained: true });

    await expect(checkBucket('storage', world.connect().objects)).rejects.toStrictEqual(new Error(
      "bucket 'storage' must not have a default retention of Object Lock, "
      + "got: one that would keep this stream's objects from being deleted; use another bucket"));
  });
});
