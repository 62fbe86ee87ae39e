import { createHash, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { AppConfiguration } from './apps/fleet';
import type { Outputs } from './support/deployment';
import { useLocalAws } from './support/local-aws';
import { UpdateStrategy } from '../../src';

/*
 * Changes of content and strategy, deployed by the real CDK CLI to a local AWS that evaluates policies. Each test continues
 * from the previous one.
 */

const VENDOR_BUCKET = 'vendor-of-modems';
const OWN_BUCKET = 'bucket-of-generations';
const NEW_STREAM = UpdateStrategy.NEW_STREAM;
const sha256 = (content: Buffer | string) => createHash('sha256').update(content).digest('hex');

const local = useLocalAws();
let configuration: AppConfiguration;
let outputs: Outputs;
/** The SHA-256 of the firmware, by stream. */
let firmware: Record<string, string> = {};

async function deploy(content: Buffer, updateStrategy?: UpdateStrategy): Promise<void> {
  await writeFile(configuration.assetPath, content);
  outputs = await local.deployment.deploy({ ...configuration, updateStrategy });
  firmware[outputs.StreamId] = sha256(content);
}

async function streamIdsOfStack(): Promise<string[]> {
  return (await local.leftovers()).flatMap((item) => /^stream (.*)$/.exec(item)?.[1] ?? []);
}

/** Expects that exactly these streams exist and devices can download all of them. */
async function expectServed(...streamIds: string[]): Promise<void> {
  expect(await streamIdsOfStack()).toEqual([...streamIds].sort());
  for (const streamId of streamIds) {
    const files = await local.deployment.download(streamId);
    expect(files.map((file) => file.sha256)).toEqual([firmware[streamId], expect.any(String), sha256('radio firmware')]);
  }
  expect(await local.deployment.versions(OWN_BUCKET)).toHaveLength(3 * streamIds.length);
}

const [one, two, three, four, five] = Array.from({ length: 5 }, () => randomBytes(100_000));
let ids: string[] = [];

beforeAll(async () => {
  for (const Bucket of [VENDOR_BUCKET, OWN_BUCKET]) {
    await local.deployment.s3.send(new CreateBucketCommand({ Bucket }));
    await local.deployment.s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  }
  await local.deployment.s3.send(new PutObjectCommand({ Bucket: VENDOR_BUCKET, Key: 'fw.bin', Body: 'radio firmware' }));
  configuration = {
    stackName: 'Fleet', streamId: 'strategy', assetPath: join(local.directory, 'app.bin'), vendorBucketName: VENDOR_BUCKET, vendorKey: 'fw.bin', bucketName: OWN_BUCKET,
  };
});

test('the first content creates a stream with its ID, and the template can read the sizes of its files', async () => {
  await deploy(one, NEW_STREAM);

  expect(outputs).toMatchObject({ StreamId: expect.stringMatching(/^strategy--[0-9a-f]{8}$/), StreamVersion: '1', VendorFileSize: '14' });
  ids = [outputs.StreamId];
  await expectServed(...ids);
});

test('a changed file creates another stream, and devices receive both, with the same vendor object', async () => {
  await local.deployment.s3.send(new PutObjectCommand({ Bucket: VENDOR_BUCKET, Key: 'fw.bin', Body: 'overwritten' }));
  await deploy(two, NEW_STREAM);

  expect(outputs).toMatchObject({ StreamVersion: '1', VendorFileSize: '14' });
  ids.push(outputs.StreamId);
  expect(ids[1]).not.toBe(ids[0]);
  await expectServed(...ids);
});

test('the next change deletes the first stream with its objects', async () => {
  await deploy(three, NEW_STREAM);

  ids = [ids[1], outputs.StreamId];
  await expectServed(...ids);
});

test('F7: an update in which another resource fails is rolled back to the previous stream', async () => {
  const before = await local.deployment.describe(ids[1]);
  await writeFile(configuration.assetPath, four);
  await expect(local.deployment.deploy({ ...configuration, updateStrategy: NEW_STREAM, withFailure: true })).rejects.toThrow(
    "resource type 'Custom::NobodyKnowsThis' is unknown to this version of the handler");

  expect(await local.deployment.describe(ids[1])).toEqual(before);
  const [{ sha256: delivered }] = await local.deployment.download(ids[1]);
  expect(delivered).toBe(firmware[ids[1]]);
});

test('a change to IN_PLACE keeps the last stream until the next change', async () => {
  await deploy(three);
  expect(outputs.StreamId).toBe('strategy');
  await expectServed(ids[1], 'strategy');

  await deploy(four);
  expect(outputs).toMatchObject({ StreamId: 'strategy', StreamVersion: '2' });
  expect(await streamIdsOfStack()).toEqual(['strategy']);
});

test('a change to NEW_STREAM keeps the previous stream until the next change', async () => {
  await deploy(four, NEW_STREAM);
  ids = [outputs.StreamId];
  firmware = { ...firmware, strategy: sha256(four) };
  const [{ sha256: delivered }] = await local.deployment.download('strategy');
  expect(delivered).toBe(firmware.strategy);

  await deploy(five, NEW_STREAM);
  ids.push(outputs.StreamId);
  await expectServed(...ids);
});

test('destroy leaves no stream and no object', async () => {
  await local.deployment.destroy({ ...configuration, updateStrategy: NEW_STREAM });

  expect(await streamIdsOfStack()).toEqual([]);
  expect(await local.deployment.versions(OWN_BUCKET)).toEqual([]);
});
