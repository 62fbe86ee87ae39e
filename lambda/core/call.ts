import { STATUS_CODES } from 'node:http';
import type { LogContext } from './log';
import { log } from './log';

/** A call that a service refused or that did not get through. `code` is the service's own name for the error. */
export class CallFailed extends Error {
  constructor(readonly code: string, readonly serviceMessage: string, phrase: string, options: ErrorOptions) {
    super(`failed to ${phrase}: ${serviceMessage} (${code})`, options);
  }
}

export interface TransientFailureOptions extends ErrorOptions {
  /** The attributes to answer in the end, where a failure would do more harm than they do. */
  readonly settleFor?: Readonly<Record<string, string>>;
}

/** A failure that may pass by itself: the work is repeated from the start. If that does not help, the message is shown. */
export class TransientFailure extends Error {
  readonly settleFor?: Readonly<Record<string, string>>;

  constructor(message: string, { settleFor, ...options }: TransientFailureOptions = {}) {
    super(message, options);
    this.settleFor = settleFor;
  }
}

/** What the SDK's clients answer and throw, as far as the log and the classification need it. */
interface Metadata {
  readonly $metadata?: { readonly attempts?: number; readonly httpStatusCode?: number };
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
    const { name, message } = named(error as Error & Metadata);
    line((error as Metadata).$metadata?.attempts, name);
    throw new CallFailed(name, message, phrase, { cause: error });
  }
}

/** What the releases of the SDK call an error whose answer had no body, as every answer to a HEAD. */
const NAMELESS = /^(\d{3}|Unknown(Error)?)$/;

/** An error's name and message; without a name of the service's own, those of its status. */
function named({ name, message, $metadata }: Error & Metadata): { name: string; message: string } {
  const status = $metadata?.httpStatusCode;
  if (!status || !NAMELESS.test(name)) return { name, message };
  return { name: (STATUS_CODES[status] ?? name).replace(/\W/g, ''), message: `the service answered status ${status} without a reason` };
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
