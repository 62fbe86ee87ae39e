import { codeOf } from '../../../../lambda/core/call';
import type { ObjectStore } from '../../../../lambda/iot-file-stream/services';

/** An implementation of the handler's interface, and helpers to prepare it for a test. */
export interface ObjectStoreRig {
  readonly objects: ObjectStore;
  makeBucket(name: string, isVersioned: boolean): Promise<void>;
  /** Puts an object as somebody else would, and returns its version. */
  put(bucket: string, key: string, text: string): Promise<string>;
  /** Deletes an object as somebody else would, which writes a delete marker. */
  hide(bucket: string, key: string): Promise<void>;
  stop(): Promise<void>;
}

/** Tests what the handler expects of an object store, against the local S3 and against the double in memory. */
export function testObjectStore(start: () => Promise<ObjectStoreRig>): void {
  let rig: ObjectStoreRig;
  let objects: ObjectStore;
  beforeAll(async () => {
    rig = await start();
    ({ objects } = rig);
  }, 120_000);
  afterAll(() => rig.stop());

  let bucket = '';
  let buckets = 0;
  beforeEach(async () => {
    buckets += 1;
    bucket = `storage-${buckets}`;
    await rig.makeBucket(bucket, true);
  });

  const code = async (call: Promise<unknown>) => call.then(() => 'none', codeOf);
  const text = (content: string) => ({ kind: 'text', text: content }) as const;

  test('write returns the version of a text, and list and inspect find that version', async () => {
    const { version } = await objects.write(text('Fühler'), bucket, 'a/one');
    expect(await objects.list(bucket, 'a/')).toStrictEqual([{ bucket, key: 'a/one', version, size: 7, isDeleteMarker: false }]);
    expect(await objects.inspect({ bucket, key: 'a/one', version: version! })).toMatchObject({ size: 7 });
  });

  test('F80: read returns the text that writeIfAbsent stored', async () => {
    await objects.writeIfAbsent('Fühler', bucket, 'a/one');
    const [found] = await objects.list(bucket, 'a/');
    expect(await objects.read(found)).toBe('Fühler');
  });

  test('F81: writeIfAbsent does not overwrite an existing object', async () => {
    await objects.writeIfAbsent('one', bucket, 'a/one');
    expect(await code(objects.writeIfAbsent('two', bucket, 'a/one'))).toBe('PreconditionFailed');
    const [found, ...others] = await objects.list(bucket, 'a/');
    expect([await objects.read(found), others]).toStrictEqual(['one', []]);
  });

  test('F81: writeIfAbsent writes an object behind a delete marker', async () => {
    await rig.put(bucket, 'a/one', 'one');
    await rig.hide(bucket, 'a/one');
    await objects.writeIfAbsent('two', bucket, 'a/one');
    const [found] = await objects.list(bucket, 'a/');
    expect(await objects.read(found)).toBe('two');
  });

  test('write copies the named version of an object, or the current one', async () => {
    const first = await rig.put(bucket, 'source', 'one');
    await rig.put(bucket, 'source', 'second');
    const named = await objects.write({ kind: 'object', bucket, key: 'source', version: first }, bucket, 'a/named');
    const current = await objects.write({ kind: 'object', bucket, key: 'source' }, bucket, 'a/current');
    expect(await objects.inspect({ bucket, key: 'a/named', version: named.version! })).toMatchObject({ size: 3 });
    expect(await objects.inspect({ bucket, key: 'a/current', version: current.version! })).toMatchObject({ size: 6 });
  });

  test('F27: write creates another version of an existing object, and list returns the newest first', async () => {
    const one = await objects.write(text('same'), bucket, 'a/one');
    const two = await objects.write(text('same'), bucket, 'a/one');
    expect((await objects.list(bucket, 'a/')).map(({ version }) => version)).toStrictEqual([two.version, one.version]);
  });

  test('list returns delete markers, and remove deletes them and no version', async () => {
    const version = await rig.put(bucket, 'a/one', 'one');
    await rig.hide(bucket, 'a/one');
    const marker = (await objects.list(bucket, 'a/')).find(({ isDeleteMarker }) => isDeleteMarker)!;
    expect(marker).toMatchObject({ bucket, key: 'a/one', size: 0 });
    await objects.remove(marker);
    expect(await objects.list(bucket, 'a/')).toStrictEqual([{ bucket, key: 'a/one', version, size: 3, isDeleteMarker: false }]);
  });

  test('remove succeeds for a version that does not exist', async () => {
    const version = await rig.put(bucket, 'a/one', 'one');
    await objects.remove({ bucket, key: 'a/one', version });
    await objects.remove({ bucket, key: 'a/one', version });
    expect(await objects.list(bucket, '')).toStrictEqual([]);
  });

  test('list returns only the objects below the prefix', async () => {
    await rig.put(bucket, 'a/one', 'one');
    await rig.put(bucket, 'ab', 'other');
    expect((await objects.list(bucket, 'a/')).map(({ key }) => key)).toStrictEqual(['a/one']);
  });

  test('versioning and hasDefaultRetention return the settings of the bucket', async () => {
    await rig.makeBucket(`plain-${buckets}`, false);
    expect(await objects.versioning(bucket)).toStrictEqual({ status: 'Enabled', isMfaDelete: false });
    expect(await objects.versioning(`plain-${buckets}`)).toStrictEqual({ status: undefined, isMfaDelete: false });
    expect(await objects.hasDefaultRetention(bucket)).toBe(false);
  });

  test('F22: list fails with NoSuchBucket if the bucket does not exist', async () => {
    expect(await code(objects.list('not-there', ''))).toBe('NoSuchBucket');
  });
}
