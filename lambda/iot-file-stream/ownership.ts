import { createHash } from 'node:crypto';
import type { DesiredStream, LiveStream, Tags } from './model';
import type { TagChange } from './services';
import { REQUESTS_TAG, RESOURCE_TAG, STACK_TAG, TAGS_TAG } from '../../src/iot-file-stream/private/contract';
import type { Event } from '../core/resource-type';

/*
 * The tags of a stream: its owner, the events that it has processed, and the tags that a template has set.
 */

/** The resource that owns a stream. */
export interface Owner {
  readonly stackId: string;
  readonly logicalId: string;
}

const REMEMBERED_REQUESTS = 6; // a time of ten digits, 6 UUIDs and 6 spaces have 232 characters, and the value of a tag at most 255
const FINGERPRINT_LENGTH = 5; // 46 fingerprints have 230 characters; 30 bits distinguish the keys well enough
const FINGERPRINTS = new RegExp(`.{${FINGERPRINT_LENGTH}}`, 'g');

export function isOwned(tags: Tags, owner: Owner): boolean {
  return tags[STACK_TAG] === owner.stackId && tags[RESOURCE_TAG] === owner.logicalId;
}

/** Returns every tag that a stream must carry after an event. */
export function tagsFor(desired: DesiredStream, owner: Owner, events: string): Tags {
  return { ...withTagFingerprints(desired.tags), [STACK_TAG]: owner.stackId, [RESOURCE_TAG]: owner.logicalId, [REQUESTS_TAG]: events };
}

/** The identity of an event and its owner. */
export interface EventIdentity {
  readonly owner: Owner;
  readonly requestId: string;
  /** In seconds since 1970; orders the events. Events of one second or without an expiry are ordered by their arrival. */
  readonly expiry?: number;
}

export function identityOf(event: Event, expiry: number | undefined): EventIdentity {
  return { owner: { stackId: event.StackId, logicalId: event.LogicalResourceId }, requestId: event.RequestId, expiry };
}

/** Whether the stream has processed a newer event. A duplicate may arrive after the rollback of its event. */
export function isStaleEvent(live: LiveStream, { requestId, expiry }: EventIdentity): boolean {
  const seen = memoryOf(live);
  const index = seen.requestIds.indexOf(requestId);
  return index >= 0 ? index < seen.requestIds.length - 1 : isOlder(expiry, seen.expiry);
}

/** Whether an event is known to have been sent before the newest processed event. Comparisons with an unknown time (NaN) are false. */
export function isOlder(expiry: number | undefined, newest: number | undefined): boolean {
  return Number(expiry) < Number(newest);
}

interface Memory {
  /** The expiry of the newest event. */
  readonly expiry?: number;
  /** The newest is the last. */
  readonly requestIds: readonly string[];
}

/** Parses the tag. Its first word is the expiry if it is a number; request IDs contain dashes. */
function memoryOf(live: LiveStream): Memory {
  const parts = live.tags[REQUESTS_TAG]?.split(' ');
  const times = parts?.filter((part) => /^\d+$/.test(part)).map(Number);
  return { expiry: times?.[0], requestIds: parts?.filter((part) => part.includes('-')) ?? [] };
}

/** Returns the last events of all generations and finally this one, so that the events of deleted generations are remembered. */
export function rememberedEvents(streams: readonly LiveStream[], { requestId, expiry }: EventIdentity): string {
  const memories = streams.map(memoryOf);
  const newest = Math.max(...[...memories, { expiry }].map((seen) => seen.expiry ?? 0));
  const earlier = memories.flatMap(({ requestIds }) => requestIds).filter((id) => id !== requestId);
  const ids = [...new Set([...earlier, requestId])].slice(-REMEMBERED_REQUESTS);
  return [...newest > 0 ? [newest] : [], ...ids].join(' ');
}

/**
 * Removes only tags that a template has set, and keeps those that somebody else added. The stream remembers which these are,
 * because OldResourceProperties may be stale, for example for a retained stream or after an abandoned rollback.
 */
export function planTags(live: LiveStream, tags: Tags): TagChange {
  const set = Object.entries(tags).filter(([key, value]) => live.tags[key] !== value);
  const earlier = live.tags[TAGS_TAG]?.match(FINGERPRINTS);
  return {
    set: Object.fromEntries(set),
    remove: Object.keys(live.tags).filter((key) => !Object.hasOwn(tags, key) && (key === TAGS_TAG || earlier?.includes(fingerprint(key)))),
  };
}

/** Adds the tag with the fingerprints of the user's tag keys. */
function withTagFingerprints(tags: Tags): Tags {
  const fingerprints = Object.keys(tags).map(fingerprint).sort().join('');
  return fingerprints ? { ...tags, [TAGS_TAG]: fingerprints } : tags;
}

/** A short hash, because the keys themselves do not fit into one tag. */
function fingerprint(key: string): string {
  return createHash('sha256').update(key).digest('base64url').slice(0, FINGERPRINT_LENGTH);
}
