import { unless } from './call';
import { log } from './log';
import { ObjectStore, pinFiles, prune } from './objects';
import {
  DesiredStream, differs, hasSeen, isOwned, keysOf, LiveStream, Owner, parseStream, PinnedFile, planTags, TagChange, Tags, tagsAtCreation,
} from './plan';
import { RESOURCE_TAG, STACK_TAG, StreamAttributes, StreamProperties } from '../src/private/contract';

/** AWS IoT, as far as streams need it. */
export interface StreamService {
  /** The stream with its tags; undefined where none is. */
  describe(streamId: string): Promise<LiveStream | undefined>;
  create(stream: DesiredStream, files: readonly PinnedFile[], tags: Tags): Promise<StreamRevision>;
  update(stream: DesiredStream, files: readonly PinnedFile[]): Promise<StreamRevision>;
  tag(streamArn: string, change: TagChange): Promise<void>;
  delete(streamId: string): Promise<void>;
}

export interface StreamRevision {
  readonly streamArn: string;
  readonly streamVersion: number;
}

export interface Services {
  readonly streams: StreamService;
  readonly objects: ObjectStore;
}

export interface StreamRequest {
  readonly owner: Owner;
  readonly requestId: string;
  readonly properties: StreamProperties;
  readonly oldProperties?: StreamProperties;
}

/** Create and Update alike: whatever an earlier attempt, a duplicate or a rollback left, the stream becomes what is asked for. */
export async function converge(request: StreamRequest, services: Services): Promise<StreamAttributes> {
  const desired = parseStream(request.properties);
  const [live, stored] = await Promise.all([
    services.streams.describe(desired.streamId),
    services.objects.list(desired.bucket, desired.prefix),
  ]);
  if (live) {
    if (!isOwned(live.tags, request.owner)) throw new Error(refusal(live));
    if (hasSeen(live, request.requestId)) return attributes(desired.streamId, live);
  }
  const pinned = await pinFiles(desired, live, stored, services.objects);
  if (!live) {
    return attributes(desired.streamId, await services.streams.create(desired, pinned, tagsAtCreation(desired, request.owner, request.requestId)));
  }
  const revision = differs(live, desired, pinned) ? await services.streams.update(desired, pinned) : live;
  const old = parseOld(request);
  await services.streams.tag(live.streamArn, planTags(live, desired.tags, old?.tags ?? {}, request.requestId));
  if (old) {
    await prune(desired, stored, [...keysOf(desired, desired), ...keysOf(old, desired)], live.files, services.objects);
  }
  return attributes(desired.streamId, revision);
}

/** Without old properties, or with old ones that make no sense, an Update removes nothing. */
function parseOld(request: StreamRequest): DesiredStream | undefined {
  try {
    return request.oldProperties && parseStream(request.oldProperties);
  } catch {
    return undefined;
  }
}

/** A stream that is gone, or that is another's, is none of ours to delete: both are success. */
export async function remove(request: StreamRequest, services: Services): Promise<void> {
  const streamId = request.properties.StreamId;
  const live = await services.streams.describe(streamId);
  if (!live) return;
  if (!isOwned(live.tags, request.owner)) {
    log({ stack: request.owner.stackId, logicalId: request.owner.logicalId, streamId, call: 'delete', status: 'left alone: not ours' });
    return;
  }
  await unless(['ResourceNotFoundException'], services.streams.delete(streamId));
}

function attributes(streamId: string, { streamArn, streamVersion }: StreamRevision): StreamAttributes {
  return { StreamId: streamId, StreamArn: streamArn, StreamVersion: String(streamVersion) };
}

function refusal(live: LiveStream): string {
  const [, , , region] = live.streamArn.split(':');
  const stack = live.tags[STACK_TAG];
  const whose = stack ? `belongs to resource '${live.tags[RESOURCE_TAG]}' of stack '${stack}'` : 'was not made by this construct';
  return `stream '${live.streamId}' ${whose} and is left as it is: keep the construct's id, or choose another 'streamId', `
    + `or, where nothing needs that stream any more, run: aws iot delete-stream --stream-id ${live.streamId} --region ${region}`;
}
