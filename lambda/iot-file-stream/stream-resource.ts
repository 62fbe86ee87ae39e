import { differs } from './difference';
import { describeAll, noteRecreated, removeOurs, removeUnused, staleGenerations, streamIdsIn } from './generations';
import { STREAM_ERRORS, STREAM_EXISTS } from './iot-errors';
import type { DesiredStream, LiveStream, PinnedFile, SizedFile, Tags } from './model';
import { keysOf, parseStorageLocation, parseStream } from './model';
import { isListingStale, listStorage, newestDeletion, pinFiles, prune, recordDeletion } from './objects';
import { EventIdentity, identityOf, isOlder, isOwned, isStaleEvent, Owner, planTags, rememberedEvents, tagsFor } from './ownership';
import type { Connect, Services, StoredVersion, StreamRevision, StreamService, TagChange } from './services';
import { fileSizeAttribute, RESOURCE_TAG, STACK_TAG, StreamAttributes, StreamProperties } from '../../src/iot-file-stream/private/contract';
import type { Event, Invocation, ResourceType } from '../core/resource-type';
import { codeOf } from '../core/call';

/** What CloudFormation asks for. */
export interface StreamRequest extends EventIdentity {
  /** The ids of streams that an earlier attempt has found. */
  readonly found: Set<string>;
  readonly properties: StreamProperties;
  readonly oldProperties?: StreamProperties;
}

/** `Custom::IotFileStream`. */
export function streamResource(connect: Connect): ResourceType {
  // Create and Update alike: whatever an earlier attempt, a duplicate or a rollback left, the stream becomes what is asked for
  const createOrChange: ResourceType['create'] = async (event, invocation) => {
    const request = requestOf(event, invocation);
    const services = await connect(request.properties.ManagementRoleArn, invocation);
    return { ...await apply(await prepare(request, services), services) };
  };
  return {
    subject: (event) => propertiesOf(event).StreamId,
    physicalId: (event) => propertiesOf(event).StreamId,
    create: createOrChange,
    update: createOrChange,
    delete: async (event, invocation) => {
      const request = requestOf(event, invocation);
      await remove(request, await connect(request.properties.ManagementRoleArn, invocation));
      return {};
    },
    errors: STREAM_ERRORS,
  };
}

function propertiesOf(event: Event): StreamProperties {
  return event.ResourceProperties as unknown as StreamProperties;
}

function requestOf(event: Event, { expiry, found }: Invocation): StreamRequest {
  return {
    ...identityOf(event, expiry),
    found,
    properties: propertiesOf(event),
    oldProperties: 'OldResourceProperties' in event ? event.OldResourceProperties as unknown as StreamProperties : undefined,
  };
}

/** What an event comes to, before anything is written. */
export interface PreparedChange {
  readonly desired: DesiredStream;
  /** What a rollback would return to; undefined if there is nothing, or nothing that makes sense. */
  readonly old?: DesiredStream;
  readonly owner: Owner;
  readonly found: Set<string>;
  /** The desired stream, if it exists. */
  readonly live?: LiveStream;
  /** Every stream of this resource that exists, the desired one first. */
  readonly ours: readonly LiveStream[];
  /** Other streams that have objects in the storage location. */
  readonly others: readonly LiveStream[];
  /** What is in the storage location. */
  readonly stored: StoredVersion[];
  readonly tags: Tags;
}

const STALE = 'duplicate event: a newer event for this resource was already processed, so nothing was changed';

/** Reads the current state and refuses what must not be done. Writes nothing. */
export async function prepare(request: StreamRequest, services: Services): Promise<PreparedChange> {
  const { owner, found } = request;
  const desired = parseStream(request.properties);
  const old = request.oldProperties && undefinedIfInvalid(request.oldProperties, parseStream);
  const { live, others, stored } = await readCurrentState(request, desired, old, services);
  const ours = [...live ? [live] : [], ...others.filter(({ tags }) => isOwned(tags, owner))];
  const isDeletedSince = isOlder(request.expiry, newestDeletion(desired, stored));
  if (isDeletedSince || ours.some((stream) => isStaleEvent(stream, request))) throw new Error(STALE);
  // it was there a moment ago, so its Delete has run since
  if (!live && found.has(desired.streamId)) throw new Error(deletedMeanwhile(desired));
  if (live) found.add(live.streamId);
  return { desired, old, owner, found, live, ours, others, stored, tags: tagsFor(desired, owner, rememberedEvents(ours, request)) };
}

