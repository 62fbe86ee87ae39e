import { CallFailed } from './call';
import { ErrorRules, isDenied, withAdvice } from './error-advice';

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
 * not propagated yet. The work converges: what an earlier attempt did is found by the next.
 */
export async function retryWhileIamPropagates<T>(work: () => Promise<T>, rules: ErrorRules, signal: AbortSignal, clock: Clock): Promise<T> {
  const end = clock.now() + IAM_PROPAGATION_MILLISECONDS;
  for (let pause = FIRST_PAUSE_MILLISECONDS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MILLISECONDS)) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof CallFailed) || rules.isFinal(error)) throw error;
      const isTransient = isDenied(error) || rules.transient.includes(error.code);
      if (!isTransient || clock.now() + pause > end) throw withAdvice(error, rules);
      await clock.sleep(pause, signal);
    }
  }
}
