import { createHash, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { AppConfiguration } from './apps/fleet';
import type { Outputs } from './support/deployment';
import { useLocalAws } from './support/local-aws';

/*
 * The lifecycle of a stream, deployed by the real CDK CLI to a local AWS that evaluates IAM and IoT policies. Each test
 * continues from the previous one, as deployments do.
 */

const MEBIBYTE = 1024 * 1024;
const VENDOR_BUCKET = 'vendor-of-radios';
const OWN_BUCKETS = ['own-bucket-one', 'own-bucket-two'];
const sha256 = (content: Buffer | string) => createHash('sha256').update(content).digest('hex');

const local = useLocalAws();
let configuration: AppConfiguration;
let outputs: Outputs;
const expected: string[] = [];

async function build(): Promise<void> {
  const content = randomBytes(3 * MEBIBYTE + 17);
  await writeFile(configuration.assetPath, content);
  expected[0] = sha256(content);
}

async function expectDelivered(streamVersion: number): Promise<void> {
  const files = await local.deployment.download(outputs.StreamId);
  expect(files.map((file) => file.sha256)).toEqual(expected);
  expect(files.map((file) => file.streamVersion)).toEqual([streamVersion, streamVersion, streamVersion]);
}

beforeAll(async () => {
  for (const Bucket of [VENDOR_BUCKET, ...OWN_BUCKETS]) {
    await local.deployment.s3.send(new CreateBucketCommand({ Bucket }));
    await local.deployment.s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  }
  const radio = randomBytes(MEBIBYTE);
  await local.deployment.s3.send(new PutObjectCommand({ Bucket: VENDOR_BUCKET, Key: 'radio/fw 1+2.bin', Body: radio }));
  configuration = { stackName: 'Fleet', assetPath: join(local.directory, 'app.bin'), vendorBucketName: VENDOR_BUCKET, vendorKey: 'radio/fw 1+2.bin' };
  expected[1] = sha256(`{"account":"${local.aws.account}","region":"${local.aws.region}"}`);
  expected[2] = sha256(radio);
});

test('a device downloads an asset, a JSON file with deployment values and an object of another bucket, byte for byte', async () => {
  await build();
  outputs = await local.deployment.deploy(configuration);
  expect(outputs.StreamVersion).toBe('1');
  expect(outputs.StreamId).toMatch(/^Fleet-Firmware-[0-9A-F]{8}$/);
  await expectDelivered(1);
});

test('a changed file increases the version by one and delivers the new bytes', async () => {
  await build();
  outputs = await local.deployment.deploy(configuration);
  expect(outputs.StreamVersion).toBe('2');
  await expectDelivered(2);
});

test('F28: a changed tag is set without changing the version', async () => {
  configuration = { ...configuration, tags: { team: 'radio' } };
  outputs = await local.deployment.deploy(configuration);
  expect(outputs.StreamVersion).toBe('2');
  expect(await local.deployment.tags(outputs.StreamId)).toMatchObject({ team: 'radio' });
});

test('F41: an unrelated change does not re-copy an unpinned source that was overwritten', async () => {
  await local.deployment.s3.send(new PutObjectCommand({ Bucket: VENDOR_BUCKET, Key: configuration.vendorKey, Body: 'overwritten' }));
  outputs = await local.deployment.deploy({ ...configuration, tags: { team: 'antenna' } });
  expect(outputs.StreamVersion).toBe('2');
  await expectDelivered(2);
});

test('F7: an update in which another resource fails is rolled back to the old bytes', async () => {
  const before = (await local.deployment.describe(outputs.StreamId))!;
  const delivered = expected[0];
  await build();
  await expect(local.deployment.deploy({ ...configuration, withFailure: true })).rejects.toThrow(
    "resource type 'Custom::NobodyKnowsThis' is unknown to this version of the handler");
  expected[0] = delivered;
  const after = (await local.deployment.describe(outputs.StreamId))!;
  expect(after.files).toEqual(before.files);
  await expectDelivered(after.streamVersion!);
});

test('F6: another stream ID creates another stream and deletes the old one', async () => {
  await build();
  const former = outputs.StreamId;
  configuration = { ...configuration, streamId: 'fleet-firmware' };
  outputs = await local.deployment.deploy(configuration);
  expect(outputs.StreamId).toBe('fleet-firmware');
  expect(await local.deployment.describe(former)).toBeUndefined();
  // a new storage location needs a new copy, so the vendor's current object is used
  expected[2] = sha256('overwritten');
  await expectDelivered(1);
});

test('F34: a stream moves to a bucket of the app, to another one and back, and leaves no objects behind', async () => {
  const [one, two] = OWN_BUCKETS;
  outputs = await local.deployment.deploy({ ...configuration, bucketName: one });
  await expectDelivered(2);
  expect(await local.deployment.versions(one)).toHaveLength(3);
  outputs = await local.deployment.deploy({ ...configuration, bucketName: two });
  await expectDelivered(3);
  expect(await local.deployment.versions(one)).toEqual([]);
  outputs = await local.deployment.deploy(configuration);
  await expectDelivered(4);
  expect(await local.deployment.versions(two)).toEqual([]);
});

test('a deployment fails without one action of the management role and names it', async () => {
  const delivered = expected[0];
  await build();
  await expect(local.deployment.deploy({ ...configuration, withoutAction: 'iot:UpdateStream' })).rejects.toThrow(
    /failed to update stream 'fleet-firmware': User: \S+ is not authorized to perform: iot:UpdateStream on resource: \S+:stream\/fleet-firmware/);
  expected[0] = delivered;
  await expectDelivered((await local.deployment.describe(outputs.StreamId))!.streamVersion!);
});

test('destroy leaves no stream, no object, no bucket, no role and no log group', async () => {
  configuration = { ...configuration, bucketName: OWN_BUCKETS[0] };
  await local.deployment.deploy(configuration);
  await local.deployment.destroy(configuration);
  expect(await local.deployment.versions(OWN_BUCKETS[0])).toEqual([]);
  expect(await local.leftovers()).toEqual([...OWN_BUCKETS, VENDOR_BUCKET].map((name) => `bucket ${name}`).sort());
});
