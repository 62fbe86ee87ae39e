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

/** What CloudFormation asks for. */
export interface StreamRequest extends EventIdentity {
  /** The ids of streams that an earlier attempt has found. */
  readonly found: Set<string>;
  readonly properties: StreamProperties;
  readonly oldProperties?: StreamProperties;
  /** How many bytes the attributes may have. */
  readonly room: number;
}

/** `Custom::IotFileStream`. */
export function streamResource(connect: Connect): ResourceType {
  // Create and Update alike: whatever an earlier attempt, a duplicate or a rollback left, the stream becomes what is asked for
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

/** What an event comes to, before anything is written. */
export interface PreparedChange {
  /** What this event creates if no stream serves what is desired. */
  readonly created: DesiredStream;
  /** The stream that serves what is desired, if there is one. */
  readonly served?: Served;
  /** What a rollback would return to; undefined if there is nothing, or nothing that makes sense. */
  readonly old?: DesiredStream;
  readonly owner: Owner;
  readonly found: Set<string>;
  /** Every stream of this resource that exists, the one that is served first. */
  readonly ours: readonly LiveStream[];
  /** Other streams that have objects in the storage location. */
  readonly others: readonly LiveStream[];
  /** What is in the storage location. */
  readonly stored: StoredVersion[];
  readonly tags: Tags;
  readonly room: number;
}

const STALE = 'duplicate event: a newer event for this resource was already processed, so nothing was changed';

/** Reads the current state and refuses what must not be done. Writes nothing. */
export async function prepare(request: StreamRequest, services: Services): Promise<PreparedChange> {
  const { owner, found, requestId, room } = request;
  const parsed = parseStream(request.properties);
  const created = parsed.isNewStream ? inGeneration(parsed, newGeneration(parsed, requestId)) : parsed;
  const old = request.oldProperties && undefinedIfInvalid(request.oldProperties, parseStream);
  const { existing, stored } = await readCurrentState(request, created, old, services);
  const owned = existing.filter(({ tags }) => isOwned(tags, owner));
  const isDeletedSince = isOlder(request.expiry, newestDeletion(parsed, stored));
  if (isDeletedSince || owned.some((stream) => isStaleEvent(stream, request))) throw new Error(STALE);
  // it was there a moment ago, so its Delete has run since
  const gone = [...found].find((streamId) => !owned.some((stream) => stream.streamId === streamId));
  if (gone !== undefined) throw new Error(deletedMeanwhile(gone));
  const served = serving(parsed, owned, stored);
  if (served) found.add(served.live.streamId);
  const ours = [...new Set([...served ? [served.live] : [], ...owned])];
  const others = existing.filter((stream) => !owned.includes(stream));
  return { created, served, old, owner, found, ours, others, stored, room, tags: tagsFor(parsed, owner, rememberedEvents(ours, request)) };
}

export async function apply(change: PreparedChange, services: Services): Promise<StreamAttributes> {
  const { old, owner, ours, others, stored, tags, room } = change;
  const { streams, objects } = services;
  // first, so that whatever fails from here on is known as stale once its rollback has begun; and on every generation, so
  // that one that becomes current again has up-to-date request ids and tags
  await Promise.all(ours.map((stream) => retag(stream, planTags(stream, tags), streams)));
  const { desired, live, pinned, signatures } = await pin(change, services);
  checkRoom(attributesOf(expectedRevision(desired.streamId, owner.stackId), desired, pinned, signatures), room);
  const revision = await createOrUpdate(change, desired, live, pinned, streams);
  if (old) {
    const kept = serving(old, ours, stored);
    const removed = await removeUnused(staleGenerations(ours, desired, old, kept), owner, streams);
    const staying = [...ours, ...others].filter((stream) => !removed.includes(stream));
    // everything below the keys of a stream that stays: Delete finds the stream by it
    const keysOfStreams = staying.flatMap(({ files }) => files.map(({ key }) => key));
    const keys = [...keysOf(desired, desired), ...keysOf(kept?.desired ?? old, desired), ...keysOfStreams];
    const unnamed = staying.filter(({ streamId }) => streamId !== desired.streamId && streamId !== kept?.live.streamId);
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

/** Pins and signs the files of the stream that is served, or of the one to create: a generation that would have to change is replaced. */
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
  /** Every stream that has objects in the storage location, whoever owns it, and the one that a rollback would need. */
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
  // another delivery may have written and pinned in between
  const isStale = isListingStale(listed, created, existing.flatMap(({ files }) => files));
  return { existing, stored: isStale ? await list() : listed };
}

/** The resource's other streams: the one that a rollback would need, then those that have objects in the storage location. */
function otherIds(streamId: string, created: DesiredStream, old: DesiredStream | undefined, stored: StoredVersion[]): string[] {
  // generations are found by their objects
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
  const location = undefinedIfInvalid(properties, parseStorageLocation);
  const others = location ? streamIdsIn(properties.StreamId, location, await listStorage(location, objects)) : [];
  const found = await describeAll([properties.StreamId, ...others], streams);
  if (found.some((live) => isOwned(live.tags, owner) && isStaleEvent(live, request))) {
    return noteRecreated(properties.StreamId, owner);
  }
  // first: whoever finds no stream from here on finds this
  if (location && expiry !== undefined) await recordDeletion(location, expiry, objects);
  await Promise.all(found.map((live) => removeOurs(live, owner, streams)));
}

function refusal(live: LiveStream): string {
  const [, , , region] = live.streamArn.split(':');
  const stack = live.tags[STACK_TAG];
  const whose = stack ? `belongs to resource '${live.tags[RESOURCE_TAG]}' of stack '${stack}'` : 'was not made by this construct';
  return `stream '${live.streamId}' ${whose} and is left as it is: keep the construct's id, or choose another 'streamId', `
    + `or, where nothing needs that stream any more, run: aws iot delete-stream --stream-id ${live.streamId} --region ${region}`;
}

function deletedMeanwhile(streamId: string): string {
  return `stream '${streamId}' was deleted while this event was at work, so it is not created again: deploy again if the stack still has it`;
}
