import { createHash, randomBytes, verify } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateJobCommand, DescribeJobExecutionCommand, DescribeJobTemplateCommand, DescribeStreamCommand, IoTClient, UpdateStreamCommand } from '@aws-sdk/client-iot';
import { DisableKeyCommand, GetPublicKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { useLocalAws } from './support/local-aws';
import type { Update, UpdateOptions } from '../../examples/ota/device';
import { doNextJob } from '../../examples/ota/device';
import { cdk } from '../../local/cdk';
import { connectTransport } from '../../local/device/mqtt-transport';
import { parsePublicKey } from '../../local/device/signatures';
import type { Transport } from '../../local/device/transport';
import type { Thing } from '../../local/thing';
import { connectionOf, createThing } from '../../local/thing';

/*
 * Signed firmware from key to device: the example of OTA updates, deployed by the real CLI, with real keys and a device with
 * the public key. Node.js verifies the signatures. Each test continues from the previous one.
 */

interface Outputs {
  readonly StreamId: string;
  readonly StreamVersion: string;
  readonly JobId: string;
  readonly JobTemplateArn: string;
  readonly PolicyName: string;
  readonly SigningKeyId: string;
  readonly Signature: string;
  readonly BucketName: string;
  readonly ObjectKey: string;
  readonly ObjectVersion: string;
}

const THING = 'signed-device';
const NOT_SIGNED = 'file 0 is not signed with the key that this device trusts';
const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');

const local = useLocalAws();
let iot: IoTClient;
let kms: KMSClient;
let s3: S3Client;
let thing: Thing;
let transport: Transport;
let outputs: Outputs;
let firmware: Buffer;
let jobs = 0;

async function cdkCommand(context: Record<string, string>, ...command: string[]): Promise<void> {
  await cdk(command, {
    environment: local.aws.environment,
    app: 'test/e2e/apps/signing.ts',
    outputDirectory: join(local.directory, 'cdk.out'),
    context: { firmware: join(local.directory, 'app.bin'), ...context },
  });
}

async function deploy(content: Buffer, context: Record<string, string> = { signingKey: 'A' }): Promise<void> {
  await writeFile(join(local.directory, 'app.bin'), content);
  const file = join(local.directory, 'outputs.json');
  await cdkCommand(context, 'deploy', 'Ota', '--require-approval', 'never', '--outputs-file', file);
  [firmware, outputs] = [content, JSON.parse(await readFile(file, 'utf8')).Ota];
}

/** Returns the public key in DER form, as KMS returns it. */
async function publicKeyOf(keyId = outputs.SigningKeyId): Promise<Buffer> {
  return Buffer.from((await kms.send(new GetPublicKeyCommand({ KeyId: keyId }))).PublicKey!);
}

async function isGenuine(content: Buffer, signature: string, publicKey?: Buffer): Promise<boolean> {
  return verify('sha256', content, { key: publicKey ?? await publicKeyOf(), format: 'der', type: 'spki' }, Buffer.from(signature, 'base64'));
}

async function createJob(job: { jobTemplateArn: string } | { document: string }): Promise<string> {
  const jobId = `${outputs.JobId}-${++jobs}`;
  await iot.send(new CreateJobCommand({ jobId, targets: [`arn:aws:iot:${local.aws.region}:${local.aws.account}:thing/${THING}`], ...job }));
  return jobId;
}

/** The status of each call of kms:Sign, oldest first. */
const signatures = () => local.aws.proxy.calls.filter(({ service }) => service === 'kms').map(({ status }) => status);

const filesDirectory = () => join(local.directory, 'files');

async function doJob(publicKey: Buffer, options: Partial<UpdateOptions> = {}): Promise<Update | undefined> {
  return doNextJob(transport, {
    thingName: THING, outputDirectory: filesDirectory(), timeoutMs: 30_000, publicKey: parsePublicKey(publicKey), ...options,
  });
}

async function statusOf(jobId: string): Promise<unknown> {
  const { execution } = await iot.send(new DescribeJobExecutionCommand({ jobId, thingName: THING }));
  return [execution?.status, execution?.statusDetails?.detailsMap?.reason];
}

const documentOf = async () => JSON.parse((await iot.send(new DescribeJobTemplateCommand({ jobTemplateId: outputs.JobId }))).document!);
const versionOf = async () => (await iot.send(new DescribeStreamCommand({ streamId: outputs.StreamId }))).streamInfo!.streamVersion;

beforeAll(async () => {
  iot = new IoTClient(local.aws.iotClientConfiguration);
  kms = new KMSClient(local.aws.clientConfiguration);
  s3 = new S3Client(local.aws.clientConfiguration);
  await deploy(randomBytes(100_001));
  thing = await createThing(iot, { thingName: THING, policy: outputs.PolicyName, directory: local.directory });
  transport = await connectTransport(await connectionOf(thing, local.aws));
});

afterAll(async () => {
  await transport?.close();
  for (const client of [iot, kms, s3]) client?.destroy();
});

let first: Outputs;
let firstFirmware: Buffer;

test('the signature of the firmware is valid for the key, and the location names the object that devices receive', async () => {
  expect(await isGenuine(firmware, outputs.Signature)).toBe(true);
  expect(await isGenuine(randomBytes(10), outputs.Signature)).toBe(false);
  const { BucketName: Bucket, ObjectKey: Key, ObjectVersion: VersionId } = outputs;
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, VersionId }));
  expect(Buffer.from(await Body!.transformToByteArray())).toEqual(firmware);
  const [file] = (await iot.send(new DescribeStreamCommand({ streamId: outputs.StreamId }))).streamInfo!.files!;
  expect(file.s3Location).toEqual({ bucket: outputs.BucketName, key: outputs.ObjectKey, version: outputs.ObjectVersion });
  expect((await documentOf()).files).toEqual([
    { fileId: 0, fileName: 'app.bin', size: firmware.length, sha256: sha256(firmware), signature: outputs.Signature, signatureAlgorithm: 'ECDSA_SHA_256' },
  ]);
});

