import { STATUS_CODES } from 'node:http';
import type { LogContext } from './log';
import { log } from './log';

/** A call that a service refused or that did not reach it. `code` is the service's own name for the error. */
export class CallFailed extends Error {
  constructor(readonly code: string, readonly serviceMessage: string, phrase: string, options: ErrorOptions) {
    super(`failed to ${phrase}: ${serviceMessage} (${code})`, options);
  }
}

export interface TransientFailureOptions extends ErrorOptions {
  /** The attributes to answer after the last attempt, if they do less harm than a failed deployment. */
  readonly settleFor?: Readonly<Record<string, string>>;
}

/** A failure that may pass by itself. The work is retried from the start; after the last attempt the message is shown. */
export class TransientFailure extends Error {
  readonly settleFor?: Readonly<Record<string, string>>;

  constructor(message: string, { settleFor, ...options }: TransientFailureOptions = {}) {
    super(message, options);
    this.settleFor = settleFor;
  }
}

/** The part of the SDK's outputs and errors that the log and the classification need. */
interface Metadata {
  readonly $metadata?: { readonly attempts?: number; readonly httpStatusCode?: number };
}

/** Makes one call, logs it in one line, and turns an error into a message for readers in CloudFormation. */
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

/** The names that releases of the SDK give to an error without a body, such as every error of a HEAD. */
const NAMELESS = /^(\d{3}|Unknown(Error)?)$/;

/** Returns the name and message of an error, derived from its status if the service gave no name. */
function named({ name, message, $metadata }: Error & Metadata): { name: string; message: string } {
  const status = $metadata?.httpStatusCode;
  if (!status || !NAMELESS.test(name)) return { name, message };
  return { name: (STATUS_CODES[status] ?? name).replace(/\W/g, ''), message: `the service answered status ${status} without a reason` };
}

/** Returns the service's name for an error; undefined for an error of this library. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof CallFailed ? error.code : undefined;
}

/** Returns the value, or undefined if the call fails with one of these codes. */
export async function undefinedIf<T>(codes: readonly string[], call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (codes.some((code) => code === codeOf(error))) return undefined;
    throw error;
  }
}
