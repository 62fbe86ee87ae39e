import { describeAll, noteRecreated, removeStream, streamIdsIn } from './generations';
import { STREAM_ERRORS } from './iot-errors';
import type { LiveStream, StorageLocation } from './model';
import { parseStorageLocation } from './model';
import { checkBucket, deletionsIn, isIn, listStorage, removeAll } from './objects';
import type { EventIdentity, Owner } from './ownership';
import { identityOf, isStaleEvent } from './ownership';
import type { Connect, ObjectStore, Services } from './services';
import type { ObjectsProperties } from '../../src/iot-file-stream/private/contract';
import { STACK_TAG } from '../../src/iot-file-stream/private/contract';
import type { Event, ResourceType } from '../core/resource-type';

/** `Custom::IotFileStreamObjects`. */
export function objectsResource(connect: Connect): ResourceType {
  // for Create and Update: checks the bucket before the stream, which depends on this resource, uses it
  const createOrUpdate: ResourceType['create'] = async (event, invocation) => {
    const properties = propertiesOf(event);
    const { objects } = await connect(properties.ManagementRoleArn, invocation);
    await check(properties, 'PhysicalResourceId' in event ? event.PhysicalResourceId : undefined, objects);
    return {};
  };
  return {
    subject: (event) => propertiesOf(event).StreamId,
    physicalId: (event) => physicalIdOf(propertiesOf(event)),
    create: createOrUpdate,
    update: createOrUpdate,
    delete: async (event, invocation) => {
      const properties = propertiesOf(event);
      await remove(properties, identityOf(event, invocation.expiry), await connect(properties.ManagementRoleArn, invocation));
      return {};
    },
    errors: STREAM_ERRORS,
  };
}

function propertiesOf(event: Event): ObjectsProperties {
  return event.ResourceProperties as unknown as ObjectsProperties;
}

/** Contains the bucket, because a bucket that was replaced under the same construct path is another storage location. */
export function physicalIdOf(properties: ObjectsProperties): string {
  return `${properties.Bucket}/${properties.Prefix}`;
}

export async function check(properties: ObjectsProperties, physicalId: string | undefined, objects: ObjectStore): Promise<void> {
  const { bucket } = parseStorageLocation(properties);
  if (physicalId !== undefined && physicalId !== physicalIdOf(properties)) {
    throw new Error(`the bucket that stores this stream's objects was replaced under the same construct path, got: '${bucket}' after '${physicalId}'; `
      + 'change \'keyPrefix\' in the same deployment, so that the stream moves and the old objects are removed');
  }
  await checkBucket(bucket, objects);
}

/** Runs after the stream of this storage location has been deleted or moved, and before the roles and the bucket are deleted. */
export async function remove(properties: ObjectsProperties, event: EventIdentity, { streams, objects }: Services): Promise<void> {
  const location = parseStorageLocation(properties);
  const stored = await listStorage(location, objects);
  const found = await describeAll(streamIdsIn(properties.StreamId, location, stored), streams);
  const stranded = found.filter((live) => isStranded(live, event.owner, location));
  if (stranded.some((live) => isStaleEvent(live, event))) {
    return noteRecreated(properties.StreamId, event.owner);
  }
  await Promise.all(stranded.map((live) => removeStream(live, streams)));
  await removeAll(location, stored, objects);
  // a second delivery of the stream's Delete may have recorded it since the first listing
  await removeAll(location, deletionsIn(location, await listStorage(location, objects)), objects);
}

/**
 * Whether a stream was left by a failed Create or remained when its successor moved away. No two resources share a storage
 * location, so a stream of this stack with a file in the location belongs to this resource.
 */
function isStranded({ tags, files }: LiveStream, { stackId }: Owner, location: StorageLocation): boolean {
  return tags[STACK_TAG] === stackId && files.some((file) => isIn(location, file));
}
