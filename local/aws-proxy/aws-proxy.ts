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

/** An error that the proxy returns instead of the service. */
export interface ProxyError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** The faults of the proxy, which may be changed at any time. */
export interface ProxyFaults {
  /** The added latency of every call: a number, or one for each action. */
  latencyMilliseconds: number | ((action: string) => number);
  /** Whether the proxy returns 403 for a missing object, as S3 does if the caller may not list the bucket; the local AWS returns 404. */
  hidesMissingObjects: boolean;
  /** The planned failures. */
  readonly failures: PlannedFailures<ProxyError>;
}

/** One call through the proxy, with its cost. */
export interface ProxyCall extends ApiCall {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly startedAt: number;
  readonly durationMilliseconds: number;
}

export interface AwsProxyOptions {
  /** The URL of the local AWS. */
  readonly gateway: string;
  /** The certificate authority of the gateway, if it uses HTTPS. */
  readonly caFile?: string;
  /** @default a free port */
  readonly port?: number;
  readonly faults?: Partial<Pick<ProxyFaults, 'latencyMilliseconds'>>;
}

export interface AwsProxy extends SessionDirectory {
  readonly url: string;
  readonly faults: ProxyFaults;
  /** Every call so far, oldest first. */
  readonly calls: readonly ProxyCall[];
  sessionOf(accessKeyId: string): RoleSession | undefined;
  /** Returns the role whose session has this access key. */
  roleOf(accessKeyId: string): string | undefined;
  /** Returns the number of calls of an action since the last `clearCalls`. */
  count(action: string): number;
  clearCalls(): void;
  stop(): Promise<void>;
}

/** The error of S3 if a prefix receives too many requests. */
export const SLOW_DOWN: ProxyError = { status: 503, code: 'SlowDown', message: 'Please reduce your request rate.' };
export const ACCESS_DENIED: ProxyError = { status: 403, code: 'AccessDenied', message: 'Access Denied' };
export const INTERNAL_ERROR: ProxyError = { status: 500, code: 'InternalError', message: 'We encountered an internal error. Please try again.' };

/**
 * Starts a proxy in front of S3, STS and KMS. It forwards requests unchanged, including the Host header, because the signature
 * covers it. It records the sessions that STS creates, counts calls, and lets tests plan latency and failures.
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
      // clients of a stopped service see a reset connection
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
  /** Called before the response is sent, so that the call is counted when the client receives it. */
  record(call: ApiCall, status: number): void;
  remember(session: RoleSession): void;
}

async function handle(request: IncomingMessage, response: ServerResponse, way: Way): Promise<void> {
  const scope = credentialScope(request);
  // only STS requests are read completely; objects of S3 have any size and are streamed
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
