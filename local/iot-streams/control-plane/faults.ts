import type { ServiceError } from './errors';
import { PlannedFailures } from '../../aws-proxy/planned-failures';

/** What can go wrong at the service; may be changed while it runs. */
export interface StreamsFaults {
  /** What every call takes longer. */
  latencyMilliseconds: number;
  /** Calls a second that each operation takes; more are answered with ThrottlingException. Undefined: no limit. */
  requestsPerSecond: number | undefined;
  /** For so long after a role is first named, AWS IoT cannot assume it yet: a number, or one for each role. */
  roleDelayMilliseconds: number | ((roleArn: string) => number);
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
    latencyMilliseconds: 0,
    requestsPerSecond: undefined,
    roleDelayMilliseconds: 0,
    streamLimit: 10_000,
    attachedStreams: new Set(),
    failures: new PlannedFailures(),
  };
}
