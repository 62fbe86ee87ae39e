import type { BucketLocationConstraint } from '@aws-sdk/client-s3';
import {
  CreateBucketCommand, DeleteBucketCommand, DeleteObjectCommand, ListObjectVersionsCommand, PutBucketVersioningCommand, PutObjectCommand,
} from '@aws-sdk/client-s3';
import { allow, IOT, makeRole } from './roles';
import type { World } from './world';

/** An object version. */
export interface PlacedObject {
  readonly bucket: string;
  readonly key: string;
  readonly version: string;
}

/** A file and a role that may read it, which most questions need. */
export interface Delivery {
  readonly object: PlacedObject;
  readonly roleArn: string;
}

const deliveries = new WeakMap<World, Promise<Delivery>>();

/** Returns the file and role that questions share. */
export async function delivery(world: World): Promise<Delivery> {
  const made = deliveries.get(world) ?? makeDelivery(world);
  deliveries.set(world, made);
  return made;
}

async function makeDelivery(world: World): Promise<Delivery> {
  const bucket = await makeBucket(world, 'files');
  const object = await put(world, bucket, 'file', 'a file');
  const roleArn = await makeRole(world, 'delivery', { principal: IOT, statements: [readAll(world, bucket)] });
  await world.propagate();
  return { object, roleArn };
}

/** Creates a versioned bucket. */
export async function makeBucket(world: World, suffix: string): Promise<string> {
  const Bucket = world.name(suffix);
  world.cleanUp(`bucket ${Bucket}`, async () => empty(world, Bucket));
  // S3 accepts no location constraint for this region
  const location = world.region === 'us-east-1' ? undefined : { LocationConstraint: world.region as BucketLocationConstraint };
  await world.s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: location }));
  await world.s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  return Bucket;
}

export async function put(world: World, bucket: string, key: string, body: string | Buffer): Promise<PlacedObject> {
  const { VersionId } = await world.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
  return { bucket, key, version: VersionId! };
}

export function objectArn(world: World, bucket: string, key = '*'): string {
  return `arn:${world.partition}:s3:::${bucket}/${key}`;
}

export function readAll(world: World, bucket: string): object {
  return allow(['s3:GetObject', 's3:GetObjectVersion'], objectArn(world, bucket));
}

async function empty(world: World, bucket: string): Promise<void> {
  for (;;) {
    const { Versions = [], DeleteMarkers = [] } = await world.s3.send(new ListObjectVersionsCommand({ Bucket: bucket }));
    const found = [...Versions, ...DeleteMarkers];
    if (found.length === 0) break;
    for (const { Key, VersionId } of found) await world.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key, VersionId }));
  }
  await world.s3.send(new DeleteBucketCommand({ Bucket: bucket }));
}
