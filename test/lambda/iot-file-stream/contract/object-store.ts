import { codeOf } from '../../../../lambda/core/call';
import type { ObjectStore } from '../../../../lambda/iot-file-stream/services';

/** What stands behind the handler's interface, and what a test needs to know of it. */
export interface ObjectStoreRig {
  readonly objects: ObjectStore;
  makeBucket(name: string, isVersioned: boolean): Promise<void>;
  /** Puts an object by another hand; its version. */
  put(bucket: string, key: string, text: string): Promise<string>;
  /** Deletes an object by another hand, without naming a version. */
  hide(bucket: string, key: string): Promise<void>;
  stop(): Promise<void>;
}

/** What the handler relies on, be it kept by the local S3 or by the double in memory. */
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

  test('a text is written and found as the version that was answered', async () => {
    const { version } = await objects.write(text('Fühler'), bucket, 'a/one');
    expect(await objects.list(bucket, 'a/')).toStrictEqual([{ bucket, key: 'a/one', version, size: 7, isDeleteMarker: false }]);
    expect(await objects.inspect({ bucket, key: 'a/one', version: version! })).toMatchObject({ size: 7 });
  });

  test('F80: what is kept where there was nothing is found, and read', async () => {
    await objects.writeIfAbsent('Fühler', bucket, 'a/one');
    const [found] = await objects.list(bucket, 'a/');
    expect(await objects.read(found)).toBe('Fühler');
  });

  test('F81: what is there is not written over', async () => {
    await objects.writeIfAbsent('one', bucket, 'a/one');
    expect(await code(objects.writeIfAbsent('two', bucket, 'a/one'))).toBe('PreconditionFailed');
    const [found, ...others] = await objects.list(bucket, 'a/');
    expect([await objects.read(found), others]).toStrictEqual(['one', []]);
  });

  test('F81: where there is a delete marker, there is nothing', async () => {
    await rig.put(bucket, 'a/one', 'one');
    await rig.hide(bucket, 'a/one');
    await objects.writeIfAbsent('two', bucket, 'a/one');
    const [found] = await objects.list(bucket, 'a/');
    expect(await objects.read(found)).toBe('two');
  });

  test('an object is copied, in the version that is named or in the current one', async () => {
    const first = await rig.put(bucket, 'source', 'one');
    await rig.put(bucket, 'source', 'second');
    const named = await objects.write({ kind: 'object', bucket, key: 'source', version: first }, bucket, 'a/named');
    const current = await objects.write({ kind: 'object', bucket, key: 'source' }, bucket, 'a/current');
    expect(await objects.inspect({ bucket, key: 'a/named', version: named.version! })).toMatchObject({ size: 3 });
    expect(await objects.inspect({ bucket, key: 'a/current', version: current.version! })).toMatchObject({ size: 6 });
  });

  test('F27: what is written again is another version, the newest first', async () => {
    const one = await objects.write(text('same'), bucket, 'a/one');
    const two = await objects.write(text('same'), bucket, 'a/one');
    expect((await objects.list(bucket, 'a/')).map(({ version }) => version)).toStrictEqual([two.version, one.version]);
  });

  test('delete markers are listed, and removed like versions; the others stay', async () => {
    const version = await rig.put(bucket, 'a/one', 'one');
    await rig.hide(bucket, 'a/one');
    const marker = (await objects.list(bucket, 'a/')).find(({ isDeleteMarker }) => isDeleteMarker)!;
    expect(marker).toMatchObject({ bucket, key: 'a/one', size: 0 });
    await objects.remove(marker);
    expect(await objects.list(bucket, 'a/')).toStrictEqual([{ bucket, key: 'a/one', version, size: 3, isDeleteMarker: false }]);
  });

  test('what is gone can be removed again', async () => {
    const version = await rig.put(bucket, 'a/one', 'one');
    await objects.remove({ bucket, key: 'a/one', version });
    await objects.remove({ bucket, key: 'a/one', version });
    expect(await objects.list(bucket, '')).toStrictEqual([]);
  });

  test('only what begins with the prefix is listed', async () => {
    await rig.put(bucket, 'a/one', 'one');
    await rig.put(bucket, 'ab', 'other');
    expect((await objects.list(bucket, 'a/')).map(({ key }) => key)).toStrictEqual(['a/one']);
  });

  test('a bucket says whether it is versioned and keeps objects by default', async () => {
    await rig.makeBucket(`plain-${buckets}`, false);
    expect(await objects.versioning(bucket)).toStrictEqual({ status: 'Enabled', isMfaDelete: false });
    expect(await objects.versioning(`plain-${buckets}`)).toStrictEqual({ status: undefined, isMfaDelete: false });
    expect(await objects.hasDefaultRetention(bucket)).toBe(false);
  });

  test('F22: a bucket that is not there has a name for it', async () => {
    expect(await code(objects.list('not-there', ''))).toBe('NoSuchBucket');
  });
}
