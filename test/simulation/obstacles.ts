import type { Others } from './checks/others';
import type { Faults } from './faults';
import type { Progress } from './progress';
import { isStaged } from './staging';
import type { ConstructId, StackSpec } from './templates';
import { COMMON_STREAM_ID, CONSTRUCTS, FILES, PINNED_VERSION, VENDOR_BUCKET, VENDOR_KEY } from './templates';

/** Why a deployment may fail although everything works as it should. */
export function obstacleTo(spec: StackSpec, progress: Progress, others: Others): string | undefined {
  const { account, retained } = progress;
  const specs = [spec, progress.current];
  if (progress.isAttached) return 'a stream is in use';
  if (account.iam.hasHeld()) return 'a role cannot be deleted';
  if (specs.some(usesCommonId) && (others.hasCommonId() || retained.has(COMMON_STREAM_ID))) return 'the stream id is taken';
  const owner = CONSTRUCTS.find((id) => spec[id]?.streamId === 'common');
  const present = commonOwner(progress);
  if (owner && present !== undefined && owner !== present) return 'the stream id belongs to another construct';
  if (retained.size > 0) return 'something was kept';
  if (specs.some(usesVendor) && isSourceMissing(progress)) return 'a source is missing';
  const harmed = progress.declared(progress.current).filter(({ streamId }) => progress.harmed.has(streamId));
  return harmed.some((declared) => !isStaged(declared, progress)) ? 'an object and its source are missing' : undefined;
}

/** A key that does not sign is in the way of a rollback only where a signature or the bytes were lost, or after two changes. */
export function obstacleToSigning({ kms }: Faults, { stack, unsigned, harmed, contended }: Progress): string | undefined {
  const isAfterFailure = ['CREATE_FAILED', 'UPDATE_FAILED', 'UPDATE_ROLLBACK_FAILED'].includes(stack.status);
  const isLost = isAfterFailure || unsigned.size + harmed.size + contended.size > 0;
  return kms !== undefined && kms !== 'works' && isLost ? 'a signature is missing' : undefined;
}

function usesCommonId(spec: StackSpec): boolean {
  return CONSTRUCTS.some((id) => spec[id]?.streamId === 'common');
}

function usesVendor(spec: StackSpec): boolean {
  return CONSTRUCTS.some((id) => [...spec[id]?.files ?? ''].some((letter) => FILES[letter].kind === 'object'));
}

/** The construct of ours that has the common id. */
function commonOwner({ account }: Progress): ConstructId | undefined {
  const live = account.world.streams.get(COMMON_STREAM_ID);
  return live && CONSTRUCTS.find((id) => live.tags['cdk-iot-streams:resource']?.startsWith(id));
}

function isSourceMissing({ account }: Progress): boolean {
  const { objects } = account.world.bucket(VENDOR_BUCKET);
  return !objects.some(({ key }) => key === VENDOR_KEY) || !objects.some(({ version }) => version === PINNED_VERSION);
}
