import { codeOf } from '../../../../lambda/core/call';
import type { DesiredStream, PinnedFile } from '../../../../lambda/iot-file-stream/model';
import type { StreamService } from '../../../../lambda/iot-file-stream/services';

/** What stands behind the handler's interface, and what a test needs to know of it. */
export interface StreamServiceRig {
  readonly streams: StreamService;
  /** A role that may read `file`, an object of one version. */
  readonly roleArn: string;
  readonly file: PinnedFile;
  stop(): Promise<void>;
}

/** What the handler relies on, be it kept by the local service or by the double in memory. */
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

  test('a stream that is not there is undefined', async () => {
    expect(await streams.describe('Firmware')).toBeUndefined();
  });

  test('a stream is what it was created as, with its tags', async () => {
    const { streamArn, streamVersion } = await make();
    expect(streamArn).toMatch(/^arn:aws:iot:[^:]+:\d{12}:stream\/Firmware$/);
    expect(await streams.describe('Firmware')).toMatchObject({
      streamId: 'Firmware', streamArn, streamVersion, description: 'one', roleArn: rig.roleArn, files: [rig.file], tags: { team: 'a', stage: 'b' },
    });
  });

  test('an id is given once', async () => {
    await make();
    expect(await code(make())).toBe('ResourceAlreadyExistsException');
  });

  test('an object that the role cannot give is refused, and nothing is made', async () => {
    const missing = { ...rig.file, version: 'AbCdEfGhIjKlMnOpQrStUvWxYz012345' };
    expect(await code(streams.create(desired, [missing], {}))).toBe('InvalidRequestException');
    expect(await streams.describe('Firmware')).toBeUndefined();
  });

  test('every update moves the version by one, also one that changes nothing, and leaves the tags', async () => {
    const { streamVersion } = await make();
    await streams.update({ ...desired, description: 'two' }, [rig.file]);
    expect(await streams.update({ ...desired, description: 'two' }, [rig.file])).toMatchObject({ streamVersion: streamVersion + 2 });
    expect(await streams.describe('Firmware')).toMatchObject({ streamVersion: streamVersion + 2, description: 'two', tags: { team: 'a', stage: 'b' } });
  });

  test('tags are set and removed, and the version stays', async () => {
    const { streamArn, streamVersion } = await make();
    await streams.tag(streamArn, { set: { team: 'c' }, remove: ['stage'] });
    expect(await streams.describe('Firmware')).toMatchObject({ streamVersion, tags: { team: 'c' } });
    expect((await streams.describe('Firmware'))!.tags).not.toHaveProperty('stage');
  });

  test('what is not there can be neither changed nor deleted', async () => {
    expect(await code(streams.update(desired, [rig.file]))).toBe('ResourceNotFoundException');
    expect(await code(streams.delete('Firmware'))).toBe('ResourceNotFoundException');
  });

  test('F16: an id that comes back goes on counting', async () => {
    const { streamVersion } = await make();
    await streams.delete('Firmware');
    expect(await streams.describe('Firmware')).toBeUndefined();
    expect(await make()).toMatchObject({ streamVersion: streamVersion + 1 });
  });
}