test('the handler signs once, with the key and algorithm that its policy allows', async () => {
  expect(signatures()).toEqual([200]);
});

test('a device with the public key performs the job', async () => {
  const jobId = await createJob({ jobTemplateArn: outputs.JobTemplateArn });
  expect(await doJob(await publicKeyOf())).toMatchObject({ status: 'SUCCEEDED' });
  expect(await statusOf(jobId)).toEqual(['SUCCEEDED', undefined]);
  expect(await readFile(join(filesDirectory(), 'app.bin'))).toEqual(firmware);
});

test('an update gives another signature and another job ID, and the device performs its job', async () => {
  [first, firstFirmware] = [outputs, firmware];
  await deploy(randomBytes(100_002));
  expect(outputs.Signature).not.toBe(first.Signature);
  expect(outputs.JobId).not.toBe(first.JobId);
  expect(await isGenuine(firmware, outputs.Signature)).toBe(true);
  await createJob({ jobTemplateArn: outputs.JobTemplateArn });
  expect(await doJob(await publicKeyOf())).toMatchObject({ status: 'SUCCEEDED' });
  expect(await readFile(join(filesDirectory(), 'app.bin'))).toEqual(firmware);
});

test('a rollback restores the old signature without KMS', async () => {
  const before = { outputs, firmware };
  const signed = signatures().length;
  await expect(deploy(randomBytes(100_003), { signingKey: 'A', failing: 'true' })).rejects.toThrow('\'Custom::NobodyKnowsThis\' is unknown');
  // only the new content has been signed
  expect(signatures().length).toBe(signed + 1);
  await deploy(before.firmware);
  expect(outputs.Signature).toBe(before.outputs.Signature);
  expect(signatures().length).toBe(signed + 1);
  await createJob({ jobTemplateArn: outputs.JobTemplateArn });
  expect(await doJob(await publicKeyOf())).toMatchObject({ status: 'SUCCEEDED' });
  expect(await readFile(join(filesDirectory(), 'app.bin'))).toEqual(before.firmware);
});

