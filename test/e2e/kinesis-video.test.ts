import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { IoTClient } from '@aws-sdk/client-iot';
import {
  CreateStreamCommand, DeleteStreamCommand, DescribeStreamCommand, GetDataEndpointCommand, KinesisVideoClient, ListTagsForStreamCommand,
  UpdateStreamCommand, type StreamInfo,
} from '@aws-sdk/client-kinesis-video';
import type { VideoConfiguration } from './apps/video';
import { useLocalAws } from './support/local-aws';
import { cdk } from '../../local/cdk';
import { requestCredentials, type CredentialsAnswer } from '../../local/device/credentials';
import { createThing, type Thing } from '../../local/thing';

/*
 * Video streams and cameras, deployed by the real CDK CLI to a local AWS that evaluates IAM and IoT policies. Each test
 * continues from the previous one.
 */

interface Outputs {
  readonly StreamName: string;
  readonly StreamArn: string;
  readonly StreamVersion: string;
}

const DESTROYED: VideoConfiguration = { stackName: 'Video', mediaType: 'video/h264', retentionInHours: 2, removalPolicy: 'destroy' };

const local = useLocalAws();
let video: KinesisVideoClient;
let outputs: Outputs;

async function run(app: string, context: Record<string, string>, ...command: string[]): Promise<void> {
  await cdk(command, { environment: local.aws.environment, app, outputDirectory: join(local.directory, 'cdk.out'), context });
}

async function withConfiguration(configuration: VideoConfiguration): Promise<Record<string, string>> {
  const file = join(local.directory, 'configuration.json');
  await writeFile(file, JSON.stringify(configuration));
  return { configuration: file };
}

async function deploy(configuration: VideoConfiguration): Promise<void> {
  const file = join(local.directory, 'outputs.json');
  const context = await withConfiguration(configuration);
  await run('test/e2e/apps/video.ts', context, 'deploy', '--all', '--require-approval', 'never', '--outputs-file', file);
  outputs = JSON.parse(await readFile(file, 'utf8'))[configuration.stackName];
}

async function destroy(configuration: VideoConfiguration): Promise<void> {
  await run('test/e2e/apps/video.ts', await withConfiguration(configuration), 'destroy', '--all', '--force');
}

