import { attributesOf, checkRoom, expectedRevision, leastAttributes } from './answer';
import { differs } from './difference';
import type { Served } from './generations';
import { describeAll, generationsOf, noteRecreated, removeOurs, removeUnused, serving, staleGenerations, streamIdsIn } from './generations';
import { STREAM_ERRORS, STREAM_EXISTS } from './iot-errors';
import type { DesiredStream, LiveStream, PinnedFile, SizedFile, Tags } from './model';
import { inGeneration, keysOf, newGeneration, parseStorageLocation, parseStream } from './model';
import { isListingStale, listStorage, newestDeletion, pinFiles, prune, recordDeletion } from './objects';
import type { EventIdentity, Owner } from './ownership';
import { identityOf, isOlder, isOwned, isStaleEvent, planTags, rememberedEvents, tagsFor } from './ownership';
import type { Connect, Services, StoredVersion, StreamRevision, StreamService, TagChange } from './services';
import type { Signatures } from './signatures';
import { signing } from './signatures';
import type { StreamAttributes, StreamProperties } from '../../src/iot-file-stream/private/contract';
import { RESOURCE_TAG, STACK_TAG } from '../../src/iot-file-stream/private/contract';
import { codeOf } from '../core/call';
import type { Event, Invocation, ResourceType } from '../core/resource-type';
import { roomForAttributes } from '../core/response';

/** An event of CloudFormation. */
export interface StreamRequest extends EventIdentity {
  /** The IDs of streams that an earlier attempt has found. */
  readonly found: Set<string>;
  readonly properties: StreamProperties;
  readonly oldProperties?: StreamProperties;
  /** The greatest size of the attributes in bytes. */
  readonly room: number;
}

/** `Custom::IotFileStream`. */
export function streamResource(connect: Connect): ResourceType {
  // Create and Update are the same: they converge from any state that an earlier attempt, a duplicate or a rollback has left
  const createOrChange: ResourceType['create'] = async (event, invocation) => {
    const request = requestOf(event, invocation);
    checkRoom(leastAttributes(parseStream(request.properties), request.owner.stackId), request.room);
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
    room: roomForAttributes(event, propertiesOf(event).StreamId),
    oldProperties: 'OldResourceProperties' in event ? event.OldResourceProperties as unknown as StreamProperties : undefined,
  };
}

/** The result of `prepare`, before anything is written. */
export interface PreparedChange {
  /** The stream that this event creates if no existing stream serves the desired content. */
  readonly created: DesiredStream;
  /** The existing stream that serves the desired content, if there is one. */
  readonly served?: Served;
  /** The stream that a rollback would restore; undefined if the old properties are missing or malformed. */
  readonly old?: DesiredStream;
  readonly owner: Owner;
  readonly found: Set<string>;
  /** Every existing stream of this resource; the one that serves the desired content is the first. */
  readonly ours: readonly LiveStream[];
  /** These, and the streams of others that have objects in the storage location. */
  readonly existing: readonly LiveStream[];
  /** The listing of the storage location. */
  readonly stored: StoredVersion[];
  readonly tags: Tags;
  readonly room: number;
}

const STALE = 'duplicate event: a newer event for this resource was already processed, so nothing was changed';

/** Reads the current state and throws if the event must not be processed. Writes nothing. */
export async function prepare(request: StreamRequest, services: Services): Promise<PreparedChange> {
  const { owner, found, requestId, room } = request;
  const parsed = parseStream(request.properties);
  const created = parsed.isNewStream ? inGeneration(parsed, newGeneration(parsed, requestId)) : parsed;
  const old = request.oldProperties && undefinedIfInvalid(request.oldProperties, parseStream);
  const { existing, stored } = await readCurrentState(request, created, old, services);
  const owned = existing.filter(({ tags }) => isOwned(tags, owner));
  const isDeletedSince = isOlder(request.expiry, newestDeletion(parsed, stored));
  if (isDeletedSince || owned.some((stream) => isStaleEvent(stream, request))) throw new Error(STALE);
  // an earlier attempt has found the stream, so a concurrent Delete has deleted it
  const gone = [...found].find((streamId) => !owned.some((stream) => stream.streamId === streamId));
  if (gone !== undefined) throw new Error(deletedMeanwhile(gone));
  const served = serving(parsed, owned, stored);
  if (served) found.add(served.live.streamId);
  const ours = [...new Set([...served ? [served.live] : [], ...owned])];
  return {
    created, served, old, owner, found, ours, existing, stored, room, tags: tagsFor(parsed, owner, rememberedEvents(ours, request)),
  };
}

export async function apply(change: PreparedChange, services: Services): Promise<StreamAttributes> {
  const { old, owner, ours, existing, stored, tags, room } = change;
  const { streams, objects } = services;
  // the tags are written first, so that a duplicate of an event that fails later is recognised as stale after its rollback; and
  // on every generation, so that one that becomes current again has up-to-date request IDs and tags
  await Promise.all(ours.map((stream) => retag(stream, planTags(stream, tags), streams)));
  const { desired, live, pinned, signatures } = await pin(change, services);
  checkRoom(attributesOf(expectedRevision(desired.streamId, owner.stackId), desired, pinned, signatures), room);
  const revision = await createOrUpdate(change, desired, live, pinned, streams);
  if (old) {
    const kept = serving(old, ours, stored);
    const removed = await removeUnused(staleGenerations(ours, desired, old, kept), owner, streams);
    const staying = existing.filter((stream) => !removed.includes(stream));
    // keeps every version of the keys of remaining streams, because a Delete finds streams by their objects
    const keysOfStreams = staying.flatMap(({ files }) => files.map(({ key }) => key));
    const keys = [...keysOf(desired, desired), ...keysOf(kept?.desired ?? old, desired), ...keysOfStreams];
    const named = [desired.streamId, kept?.live.streamId];
    const unnamed = staying.filter(({ streamId }) => !named.includes(streamId));
    await prune(desired, stored, { keys, generations: generationsOf(unnamed, desired) }, objects);
  }
  return attributesOf({ ...revision, streamId: desired.streamId }, desired, pinned, signatures);
}

