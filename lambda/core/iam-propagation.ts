import { CallFailed, TransientFailure } from './call';
import type { ErrorRules } from './error-advice';
import { isTransient, withAdvice } from './error-advice';

/** The time that an event waits for IAM. It is short, so that ten concurrent executions can handle 100 streams in time. */
export const IAM_PROPAGATION_MILLISECONDS = 90_000;
const FIRST_PAUSE_MILLISECONDS = 1_000;
const LONGEST_PAUSE_MILLISECONDS = 8_000;

export interface Clock {
  now(): number;
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

/**
 * Retries work from the start, with fresh credentials, while IAM propagation or another transient cause may explain its
 * failure. The work must converge, so that a retry finds what the earlier attempt did.
 */
export async function retryWhileIamPropagates<T>(work: () => Promise<T>, rules: ErrorRules, signal: AbortSignal, clock: Clock): Promise<T> {
  const end = clock.now() + IAM_PROPAGATION_MILLISECONDS;
  for (let pause = FIRST_PAUSE_MILLISECONDS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MILLISECONDS)) {
    try {
      return await work();
    } catch (error) {
      if (!passes(error, rules) || clock.now() >= end) throw advised(error, rules);
      // the last attempt is made at the end of the time, so that the message can say how long the error has lasted
      await clock.sleep(Math.min(pause, end - clock.now()), signal);
    }
  }
}

function passes(error: unknown, rules: ErrorRules): boolean {
  return error instanceof TransientFailure || (isWorthAdvice(error, rules) && isTransient(error, rules));
}

function advised(error: unknown, rules: ErrorRules): unknown {
  return isWorthAdvice(error, rules) ? withAdvice(error, rules) : error;
}

/** Whether an error of a service needs advice, because it does not explain itself. */
function isWorthAdvice(error: unknown, rules: ErrorRules): error is CallFailed {
  return error instanceof CallFailed && !rules.isFinal?.(error);
}
