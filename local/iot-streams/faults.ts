import { ServiceError } from './errors';
import { Operation } from './requests';
import { PlannedFailures } from '../aws-proxy/planned-failures';

/** What can go wrong at the service; may be changed while it runs. */
export interface StreamsFaults {
  /** What every call takes longer. */
  latencyMillis: number;
  /** Calls a second that each operation takes; more are answered with ThrottlingException. Undefined: no limit. */
  requestsPerSecond: number | undefined;
  /** For so long after a role is first named, AWS IoT cannot assume it yet: a number, or one for each role. */
  roleDelayMillis: number | ((roleArn: string) => number);
  /** Streams that the account may have. */
  streamLimit: number;
  /** Streams whose deletion is answered with DeleteConflictException. */
  readonly attachedStreams: Set<string>;
  /** Failures to come, by operation. */
  readonly failures: PlannedFailures<ServiceError>;
}

/** No fault at all. */
export function noFaults(): StreamsFaults {
  return {
    latencyMillis: 0,
    requestsPerSecond: undefined,
    roleDelayMillis: 0,
    streamLimit: 10_000,
    attachedStreams: new Set(),
    failures: new PlannedFailures(),
  };
}

/** A bucket of tokens for every operation, as AWS counts its quotas. It holds the tokens of one second, one at least. */
export class Throttle {
  private readonly buckets = new Map<Operation, { tokens: number; at: number }>();

  constructor(private readonly now: () => number) {}

  /** Whether one more call may pass. */
  take(operation: Operation, perSecond: number): boolean {
    const at = this.now();
    const capacity = Math.max(1, perSecond);
    const before = this.buckets.get(operation) ?? { tokens: capacity, at };
    const tokens = Math.min(capacity, before.tokens + (at - before.at) / 1000 * perSecond);
    const passes = tokens >= 1;
    this.buckets.set(operation, { tokens: passes ? tokens - 1 : tokens, at });
    return passes;
  }
}
