import { setMaxListeners } from 'node:events';
import type { CloudFormationCustomResourceResponse, Context } from 'aws-lambda';
import type { LogContext } from './log';
import { log } from './log';
import type { Attributes, Event } from './resource-type';
import { bytesOf, responseTo } from './response';
import { MAXIMUM_RESPONSE_BYTES } from '../../src/core/contract';

/*
 * The protocol of custom resources: answers every event once, before the timeout of the Lambda function, in at most 4,096
 * bytes. The work itself is passed in as a function.
 */

/**
 * The physical ID of a resource whose Create failed. CloudFormation sends it in one Delete, during the rollback or the next
 * deployment. This Delete must remove nothing, because a later Create may have succeeded under the regular ID.
 */
export const CREATE_FAILED = 'cdk-iot-streams:create-failed';

export interface CustomResourceOptions {
  /** Handles an event; throws to fail. The signal aborts all running calls. */
  readonly lifecycle: (event: Event, signal: AbortSignal) => Promise<Attributes>;
  /** Returns the physical ID for a successful Create. Every other event keeps its ID. */
  readonly physicalId: (event: Event) => string;
  readonly logContextOf: (event: Event) => LogContext;
  /** Ends the process, so that frozen work cannot continue during the next invocation. */
  readonly exit: () => void;
}

/** The time for the answer and its retries. */
const RESERVED_MILLISECONDS = 20_000;
const ATTEMPTS = 6;
/** The time without a response until the next attempt starts beside the earlier ones. Five attempts that hang leave time for a sixth. */
const OVERLAP_MILLISECONDS = 2_500;
const FIRST_PAUSE_MILLISECONDS = 250;
/** The time that must remain at the end of the Lambda function. */
const LAST_MILLISECONDS = 500;

export function customResource(options: CustomResourceOptions) {
  return async (event: Event, context: Context): Promise<void> => {
    const reserved = Math.min(RESERVED_MILLISECONDS, context.getRemainingTimeInMillis() / 2);
    const deadline = Date.now() + context.getRemainingTimeInMillis() - reserved;
    const { response, late } = await decide(options, event, deadline, context);
    try {
      await answer(event.ResponseURL, response, options.logContextOf(event), () => context.getRemainingTimeInMillis() - LAST_MILLISECONDS);
    } finally {
      if (late) options.exit();
    }
  };
}

async function decide(options: CustomResourceOptions, event: Event, deadline: number, context: Context) {
  const work = new AbortController();
  // a hundred calls may listen for the signal, and Node.js warns from eleven on
  setMaxListeners(Infinity, work.signal);
  let timer: NodeJS.Timeout | undefined;
  const outOfTime = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), deadline - Date.now());
  });
  try {
    const outcome = await Promise.race([options.lifecycle(event, work.signal), outOfTime]);
    if (outcome === 'late') {
      const reason = 'the handler ran out of time: deploy again, and look for the slow call in its log';
      return { response: failure(event, reason, context), late: true };
    }
    return { response: responseTo(event, { Status: 'SUCCESS', Data: outcome }, options.physicalId(event)), late: false };
  } catch (error) {
    return { response: failure(event, messageOf(error), context), late: false };
  } finally {
    clearTimeout(timer);
    work.abort();
  }
}

function failure(event: Event, reason: string, context: Context) {
  const response = (text: string) => responseTo(event, { Status: 'FAILED', Reason: text }, CREATE_FAILED);
  const hint = ` (log stream: ${context.logStreamName} in ${context.logGroupName})`;
  const room = MAXIMUM_RESPONSE_BYTES - bytesOf(response(hint));
  return response(`${cut(reason, room)}${hint}`);
}

const ELLIPSIS = '...';
const QUOTES = bytesOf('');

/** Shortens a text so that its JSON form has at most the given number of bytes. */
function cut(text: string, bytes: number): string {
  const escaped = (part: string) => bytesOf(part) - QUOTES;
  if (escaped(text) <= bytes) return text;
  let kept = '';
  let room = bytes - ELLIPSIS.length;
  for (const character of text) {
    room -= escaped(character);
    if (room < 0) break;
    kept += character;
  }
  return kept + ELLIPSIS;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function answer(
  url: string, response: CloudFormationCustomResourceResponse, context: LogContext, remaining: () => number,
): Promise<void> {
  const body = JSON.stringify(response);
  const done = new AbortController();
  const signal = AbortSignal.any([done.signal, AbortSignal.timeout(Math.max(1, remaining()))]);
  const send = async (attempt: number): Promise<Problem> => {
    const start = Date.now();
    const problem = await put(url, body, signal);
    const line = { ...context, call: 'answer', milliseconds: Date.now() - start, attempt, status: response.Status, problem };
    // an attempt that was aborted after another one had succeeded is not logged
    if (!done.signal.aborted) log(line);
    return problem;
  };
  try {
    await sendUntilOneArrives(send, remaining);
  } finally {
    done.abort();
  }
}

/** The reason of a failed attempt; undefined if the answer has arrived. */
type Problem = string | undefined;

const NO_ANSWER_YET = null;

/** Attempts overlap, so an attempt that hangs can still succeed. All send the same bytes, and CloudFormation uses the first. */
async function sendUntilOneArrives(send: (attempt: number) => Promise<Problem>, remaining: () => number): Promise<void> {
  const sent: Promise<Problem>[] = [];
  for (let attempt = 1; ; attempt++) {
    sent.push(send(attempt));
    const problem = await firstArrival(sent, [sent[attempt - 1], noAnswerWithin(OVERLAP_MILLISECONDS)]);
    if (problem === undefined) return;
    const pause = problem === NO_ANSWER_YET ? 0 : FIRST_PAUSE_MILLISECONDS * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
    const isLast = attempt === ATTEMPTS || pause >= remaining();
    const later = await firstArrival(sent, [isLast ? Promise.all(sent).then((problems) => problems[attempt - 1]) : sleep(pause)]);
    if (later === undefined) return;
    if (isLast) throw new Error(`failed to answer CloudFormation after ${attempt} attempts: ${later}`);
  }
}

/** Returns undefined as soon as an attempt has succeeded, or else the first result of the others. */
async function firstArrival(sent: readonly Promise<Problem>[], others: readonly Promise<Problem | null>[]): Promise<Problem | null> {
  const arrivals = sent.map(async (sending) => await sending === undefined ? undefined : new Promise<undefined>(() => undefined));
  return Promise.race([...arrivals, ...others]);
}

async function sleep(milliseconds: number): Promise<null> {
  return new Promise((resolve) => { setTimeout(() => resolve(NO_ANSWER_YET), milliseconds); });
}

/** Waits with a timer that does not keep the process alive. */
async function noAnswerWithin(milliseconds: number): Promise<null> {
  return new Promise((resolve) => {
    AbortSignal.timeout(milliseconds).addEventListener('abort', () => resolve(NO_ANSWER_YET));
  });
}

/** Returns the reason of a failure without the presigned URL, which is a credential. */
async function put(url: string, body: string, signal: AbortSignal): Promise<Problem> {
  try {
    const result = await fetch(url, {
      method: 'PUT',
      // the URL is presigned for an empty content type
      headers: { 'content-type': '' },
      body,
      signal,
    });
    await result.arrayBuffer();
    return result.ok ? undefined : `status ${result.status}`;
  } catch (error) {
    const { name, cause } = error as { name: string; cause?: NodeJS.ErrnoException };
    return [name, cause?.code].filter(Boolean).join(': ');
  }
}
