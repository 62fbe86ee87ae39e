import { setTimeout as sleep } from 'node:timers/promises';
import { assume } from './core/credentials';
import { customResource } from './core/custom-resource';
import type { Registry } from './core/resource-type';
import { logContextOf, physicalIdOf, route } from './core/router';
import { streamService } from './iot-file-stream/iot';
import { signer } from './iot-file-stream/kms';
import { objectsResource } from './iot-file-stream/objects-resource';
import { objectStore } from './iot-file-stream/s3';
import type { Connect } from './iot-file-stream/services';
import { streamResource } from './iot-file-stream/stream-resource';
import { videoStreams } from './kinesis-video/kinesis-video';
import type { ConnectVideo } from './kinesis-video/version-lookup';
import { versionLookup } from './kinesis-video/version-lookup';
import { OBJECTS_RESOURCE_TYPE, STREAM_RESOURCE_TYPE } from '../src/iot-file-stream/private/contract';
import { VERSION_RESOURCE_TYPE } from '../src/kinesis-video/private/contract';

const connect: Connect = async (managementRoleArn, { context, signal }) => {
  const options = await assume(managementRoleArn, context, signal);
  return {
    streams: streamService(options, context, signal),
    objects: objectStore(options, context, signal),
    signer: signer(options, context, signal),
  };
};

const connectVideo: ConnectVideo = async (managementRoleArn, { context, signal }) =>
  videoStreams(await assume(managementRoleArn, context, signal), context, signal);

const clock = {
  now: Date.now,
  sleep: (milliseconds: number, signal: AbortSignal) => sleep(milliseconds, undefined, { signal }),
};

/** Every resource type of the library. */
const registry: Registry = {
  [STREAM_RESOURCE_TYPE]: streamResource(connect),
  [OBJECTS_RESOURCE_TYPE]: objectsResource(connect),
  [VERSION_RESOURCE_TYPE]: versionLookup(connectVideo),
};

export const handler = customResource({
  lifecycle: (event, signal) => route(event, signal, { registry, clock }),
  physicalId: (event) => physicalIdOf(event, registry),
  logContextOf: (event) => logContextOf(event, registry),
  exit: () => process.exit(1),
});
