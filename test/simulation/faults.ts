/* What can go wrong in a step of a history, as data. */

/** What goes wrong on the way of one call, counted within a step. */
export interface Fault {
  readonly call: number;
  readonly kind: FaultKind;
}

/**
 * `lost`: done, but the answer says it failed. `fails in its body`: status 200 and an error, as S3's copies can, which the SDK
 * does not repeat. `hangs`: done, no answer ever. `late`: done, answered past the deadline.
 */
export type FaultKind = typeof FAULT_KINDS[number];
export const FAULT_KINDS = [
  'dies before', 'dies after', 'lost', 'fails', 'fails in its body', 'throttled', 'denied', 'hangs', 'slow', 'late',
] as const;

export interface AnswerFault {
  readonly attempt: number;
  readonly kind: AnswerFaultKind;
}

export type AnswerFaultKind = 'lost' | 'refused' | 'hangs' | 'reset';
export const ANSWER_FAULT_KINDS: readonly AnswerFaultKind[] = ['lost', 'refused', 'hangs', 'reset'];

/** What KMS answers to a request to sign: 'late key' says that there is no such key for a while, as of one made a moment ago. */
export type KeyState = typeof KEY_STATES[number];
export const KEY_STATES = ['works', 'disabled', 'pending deletion', 'denies', 'late key'] as const;

export interface Delivery {
  readonly event: number;
  /** In milliseconds after the event was sent. */
  readonly delays: readonly number[];
}

/** What happens to a step from outside. */
export interface Faults {
  readonly faults: readonly Fault[];
  readonly answerFaults: readonly AnswerFault[];
  readonly deliveries: readonly Delivery[];
  readonly iamLatenessMilliseconds: number;
  /** How long a new bucket is not versioned in every respect. */
  readonly versioningLatenessMilliseconds: number;
  /** How much longer than other calls one that reads can be on its way: what it finds may be older than what it is compared with. */
  readonly jitterMilliseconds: number;
  readonly kms: KeyState;
  readonly failing: 'none' | 'first' | 'last';
  readonly isImpatient: boolean;
  /** What CloudFormation takes from one phase of an operation to the next. */
  readonly phaseMilliseconds: number;
  /** Whether what failed stays as it is, as `cdk deploy --no-rollback` and `--express` ask for. */
  readonly keepsFailed: boolean;
  /** When what failed to be created is deleted, beside its next creation. */
  readonly deletesFailed: 'before' | 'during' | 'after';
  /** Whether the addresses for answers say nothing of when their events were sent. */
  readonly isUndated: boolean;
}

export const NO_FAULTS: Faults = {
  faults: [],
  answerFaults: [],
  deliveries: [],
  iamLatenessMilliseconds: 0,
  versioningLatenessMilliseconds: 0,
  jitterMilliseconds: 0,
  kms: 'works',
  failing: 'none',
  isImpatient: false,
  phaseMilliseconds: 1_000,
  keepsFailed: false,
  deletesFailed: 'before',
  isUndated: false,
};

/** Faults that the handler retries. */
const PASSING: readonly FaultKind[] = ['denied', 'fails', 'fails in its body', 'lost'];

/** Whether at most a resource of somebody else fails: calls fail in passing only, and no service is slower than the handler waits. */
export function isCalmButFailing(conditions: Faults): boolean {
  const { faults, answerFaults, deliveries, isImpatient } = conditions;
  const isPassing = faults.every(({ kind }) => PASSING.includes(kind)) && answerFaults.length + deliveries.length === 0;
  return isPassing && latenessOf(conditions) <= 60_000 && !isImpatient;
}

/** Whether KMS signs, at once or after a wait. */
export function isSigning({ kms = 'works' }: Faults): boolean {
  return kms === 'works' || kms === 'late key';
}

/** How slow the slowest service is, in milliseconds. */
export function latenessOf({ iamLatenessMilliseconds, versioningLatenessMilliseconds = 0 }: Faults): number {
  return Math.max(iamLatenessMilliseconds, versioningLatenessMilliseconds);
}
