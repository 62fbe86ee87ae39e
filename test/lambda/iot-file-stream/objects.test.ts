import { arnOf, named as namedFile, refused, World } from './doubles';
import { TransientFailure } from '../../../lambda/core/call';
import type { LiveStream, PinnedFile } from '../../../lambda/iot-file-stream/model';
import { parseStorageLocation, parseStream } from '../../../lambda/iot-file-stream/model';
import { checkBucket, isListingStale, listStorage, pinFiles, prune, removeAll } from '../../../lambda/iot-file-stream/objects';
import type { FileProperties } from '../../../src/iot-file-stream/private/contract';
import { asset, declarationOf, keyOf, PREFIX, sha256, STREAM_ID, streamProperties } from '../support/events';

const LOCATION = parseStorageLocation(streamProperties());
const TEXT: FileProperties = { Text: 'one' };
const KEY = keyOf('one');
const VENDOR: FileProperties = { SourceBucket: 'vendor', SourceKey: 'radio/fw.bin' };
const VENDOR_KEY = keyOf(declarationOf('vendor', 'radio/fw.bin'));

let world: World;

beforeEach(() => {
  world = new World();
  for (const bucket of ['storage', 'staging', 'vendor']) world.makeBucket(bucket);
});

/** Pins as the handler does: with what lies in the storage location, and what the stream names. */
async function pin(files: Record<number, FileProperties>, named: PinnedFile[] = []): Promise<PinnedFile[]> {
  const { objects } = world.connect();
  const live: LiveStream = {
    streamId: STREAM_ID, streamArn: arnOf(STREAM_ID), streamVersion: 1, roleArn: 'role', tags: {}, files: named,
  };
  const stored = await objects.list('storage', PREFIX);
  world.calls.length = 0;
  const pinned = await pinFiles(parseStream(streamProperties({ Files: files })), named.length > 0 ? [live] : [], stored, objects);
  for (const file of pinned) expect(file.size).toBe(world.read(file).length);
  return pinned.map(namedFile);
}

describe('a file that is not in the storage location', () => {
  test('is written once, under the name of its content, and pinned to the version that the write answered', async () => {
    world.put('staging', `${sha256('app')}.bin`, 'app');

    expect(await pin({ 0: TEXT, 5: asset('app') })).toStrictEqual([
      { fileId: 0, bucket: 'storage', key: KEY, version: 'v2' },
      { fileId: 5, bucket: 'storage', key: keyOf('app'), version: 'v3' },
    ]);
    expect(world.calls).toStrictEqual([`write storage/${KEY}`, `write storage/${keyOf('app')}`]);
    expect(world.read({ bucket: 'storage', key: keyOf('app'), version: 'v3' }).toString()).toBe('app');
  });

  test('F49: is written once for all files of one content', async () => {
    world.put('vendor', 'radio/fw.bin', 'firmware');

    expect(await pin({ 0: TEXT, 1: TEXT, 2: VENDOR, 3: VENDOR })).toStrictEqual([
      { fileId: 0, bucket: 'storage', key: KEY, version: 'v2' },
      { fileId: 1, bucket: 'storage', key: KEY, version: 'v2' },
      { fileId: 2, bucket: 'storage', key: VENDOR_KEY, version: 'v3' },
      { fileId: 3, bucket: 'storage', key: VENDOR_KEY, version: 'v3' },
    ]);
    expect(world.calls).toStrictEqual([`write storage/${KEY}`, `write storage/${VENDOR_KEY}`, `inspect storage/${VENDOR_KEY}@v3`]);
  });

  test('F48: is looked for in the listing alone: S3 answers 403 for an absent key, which would be waited for', async () => {
    world.put('staging', `${sha256('app')}.bin`, 'app');
    // what an inspection, a HEAD, would be answered
    expect(() => world.read({ bucket: 'storage', key: keyOf('app') })).toThrow('Access Denied (AccessDenied)');

    await pin({ 0: asset('app'), 1: TEXT });

    expect(world.calls.filter((call) => !call.startsWith('write '))).toStrictEqual([]);
  });

  test('is copied from the version that is asked for', async () => {
    const pinned = world.put('vendor', 'radio/fw.bin', 'old firmware');
    world.put('vendor', 'radio/fw.bin', 'new firmware');

    const [file] = await pin({ 0: { ...VENDOR, SourceVersion: pinned } });

    expect(world.read(file).toString()).toBe('old firmware');
  });

  test.each([
    ['of another content', `${PREFIX}00000000/${sha256('other')}`],
    ['without a generation', `${PREFIX}${VENDOR_KEY.slice(-64)}`],
    ['of a generation that is none', `${PREFIX}0000000/${VENDOR_KEY.slice(-64)}`],
    ['below a generation', `${PREFIX}00000000/more/${VENDOR_KEY.slice(-64)}`],
    ['outside of the storage location', `other/00000000/${VENDOR_KEY.slice(-64)}`],
  ])('is copied from its source although there is an object %s', async (_, key) => {
    world.put('storage', key, 'other');
    world.put('vendor', 'radio/fw.bin', 'firmware');

    const [file] = await pin({ 0: VENDOR });

    expect(world.read(file).toString()).toBe('firmware');
  });

  test('is looked at once where its content is not known, because its size is an attribute', async () => {
    world.put('vendor', 'radio/fw.bin', 'firmware');

    await pin({ 0: VENDOR });

    expect(world.calls).toStrictEqual([`write storage/${VENDOR_KEY}`, `inspect storage/${VENDOR_KEY}@v2`]);
  });
});

