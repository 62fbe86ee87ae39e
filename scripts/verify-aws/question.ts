import type { World } from './world';

/** What an answer says of the library's assumption: true or false; undefined where it assumes nothing. */
export interface Finding {
  readonly answer: string;
  readonly holds?: boolean;
}

/** Something that nobody has documented, and what the library does until it is known. */
export interface Question {
  readonly fact: string;
  /** What the library assumes, or why it need not know. */
  readonly assumption: string;
  /** By whom it is answered: by a function, or by hand, in the words of what to do. */
  readonly ask: ((world: World) => Promise<Finding>) | string;
}

/** An answer that the library does not depend on. */
export function told(answer: string): Finding {
  return { answer };
}

/** An answer that shows whether an assumption holds. */
export function shown(holds: boolean, answer: string): Finding {
  return { answer, holds };
}

/** Whether a call fails with one of these errors. */
export async function refusedWith(names: readonly string[], call: Promise<string>): Promise<Finding> {
  try {
    return shown(false, `no error: ${await call}`);
  } catch (error) {
    return shown(names.includes((error as Error).name), errorText(error));
  }
}

/** Whether a call succeeds. */
export async function succeeding(call: Promise<string>): Promise<Finding> {
  try {
    return shown(true, await call);
  } catch (error) {
    return shown(false, errorText(error));
  }
}

/** What a call says, whether it succeeds or not. */
export async function saying(call: Promise<string>): Promise<string> {
  return call.catch(errorText);
}

export function errorText(error: unknown): string {
  const { name, message } = error as Error;
  return `error ${name}: ${message}`;
}
