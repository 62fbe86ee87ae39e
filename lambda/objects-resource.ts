import { describeAll, removeStream, streamIdsIn } from './generations';
import { checkBucket, listPlace, ObjectStore, removeAll } from './objects';
import { LiveStream, parsePlace, Place } from './plan';
import { Services } from './stream-resource';
import { ObjectsProperties, STACK_TAG } from '../src/private/contract';

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
export async function remove(properties: ObjectsProperties, stackId: string, { streams, objects }: Services): Promise<void> {
  const place = parsePlace(properties);
  const stored = await listPlace(place, objects);
  const found = await describeAll(streamIdsIn(properties.StreamId, place, stored), streams);
  await Promise.all(found.filter((live) => isStranded(live, stackId, place)).map((live) => removeStream(live, streams)));
  await removeAll(place, stored, objects);
}

/** A stream that stayed when its successor moved away. No two resources share a place, so what names it is this one's. */
function isStranded({ tags, files }: LiveStream, stackId: string, place: Place): boolean {
  return tags[STACK_TAG] === stackId && files.some(({ bucket, key }) => bucket === place.bucket && key.startsWith(place.prefix));
}