describe('F27: a file that is in the storage location', () => {
  test('is not written again', async () => {
    const version = world.put('storage', KEY, 'one');

    expect(await pin({ 0: TEXT })).toStrictEqual([{ fileId: 0, bucket: 'storage', key: KEY, version }]);
    expect(world.calls).toStrictEqual([`inspect storage/${KEY}@${version}`]);
  });

  test('F41: is taken without a look at a source that has moved on', async () => {
    const version = world.put('storage', VENDOR_KEY, 'old firmware');
    world.put('vendor', 'radio/fw.bin', 'new firmware');

    expect(await pin({ 0: VENDOR })).toStrictEqual([{ fileId: 0, bucket: 'storage', key: VENDOR_KEY, version }]);
    expect(world.calls).toStrictEqual([]);
  });

  test('F33: needs no source', async () => {
    const version = world.put('storage', keyOf('app'), 'app');

    expect(await pin({ 0: asset('app') })).toStrictEqual([{ fileId: 0, bucket: 'storage', key: keyOf('app'), version }]);
    expect(world.writes()).toStrictEqual([]);
  });

  test('F49: is pinned to the version that the stream names, before newer ones', async () => {
    const named = world.put('storage', KEY, 'one');
    world.put('storage', KEY, 'one');

    expect(await pin({ 0: TEXT }, [{ fileId: 0, bucket: 'storage', key: KEY, version: named }]))
      .toStrictEqual([{ fileId: 0, bucket: 'storage', key: KEY, version: named }]);
  });

  test.each<[string, Partial<PinnedFile>]>([
    ['in another bucket', { bucket: 'other' }],
    ['of another key', { key: 'other' }],
    ['that is gone', { version: 'gone' }],
  ])('is pinned to the newest where the stream names a version %s', async (_, change) => {
    const older = world.put('storage', KEY, 'one');
    const newest = world.put('storage', KEY, 'one');

    expect(await pin({ 0: TEXT }, [{ fileId: 0, bucket: 'storage', key: KEY, version: older, ...change }]))
      .toStrictEqual([{ fileId: 0, bucket: 'storage', key: KEY, version: newest }]);
  });

  test('is not there where only a delete marker is', async () => {
    world.putDeleteMarker('storage', VENDOR_KEY);
    world.put('vendor', 'radio/fw.bin', 'firmware');

    expect(await pin({ 0: VENDOR })).toStrictEqual([{ fileId: 0, bucket: 'storage', key: VENDOR_KEY, version: 'v3' }]);
  });

  test('is there below a delete marker: the pinned version is what devices get', async () => {
    const version = world.put('storage', KEY, 'one');
    world.putDeleteMarker('storage', KEY);

    expect(await pin({ 0: TEXT })).toStrictEqual([{ fileId: 0, bucket: 'storage', key: KEY, version }]);
  });
});

