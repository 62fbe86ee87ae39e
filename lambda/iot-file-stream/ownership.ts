import { createHash } from 'node:crypto';
import type { DesiredStream, LiveStream, Tags } from './model';
import type { TagChange } from './services';
import { REQUESTS_TAG, RESOURCE_TAG, STACK_TAG, TAGS_TAG } from '../../src/iot-file-stream/private/contract';

/*
 * What the tags of a stream say: whose it is, which requests it has seen, and which tags a template has set.
 */

/** The resource that an event is about. */
export interface Owner {
  readonly stackId: string;
  readonly logicalId: string;
}

const REMEMBERED_REQUESTS = 6; // 6 UUIDs and 5 spaces are 221 of the 256 characters of a tag's value
const FINGERPRINT_LENGTH = 5; // of 46 keys: 230 of those 256; 30 bits tell another key from a user's own

export function isOwned(tags: Tags, owner: Owner): boolean {
  return tags[STACK_TAG] === owner.stackId && tags[RESOURCE_TAG] === owner.logicalId;
}

/** Returns every tag that a stream must carry after an event. */
export function tagsFor(desired: DesiredStream, owner: Owner, requestIds: string): Tags {
  return { ...withTagFingerprints(desired.tags), [STACK_TAG]: owner.stackId, [RESOURCE_TAG]: owner.logicalId, [REQUESTS_TAG]: requestIds };
}

/** Whether the stream has seen a newer request: a duplicate may arrive after the rollback that undid it. */
export function isStaleRequest(live: LiveStream, requestId: string): boolean {
  return requestsOf(live).slice(0, -1).includes(requestId);
}

function requestsOf(live: LiveStream): string[] {
  return (live.tags[REQUESTS_TAG] ?? '').split(' ').filter(Boolean);
}

/** The last requests of all generations, this one last: what a deleted generation has seen stays known. */
export function rememberedRequestIds(streams: readonly LiveStream[], requestId: string): string {
  const earlier = streams.flatMap(requestsOf).filter((request) => request !== requestId);
  return [...new Set([...earlier, requestId])].slice(-REMEMBERED_REQUESTS).join(' ');
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
