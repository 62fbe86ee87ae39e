import { CallFailed } from './call';
import { AMBIGUOUS, DENIED, IN_USE, withRemedy } from './remedies';

/** How long an event waits for IAM: short, so that 100 streams pass through ten concurrent invocations in time. */
export const IAM_MILLISECONDS = 90_000;
const FIRST_PAUSE_MILLISECONDS = 1_000;
const LONGEST_PAUSE_MILLISECONDS = 8_000;

/** The stream came or went between two of our calls; the next look decides. */
const MOVED = ['ResourceNotFoundException', 'ResourceAlreadyExistsException'];
const BAD_INPUT = /validation error|failed to satisfy constraint|must satisfy|member must/i;

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
      if (!(error instanceof CallFailed) || isBadInput(error)) throw error;
      if (!mayPass(error) || clock.now() + pause > end) throw withRemedy(error);
      await clock.sleep(pause, signal);
    }
  }
}

function isBadInput({ code, serviceMessage }: CallFailed): boolean {
  return code === AMBIGUOUS && BAD_INPUT.test(serviceMessage);
}

function mayPass({ code }: CallFailed): boolean {
  return [...DENIED, ...MOVED, IN_USE, AMBIGUOUS].includes(code);
}
