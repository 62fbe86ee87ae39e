import { codeOf } from '../../../../lambda/core/call';
import type { DesiredStream, PinnedFile } from '../../../../lambda/iot-file-stream/model';
import type { StreamService } from '../../../../lambda/iot-file-stream/services';

/** An implementation of the handler's interface, and what a test needs to use it. */
export interface StreamServiceRig {
  readonly streams: StreamService;
  /** A role that may read `file`, an object with one version. */
  readonly roleArn: string;
  readonly file: PinnedFile;
  stop(): Promise<void>;
}

/** Tests what the handler expects of a stream service, against the local service and against the double in memory. */
export function testStreamService(start: () => Promise<StreamServiceRig>): void {
  let rig: StreamServiceRig;
  let streams: StreamService;
  let desired: DesiredStream;
  beforeEach(async () => {
    rig = await start();
    ({ streams } = rig);
    desired = {
      managementRoleArn: '',
      bucket: rig.file.bucket,
      prefix: '',
      streamId: 'Firmware',
      isNewStream: false,
      content: '',
      description: 'one',
      roleArn: rig.roleArn,
      files: [],
      answered: { signatures: [], locations: [] },
      tags: {},
    };
  });
  afterEach(() => rig.stop());

  const code = async (call: Promise<unknown>) => call.then(() => 'none', codeOf);
  const make = async () => streams.create(desired, [rig.file], { team: 'a', stage: 'b' });

  test('describe returns undefined for a stream that does not exist', async () => {
    expect(await streams.describe('Firmware')).toBeUndefined();
  });

  test('describe returns a stream as it was created, with its tags', async () => {
    const { streamArn, streamVersion } = await make();
    expect(streamArn).toMatch(/^arn:aws:iot:[^:]+:\d{12}:stream\/Firmware$/);
    expect(await streams.describe('Firmware')).toMatchObject({
      streamId: 'Firmware', streamArn, streamVersion, description: 'one', roleArn: rig.roleArn, files: [rig.file], tags: { team: 'a', stage: 'b' },
    });
  });

  test('describe returns when a stream was created, also after an update', async () => {
    await make();
    const { createdAt } = (await streams.describe('Firmware'))!;
    await streams.update({ ...desired, description: 'two' }, [rig.file]);
    expect(createdAt).toBeGreaterThan(0);
    expect(await streams.describe('Firmware')).toMatchObject({ createdAt });
  });

  test('create fails with ResourceAlreadyExistsException if the ID is taken', async () => {
    await make();
    expect(await code(make())).toBe('ResourceAlreadyExistsException');
  });

  test('create refuses an object that the role cannot read, and creates no stream', async () => {
    const missing = { ...rig.file, version: 'AbCdEfGhIjKlMnOpQrStUvWxYz012345' };
    expect(await code(streams.create(desired, [missing], {}))).toBe('InvalidRequestException');
    expect(await streams.describe('Firmware')).toBeUndefined();
  });

  test('update always increases the version by one and leaves the tags unchanged', async () => {
    const { streamVersion } = await make();
    await streams.update({ ...desired, description: 'two' }, [rig.file]);
    expect(await streams.update({ ...desired, description: 'two' }, [rig.file])).toMatchObject({ streamVersion: streamVersion + 2 });
    expect(await streams.describe('Firmware')).toMatchObject({ streamVersion: streamVersion + 2, description: 'two', tags: { team: 'a', stage: 'b' } });
  });

  test('tag sets and removes tags without changing the version', async () => {
    const { streamArn, streamVersion } = await make();
    await streams.tag(streamArn, { set: { team: 'c' }, remove: ['stage'] });
    expect(await streams.describe('Firmware')).toMatchObject({ streamVersion, tags: { team: 'c' } });
    expect((await streams.describe('Firmware'))!.tags).not.toHaveProperty('stage');
  });

  test('update and delete fail with ResourceNotFoundException for a stream that does not exist', async () => {
    expect(await code(streams.update(desired, [rig.file]))).toBe('ResourceNotFoundException');
    expect(await code(streams.delete('Firmware'))).toBe('ResourceNotFoundException');
  });

  test('F16: create continues the version numbers of a deleted stream with the same ID', async () => {
    const { streamVersion } = await make();
    await streams.delete('Firmware');
    expect(await streams.describe('Firmware')).toBeUndefined();
    expect(await make()).toMatchObject({ streamVersion: streamVersion + 1 });
  });
}