test('a rollback succeeds with a disabled key', async () => {
  const before = { outputs, firmware };
  const signed = signatures().length;
  const disableKey = { signingKey: 'A', failing: 'true' };
  await kms.send(new DisableKeyCommand({ KeyId: outputs.SigningKeyId }));
  await expect(deploy(randomBytes(100_004), disableKey)).rejects.toThrow(/the signing key must be enabled to sign a new content/);
  await deploy(before.firmware);
  expect(outputs.Signature).toBe(before.outputs.Signature);
  expect(signatures().slice(signed).every((status) => status === 400)).toBe(true);
});

test('another key changes signature and job ID, and not the version of the stream', async () => {
  const [before, version] = [outputs, await versionOf()];
  const oldKey = await publicKeyOf();
  await deploy(firmware, { signingKey: 'B' });
  expect(outputs.SigningKeyId).not.toBe(before.SigningKeyId);
  expect([outputs.StreamId, await versionOf()]).toEqual([before.StreamId, version]);
  expect(outputs.JobId).not.toBe(before.JobId);
  expect(await isGenuine(firmware, outputs.Signature)).toBe(true);
  expect(await isGenuine(firmware, outputs.Signature, oldKey)).toBe(false);

  const jobId = await createJob({ jobTemplateArn: outputs.JobTemplateArn });
  expect(await doJob(oldKey)).toMatchObject({ status: 'FAILED', reason: NOT_SIGNED });
  expect(await statusOf(jobId)).toEqual(['FAILED', NOT_SIGNED]);
  await createJob({ jobTemplateArn: outputs.JobTemplateArn });
  expect(await doJob(await publicKeyOf())).toMatchObject({ status: 'SUCCEEDED' });
});

test('a device refuses a manipulated object, even if stream and job were changed to match', async () => {
  const tampered = Buffer.from(firmware);
  tampered[50_000] = (tampered[50_000] + 1) % 256;
  const { StreamId: streamId, BucketName: bucket, ObjectKey: key } = outputs;
  const { VersionId: version } = await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: tampered }));
  await iot.send(new UpdateStreamCommand({ streamId, files: [{ fileId: 0, s3Location: { bucket, key, version } }] }));
  const document = await documentOf();
  document.files[0].sha256 = sha256(tampered);
  const jobId = await createJob({ document: JSON.stringify(document) });
  expect(await doJob(await publicKeyOf())).toEqual({ jobId, status: 'FAILED', reason: NOT_SIGNED, paths: [] });
  expect(await statusOf(jobId)).toEqual(['FAILED', NOT_SIGNED]);
  expect(await readdir(filesDirectory())).toEqual(['app.bin']);
  expect(await readFile(join(filesDirectory(), 'app.bin'))).toEqual(firmware);
  // without the check the device would keep the file
  await createJob({ document: JSON.stringify(document) });
  expect(await doJob(await publicKeyOf(), { publicKey: undefined })).toMatchObject({ status: 'SUCCEEDED' });
});

test('a device rejects a job without a signature', async () => {
  const document = await documentOf();
  delete document.files[0].signature;
  const jobId = await createJob({ document: JSON.stringify(document) });
  expect(await doJob(await publicKeyOf())).toMatchObject({ status: 'REJECTED', reason: 'file 0 must have a signature' });
  expect(await statusOf(jobId)).toEqual(['REJECTED', 'file 0 must have a signature']);
});

test('destroying the app leaves nothing behind, including signatures', async () => {
  await transport.close();
  await thing.remove();
  await cdkCommand({ signingKey: 'B' }, 'destroy', 'Ota', '--force');
  expect(await local.leftovers()).toEqual([]);
  expect(firstFirmware.length).toBe(100_001);
});
