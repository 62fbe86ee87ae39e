import { describeAll, removeOurs, removeUnused, streamIdsIn, superseded } from './generations';
import { lacks, listPlace, ObjectStore, pinFiles, prune, StoredVersion } from './objects';
import {
  DesiredStream, differs, isOwned, isSuperseded, keysOf, LiveStream, memoryOf, Owner, parsePlace, parseStream, PinnedFile, planTags, SizedFile,
  TagChange, Tags, tagsFor,
} from './plan';
import { fileSizeAttribute, RESOURCE_TAG, STACK_TAG, StreamAttributes, StreamProperties } from '../src/private/contract';

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
  /** Called before anything is changed. */
  readonly begins: () => void;
}

const SUPERSEDED = 'this event was delivered once more, after another one of the same resource: nothing was changed';

/** Create and Update alike: whatever an earlier attempt, a duplicate or a rollback left, the stream becomes what is asked for. */
export async function converge(request: StreamRequest, services: Services): Promise<StreamAttributes> {
  const { owner, requestId, begins } = request;
  const { streams, objects } = services;
  const desired = parseStream(request.properties);
  const old = request.oldProperties && parsed(request.oldProperties, parseStream);
  const { live, others, stored } = await look(request, desired, old, services);
  const ours = [...live ? [live] : [], ...others.filter(({ tags }) => isOwned(tags, owner))];
  if (ours.some((stream) => isSuperseded(stream, requestId))) throw new Error(SUPERSEDED);

  begins();
  const tags = tagsFor(desired, owner, memoryOf(ours, requestId));
  // first of all, so that what fails from here on is known as superseded once its rollback has begun; and on every
  // generation, so that one that comes back has neither forgotten a request nor kept a tag
  await Promise.all(ours.map((stream) => retag(stream, planTags(stream, tags), streams)));
  const pinned = await pinFiles(desired, ours, stored, objects);
  const revision = await settle(desired, live, pinned, tags, streams);
  if (old) {
    const removed = await removeUnused(superseded(ours, desired, old), owner, streams);
    const kept = [...ours, ...others].filter((stream) => !removed.includes(stream));
    // whatever lies under the keys of a stream that stays: it is what tells Delete of the stream
    const keysOfStreams = kept.flatMap(({ files }) => files.map(({ key }) => key));
    await prune(desired, stored, [...keysOf(desired, desired), ...keysOf(old, desired), ...keysOfStreams], objects);
  }
  return attributes({ ...revision, streamId: desired.streamId }, pinned);
}

interface Findings {
  /** The stream that is asked for, which is ours if it is there. */
  readonly live?: LiveStream;
  /** Other streams that may be the resource's. */
  readonly others: readonly LiveStream[];
  /** What is in the place. */
  readonly stored: StoredVersion[];
}

async function look(
  { owner, properties }: StreamRequest, desired: DesiredStream, old: DesiredStream | undefined, { streams, objects }: Services,
): Promise<Findings> {
  const list = () => objects.list(desired.bucket, desired.prefix);
  const [live, listed] = await Promise.all([streams.describe(desired.streamId), list()]);
  if (live && !isOwned(live.tags, owner)) throw new Error(refusal(live));
  // another delivery of this event may have written and pinned in between
  const stored = live && lacks(listed, desired, live.files) ? await list() : listed;
  return { live, others: await describeAll(otherIds(properties.StreamId, desired, old, stored), streams), stored };
}

/** Of the resource's other streams: the one that a rollback would need, then those that have objects in the place. */
function otherIds(streamId: string, desired: DesiredStream, old: DesiredStream | undefined, stored: StoredVersion[]): string[] {
  return [...old ? [old.streamId] : [], ...streamIdsIn(streamId, desired, stored)].filter((id) => id !== desired.streamId);
}

async function retag({ streamArn }: LiveStream, change: TagChange, streams: StreamService): Promise<void> {
  if (Object.keys(change.set).length + change.remove.length > 0) await streams.tag(streamArn, change);
}

async function settle(
  desired: DesiredStream, live: LiveStream | undefined, pinned: readonly PinnedFile[], tags: Tags, streams: StreamService,
): Promise<StreamRevision> {
  if (!live) return streams.create(desired, pinned, tags);
  return differs(live, desired, pinned) ? streams.update(desired, pinned) : live;
}

/** Undefined where properties make no sense: then an Update removes nothing, and a Delete what it finds. */
function parsed<Properties, Result>(properties: Properties, parse: (properties: Properties) => Result): Result | undefined {
  try {
    return parse(properties);
  } catch {
    return undefined;
  }
}

/** Removes every generation of the stream; its objects are the business of their place. */
export async function remove({ properties, owner }: StreamRequest, { streams, objects }: Services): Promise<void> {
  const streamId = parsed(properties, parseStream)?.streamId ?? properties.StreamId;
  const place = parsed(properties, parsePlace);
  const others = place ? streamIdsIn(properties.StreamId, place, await listPlace(place, objects)) : [];
  const found = await describeAll([streamId, ...others], streams);
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
