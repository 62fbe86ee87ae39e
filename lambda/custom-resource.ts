import { setMaxListeners } from 'node:events';
import type { CloudFormationCustomResourceEvent, CloudFormationCustomResourceResponse, Context } from 'aws-lambda';
import { log, Subject } from './log';

/*
 * CloudFormation's side of a custom resource, and nothing else: one answer per event, always before the deadline of the
 * Lambda, in at most 4,096 bytes. What there is to do comes in as a function.
 */

/** What a resource does with an event; it throws to fail. The signal ends everything that is still under way. */
export type Lifecycle = (event: CloudFormationCustomResourceEvent, signal: AbortSignal) => Promise<Attributes>;

export type Attributes = Readonly<Record<string, string>>;

/** What a Create fails with that has made nothing: whatever keeps it from working must not keep its Delete from ending. */
export class NothingMade extends Error {
  constructor(cause: unknown) {
    super(messageOf(cause), { cause });
  }
}

/** The id of a resource that was never made. CloudFormation names it in one event, the Delete that follows. */
export const NEVER_MADE = 'cdk-iot-streams:never-made';

export interface Protocol {
  readonly lifecycle: Lifecycle;
  /** The id of a resource that is being created; an event that names one keeps it, whatever happens. */
  readonly physicalId: (event: CloudFormationCustomResourceEvent) => string;
  /** What the log says of an event. */
  readonly subjectOf: (event: CloudFormationCustomResourceEvent) => Subject;
  /** Ends the process, so that frozen work cannot go on inside the next invocation. */
  readonly exit: () => void;
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html */
const MAXIMUM_RESPONSE_BYTES = 4096;
/** For the answer itself: its retries have to fit in. */
const RESERVED_MILLISECONDS = 20_000;
const ATTEMPTS = 6;
const ATTEMPT_MILLISECONDS = 5_000;
const FIRST_PAUSE_MILLISECONDS = 250;
/** What an attempt leaves to the Lambda's own end. */
const LAST_MILLISECONDS = 500;

export function customResource(protocol: Protocol) {
  return async (event: CloudFormationCustomResourceEvent, context: Context): Promise<void> => {
    const reserved = Math.min(RESERVED_MILLISECONDS, context.getRemainingTimeInMillis() / 2);
    const deadline = Date.now() + context.getRemainingTimeInMillis() - reserved;
    const { response, late } = await decide(protocol, event, deadline, context);
    try {
      await answer(event.ResponseURL, response, protocol.subjectOf(event), () => context.getRemainingTimeInMillis() - LAST_MILLISECONDS);
    } finally {
      if (late) protocol.exit();
    }
  };
}

async function decide(protocol: Protocol, event: CloudFormationCustomResourceEvent, deadline: number, context: Context) {
  const work = new AbortController();
  // every call listens for the end: there may be a hundred, and Node.js warns of eleven
  setMaxListeners(Infinity, work.signal);
  let timer: NodeJS.Timeout | undefined;
  const outOfTime = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), deadline - Date.now());
  });
  try {
    const outcome = await Promise.race([protocol.lifecycle(event, work.signal), outOfTime]);
    if (outcome === 'late') {
      const reason = 'the handler ran out of time: deploy again, and look for the slow call in its log';
      return { response: failure(protocol, event, reason, context), late: true };
    }
    return { response: respond(protocol, event, { Status: 'SUCCESS', Data: outcome }), late: false };
  } catch (error) {
    const id = error instanceof NothingMade ? NEVER_MADE : undefined;
    return { response: failure(protocol, event, messageOf(error), context, id), late: false };
  } finally {
    clearTimeout(timer);
    work.abort();
  }
}

function failure(protocol: Protocol, event: CloudFormationCustomResourceEvent, reason: string, context: Context, newId?: string) {
  const response = (text: string) => respond(protocol, event, { Status: 'FAILED', Reason: text }, newId);
  const hint = ` (log stream: ${context.logStreamName} in ${context.logGroupName})`;
  const room = MAXIMUM_RESPONSE_BYTES - size(response(hint));
  return response(`${cut(reason, room)}${hint}`);
}

type Result = { Status: 'SUCCESS'; Data: Attributes } | { Status: 'FAILED'; Reason: string };

function respond(protocol: Protocol, event: CloudFormationCustomResourceEvent, result: Result, newId = protocol.physicalId(event)) {
  return {
    ...result,
    PhysicalResourceId: 'PhysicalResourceId' in event ? event.PhysicalResourceId : newId,
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
  } as CloudFormationCustomResourceResponse;
}

function size(response: CloudFormationCustomResourceResponse): number {
  return Buffer.byteLength(JSON.stringify(response));
}

/** Cuts a text so that its JSON form takes at most so many bytes. */
function cut(text: string, bytes: number): string {
  const escaped = (part: string) => Buffer.byteLength(JSON.stringify(part)) - 2;
  if (escaped(text) <= bytes) return text;
  let characters = [...text].slice(0, bytes);
  while (escaped(characters.join('')) > bytes - 3) {
    characters = characters.slice(0, Math.floor(characters.length * 0.9));
  }
  return `${characters.join('')}...`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function answer(
  url: string, response: CloudFormationCustomResourceResponse, subject: Subject, remaining: () => number,
): Promise<void> {
  const body = JSON.stringify(response);
  for (let attempt = 1; ; attempt++) {
    const start = Date.now();
    const problem = await put(url, body, Math.max(1, Math.min(ATTEMPT_MILLISECONDS, remaining())));
    log({ ...subject, call: 'answer', milliseconds: Date.now() - start, attempt, status: response.Status, problem });
    if (!problem) return;
    const pause = FIRST_PAUSE_MILLISECONDS * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
    if (attempt === ATTEMPTS || pause >= remaining()) {
      throw new Error(`failed to answer CloudFormation after ${attempt} attempts: ${problem}`);
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

/** Says what went wrong without the address: it is a credential. */
async function put(url: string, body: string, milliseconds: number): Promise<string | undefined> {
  try {
    const result = await fetch(url, {
      method: 'PUT',
      // the presigned address is signed for an empty content type
      headers: { 'content-type': '' },
      body,
      signal: AbortSignal.timeout(milliseconds),
    });
    await result.arrayBuffer();
    return result.ok ? undefined : `status ${result.status}`;
  } catch (error) {
    const { name, cause } = error as { name: string; cause?: NodeJS.ErrnoException };
    return [name, cause?.code].filter(Boolean).join(': ');
  }
}