async function describe_(streamArn: string): Promise<StreamInfo | undefined> {
  try {
    return (await video.send(new DescribeStreamCommand({ StreamARN: streamArn }))).StreamInfo;
  } catch (error) {
    if ((error as Error).name === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}

async function tagsOf(streamArn: string): Promise<Record<string, string>> {
  const { Tags = {} } = await video.send(new ListTagsForStreamCommand({ StreamARN: streamArn }));
  return Object.fromEntries(Object.entries(Tags).filter(([key]) => !key.startsWith('aws:')));
}

/** Expects that the output is the current version and the stream has the properties of the app. */
async function expectDeployed({ mediaType, deviceName, retentionInHours = 0, tags = {} }: VideoConfiguration): Promise<void> {
  expect(await describe_(outputs.StreamArn)).toMatchObject({
    Status: 'ACTIVE',
    StreamName: outputs.StreamName,
    Version: outputs.StreamVersion,
    DataRetentionInHours: retentionInHours,
    ...mediaType === undefined ? {} : { MediaType: mediaType },
    ...deviceName === undefined ? {} : { DeviceName: deviceName },
  });
  expect(await tagsOf(outputs.StreamArn)).toEqual(tags);
}

beforeAll(() => {
  video = new KinesisVideoClient({ ...local.aws.clientConfiguration, endpoint: local.aws.endpoints.kinesisVideo });
  // with the latency of a real service, and stale answers of DescribeStream
  Object.assign(local.aws.kinesisVideo.delays, {
    creationMilliseconds: 300, updateMilliseconds: 400, deletionMilliseconds: 200, describeLagMilliseconds: 300,
  });
});

afterAll(() => {
  const { delays, versionMoves } = local.aws.kinesisVideo;
  Object.assign(delays, { creationMilliseconds: 0, updateMilliseconds: 0, deletionMilliseconds: 0, describeLagMilliseconds: 0 });
  Object.assign(versionMoves, { tags: true, retention: true, storageTier: true });
  video.destroy();
});

describe('a video stream', () => {
  test('a deployment creates the stream and returns the version of DescribeStream', async () => {
    await deploy(DESTROYED);
    await expectDeployed(DESTROYED);
  });

  test.each([true, false])('deployments change retention, media type, device and tags, and return the version if tags and retention change it: %s', async (moves) => {
    Object.assign(local.aws.kinesisVideo.versionMoves, { tags: moves, retention: moves });
    const { StreamArn } = outputs;
    const changes: Partial<VideoConfiguration>[] = [
      { retentionInHours: 48, tags: { team: 'radio', site: 'north' } },
      { retentionInHours: 1, mediaType: `video/h265,audio/${moves ? 'aac' : 'opus'}`, tags: { team: 'antenna' } },
      { deviceName: moves ? 'camera-1' : 'camera-2' },
      {},
    ];
    for (const change of changes) {
      const configuration = { ...DESTROYED, ...change };
      await deploy(configuration);
      await expectDeployed(configuration);
      expect(outputs.StreamArn).toBe(StreamArn);
    }
  });

  test('a failed update restores the previous values of the stream', async () => {
    await expect(deploy({ ...DESTROYED, mediaType: 'video/h265', retentionInHours: 9, withFailure: true })).rejects.toThrow(
      "resource type 'Custom::NobodyKnowsThis' is unknown to this version of the handler");
    expect(await describe_(outputs.StreamArn)).toMatchObject({ MediaType: 'video/h264', DataRetentionInHours: 2, Status: 'ACTIVE' });
    await deploy({ ...DESTROYED, retentionInHours: 3 });
    await expectDeployed({ ...DESTROYED, retentionInHours: 3 });
  });

  test('F110: deployments succeed after a change outside of CloudFormation', async () => {
    await video.send(new UpdateStreamCommand({ StreamARN: outputs.StreamArn, CurrentVersion: outputs.StreamVersion, MediaType: 'video/other' }));
    await deploy({ ...DESTROYED, retentionInHours: 4 });
    await expectDeployed({ ...DESTROYED, retentionInHours: 4, mediaType: 'video/other' });
  });

  test('F113: a deployment with another key creates another stream', async () => {
    const former = outputs;
    const configuration = { ...DESTROYED, keyArn: `arn:aws:kms:${local.aws.region}:${local.aws.account}:key/1a2b3c4d-0000-4000-8000-000000000001` };
    await deploy(configuration);
    await expectDeployed(configuration);
    expect(outputs.StreamName).not.toBe(former.StreamName);
    expect(await describe_(outputs.StreamArn)).toMatchObject({ KmsKeyId: configuration.keyArn });
    expect(await describe_(former.StreamArn)).toBeUndefined();
  });

  test('the lookup fails without its only permission and names it', async () => {
    await expect(deploy({ ...DESTROYED, stackName: 'Denied', withoutPermission: true })).rejects.toThrow(
      /failed to describe video stream '\S+': User: \S+ is not authorized to perform: kinesisvideo:DescribeStream on resource: /);
  });

  test('destroy leaves no stream, no role and no log group', async () => {
    await destroy(DESTROYED);
    await destroy({ ...DESTROYED, stackName: 'Denied' });
    expect(await describe_(outputs.StreamArn)).toBeUndefined();
    expect(local.aws.kinesisVideo.streams.all()).toEqual([]);
    expect(await local.leftovers()).toEqual([]);
  });
});

describe('a retained stream with a fixed name', () => {
  const KEPT: VideoConfiguration = { stackName: 'Kept', streamName: 'front-door', mediaType: 'video/h264' };

  test('F112: a failed first deployment leaves nothing behind, so that the next one succeeds', async () => {
    await expect(deploy({ ...KEPT, withFailure: true })).rejects.toThrow('Custom::NobodyKnowsThis');
    expect(local.aws.kinesisVideo.streams.all()).toEqual([]);
    await deploy(KEPT);
    await expectDeployed(KEPT);
    expect(outputs.StreamName).toBe('front-door');
  });

  test('F113: a deployment with another key fails under the same name with advice, and keeps the old stream under another name', async () => {
    const keyArn = `arn:aws:kms:${local.aws.region}:${local.aws.account}:key/1a2b3c4d-0000-4000-8000-000000000001`;
    const former = outputs;
    await expect(deploy({ ...KEPT, keyArn })).rejects.toThrow('already exists');
    await deploy({ ...KEPT, keyArn, streamName: 'front-door-2' });
    await expectDeployed(KEPT);
    expect(await describe_(former.StreamArn)).toMatchObject({ Status: 'ACTIVE' });
  });

  test('destroy keeps a retained stream', async () => {
    await destroy(KEPT);
    expect(local.aws.kinesisVideo.streams.all().map(({ streamName }) => streamName)).toEqual(['front-door', 'front-door-2']);
    for (const { streamArn } of local.aws.kinesisVideo.streams.all()) await video.send(new DeleteStreamCommand({ StreamARN: streamArn }));
  });
});

describe('the cameras of the example', () => {
  const APP = 'examples/camera/app.ts';
  const CONTEXT = { cameras: 'front-door,garage' };
  let cameras: Record<string, Thing>;
  let stranger: Thing;

  async function exchange(thing: Thing | undefined, thingName?: string): Promise<CredentialsAnswer> {
    return requestCredentials({
      endpoint: local.aws.endpoints.credentials,
      roleAliasName: 'cameras',
      thingName,
      certificateAuthority: await readFile(local.aws.endpoints.ca),
      ...thing && { certificate: await readFile(thing.certificateFile), privateKey: await readFile(thing.keyFile) },
    });
  }

  async function clientOf(thing: Thing, thingName: string | undefined = thing.thingName): Promise<KinesisVideoClient> {
    const { credentials } = (await exchange(thing, thingName)).body;
    return new KinesisVideoClient({
      region: local.aws.region,
      endpoint: local.aws.endpoints.kinesisVideo,
      maxAttempts: 1,
      credentials: {
        accessKeyId: credentials!.accessKeyId, secretAccessKey: credentials!.secretAccessKey, sessionToken: credentials!.sessionToken,
      },
    });
  }

  beforeAll(async () => {
    const file = join(local.directory, 'outputs.json');
    await run(APP, CONTEXT, 'deploy', 'Camera', '--require-approval', 'never', '--outputs-file', file);
    const { PolicyName, RoleAliasName } = JSON.parse(await readFile(file, 'utf8')).Camera;
    expect(RoleAliasName).toBe('cameras');
    const iot = new IoTClient(local.aws.iotClientConfiguration);
    const directory = join(local.directory, 'cameras');
    cameras = {
      door: await createThing(iot, { thingName: 'front-door', policy: PolicyName, directory }),
      garage: await createThing(iot, { thingName: 'garage', policy: PolicyName, directory }),
    };
    const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'iot:Connect', Resource: '*' }] };
    stranger = await createThing(iot, { thingName: 'stranger', policy, directory });
  });

  test('the cameras exchange their certificates for credentials that expire after an hour', async () => {
    const { status, body } = await exchange(cameras.door, 'front-door');
    expect(status).toBe(200);
    const seconds = (Date.parse(body.credentials!.expiration) - Date.now()) / 1000;
    expect(seconds).toBeGreaterThan(3500);
    expect(seconds).toBeLessThanOrEqual(3600);
  });

  test('the cameras can make the calls of a producer on their own stream', async () => {
    const client = await clientOf(cameras.garage);
    await expect(client.send(new DescribeStreamCommand({ StreamName: 'garage' }))).resolves.toMatchObject({ StreamInfo: { Status: 'ACTIVE' } });
    await expect(client.send(new GetDataEndpointCommand({ StreamName: 'garage', APIName: 'PUT_MEDIA' }))).resolves.toHaveProperty('DataEndpoint');
  });

  test('the cameras can make no other call and none on the stream of another camera', async () => {
    const client = await clientOf(cameras.garage);
    const refused = { name: 'AccessDeniedException' };
    await expect(client.send(new DescribeStreamCommand({ StreamName: 'front-door' }))).rejects.toMatchObject(refused);
    await expect(client.send(new GetDataEndpointCommand({ StreamName: 'front-door', APIName: 'PUT_MEDIA' }))).rejects.toMatchObject(refused);
    await expect(client.send(new GetDataEndpointCommand({ StreamName: 'garage', APIName: 'GET_MEDIA' }))).resolves.toHaveProperty('DataEndpoint');
    const { StreamInfo } = await client.send(new DescribeStreamCommand({ StreamName: 'garage' }));
    await expect(client.send(new DeleteStreamCommand({ StreamARN: StreamInfo!.StreamARN }))).rejects.toMatchObject(refused);
    await expect(client.send(new UpdateStreamCommand({ StreamName: 'garage', CurrentVersion: StreamInfo!.Version, MediaType: 'video/x' })))
      .rejects.toMatchObject(refused);
    await expect(client.send(new CreateStreamCommand({ StreamName: 'another' }))).rejects.toMatchObject(refused);
  });

  test.each<[string, () => Promise<CredentialsAnswer>]>([
    ['without the policy', () => exchange(stranger, 'stranger')],
    ['in the name of another thing', () => exchange(cameras.garage, 'front-door')],
    ['without a certificate', () => exchange(undefined, 'garage')],
  ])('the cameras receive no credentials %s', async (_what, ask) => {
    expect(await ask()).toMatchObject({ status: 403, body: { message: 'Access Denied' } });
  });

  test('destroy removes the cameras and keeps their video', async () => {
    for (const thing of [...Object.values(cameras), stranger]) await thing.remove();
    await run(APP, CONTEXT, 'destroy', 'Camera', '--force');
    expect(local.aws.kinesisVideo.streams.all().map(({ streamName }) => streamName).sort()).toEqual(['front-door', 'garage']);
    for (const { streamArn } of local.aws.kinesisVideo.streams.all()) await video.send(new DeleteStreamCommand({ StreamARN: streamArn }));
    expect(await local.leftovers()).toEqual([]);
  });
});