test('F58: an object that is empty only at deployment is refused before the stream is made', async () => {
  world.put('vendor', 'radio/fw.bin', '');

  await expect(pin({ 3: VENDOR })).rejects.toThrow(new Error('file 3 must not be empty, got: 0 bytes; a device cannot ask for a block of an empty file'));
});

describe('F47: bytes that are not what was synthesised', () => {
  test.each(['whole', 'in parts', 'none'] as const)('are found by their size, without a look inside (checksums: %s)', async (checksums) => {
    world.makeBucket('storage', { checksums });
    world.put('storage', KEY, 'something else');

    const [{ version }] = await pin({ 0: TEXT });

    expect(version).toBe('v2');
    expect(world.calls[0]).toBe(`write storage/${KEY}`);
  });

  test('are found by their SHA-256, and the next older version is taken', async () => {
    const right = world.put('storage', KEY, 'one');
    const wrong = world.put('storage', KEY, 'ONE');

    expect(await pin({ 0: TEXT })).toStrictEqual([{ fileId: 0, bucket: 'storage', key: KEY, version: right }]);
    expect(world.calls).toStrictEqual([`inspect storage/${KEY}@${wrong}`, `inspect storage/${KEY}@${right}`]);
  });

  test('are not taken even where the stream names them', async () => {
    const wrong = world.put('storage', KEY, 'ONE');

    const [{ version }] = await pin({ 0: TEXT }, [{ fileId: 0, bucket: 'storage', key: KEY, version: wrong }]);

    expect(version).toBe('v2');
    expect(world.calls).toStrictEqual([`inspect storage/${KEY}@${wrong}`, `write storage/${KEY}`]);
  });

  test.each(['in parts', 'none'] as const)('cannot be told from others of their size where the checksum proves nothing: %s', async (checksums) => {
    world.makeBucket('storage', { checksums });
    const version = world.put('storage', KEY, 'ONE');

    expect(await pin({ 0: TEXT })).toStrictEqual([{ fileId: 0, bucket: 'storage', key: KEY, version }]);
    expect(world.calls).toStrictEqual([`inspect storage/${KEY}@${version}`]);
  });

  test('fail the copy', async () => {
    world.put('staging', `${sha256('app')}.bin`, 'APP');

    await expect(pin({ 0: asset('app') })).rejects.toStrictEqual(new Error(
      `the copy of 's3://staging/${sha256('app')}.bin' in bucket 'storage' must have the SHA-256 ${sha256('app')}, got: ${sha256('APP')}: `
      + 'the source is not what was synthesised; upload it again'));
  });

  test('fail the copy where only the size tells', async () => {
    world.makeBucket('storage', { checksums: 'in parts' });
    world.put('staging', `${sha256('app')}.bin`, 'application');

    await expect(pin({ 0: asset('app') })).rejects.toStrictEqual(new Error(
      `the copy of 's3://staging/${sha256('app')}.bin' in bucket 'storage' must have 3 bytes, got: 11: `
      + 'the source is not what was synthesised; upload it again'));
    expect(world.calls).toStrictEqual([`write storage/${keyOf('app')}`, `inspect storage/${keyOf('app')}@v2`]);
  });

  test('fail the writing of a text', async () => {
    world.makeBucket('storage', { isDamaging: true });

    await expect(pin({ 0: TEXT })).rejects.toThrow(
      new RegExp(`^the copy of a text in bucket 'storage' must have the SHA-256 ${sha256('one')}, got: [0-9a-f]{64}: the source is not what was synthesised; upload it again$`));
  });

  test('a copy of the right size is taken where the write answers no checksum', async () => {
    world.makeBucket('storage', { checksums: 'none' });

    expect(await pin({ 0: TEXT })).toStrictEqual([{ fileId: 0, bucket: 'storage', key: KEY, version: 'v1' }]);
    expect(world.calls).toStrictEqual([`write storage/${KEY}`, `inspect storage/${KEY}@v1`]);
  });
});

const UNVERSIONED = "bucket 'storage' must have versioning enabled, because a stream pins object versions; enable it and deploy again (S3 may take 15 minutes to apply it)";

