import type { ServiceError } from './errors';
import { PlannedFailures } from '../../aws-proxy/planned-failures';

/** The faults of the service, which may be changed while it runs. */
export interface StreamsFaults {
  /** The added latency of every call. */
  latencyMilliseconds: number;
  /** The rate limit of each operation in calls a second; more fail with ThrottlingException. Undefined for no limit. */
  requestsPerSecond: number | undefined;
  /** The time after the first use of a role during which AWS IoT cannot assume it: a number, or one for each role. */
  roleDelayMilliseconds: number | ((roleArn: string) => number);
  /** The greatest number of streams in the account. */
  streamLimit: number;
  /** Streams whose deletion fails with DeleteConflictException. */
  readonly attachedStreams: Set<string>;
  /** The planned failures by operation. */
  readonly failures: PlannedFailures<ServiceError>;
}

/** Returns settings without faults. */
export function noFaults(): StreamsFaults {
  return {
    latencyMilliseconds: 0,
    requestsPerSecond: undefined,
    roleDelayMilliseconds: 0,
    streamLimit: 10_000,
    attachedStreams: new Set(),
    failures: new PlannedFailures(),
  };
}
