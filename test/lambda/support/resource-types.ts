import type { Registry } from '../../../lambda/core/resource-type';
import { objectsResource } from '../../../lambda/iot-file-stream/objects-resource';
import type { Connect, Services } from '../../../lambda/iot-file-stream/services';
import type { StreamRequest } from '../../../lambda/iot-file-stream/stream-resource';
import { apply, prepare, streamResource } from '../../../lambda/iot-file-stream/stream-resource';
import type { StreamAttributes } from '../../../src/iot-file-stream/private/contract';
import { OBJECTS_RESOURCE_TYPE, STREAM_RESOURCE_TYPE } from '../../../src/iot-file-stream/private/contract';

/** The resource types of `IotFileStream` with the services of a test. */
export function registryOf(connect: Connect): Registry {
  return { [STREAM_RESOURCE_TYPE]: streamResource(connect), [OBJECTS_RESOURCE_TYPE]: objectsResource(connect) };
}

/** Creates or updates a stream, as the handler does for a Create and for an Update. */
export async function createOrChange(request: StreamRequest, services: Services): Promise<StreamAttributes> {
  return apply(await prepare(request, services), services);
}