describe('a bucket without versions', () => {
  test('cannot be pinned to if its versioning is suspended', async () => {
    world.makeBucket('storage', { versioning: 'Suspended' });

    await expect(pin({ 0: TEXT })).rejects.toStrictEqual(new Error(UNVERSIONED));
  });

  test('F73: may be one whose versioning has just been enabled, so a write without a version id is waited for', async () => {
    world.makeBucket('storage', { versioning: undefined });

    await expect(pin({ 0: TEXT })).rejects.toStrictEqual(new TransientFailure(UNVERSIONED));
  });

  test.each([[undefined, TransientFailure], ['Suspended', Error]] as const)(
    'is no better the second time, although the file is there: versioning %s', async (versioning, Failure) => {
      world.makeBucket('storage', { versioning });
      await pin({ 0: TEXT }).catch(() => undefined);

      await expect(pin({ 0: TEXT })).rejects.toStrictEqual(new Failure(UNVERSIONED));
    });

  test.each([undefined, 'Suspended'] as const)('leaves nothing that could be pinned once it has versions: versioning %s', async (versioning) => {
    const bucket = world.makeBucket('storage', { versioning });
    await pin({ 0: TEXT }).catch(() => undefined);
    bucket.versioning = 'Enabled';

    expect(await pin({ 0: TEXT })).toStrictEqual([{ fileId: 0, bucket: 'storage', key: KEY, version: 'v1' }]);
    expect(world.contents('storage')).toStrictEqual([`${KEY}@null`, `${KEY}@v1`]);
  });

  test('F73: loses what was written before its versioning was there, when the storage is removed', async () => {
    const bucket = world.makeBucket('storage', { versioning: undefined });
    await pin({ 0: TEXT }).catch(() => undefined);
    bucket.versioning = 'Enabled';
    await pin({ 0: TEXT });

    const { objects } = world.connect();
    await removeAll(LOCATION, await listStorage(LOCATION, objects), objects);

    expect(world.contents('storage')).toStrictEqual([]);
  });
});