export async function apply(change: PreparedChange, { streams, objects }: Services): Promise<StreamAttributes> {
  const { desired, old, owner, ours, others, stored, tags } = change;
  // first, so that whatever fails from here on is known as stale once its rollback has begun; and on every generation, so
  // that one that becomes current again has up-to-date request ids and tags
  await Promise.all(ours.map((stream) => retag(stream, planTags(stream, tags), streams)));
  const pinned = await pinFiles(desired, ours, stored, objects);
  const revision = await createOrUpdate(change, pinned, streams);
  if (old) {
    const removed = await removeUnused(staleGenerations(ours, desired, old), owner, streams);
    const kept = [...ours, ...others].filter((stream) => !removed.includes(stream));
    // everything below the keys of a stream that stays: Delete finds the stream by it
    const keysOfStreams = kept.flatMap(({ files }) => files.map(({ key }) => key));
    await prune(desired, stored, [...keysOf(desired, desired), ...keysOf(old, desired), ...keysOfStreams], objects);
  }
  return attributes({ ...revision, streamId: desired.streamId }, pinned);
}

type CurrentState = Pick<PreparedChange, 'live' | 'others' | 'stored'>;

async function readCurrentState(
  { owner, properties }: StreamRequest, desired: DesiredStream, old: DesiredStream | undefined, { streams, objects }: Services,
): Promise<CurrentState> {
  const list = () => objects.list(desired.bucket, desired.prefix);
  const [live, listed] = await Promise.all([streams.describe(desired.streamId), list()]);
  if (live && !isOwned(live.tags, owner)) throw new Error(refusal(live));
  // another delivery of this event may have written and pinned in between
  const stored = live && isListingStale(listed, desired, live.files) ? await list() : listed;
  return { live, others: await describeAll(otherIds(properties.StreamId, desired, old, stored), streams), stored };
}

/** The resource's other streams: the one that a rollback would need, then those that have objects in the storage location. */
function otherIds(streamId: string, desired: DesiredStream, old: DesiredStream | undefined, stored: StoredVersion[]): string[] {
  return [...old ? [old.streamId] : [], ...streamIdsIn(streamId, desired, stored)].filter((id) => id !== desired.streamId);
}

async function retag({ streamArn }: LiveStream, change: TagChange, streams: StreamService): Promise<void> {
  if (Object.keys(change.set).length + change.remove.length > 0) await streams.tag(streamArn, change);
}

async function createOrUpdate(
  { desired, live, tags, found }: PreparedChange, pinned: readonly PinnedFile[], streams: StreamService,
): Promise<StreamRevision> {
  if (live) return differs(live, desired, pinned) ? streams.update(desired, pinned) : live;
  try {
    return await streams.create(desired, pinned, tags);
  } catch (error) {
    if (codeOf(error) === STREAM_EXISTS) found.add(desired.streamId);
    throw error;
  }
}

/** For properties that make no sense: an Update then prunes nothing, and a Delete removes what it finds. */
function undefinedIfInvalid<Properties, Result>(properties: Properties, parse: (properties: Properties) => Result): Result | undefined {
  try {
    return parse(properties);
  } catch {
    return undefined;
  }
}

/** Deletes every generation of the stream; the objects resource deletes its objects. */
export async function remove(request: StreamRequest, { streams, objects }: Services): Promise<void> {
  const { properties, owner, expiry } = request;
  const streamId = undefinedIfInvalid(properties, parseStream)?.streamId ?? properties.StreamId;
  const location = undefinedIfInvalid(properties, parseStorageLocation);
  const others = location ? streamIdsIn(properties.StreamId, location, await listStorage(location, objects)) : [];
  const found = await describeAll([streamId, ...others], streams);
  if (found.some((live) => isOwned(live.tags, owner) && isStaleEvent(live, request))) {
    return noteRecreated(properties.StreamId, owner);
  }
  // first: whoever finds no stream from here on finds this
  if (location && expiry !== undefined) await recordDeletion(location, expiry, objects);
  await Promise.all(found.map((live) => removeOurs(live, owner, streams)));
}

function attributes({ streamId, streamArn, streamVersion }: StreamRevision & { streamId: string }, files: readonly SizedFile[]): StreamAttributes {
  const sizes = files.map(({ fileId, size }) => [fileSizeAttribute(fileId), String(size)]);
  return { StreamId: streamId, StreamArn: streamArn, StreamVersion: String(streamVersion), ...Object.fromEntries(sizes) };
}

function refusal(live: LiveStream): string {
  const [, , , region] = live.streamArn.split(':');
  const stack = live.tags[STACK_TAG];
  const whose = stack ? `belongs to resource '${live.tags[RESOURCE_TAG]}' of stack '${stack}'` : 'was not made by this construct';
  return `stream '${live.streamId}' ${whose} and is left as it is: keep the construct's id, or choose another 'streamId', `
    + `or, where nothing needs that stream any more, run: aws iot delete-stream --stream-id ${live.streamId} --region ${region}`;
}

function deletedMeanwhile({ streamId }: DesiredStream): string {
  return `stream '${streamId}' was deleted while this event was at work, so it is not created again: deploy again if the stack still has it`;
}
