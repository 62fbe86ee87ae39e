import { log, LogContext } from './log';

/** A call that a service refused or that did not get through. `code` is the service's own name for the error. */
export class CallFailed extends Error {
  constructor(readonly code: string, readonly serviceMessage: string, phrase: string, options: ErrorOptions) {
    super(`failed to ${phrase}: ${serviceMessage} (${code})`, options);
  }
}

/** What the SDK's clients answer and throw, as far as the log and the classification need it. */
interface Metadata {
  readonly $metadata?: { readonly attempts?: number };
}

/** Makes one call, logs it in one line, and words an error for the person who reads it in CloudFormation. */
export async function run<Output extends Metadata>(context: LogContext, phrase: string, send: () => Promise<Output>): Promise<Output> {
  const start = Date.now();
  const line = (attempt: number | undefined, status: string) =>
    log({ ...context, call: phrase, milliseconds: Date.now() - start, attempt, status });
  try {
    const output = await send();
    line(output.$metadata?.attempts, 'ok');
    return output;
  } catch (error) {
    const { name, message, $metadata } = error as Error & Metadata;
    line($metadata?.attempts, name);
    throw new CallFailed(name, message, phrase, { cause: error });
  }
}

/** The service's name for an error; undefined for errors of ours. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof CallFailed ? error.code : undefined;
}

/** Returns the value, or undefined if the service says by one of these codes that there is none. */
export async function undefinedIf<T>(codes: readonly string[], call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (codes.includes(codeOf(error) ?? '')) return undefined;
    throw error;
  }
}
