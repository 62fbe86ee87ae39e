import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { rightsFor } from './authorization';
import { ServiceError } from './errors';
import type { StreamsFaults } from './faults';
import type { SessionDirectory } from '../../aws-proxy/sessions';
import type { RoleDirectory } from '../../iam/role-directory';
import type { ObjectAccess } from '../object-access';
import { Operations } from './operations';
import type { Operation } from '../requests';
import type { StreamStore } from '../store';
import { parseRequest, routeOf } from './wire';
import type { Gateway } from '../../aws-proxy/gateway';
import { contentOf, pass } from '../../aws-proxy/gateway';
import { close, listen } from '../../listening';
import type { Answer } from '../../service/answers';
import { nameOf, send, sendError, serviceErrorOf } from '../../service/answers';
import type { CallerOptions, Principal } from '../../service/callers';
import { authorize, principalOf } from '../../service/callers';
import { Throttle } from '../../service/throttle';

export interface ControlPlaneOptions {
  readonly region: string;
  readonly port?: number;
  readonly rootAccessKeyIds: readonly string[];
  readonly sessions: SessionDirectory;
  readonly roles: RoleDirectory;
  readonly access: ObjectAccess;
  readonly store: StreamStore;
  readonly faults: StreamsFaults;
  readonly maxFileSize: number;
  readonly defaultPageSize: number;
  readonly now: () => number;
  /** Handles every other call of AWS IoT; without it, they fail. */
  readonly gateway?: Gateway;
  /** The `host:port` of the MQTT broker, which DescribeEndpoint returns. @default the answer of the gateway */
  readonly dataEndpoint?: string;
  /** The `host:port` of the credentials provider, which DescribeEndpoint returns. @default the answer of the gateway */
  readonly credentialsEndpoint?: string;
}

/** A call and its result. */
export interface StreamsCall {
  readonly operation: Operation;
  /** The stream ID in the path; empty for lists and tags. */
  readonly streamId: string;
  /** The body as it was sent. */
  readonly body: string;
  readonly query: string;
  /** The role's ARN, or `root`; undefined for an unknown caller. */
  readonly principal?: string;
  readonly startedAt: number;
  readonly status: number;
  /** The name of the error of a failed call. */
  readonly error?: string;
}

export interface ControlPlane {
  readonly url: string;
  /** Every call about streams so far, oldest first. */
  readonly calls: StreamsCall[];
  stop(): Promise<void>;
}

/** Serves the API of streams and their tags over HTTP. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const calls: StreamsCall[] = [];
  const service = new Service(options, calls);
  const server = createServer((request, response) => {
    service.answer(request, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  });
  const url = await listen(server, options.port);
  return { url, calls, stop: () => close(server) };
}

class Service {
  private readonly operations: Operations;
  private readonly throttle: Throttle;
  private readonly callers: CallerOptions;

  constructor(private readonly options: ControlPlaneOptions, private readonly calls: StreamsCall[]) {
    this.operations = new Operations(options);
    this.throttle = new Throttle(options.now);
    this.callers = { ...options, service: 'iot', refuse: (errorName, message) => new ServiceError(errorName, message) };
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const content = await contentOf(request);
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const endpointAddress = pathname === '/endpoint' ? this.endpoint(searchParams.get('endpointType')) : undefined;
    if (endpointAddress !== undefined) return send(response, 200, { endpointAddress });
    const route = routeOf(request.method ?? '', pathname);
    const body = content.toString();
    if (!route || isOfAnotherResource(route.operation, searchParams, body)) return this.passOn(request, response, content);

    const call = { ...route, body, query: searchParams.toString(), startedAt: this.options.now() };
    let principal: Principal | undefined;
    try {
      await sleep(this.options.faults.latencyMilliseconds);
      principal = await this.admit(request, route.operation);
      const answer = await this.perform(principal, { ...route, query: searchParams, body });
      this.calls.push({ ...call, principal: nameOf(principal), status: 200 });
      send(response, 200, answer);
    } catch (thrown) {
      const error = serviceErrorOf(thrown, 'iot-streams', (message) => new ServiceError('InternalFailureException', message));
      this.calls.push({ ...call, ...(principal ? { principal: nameOf(principal) } : {}), status: error.status, error: error.errorName });
      sendError(response, error);
    }
  }

  private endpoint(type: string | null): string | undefined {
    return type === 'iot:CredentialProvider' ? this.options.credentialsEndpoint : this.options.dataEndpoint;
  }

  /** Authenticates the caller and applies the rate limit. */
  private async admit(request: IncomingMessage, operation: Operation): Promise<Principal> {
    const { faults } = this.options;
    const principal = await principalOf({
      authorization: request.headers.authorization,
      securityToken: request.headers['x-amz-security-token']?.toString(),
    }, this.callers);
    if (faults.requestsPerSecond !== undefined && !this.throttle.take(operation, faults.requestsPerSecond)) {
      throw new ServiceError('ThrottlingException', 'Rate exceeded');
    }
    return principal;
  }

  private async perform(principal: Principal, wire: Parameters<typeof parseRequest>[0]): Promise<Answer> {
    const { faults, store } = this.options;
    const planned = faults.failures.take(wire.operation, 'before');
    if (planned) throw planned;
    const request = parseRequest(wire);
    if (principal.kind === 'role') authorize(rightsFor(request, store), principal, this.callers);
    const answer = await this.operations.perform(request);
    const lost = faults.failures.take(wire.operation, 'after');
    if (lost) throw lost;
    return answer;
  }

  private async passOn(request: IncomingMessage, response: ServerResponse, content: Buffer): Promise<void> {
    const { gateway } = this.options;
    if (!gateway) return sendError(response, new ServiceError('UnknownOperationException', `${request.method} ${request.url} is not about streams`));
    await pass(await gateway.forward(request, content), response);
  }
}

/** Whether a call about tags is for another resource than a stream. */
function isOfAnotherResource(operation: Operation, query: URLSearchParams, body: string): boolean {
  if (operation === 'ListTagsForResource') return isOtherArn(query.get('resourceArn') ?? '');
  if (operation !== 'TagResource' && operation !== 'UntagResource') return false;
  return isOtherArn(/"resourceArn"\s*:\s*"([^"]*)"/.exec(body)?.[1] ?? '');
}

function isOtherArn(arn: string): boolean {
  return /^arn:[^:]*:iot:[^:]*:[^:]*:(?!stream\/)/.test(arn);
}
