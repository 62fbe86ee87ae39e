import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { Stack } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { useLocalAws } from './support/local-aws';
import { Stacks } from './support/stacks';
import { allowLocalAws } from '../../local/allow-local-aws';
import { IotFileStream, StreamFile } from '../../src';

/*
 * Deploys the greatest size that synth accepts, and expects an error at synth for one more. A limit must not forbid what works
 * and must not allow what fails at deployment.
 */

const local = useLocalAws();
let stacks: Stacks;

beforeAll(async () => {
  stacks = new Stacks(local.aws, local.directory);
  await local.deployment.s3.send(new CreateBucketCommand({ Bucket: VENDOR_BUCKET }));
  await local.deployment.s3.send(new PutObjectCommand({ Bucket: VENDOR_BUCKET, Key: 'fw.bin', Body: randomBytes(1000) }));
  // the CLI uploads the code of the Lambda function, which the other stacks use as well
  const assetPath = join(local.directory, 'app.bin');
  await writeFile(assetPath, randomBytes(1000));
  await local.deployment.deploy({ stackName: 'First', assetPath, vendorBucketName: VENDOR_BUCKET, vendorKey: 'fw.bin' });
});

const VENDOR_BUCKET = 'vendor-of-limits';

type Build = (size: number) => (stack: Stack) => void;

function stream(stack: Stack, files: StreamFile[], id = 'Firmware'): void {
  allowLocalAws(new IotFileStream(stack, id, { files }));
}

/** Returns the greatest accepted size, computed from the error about a refused one. Each step adds `step` units. */
async function greatest(name: string, build: Build, tooMuch: number, step = 1): Promise<number> {
  const error: Error = await stacks.deploy(name, build(tooMuch)).then(() => { throw new Error('deployed'); }, (reason) => reason);
  const [, maximum, actual] = /at most (\d+) \w+, got: (\d+);/.exec(error.message)!.map(Number);
  return tooMuch - Math.ceil((actual - maximum) / step);
}

async function expectBoundary(name: string, build: Build, last: number, message: string, by = stacks): Promise<void> {
  await expect(by.deploy(name, build(last + 1))).rejects.toThrow(message);
  const before = local.aws.streams.store.size;
  expect(await by.deploy(name, build(last))).toMatchObject({ status: 'CREATE_COMPLETE', failure: undefined });
  expect(local.aws.streams.store.size).toBeGreaterThan(before);
  await by.destroy(name);
  expect(local.aws.streams.store.size).toBe(before);
}

test('texts of 65,536 bytes are delivered, and one byte more is refused at synth', async () => {
  await expectBoundary('Texts', (size) => (stack) => stream(stack, [StreamFile.fromText('text', 'u'.repeat(size))]), 65_536,
    'the texts of stream \'Texts-Firmware-');
});

test('an event of 256 KiB is delivered to the handler, and one byte more is refused at synth', async () => {
  const build: Build = (size) => (stack) => stream(stack, [StreamFile.fromText('quotes', '"'.repeat(size))]);
  await expectBoundary('Event', build, await greatest('Event', build, 65_536, 4), 'must have at most 262144 bytes, got: 26214');
});

test('inline policies of 10,240 characters allow to read all sources, and longer ones are refused at synth', async () => {
  const keys = (size: number) => Array.from({ length: 50 }, (_, index) => `${index}/`.padEnd(index ? 130 : size, 'x'));
  const build: Build = (size) => (stack) => {
    const vendor = s3.Bucket.fromBucketName(stack, 'Vendor', VENDOR_BUCKET);
    stream(stack, keys(size).map((key, index) => StreamFile.fromBucket(vendor, key, { fileName: String(index) })));
  };
  const last = await greatest('Policy', build, 1000);
  for (const Key of keys(last)) await local.deployment.s3.send(new PutObjectCommand({ Bucket: VENDOR_BUCKET, Key, Body: Key }));
  await expectBoundary('Policy', build, last, 'must have at most 10240 characters, got: 10241');
});

test('a stack with 123 streams is deployed, and 124 are refused at synth', async () => {
  const unindented = new Stacks(local.aws, local.directory, { '@aws-cdk/core:suppressTemplateIndentation': true });
  const build: Build = (size) => (stack) => {
    for (let index = 0; index < size; index++) stream(stack, [StreamFile.fromText('text', `text ${index}`)], `Firmware${index}`);
  };
  await expectBoundary('Resources', build, 123, 'is greater than allowed maximum of 500', unindented);
});