describe('F73: a version in our own storage that S3 does not find yet', () => {
  const notYet = (call: string, code: string) => new TransientFailure(
    `failed to ${call}: none (${code}); S3 may take 15 minutes to find every version after versioning was enabled: deploy again later`);

  async function pinWith(file: FileProperties, call: 'inspect' | 'write', code: string): Promise<unknown> {
    const { objects } = world.connect();
    const stored = await objects.list('storage', PREFIX);
    return pinFiles(parseStream(streamProperties({ Files: { 0: file } })), [], stored, {
      ...objects, [call]: async () => { throw refused(code, 'none', call); },
    });
  }

  test.each(['NotFound', 'NoSuchKey', 'NoSuchVersion'])('is waited for if it was listed: %s', async (code) => {
    world.put('storage', KEY, 'one');

    await expect(pinWith(TEXT, 'inspect', code)).rejects.toStrictEqual(notYet('inspect', code));
  });

  test.each(['NotFound', 'NoSuchKey', 'NoSuchVersion'])('is waited for if it was just written: %s', async (code) => {
    world.put('vendor', 'radio/fw.bin', 'firmware');

    await expect(pinWith(VENDOR, 'inspect', code)).rejects.toStrictEqual(notYet('inspect', code));
  });

  test.each(['NoSuchKey', 'NoSuchVersion'])("is waited for if it is an earlier generation's copy: %s", async (code) => {
    world.put('storage', `${PREFIX}89abcdef/${VENDOR_KEY.slice(-64)}`, 'firmware');

    await expect(pinWith(VENDOR, 'write', code)).rejects.toStrictEqual(notYet('write', code));
  });

  test.each(['NoSuchKey', 'NoSuchVersion'])('is not confused with a source that is missing: %s', async (code) => {
    await expect(pinWith(VENDOR, 'write', code)).rejects.toMatchObject({ code });
  });

  test('keeps every other error of its inspection', async () => {
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

  test('removes what neither properties nor stream name: every version and delete marker', async () => {
    const first = world.put('storage', old, 'old');
    const marker = world.putDeleteMarker('storage', old);
    const kept = world.put('storage', KEY, 'one');

    await pruneWith([KEY]);

    expect(world.contents('storage')).toStrictEqual([`${KEY}@${kept}`]);
    expect(world.writes().sort()).toStrictEqual([`remove storage/${old}@${first}`, `remove storage/${old}@${marker}`]);
  });

  test('keeps every version of a key, and a delete marker: they tell of the stream that names it', async () => {
    world.put('storage', old, 'old');
    world.putDeleteMarker('storage', old);
    const before = world.contents('storage');

    await pruneWith([old]);

    expect(world.contents('storage')).toStrictEqual(before);
    expect(world.writes()).toStrictEqual([]);
  });

  test('keeps all of a generation whose stream stays, its signatures too', async () => {
    const kept = [`${PREFIX}1a2b3c4d/${sha256('x')}`, `${PREFIX}1a2b3c4d/${sha256('its signature')}`];
    for (const key of [...kept, old]) world.put('storage', key, 'bytes');
    const { objects } = world.connect();

    await prune(LOCATION, await objects.list('storage', PREFIX), { keys: [], generations: ['1a2b3c4d'] }, objects);

    expect(world.contents('storage').map((object) => object.split('@')[0])).toStrictEqual(kept);
  });

  test("F40: leaves a stranger's object alone", async () => {
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
  ])('F51: is older than the stream if it has %s: it is asked for again', (_, stored, files) => {
    expect(isListingStale(stored, LOCATION, files)).toBe(true);
  });

  test.each<[string, Parameters<typeof isListingStale>[0], Parameters<typeof isListingStale>[2]]>([
    ['every version that a stream names', [{ ...listed, version: 'v0' }, listed], [file]],
    ['nothing, of a stream whose files are in another bucket', [], [{ ...file, bucket: 'elsewhere' }]],
    ['nothing, of a stream whose files are below another prefix', [], [{ ...file, key: `other/${KEY}` }]],
    ['nothing, where there is no stream', [], []],
  ])('is believed if it has %s', (_, stored, files) => {
    expect(isListingStale(stored, LOCATION, files)).toBe(false);
  });
});

describe('a storage location that goes', () => {
  test('F22: loses every version and delete marker of ours, superseded generations included', async () => {
    world.put('storage', KEY, 'one');
    world.put('storage', KEY, 'one');
    world.putDeleteMarker('storage', KEY);
    world.put('storage', `${PREFIX}89abcdef/${sha256('x')}`, 'x');
    const other = world.put('storage', `other/${KEY}`, 'another stream');

    const { objects } = world.connect();
    await removeAll(LOCATION, await listStorage(LOCATION, objects), objects);

    expect(world.contents('storage')).toStrictEqual([`other/${KEY}@${other}`]);
  });

  test('F22: has nothing where its bucket is gone', async () => {
    world.removeBucket('storage');

    expect(await listStorage(LOCATION, world.connect().objects)).toStrictEqual([]);

    expect(world.calls).toStrictEqual([`list storage/${PREFIX}`]);
  });

  test('fails where it may not list', async () => {
    const { objects } = world.connect(async () => { throw new Error('denied'); });

    await expect(listStorage(LOCATION, objects)).rejects.toStrictEqual(new Error('denied'));
  });
});

describe('checkBucket', () => {
  test('takes a bucket with versions that keeps nothing by itself', async () => {
    await checkBucket('storage', world.connect().objects);

    expect(world.calls).toStrictEqual(['read the versioning of storage', 'read the retention of storage']);
  });

  test('refuses one whose versioning is suspended', async () => {
    world.makeBucket('storage', { versioning: 'Suspended' });

    await expect(checkBucket('storage', world.connect().objects)).rejects.toStrictEqual(new Error(UNVERSIONED));
  });

  test('F73: waits for one whose versioning S3 does not report', async () => {
    world.makeBucket('storage', { versioning: undefined });

    await expect(checkBucket('storage', world.connect().objects)).rejects.toStrictEqual(new TransientFailure(UNVERSIONED));
  });

  test('F75: refuses one with MFA Delete', async () => {
    world.makeBucket('storage', { isMfaDelete: true });

    await expect(checkBucket('storage', world.connect().objects)).rejects.toStrictEqual(new Error(
      "bucket 'storage' must not have MFA Delete, got: one that would keep this stream's objects from being deleted; take another bucket"));
  });

  test('refuses one that would keep objects from being deleted', async () => {
    world.makeBucket('storage', { isRetained: true });

    await expect(checkBucket('storage', world.connect().objects)).rejects.toStrictEqual(new Error(
      "bucket 'storage' must not have a default retention of Object Lock, "
      + "got: one that would keep this stream's objects from being deleted; take another bucket"));
  });
});
