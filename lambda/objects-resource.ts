import { checkBucket, empty, ObjectStore } from './objects';
import { parsePlace } from './plan';
import { ObjectsProperties } from '../src/private/contract';

/** The id says which bucket: a bucket that was replaced under an unchanged path is another place. */
export function physicalIdOf(properties: ObjectsProperties): string {
  return `${properties.Bucket}/${properties.Prefix}`;
}

/** Create and Update alike: nothing is written, the bucket has to be fit for the stream that depends on this. */
export async function check(properties: ObjectsProperties, physicalId: string | undefined, objects: ObjectStore): Promise<void> {
  const place = parsePlace(properties);
  if (physicalId !== undefined && physicalId !== physicalIdOf(properties)) {
    throw new Error(`the bucket of this stream's objects must stay while its path stays, got: '${place.bucket}' after '${physicalId}'; `
      + 'change \'keyPrefix\' in the same deployment, so that the stream moves and the old objects are removed');
  }
  await checkBucket(place.bucket, objects);
}

/** Runs with the permissions of this very place, after its stream has gone and before its bucket goes. */
export async function remove(properties: ObjectsProperties, objects: ObjectStore): Promise<void> {
  await empty(parsePlace(properties), objects);
}
