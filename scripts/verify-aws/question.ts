import type { World } from './world';

/** An answer, and whether the assumption holds; undefined if the library assumes nothing. */
export interface Finding {
  readonly answer: string;
  readonly holds?: boolean;
}

/** A question about undocumented behaviour, and the assumption of the library. */
export interface Question {
  readonly fact: string;
  /** The assumption of the library, or the reason why it needs none. */
  readonly assumption: string;
  /** A function that finds the answer, or instructions to find it by hand. */
  readonly ask: ((world: World) => Promise<Finding>) | string;
}

/** Returns an answer on which the library does not depend. */
export function told(answer: string): Finding {
  return { answer };
}

/** Returns an answer that shows whether an assumption holds. */
export function shown(holds: boolean, answer: string): Finding {
  return { answer, holds };
}

/** Returns whether a call fails with one of these errors. */
export async function refusedWith(names: readonly string[], call: Promise<string>): Promise<Finding> {
  try {
    return shown(false, `no error: ${await call}`);
  } catch (error) {
    return shown(names.includes((error as Error).name), errorText(error));
  }
}

/** Returns whether a call succeeds. */
export async function succeeding(call: Promise<string>): Promise<Finding> {
  try {
    return shown(true, await call);
  } catch (error) {
    return shown(false, errorText(error));
  }
}

/** Returns the result or the error of a call. */
export async function saying(call: Promise<string>): Promise<string> {
  return call.catch(errorText);
}

export function errorText(error: unknown): string {
  const { name, message } = error as Error;
  return `error ${name}: ${message}`;
}
