import { isForeign } from './others';
import { isInPlace } from '../declared';
import type { Progress } from '../progress';
import type { StackSpec } from '../templates';
import { STAGING_BUCKET, VENDOR_BUCKET } from '../templates';

/* What stays of a stack, on purpose or not. */

/** Notes what a removal policy keeps when one declaration follows another. */
export function keepRetained(before: StackSpec, after: StackSpec, progress: Progress): void {
  const { retained } = progress;
  const staying = new Set(progress.declared(after).map(({ logicalId }) => logicalId));
  for (const { id, spec, logicalId, streamId } of progress.declared(before)) {
    if (!spec.retain) continue;
    if (!staying.has(logicalId)) retained.add(streamId);
    // a storage location that is left keeps its objects and its role, and under NEW_STREAM the stream that was there
    const next = after[id];
    const isElsewhere = next && (next.bucket !== spec.bucket || next.keyPrefix !== spec.keyPrefix || next.role !== spec.role);
    if (isElsewhere) retained.add(isInPlace(before) && isInPlace(after) ? `${streamId} of old` : streamId);
  }
}

/** When the stack is deleted, nothing of it is left. */
export function checkNothingLeft(progress: Progress): void {
  const { account: { world, iam }, retained, contended, revived } = progress;
  if (progress.hasForgotten || retained.size > 0 || contended.size > 0 || revived.size > 0) return;
  // one that nobody owns is an orphan of ours
  const streams = world.streams.ids().filter((streamId) => !isForeign(world.streams.get(streamId)!));
  if (streams.length > 0) progress.fail(`no stream of ours may be left, got: ${streams.join(', ')}`);
  for (const bucket of world.bucketNames()) {
    if (bucket.startsWith('shop-')) progress.fail(`no bucket of ours may be left, got: ${bucket}`);
    if (bucket === VENDOR_BUCKET || bucket === STAGING_BUCKET) continue;
    const left = world.bucket(bucket).objects.filter(({ bytes, isDeleteMarker }) => bytes.toString() !== 'theirs' || isDeleteMarker);
    if (left.length > 0) progress.fail(`no object of ours may be left, got: ${left.map(({ key }) => key).join(', ')}`);
  }
  if (iam.roleArns().length > 0) progress.fail(`no role of ours may be left, got: ${iam.roleArns().join(', ')}`);
}
