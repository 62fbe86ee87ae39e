import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiCall } from './action';
import { credentialScope, kmsAction, s3Action, stsParameters } from './action';
import { contentOf, Gateway, pass, withoutHopHeaders } from './gateway';
import { close, listen } from '../listening';
import { PlannedFailures } from './planned-failures';
import type { RoleSession, SessionDirectory } from './sessions';
import { sessionIn } from './sessions';

/** An error that the proxy answers in the service's stead. */
export interface ProxyError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** What can go wrong on the way; may be changed at any time. */
export interface ProxyFaults {
  /** What every call takes longer: a number, or one for each action. */
  latencyMilliseconds: number | ((action: string) => number);
  /** Whether a missing object is answered with 403, as S3 answers whoever may not list the bucket; the local AWS answers 404. */
  hidesMissingObjects: boolean;
  /** Failures to come. */
  readonly failures: PlannedFailures<ProxyError>;
}

/** One call that passed, with what it cost. */
export interface ProxyCall extends ApiCall {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly startedAt: number;
  readonly durationMilliseconds: number;
}

export interface AwsProxyOptions {
  /** Where the local AWS listens. */
  readonly gateway: string;
  /** The authority of the gateway's certificate, where it speaks HTTPS. */
  readonly caFile?: string;
  /** Default: a free one. */
  readonly port?: number;
  readonly faults?: Partial<Pick<ProxyFaults, 'latencyMilliseconds'>>;
}

export interface AwsProxy extends SessionDirectory {
  readonly url: string;
  readonly faults: ProxyFaults;
  /** Every call so far, oldest first. */
  readonly calls: readonly ProxyCall[];
  sessionOf(accessKeyId: string): RoleSession | undefined;
  /** The role whose session an access key belongs to. */
  roleOf(accessKeyId: string): string | undefined;
  /** How often an action was called since the last `clearCalls`. */
  count(action: string): number;
  clearCalls(): void;
  stop(): Promise<void>;
}

/** S3's answer to a prefix that grows too busy. */
export const SLOW_DOWN: ProxyError = { status: 503, code: 'SlowDown', message: 'Please reduce your request rate.' };
export const ACCESS_DENIED: ProxyError = { status: 403, code: 'AccessDenied', message: 'Access Denied' };
export const INTERNAL_ERROR: ProxyError = { status: 500, code: 'InternalError', message: 'We encountered an internal error. Please try again.' };

/**
 * Starts a proxy before S3, STS and KMS that changes nothing of what passes, the Host included, because the signature
 * covers it. It knows whose access keys STS handed out, counts calls, and lets tests make the way slow and unsafe.
 */
export async function startAwsProxy(options: AwsProxyOptions): Promise<AwsProxy> {
  const sessions = new Map<string, RoleSession>();
  const calls: ProxyCall[] = [];
  const faults: ProxyFaults = {
    latencyMilliseconds: options.faults?.latencyMilliseconds ?? 0, hidesMissingObjects: false, failures: new PlannedFailures(),
  };
  const gateway = new Gateway(options.gateway, options.caFile);
  const server = createServer((request, response) => {
    const startedAt = Date.now();
    const way: Way = {
      faults,
      gateway,
      record: (call, status) => calls.push({
        ...call, method: request.method ?? 'GET', path: request.url ?? '/', status, startedAt, durationMilliseconds: Date.now() - startedAt,
      }),
      remember: (session) => sessions.set(session.accessKeyId, session),
    };
    handle(request, response, way).catch((error: unknown) => {
      // a reset connection is what a client sees of a service that is gone
      response.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  });
  const url = await listen(server, options.port);

  return {
    url,
    faults,
    calls,
    sessionOf: (accessKeyId) => sessions.get(accessKeyId),
    roleOf: (accessKeyId) => sessions.get(accessKeyId)?.roleArn,
    count: (action) => calls.filter((call) => call.action === action).length,
    clearCalls: () => { calls.length = 0; },
    stop: async () => {
      gateway.close();
      await close(server);
    },
  };
}

const objectReads = ['CopyObject', 'GetObject', 'HeadObject'];

interface Way {
  readonly faults: ProxyFaults;
  readonly gateway: Gateway;
  /** Called before the answer goes out, so that a client that has its answer finds its call counted. */
  record(call: ApiCall, status: number): void;
  remember(session: RoleSession): void;
}

async function handle(request: IncomingMessage, response: ServerResponse, way: Way): Promise<void> {
  const scope = credentialScope(request);
  // S3 alone has objects of any size: they are passed on as they come
  const body = scope[3] === 'sts' ? await contentOf(request) : request;
  const parameters = Buffer.isBuffer(body) ? stsParameters(request, body.toString()) : undefined;
  const call: ApiCall = { ...callOf(request, scope[3], parameters), ...(scope[0] ? { accessKeyId: scope[0] } : {}) };
  const { latencyMilliseconds, failures } = way.faults;
  await sleep(typeof latencyMilliseconds === 'number' ? latencyMilliseconds : latencyMilliseconds(call.action));

  const failure = failures.take(call.action, 'before');
  if (failure) {
    request.resume();
    return refuse(response, call, failure, way);
  }
  const answer = await way.gateway.forward(request, body);
  const isHidden = way.faults.hidesMissingObjects && answer.statusCode === 404 && objectReads.includes(call.action);
  const lost = failures.take(call.action, 'after') ?? (isHidden ? ACCESS_DENIED : undefined);
  if (lost) {
    answer.resume();
    return refuse(response, call, lost, way);
  }
  const status = answer.statusCode ?? 502;
  if (call.action === 'AssumeRole') {
    const content = await contentOf(answer);
    const session = sessionIn(content.toString(), parameters?.get('RoleArn') ?? '');
    if (session) way.remember(session);
    way.record(call, status);
    response.writeHead(status, withoutHopHeaders(answer.rawHeaders)).end(content);
  } else {
    way.record(call, status);
    await pass(answer, response);
  }
}

function callOf(request: IncomingMessage, service: string, parameters: URLSearchParams | undefined): Pick<ApiCall, 'service' | 'action'> {
  if (parameters) return { service: 'sts', action: parameters.get('Action') ?? 'unknown' };
  if (service === 'kms') return { service, action: kmsAction(request) };
  return { service: 's3', action: s3Action(request) };
}

function refuse(response: ServerResponse, call: ApiCall, { status, code, message }: ProxyError, way: Way): void {
  way.record(call, status);
  if (call.service === 'kms') {
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify({ __type: code, message }));
    return;
  }
  const error = `<Code>${code}</Code><Message>${message}</Message>`;
  const xml = call.service === 'sts'
    ? `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>${status < 500 ? 'Sender' : 'Receiver'}</Type>${error}</Error></ErrorResponse>`
    : `<Error>${error}</Error>`;
  response.writeHead(status, { 'content-type': 'application/xml' }).end(`<?xml version="1.0" encoding="UTF-8"?>\n${xml}`);
}
