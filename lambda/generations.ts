import { codeOf, unless } from './call';
import { log } from './log';
import { generationsIn, StoredVersion } from './objects';
import { DesiredStream, isOwned, LiveStream, Owner, Place, streamIdOf } from './plan';
import { IN_USE } from './remedies';
import type { StreamService } from './stream-resource';

/*
 * The streams of one resource: one, or under `NEW_STREAM` one for each content that a device may still be downloading.
 * Which there are is told by the objects in the place.
 */

/** The streams that have objects in a place. */
export function streamIdsIn(streamId: string, place: Place, stored: StoredVersion[]): string[] {
  return generationsIn(place, stored).map((generation) => streamIdOf(streamId, generation));
}

/** Those that are there, in that order. */
export async function describeAll(streamIds: readonly string[], streams: StreamService): Promise<LiveStream[]> {
  const found = await Promise.all([...new Set(streamIds)].map((streamId) => streams.describe(streamId)));
  return found.filter((live) => live !== undefined);
}

/** What a change of content leaves behind: neither what is asked for nor what a rollback would need. */
export function superseded(ours: readonly LiveStream[], desired: DesiredStream, old: DesiredStream): LiveStream[] {
  const isChanged = desired.content !== old.content || desired.streamId !== old.streamId;
  return isChanged ? ours.filter(({ streamId }) => streamId !== desired.streamId && streamId !== old.streamId) : [];
}

/** Deletes a stream if it is ours; one that goes meanwhile is success. */
export async function removeOurs(live: LiveStream, owner: Owner, streams: StreamService): Promise<void> {
  if (isOwned(live.tags, owner)) await removeStream(live, streams);
  else note(live, owner, 'left alone: not ours');
}

export async function removeStream({ streamId }: LiveStream, streams: StreamService): Promise<void> {
  await unless(['ResourceNotFoundException'], streams.delete(streamId));
}

/** Says which are gone: what an OTA update still uses is for a later change of content to remove. */
export async function removeUnused(ours: readonly LiveStream[], owner: Owner, streams: StreamService): Promise<LiveStream[]> {
  const gone = await Promise.all(ours.map(async (live) => {
    try {
      await removeStream(live, streams);
      return [live];
    } catch (error) {
      if (codeOf(error) !== IN_USE) throw error;
      note(live, owner, 'kept: in use');
      return [];
    }
  }));
  return gone.flat();
}

function note({ streamId }: LiveStream, { stackId, logicalId }: Owner, status: string): void {
  log({ stack: stackId, logicalId, streamId, call: 'delete', status });
}
