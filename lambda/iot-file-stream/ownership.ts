import { createHash } from 'node:crypto';
import type { DesiredStream, LiveStream, Tags } from './model';
import type { TagChange } from './services';
import { REQUESTS_TAG, RESOURCE_TAG, STACK_TAG, TAGS_TAG } from '../../src/iot-file-stream/private/contract';
import type { Event } from '../core/resource-type';

/*
 * What the tags of a stream say: whose it is, which events it has seen, and which tags a template has set.
 */

/** The resource that an event is about. */
export interface Owner {
  readonly stackId: string;
  readonly logicalId: string;
}

const REMEMBERED_REQUESTS = 6; // with a time of ten digits, 6 UUIDs and 6 spaces are 232 of the 255 characters of a tag's value
const FINGERPRINT_LENGTH = 5; // of 46 keys: 230 of those 256; 30 bits tell another key from a user's own

export function isOwned(tags: Tags, owner: Owner): boolean {
  return tags[STACK_TAG] === owner.stackId && tags[RESOURCE_TAG] === owner.logicalId;
}

/** Returns every tag that a stream must carry after an event. */
export function tagsFor(desired: DesiredStream, owner: Owner, events: string): Tags {
  return { ...withTagFingerprints(desired.tags), [STACK_TAG]: owner.stackId, [RESOURCE_TAG]: owner.logicalId, [REQUESTS_TAG]: events };
}

/** What tells an event from others, and whose it is. */
export interface EventIdentity {
  readonly owner: Owner;
  readonly requestId: string;
  /** In seconds since 1970. Events have this order; those of one second, or without it, have the order in which they arrived. */
  readonly expiry?: number;
}

export function identityOf(event: Event, expiry: number | undefined): EventIdentity {
  return { owner: { stackId: event.StackId, logicalId: event.LogicalResourceId }, requestId: event.RequestId, expiry };
}

/** Whether the stream has seen a newer event: a duplicate may arrive after the rollback that undid it. */
export function isStaleEvent(live: LiveStream, { requestId, expiry }: EventIdentity): boolean {
  const seen = memoryOf(live);
  const index = seen.requestIds.indexOf(requestId);
  return index >= 0 ? index < seen.requestIds.length - 1 : isOlder(expiry, seen.expiry);
}

/** Whether an event is known to have been sent before the newest one that was seen. */
export function isOlder(expiry: number | undefined, newest: number | undefined): boolean {
  return expiry !== undefined && newest !== undefined && expiry < newest;
}

interface Memory {
  /** Of the newest event. */
  readonly expiry?: number;
  /** The latest last. */
  readonly requestIds: readonly string[];
}

/** The time of the newest event is a number; request ids have dashes. */
function memoryOf(live: LiveStream): Memory {
  const parts = (live.tags[REQUESTS_TAG] ?? '').split(' ').filter(Boolean);
  const times = parts.filter((part) => /^\d+$/.test(part)).map(Number);
  return { expiry: times[0], requestIds: parts.filter((part) => part.includes('-')) };
}

/** The last events of all generations, this one last: what a deleted generation has seen stays known. */
export function rememberedEvents(streams: readonly LiveStream[], { requestId, expiry }: EventIdentity): string {
  const memories = streams.map(memoryOf);
  const newest = Math.max(...[...memories, { expiry }].map((seen) => seen.expiry ?? 0));
  const earlier = memories.flatMap(({ requestIds }) => requestIds).filter((id) => id !== requestId);
  const ids = [...new Set([...earlier, requestId])].slice(-REMEMBERED_REQUESTS);
  return [...newest > 0 ? [newest] : [], ...ids].join(' ');
}

/**
 * Removes only what a template of ours has set: a tag that somebody else added stays. The stream itself says which those
 * are, because OldResourceProperties may be stale, for example for a retained stream or after an abandoned rollback.
 */
export function planTags(live: LiveStream, tags: Tags): TagChange {
  const set = Object.entries(tags).filter(([key, value]) => live.tags[key] !== value);
  const earlier = chunks(live.tags[TAGS_TAG] ?? '');
  return {
    set: Object.fromEntries(set),
    remove: Object.keys(live.tags).filter((key) => !Object.hasOwn(tags, key) && (key === TAGS_TAG || earlier.includes(fingerprint(key)))),
  };
}

/** Adds the tag that names the user's tags. */
function withTagFingerprints(tags: Tags): Tags {
  const fingerprints = Object.keys(tags).map(fingerprint).sort().join('');
  return fingerprints ? { ...tags, [TAGS_TAG]: fingerprints } : tags;
}

/** All keys together would not fit one tag. */
function fingerprint(key: string): string {
  return createHash('sha256').update(key).digest('base64url').slice(0, FINGERPRINT_LENGTH);
}

function chunks(fingerprints: string): string[] {
  return Array.from({ length: fingerprints.length / FINGERPRINT_LENGTH }, (_, index) => (
    fingerprints.slice(index * FINGERPRINT_LENGTH, (index + 1) * FINGERPRINT_LENGTH)));
}
