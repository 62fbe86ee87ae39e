import { CallFailed } from './call';

/** How long an event waits for IAM: short, so that 100 streams pass through ten concurrent invocations in time. */
export const IAM_MILLISECONDS = 90_000;
const FIRST_PAUSE_MILLISECONDS = 1_000;
const LONGEST_PAUSE_MILLISECONDS = 8_000;

/** By name, never by status: the services give one status to many things. */
const DENIED = ['AccessDenied', 'AccessDeniedException', 'UnauthorizedException', 'Forbidden', '403', 'InvalidAccessKeyId', 'InvalidClientTokenId',
  'UnrecognizedClientException'];
/** The stream came or went between two of our calls; the next look decides. */
const MOVED = ['ResourceNotFoundException', 'ResourceAlreadyExistsException'];
/** An OTA update lets go of its stream some time after its own deletion. */
const IN_USE = 'DeleteConflictException';
/** How the service names a role that it cannot assume or an object that it cannot read, but bad input as well. */
const AMBIGUOUS = 'InvalidRequestException';
const BAD_INPUT = /validation error|failed to satisfy constraint|must satisfy|member must/i;

const CAUSES = [
  'this did not pass within 90 seconds, so it is not IAM that is slow; look for',
  '(1) a permission that is missing: a permissions boundary or service control policy must allow the operator role\'s calls,',
  'and sts:AssumeRole to the Lambda\'s role; the operator role\'s trust policy must name that role',
  '(2) an object that is missing: S3 answers 403 for it to whoever may not list the bucket',
  '(3) a key that encrypts the source and does not let this account decrypt',
].join(' ');

const USERS = 'an OTA update or another resource still uses the stream: remove that first, then delete again';

export interface Clock {
  now(): number;
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

/**
 * Repeats work, each time from the start and with fresh credentials, while what stops it can be IAM that has not spread
 * yet. The work converges: what an earlier attempt did is found by the next.
 */
export async function whileIamSpreads<T>(work: () => Promise<T>, signal: AbortSignal, clock: Clock): Promise<T> {
  const end = clock.now() + IAM_MILLISECONDS;
  for (let pause = FIRST_PAUSE_MILLISECONDS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MILLISECONDS)) {
    try {
      return await work();
    } catch (error) {
      if (!mayPass(error)) throw error;
      if (clock.now() + pause > end) throw explained(error);
      await clock.sleep(pause, signal);
    }
  }
}

function mayPass(error: unknown): error is CallFailed {
  if (!(error instanceof CallFailed)) return false;
  return [...DENIED, ...MOVED, IN_USE].includes(error.code) || (error.code === AMBIGUOUS && !BAD_INPUT.test(error.serviceMessage));
}

function explained(error: CallFailed): Error {
  if (MOVED.includes(error.code)) return error;
  return new Error(`${error.message}; ${error.code === IN_USE ? USERS : CAUSES}`, { cause: error });
}
