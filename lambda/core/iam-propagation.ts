import { CallFailed, TransientFailure } from './call';
import type { ErrorRules } from './error-advice';
import { isTransient, withAdvice } from './error-advice';

/** How long an event waits for IAM: short, so that 100 streams pass through ten concurrent invocations in time. */
export const IAM_PROPAGATION_MILLISECONDS = 90_000;
const FIRST_PAUSE_MILLISECONDS = 1_000;
const LONGEST_PAUSE_MILLISECONDS = 8_000;

export interface Clock {
  now(): number;
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

/**
 * Repeats work, each time from the start and with fresh credentials, while the cause of its failure can be IAM that has
 * not propagated yet, or something else that passes. The work converges: what an earlier attempt did is found by the next.
 */
export async function retryWhileIamPropagates<T>(work: () => Promise<T>, rules: ErrorRules, signal: AbortSignal, clock: Clock): Promise<T> {
  const end = clock.now() + IAM_PROPAGATION_MILLISECONDS;
  for (let pause = FIRST_PAUSE_MILLISECONDS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MILLISECONDS)) {
    try {
      return await work();
    } catch (error) {
      if (!passes(error, rules) || clock.now() >= end) throw advised(error, rules);
      // the last attempt is made when the time is over, so that a message may say how long an error has lasted
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

/** An error of a service that does not say by itself what is wrong. */
function isWorthAdvice(error: unknown, rules: ErrorRules): error is CallFailed {
  return error instanceof CallFailed && !rules.isFinal(error);
}
