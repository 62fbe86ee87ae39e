import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AuthorizationOptions } from './authorization';
import { rightFor } from './authorization';
import { KinesisVideoError } from './errors';
import type { Quotas, VersionMoves } from './operations';
import { Operations } from './operations';
import type { Operation } from './requests';
import type { Delays } from './streams';
import { Streams } from './streams';
import { operationOf, parseRequest } from './wire';
import { contentOf } from '../aws-proxy/gateway';
import { PlannedFailures } from '../aws-proxy/planned-failures';
import type { SessionDirectory } from '../aws-proxy/sessions';
import type { RoleDirectory } from '../iam/role-directory';
import { close, listen } from '../listening';
import type { Answer } from '../service/answers';
import { nameOf, send, sendError, serviceErrorOf } from '../service/answers';
import type { CallerOptions, Principal } from '../service/callers';
import { authorize, principalOf } from '../service/callers';
import { Throttle } from '../service/throttle';

export interface KinesisVideoOptions {
  readonly roles: RoleDirectory;
  readonly sessions: SessionDirectory;
  /** @default a free port */
  readonly port?: number;
  /** @default 'us-east-1' */
  readonly region?: string;
  /** @default '000000000000', the account of the local AWS */
  readonly account?: string;
  /** @default 'aws' */
  readonly partition?: string;
  /** @default 'test' */
  readonly rootAccessKeyIds?: readonly string[];
  /** In milliseconds since 1970. */
  readonly now?: () => number;
  /** @default no delays */
  readonly delays?: Partial<Delays>;
}

/** The faults of the service, which may be changed while it runs. */
export interface KinesisVideoFaults {
  /** The added latency of every call. */
  latencyMilliseconds: number;
  /** The rate limit of each operation in calls a second; more fail with ClientLimitExceededException. Undefined for no limit. */
  requestsPerSecond: number | undefined;
  /** The planned failures by operation. */
  readonly failures: PlannedFailures<KinesisVideoError>;
}

/** A call and its result. */
export interface KinesisVideoCall {
  readonly operation: Operation;
  /** The role's ARN, or `root`; undefined for an unknown caller. */
  readonly principal?: string;
  readonly status: number;
  /** The name of the error of a failed call. */
  readonly error?: string;
}

/** The control plane of Kinesis Video Streams. */
export interface KinesisVideo {
  readonly url: string;
  /** Every call so far, oldest first. */
  readonly calls: KinesisVideoCall[];
  readonly streams: Streams;
  readonly delays: Delays;
  readonly faults: KinesisVideoFaults;
  readonly quotas: Quotas;
  readonly versionMoves: VersionMoves;
  stop(): Promise<void>;
}

/** Serves the control plane of Kinesis Video Streams over HTTP. */
export async function startKinesisVideo(options: KinesisVideoOptions): Promise<KinesisVideo> {
  const { port, region = 'us-east-1', account = '000000000000', partition = 'aws', now = Date.now } = options;
  const delays: Delays = {
    creationMilliseconds: 0, updateMilliseconds: 0, deletionMilliseconds: 0, describeLagMilliseconds: 0, ...options.delays,
  };
  const streams = new Streams(now, delays);
  const shared = {
    calls: [],
    streams,
    delays,
    faults: { latencyMilliseconds: 0, requestsPerSecond: undefined, failures: new PlannedFailures<KinesisVideoError>() },
    quotas: { streams: 10_000, streamsPerDevice: 10_000, invalidDevices: new Set<string>() },
    versionMoves: { tags: true, retention: true, storageTier: true },
  };
  const service = new Service({ ...options, ...shared, region, account, partition, now, find: (name) => streams.find(name) });
  const server = createServer((request, response) => {
    service.answer(request, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  });
  return { ...shared, url: await listen(server, port), stop: () => close(server) };
}

type ServiceOptions = AuthorizationOptions & Omit<KinesisVideo, 'url' | 'stop'> & Pick<KinesisVideoOptions, 'roles' | 'sessions' | 'rootAccessKeyIds'>;

class Service {
  private readonly operations: Operations;
  private readonly throttle: Throttle;
  private readonly callers: CallerOptions;

  constructor(private readonly options: ServiceOptions) {
    this.operations = new Operations(options);
    this.throttle = new Throttle(options.now);
    this.callers = {
      ...options,
      rootAccessKeyIds: options.rootAccessKeyIds ?? ['test'],
      service: 'kinesisvideo',
      refuse: (errorName, message) => new KinesisVideoError(errorName, message),
    };
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { calls, faults } = this.options;
    const body = (await contentOf(request)).toString();
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const operation = operationOf(request.method ?? '', pathname);
    if (!operation) {
      const error = new KinesisVideoError('UnknownOperationException', `${request.method} ${pathname} is no operation on video streams`);
      return sendError(response, error, 'Message');
    }
    let principal: Principal | undefined;
    try {
      await sleep(faults.latencyMilliseconds);
      principal = await this.admit(request, operation);
      const answer = this.perform(principal, operation, body);
      calls.push({ operation, principal: nameOf(principal), status: 200 });
      send(response, 200, answer);
    } catch (thrown) {
      const error = serviceErrorOf(thrown, 'kinesis-video', (message) => new KinesisVideoError('InternalFailureException', message));
      calls.push({ operation, ...principal ? { principal: nameOf(principal) } : {}, status: error.status, error: error.errorName });
      sendError(response, error, 'Message');
    }
  }

  /** Authenticates the caller and applies the rate limit. */
  private async admit(request: IncomingMessage, operation: Operation): Promise<Principal> {
    const { requestsPerSecond } = this.options.faults;
    const principal = await principalOf({
      authorization: request.headers.authorization,
      securityToken: request.headers['x-amz-security-token']?.toString(),
    }, this.callers);
    if (requestsPerSecond !== undefined && !this.throttle.take(operation, requestsPerSecond)) {
      throw new KinesisVideoError('ClientLimitExceededException', 'Rate exceeded');
    }
    return principal;
  }

  private perform(principal: Principal, operation: Operation, body: string): Answer {
    const { failures } = this.options.faults;
    const planned = failures.take(operation, 'before');
    if (planned) throw planned;
    const request = parseRequest(operation, body);
    if (principal.kind === 'role') authorize([rightFor(request, this.options)], principal, this.callers);
    const answer = this.operations.perform(request);
    const lost = failures.take(operation, 'after');
    if (lost) throw lost;
    return answer;
  }
}
