import { STREAM_IN_USE, STREAM_MISSING } from './iot-errors';
import type { DesiredStream, LiveStream, StorageLocation } from './model';
import { inGeneration, streamIdOf } from './model';
import { areStored, generationOf, generationsIn } from './objects';
import type { Owner } from './ownership';
import { isOwned } from './ownership';
import type { StoredVersion, StreamService } from './services';
import { GENERATION_LENGTH } from '../../src/iot-file-stream/private/contract';
import { codeOf, undefinedIf } from '../core/call';
import { log } from '../core/log';

/*
 * The streams of one resource: one, or under `NEW_STREAM` one for each content that a device may still be downloading.
 * They are found by listing the objects below the stream's prefix.
 */

/** Returns the IDs of the streams that have objects in a storage location. */
export function streamIdsIn(streamId: string, location: StorageLocation, stored: StoredVersion[]): string[] {
  return generationsIn(location, stored).map((generation) => streamIdOf(streamId, generation));
}

/** Describes the existing streams among those, in the same order. */
export async function describeAll(streamIds: readonly string[], streams: StreamService): Promise<LiveStream[]> {
  const found = await Promise.all([...new Set(streamIds)].map((streamId) => streams.describe(streamId)));
  return found.filter((live) => live !== undefined);
}

/** A stream, and the parsed properties with its ID and keys. */
export interface Served {
  readonly live: LiveStream;
  readonly desired: DesiredStream;
}

/**
 * Returns the stream among the given ones that serves the parsed properties; undefined if there is none. With `NEW_STREAM` it
 * is the generation with the same description, role and files, if all its objects are in the storage location. A generation
 * is never updated: if it differs, a new one replaces it.
 */
export function serving(parsed: DesiredStream, ours: readonly LiveStream[], stored: readonly StoredVersion[]): Served | undefined {
  if (!parsed.isNewStream) return ours.filter(({ streamId }) => streamId === parsed.streamId).map((live) => ({ live, desired: parsed }))[0];
  return ours
    .map((live) => ({ live, desired: inGeneration(parsed, live.streamId.slice(-GENERATION_LENGTH)) }))
    .find(({ live, desired }) => matches(live, desired, stored));
}

function matches(live: LiveStream, desired: DesiredStream, stored: readonly StoredVersion[]): boolean {
  return live.description === desired.description && live.roleArn === desired.roleArn
    && keysByFileId(live.files) === keysByFileId(desired.files) && areStored(live.files, stored);
}

function keysByFileId(files: readonly { readonly fileId: number; readonly key: string }[]): string {
  return JSON.stringify([...files].sort((a, b) => a.fileId - b.fileId).map(({ fileId, key }) => [fileId, key]));
}

/**
 * Returns the streams that are neither the desired one nor the one that a rollback would need. Where the content has not
 * changed, devices may still download from the newest of the others. There are several if an update failed without a rollback
 * and is repeated: CloudFormation then passes the failed properties as the old ones.
 */
export function staleGenerations(
  ours: readonly LiveStream[], desired: DesiredStream, old: DesiredStream, kept: Served | undefined,
): LiveStream[] {
  const isChanged = desired.content !== old.content || desired.isNewStream !== old.isNewStream;
  const others = ours.filter(({ streamId }) => streamId !== desired.streamId && streamId !== kept?.live.streamId);
  const newest = Math.max(...others.map(({ createdAt }) => createdAt));
  return isChanged ? others : others.filter(({ createdAt }) => createdAt < newest);
}

/** Returns the generations in which streams have objects. */
export function generationsOf(streams: readonly LiveStream[], location: StorageLocation): string[] {
  return streams.flatMap(({ files }) => files.flatMap(({ key }) => generationOf(location, key) ?? []));
}

/** Deletes a stream if the resource owns it. */
export async function removeOurs(live: LiveStream, owner: Owner, streams: StreamService): Promise<void> {
  if (isOwned(live.tags, owner)) await removeStream(live, streams);
  else note(live, owner, 'left alone: not ours');
}

/** Deletes a stream; succeeds if it has been deleted concurrently. */
export async function removeStream({ streamId }: LiveStream, streams: StreamService): Promise<void> {
  await undefinedIf([STREAM_MISSING], streams.delete(streamId));
}

/** Returns the deleted streams. A stream that an OTA update still uses is deleted at a later change of content. */
export async function removeUnused(ours: readonly LiveStream[], owner: Owner, streams: StreamService): Promise<LiveStream[]> {
  const gone = await Promise.all(ours.map(async (live) => {
    try {
      await removeStream(live, streams);
      return [live];
    } catch (error) {
      if (codeOf(error) !== STREAM_IN_USE) throw error;
      note(live, owner, 'kept: in use');
      return [];
    }
  }));
  return gone.flat();
}

/** Logs that a duplicate of a Delete has arrived after the next Create and changes nothing. */
export function noteRecreated(streamId: string, owner: Owner): void {
  note({ streamId }, owner, 'left alone: created again since');
}

function note({ streamId }: Pick<LiveStream, 'streamId'>, { stackId, logicalId }: Owner, status: string): void {
  log({ stack: stackId, logicalId, streamId, call: 'delete', status });
}