interface PinnedStream {
  readonly desired: DesiredStream;
  readonly live?: LiveStream;
  readonly pinned: readonly SizedFile[];
  readonly signatures: Signatures;
}

/** Pins and signs the files of the serving stream or of the one to create. A generation that would have to change is replaced. */
async function pin({ created, served, ours, stored }: PreparedChange, services: Services): Promise<PinnedStream> {
  const pinAndSign = async (desired: DesiredStream) => {
    const { learn, signaturesOf } = signing(desired, stored, services);
    const pinned = await pinFiles(desired, ours, stored, services.objects, learn);
    return { desired, pinned, signatures: await signaturesOf(pinned) };
  };
  if (served) {
    const present = await pinAndSign(served.desired);
    if (!created.isNewStream || !differs(served.live, served.desired, present.pinned)) return { ...present, live: served.live };
  }
  return pinAndSign(created);
}

interface CurrentState {
  /** Every stream with objects in the storage location, of any owner, and the one that a rollback would need. */
  readonly existing: readonly LiveStream[];
  readonly stored: StoredVersion[];
}

async function readCurrentState(
  { owner, properties }: StreamRequest, created: DesiredStream, old: DesiredStream | undefined, { streams, objects }: Services,
): Promise<CurrentState> {
  const list = () => objects.list(created.bucket, created.prefix);
  const [live, listed] = await Promise.all([streams.describe(created.streamId), list()]);
  if (live && !isOwned(live.tags, owner)) throw new Error(refusal(live));
  const others = await describeAll(otherIds(properties.StreamId, created, old, listed), streams);
  const existing = [...live ? [live] : [], ...others];
  // a concurrent delivery may have written objects after the listing
  const isStale = isListingStale(listed, created, existing.flatMap(({ files }) => files));
  return { existing, stored: isStale ? await list() : listed };
}

/** Returns the IDs of the resource's other streams: the one that a rollback would need, then those with objects in the storage location. */
function otherIds(streamId: string, created: DesiredStream, old: DesiredStream | undefined, stored: StoredVersion[]): string[] {
  // the objects are the only record of the generations
  return [
    ...old && !old.isNewStream ? [old.streamId] : [], ...streamIdsIn(streamId, created, stored),
  ].filter((id) => id !== created.streamId);
}

async function retag({ streamArn }: LiveStream, change: TagChange, streams: StreamService): Promise<void> {
  if (Object.keys(change.set).length + change.remove.length > 0) await streams.tag(streamArn, change);
}

async function createOrUpdate(
  { tags, found }: PreparedChange, desired: DesiredStream, live: LiveStream | undefined, pinned: readonly PinnedFile[],
  streams: StreamService,
): Promise<StreamRevision> {
  if (live) return differs(live, desired, pinned) ? streams.update(desired, pinned) : live;
  try {
    return await streams.create(desired, pinned, tags);
  } catch (error) {
    if (codeOf(error) === STREAM_EXISTS) found.add(desired.streamId);
    throw error;
  }
}

/** Returns undefined for malformed properties. An Update then deletes no objects, and a Delete deletes the streams that it finds. */
function undefinedIfInvalid<Properties, Result>(properties: Properties, parse: (properties: Properties) => Result): Result | undefined {
  try {
    return parse(properties);
  } catch {
    // invalid properties have no result
  }
  return undefined;
}

/** Deletes every generation of the stream; the objects resource deletes its objects. */
export async function remove(request: StreamRequest, { streams, objects }: Services): Promise<void> {
  const { properties, owner, expiry } = request;
  const location = undefinedIfInvalid(properties, parseStorageLocation);
  const storage = location && { location, stored: await listStorage(location, objects) };
  const others = storage ? streamIdsIn(properties.StreamId, storage.location, storage.stored) : [];
  const found = await describeAll([properties.StreamId, ...others], streams);
  if (found.some((live) => isOwned(live.tags, owner) && isStaleEvent(live, request))) {
    return noteRecreated(properties.StreamId, owner);
  }
  // written before the deletions, so that a late Create that finds no stream finds this record
  if (storage) await recordDeletion(storage.location, storage.stored, expiry, objects);
  await Promise.all(found.map((live) => removeOurs(live, owner, streams)));
}

function refusal(live: LiveStream): string {
  const [, , , region] = live.streamArn.split(':');
  const stack = live.tags[STACK_TAG];
  const whose = stack ? `belongs to resource '${live.tags[RESOURCE_TAG]}' of stack '${stack}'` : 'was not made by this construct';
  return `stream '${live.streamId}' ${whose} and is left as it is: keep the construct's id, or choose another 'streamId', `
    + `or, if nothing needs that stream any more, run: aws iot delete-stream --stream-id ${live.streamId} --region ${region}`;
}

function deletedMeanwhile(streamId: string): string {
  return `stream '${streamId}' was deleted while this event was at work, so it is not created again: deploy again if the stack still has it`;
}
