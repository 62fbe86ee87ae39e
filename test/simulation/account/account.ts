import { createRequire } from 'node:module';
import type { FunctionCode, Invocation, Sandbox } from './cloudformation/async-function';
import { AsyncFunction } from './cloudformation/async-function';
import { CustomResources } from './cloudformation/custom-resources';
import { IamAccount } from './cloudformation/iam-account';
import type { Made, ResourceHandler } from './cloudformation/resource-handler';
import { ResourceFailed } from './cloudformation/resource-handler';
import type { Properties } from './cloudformation/template';
import { VirtualTime } from './cloudformation/virtual-time';
import type { compiledHandler } from './source';
import { FIRST, LAST } from './templates';
import { CallFailed } from '../../lambda/core/call';
import type { PinnedFile, Signing } from '../../lambda/iot-file-stream/model';
import type { Services, Signer } from '../../lambda/iot-file-stream/services';
import { decide, mayAssume } from '../../local/iam/evaluator';
import type { PolicyDocument } from '../../local/iam/policy-document';
import { parsePolicy } from '../../local/iam/policy-document';
import type { Role } from '../../local/iam/role-directory';
import type { Bucket, Right } from '../lambda/iot-file-stream/doubles';
import { arnOf, World } from '../lambda/iot-file-stream/doubles';

/*
 * An account in virtual time: what the template's resources are made of, the handler in its sandboxes, the network
 * between it and the services, and who may do what.
 */

export const ACCOUNT = '111122223333';
export const REGION = 'eu-west-1';

/** What goes wrong on the way of one call, counted within a step. */
export interface Fault {
  readonly call: number;
  readonly kind: FaultKind;
}

/**
 * `lost`: done, but the answer says it failed. `fails in its body`: status 200 and an error, as S3's copies can, which the SDK
 * does not repeat. `hangs`: done, no answer ever. `late`: done, answered past the deadline.
 */
export type FaultKind = typeof FAULT_KINDS[number];
export const FAULT_KINDS = ['dies before', 'dies after', 'lost', 'fails', 'fails in its body', 'throttled', 'denied', 'hangs', 'slow', 'late'] as const;

export interface AnswerFault {
  readonly attempt: number;
  readonly kind: AnswerFaultKind;
}

export type AnswerFaultKind = 'lost' | 'refused' | 'hangs' | 'reset';
export const ANSWER_FAULT_KINDS: readonly AnswerFaultKind[] = ['lost', 'refused', 'hangs', 'reset'];

/** What KMS answers to who wants to sign: 'late key' says that there is no such key for a while, as of one made a moment ago. */
export type KmsWeather = typeof KMS_WEATHERS[number];
export const KMS_WEATHERS = ['works', 'disabled', 'pending deletion', 'denies', 'late key'] as const;

export interface Delivery {
  readonly event: number;
  /** In milliseconds after the event was sent. */
  readonly delays: readonly number[];
}

/** What happens to a step from outside. */
export interface Faults {
  readonly faults: readonly Fault[];
  readonly answerFaults: readonly AnswerFault[];
  readonly deliveries: readonly Delivery[];
  readonly iamLatenessMilliseconds: number;
  /** How long a new bucket is not versioned in every respect. */
  readonly versioningLatenessMilliseconds: number;
  /** How much longer than other calls one that reads can be on its way: what it finds may be older than what it is compared with. */
  readonly jitterMilliseconds: number;
  readonly kms: KmsWeather;
  readonly failing: 'none' | 'first' | 'last';
  readonly isImpatient: boolean;
  /** What CloudFormation takes from one phase of an operation to the next. */
  readonly phaseMilliseconds: number;
  /** Whether what failed stays as it is, as `cdk deploy --no-rollback` and `--express` ask for. */
  readonly keepsFailed: boolean;
  /** When what failed to be created is deleted, beside its next creation. */
  readonly deletesFailed: 'before' | 'during' | 'after';
  /** Whether the addresses for answers say nothing of when their events were sent. */
  readonly isUndated: boolean;
}

export const NO_FAULTS: Faults = {
  faults: [],
  answerFaults: [],
  deliveries: [],
  iamLatenessMilliseconds: 0,
  versioningLatenessMilliseconds: 0,
  jitterMilliseconds: 0,
  kms: 'works',
  failing: 'none',
  isImpatient: false,
  phaseMilliseconds: 1_000,
  keepsFailed: false,
  deletesFailed: 'before',
  isUndated: false,
};

const CALL_MILLISECONDS = 10;
const SLOW_MILLISECONDS = 40_000;
const LATE_MILLISECONDS = 290_000;
const KEY_LATENESS_MILLISECONDS = 20_000;
/** By conditions, what KMS calls it. */
const KMS_ERRORS: Readonly<Record<Exclude<KmsWeather, 'works'>, string>> = {
  'disabled': 'DisabledException', 'pending deletion': 'KMSInvalidStateException', 'denies': 'AccessDeniedException', 'late key': 'NotFoundException',
};
/** Longer than CloudFormation takes an answer. */
const LONG = ' and so on'.repeat(500);
const nodeRequire = createRequire(__filename);

interface Session {
  readonly roleArn: string;
}

/** A promise that was broken. */
export class Broken extends Error {}

export class Account {
  readonly time = new VirtualTime();
  readonly iam = new IamAccount(this.time, ACCOUNT, () => this.unique());
  readonly world = new World((roleArn, file) => this.readAsIot(roleArn, file));
  readonly function: AsyncFunction;
  readonly custom: CustomResources;
  /** The first promise broken ends the run. */
  broken?: Error;
  /** Called after everything that changes something. */
  changed?: (invocation: Invocation | undefined, call: string) => void;
  /** Called when the handler is about to sign a SHA-256. */
  signing?: (invocation: Invocation, sha256: string, signing: Signing) => void;
  /** Told everything that happens, where somebody wants to read it. */
  trace?: (line: string) => void;
  private readonly expiring = new Set<string>();
  private readonly bucketPolicies = new Map<string, PolicyDocument>();
  private readonly roleOfFunction = { arn: '' };
  private readonly accepted = new Map<Invocation, Set<string>>();
  private readonly acceptedAt = new Map<Invocation, number>();
  private readonly attempted = new Map<Invocation, number>();
  private conditions = NO_FAULTS;
  private conditionsSince = 0;
  private calls = 0;
  private answers = 0;
  private events = 0;
  private uniques = 0;

  private readonly handlers = this.resourceHandlers();

  constructor(private readonly program: ReturnType<typeof compiledHandler>) {
    this.function = new AsyncFunction({
      time: this.time,
      start: (sandbox) => this.start(sandbox),
      deliveries: () => {
        this.events += 1;
        return this.conditions.deliveries.find(({ event }) => event === this.events)?.delays ?? [0];
      },
    });
    this.custom = new CustomResources({
      time: this.time, requestId: () => this.guid(), isDated: () => !this.conditions.isUndated, send: (event) => this.function.send(event),
    });
  }

  set(conditions: Faults): void {
    // recorded histories know nothing of later kinds of conditions
    this.conditions = { ...NO_FAULTS, ...conditions };
    this.conditionsSince = this.time.now();
    this.iam.latenessMilliseconds = conditions.iamLatenessMilliseconds;
    this.calls = 0;
    this.answers = 0;
    this.events = 0;
  }

  async pause(): Promise<void> {
    await this.time.sleep(this.conditions.phaseMilliseconds);
  }

  get keepsFailed(): boolean {
    return this.conditions.keepsFailed;
  }

  get deletesFailed(): Faults['deletesFailed'] {
    return this.conditions.deletesFailed;
  }

  get isImpatient(): boolean {
    return this.conditions.isImpatient;
  }

  unique(): string {
    this.uniques += 1;
    return this.uniques.toString(36).toUpperCase().padStart(8, '0');
  }

  guid(): string {
    this.uniques += 1;
    return `00000000-0000-4000-8000-${String(this.uniques).padStart(12, '0')}`;
  }

  fail(message: string): void {
    this.note(() => `BROKEN: ${message}`);
    this.broken ??= new Broken(message);
  }

  handlerOf(type: string): ResourceHandler {
    const handler = type.startsWith('Custom::') ? this.custom : this.handlers[type] ?? this.plain({});
    return this.trace ? this.noted(handler) : handler;
  }

  /** Writes down what happens, where somebody wants to read it. */
  note(what: () => string): void {
    this.trace?.(`${new Date(this.time.now()).toISOString().slice(8, 23)} ${what()}`);
  }

  /** Whether AWS IoT can give the object to a device now; why not. */
  problemWith(roleArn: string, file: PinnedFile): string | undefined {
    try {
      this.readAsIot(roleArn, file);
      this.world.read(file);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  }

  /** Deliveries that ran while this one did: until they had answered, or what they had sent had arrived. */
  beside(invocation: Invocation): Invocation[] {
    return this.function.invocations.filter((other) => {
      const until = this.acceptedAt.get(other) ?? (other.to === undefined ? Infinity : other.to + CALL_MILLISECONDS);
      return other !== invocation && other.from <= (invocation.to ?? Infinity) && until > invocation.from;
    });
  }

  /** A bucket's lifecycle rules, as they are carried out once a day. */
  expireNoncurrent(): void {
    for (const bucket of this.expiring) {
      const { objects } = this.world.bucket(bucket);
      const current = new Set(
        [...objects.reduce((newest, { key, version }) => newest.set(key, version), new Map<string, string>()).values()],
      );
      objects.splice(0, objects.length, ...objects.filter(({ version }) => current.has(version)));
    }
  }

  /** Of every invocation that has ended since the last look. */
  checkInvocations(): void {
    for (const invocation of this.function.invocations) {
      if (invocation.outcome === undefined || invocation.outcome === 'died') continue;
      const accepted = this.accepted.get(invocation)?.size ?? 0;
      const { RequestType, LogicalResourceId } = invocation.event;
      const what = `the ${RequestType} of ${LogicalResourceId} ${invocation.outcome}`;
      if (invocation.outcome === 'timed out') this.fail(`an invocation must end before its deadline: ${what}`);
      if (accepted !== 1 && (this.attempted.get(invocation) ?? 0) < 6) {
        this.fail(`an invocation that lives must answer exactly once: ${what} with ${accepted} answers`);
      }
    }
  }

  private noted(handler: ResourceHandler): ResourceHandler {
    const told = async <T>(what: string, logicalId: string, work: () => Promise<T>): Promise<T> => {
      this.note(() => `CloudFormation: ${what} ${logicalId}`);
      try {
        return await work();
      } catch (error) {
        this.note(() => `CloudFormation: ${what} ${logicalId} failed: ${(error as Error).message}`);
        throw error;
      }
    };
    return {
      create: async (request) => told('create', request.logicalId, async () => handler.create(request)),
      update: async (request) => told('update', request.logicalId, async () => handler.update(request)),
      delete: async (request) => told('delete', request.logicalId, async () => handler.delete(request)),
    };
  }

  private resourceHandlers(): Record<string, ResourceHandler> {
    return {
      ...this.iam.handlers(),
      'AWS::S3::Bucket': {
        create: async ({ logicalId, properties }) => {
          const name = `shop-${logicalId}-${this.unique()}`.toLowerCase();
          this.spreadVersioning(this.world.makeBucket(name));
          if (JSON.stringify(properties).includes('NoncurrentVersionExpiration')) this.expiring.add(name);
          return { physicalId: name, attributes: { Arn: `arn:aws:s3:::${name}` } };
        },
        update: async ({ physicalId }) => ({ physicalId, attributes: { Arn: `arn:aws:s3:::${physicalId}` } }),
        delete: async ({ physicalId }) => {
          if (this.world.bucket(physicalId).objects.length > 0) throw new ResourceFailed('The bucket you tried to delete is not empty');
          this.world.removeBucket(physicalId);
          this.expiring.delete(physicalId);
        },
      },
      'AWS::S3::BucketPolicy': this.plain({
        made: (_, { Bucket, PolicyDocument: document }) => {
          this.bucketPolicies.set(String(Bucket), parsePolicy(JSON.stringify(document)));
        },
        gone: (_, { Bucket }) => { this.bucketPolicies.delete(String(Bucket)); },
      }),
      'AWS::Logs::LogGroup': this.plain({ attributes: (id) => ({ Arn: `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${id}:*` }) }),
      'AWS::Lambda::Function': this.plain({
        attributes: (id) => ({ Arn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${id}` }),
        made: (_, { Timeout, Role: role }) => {
          this.roleOfFunction.arn = String(role);
          // Lambda's own defaults, until an EventInvokeConfig says otherwise
          this.function.settings = { timeoutSeconds: Number(Timeout), retries: 2, eventAgeSeconds: 6 * 3600 };
        },
        gone: () => { this.function.settings = undefined; },
      }),
      'AWS::Lambda::EventInvokeConfig': this.plain({
        made: (_, { MaximumRetryAttempts: retries = 2, MaximumEventAgeInSeconds: age = 6 * 3600 }) => {
          this.function.settings = { ...this.function.settings!, retries: Number(retries), eventAgeSeconds: Number(age) };
        },
      }),
      'Test::Resource': this.plain({
        made: (logicalId) => {
          const failing = { none: '', first: FIRST, last: LAST }[this.conditions.failing];
          if (!logicalId.startsWith(failing) || failing === '') return;
          this.conditions = { ...this.conditions, failing: 'none' };
          throw new ResourceFailed('failed because the history says so');
        },
      }),
    };
  }

  /** At first S3 does not say that the bucket is versioned, then its writes are not yet, then it does not find what it has. */
  private spreadVersioning(bucket: Bucket): void {
    const lateness = this.conditions.versioningLatenessMilliseconds;
    if (lateness === 0) return;
    Object.assign(bucket, { versioning: undefined, toldVersioning: 'none', hidesVersions: true });
    this.time.after(lateness / 3, () => { bucket.toldVersioning = 'Enabled'; });
    this.time.after(2 * lateness / 3, () => { bucket.versioning = 'Enabled'; });
    this.time.after(lateness, () => { bucket.hidesVersions = false; });
  }

  /** A resource that is made and gone in a moment. */
  private plain({ attributes = () => ({}), made, gone }: {
    readonly attributes?: (physicalId: string) => Record<string, string>;
    readonly made?: (physicalId: string, properties: Properties) => void;
    readonly gone?: (physicalId: string, properties: Properties) => void;
  }): ResourceHandler {
    const make = async (physicalId: string, properties: Properties): Promise<Made> => {
      await this.time.sleep(CALL_MILLISECONDS);
      made?.(physicalId, properties);
      return { physicalId, attributes: attributes(physicalId) };
    };
    return {
      create: async ({ logicalId, properties }) => make(`${logicalId}-${this.unique()}`, properties),
      update: async ({ physicalId, properties }) => make(physicalId, properties),
      delete: async ({ physicalId, properties }) => {
        await this.time.sleep(CALL_MILLISECONDS);
        gone?.(physicalId, properties);
      },
    };
  }

  private start(sandbox: Sandbox): FunctionCode {
    const after = (run: () => void, milliseconds: number) => sandbox.after(milliseconds, run);
    const { handler } = this.program({
      Date: { now: () => this.time.now(), parse: Date.parse },
      Math: Object.assign(Object.create(Math) as object, { random: () => 0.5 }),
      AbortSignal: {
        timeout: (milliseconds: number) => {
          const controller = new AbortController();
          sandbox.after(milliseconds, () => controller.abort());
          return controller.signal;
        },
        any: (signals: AbortSignal[]) => AbortSignal.any(signals),
      },
      setTimeout: after,
      clearTimeout: (cancel?: () => void) => cancel?.(),
      fetch: async (url: string, options: { body: string; signal: AbortSignal }) => this.put(sandbox, url, options),
      process: { exit: () => sandbox.end('exited') },
      console: { log: (line: string) => this.checkLog(line) },
      require: (name: string) => name === 'node:timers/promises' ? { setTimeout: sleepIn(sandbox) } : nodeRequire(name) as unknown,
      SIMULATION: {
        streams: (session: Session, signal: AbortSignal) => this.services(sandbox, session, signal).streams,
        objects: (session: Session, signal: AbortSignal) => this.services(sandbox, session, signal).objects,
        signer: (session: Session, signal: AbortSignal): Signer => ({
          sign: async (sha256, signing) => {
            this.signing?.(sandbox.current!, sha256, signing);
            return this.services(sandbox, session, signal).signer.sign(sha256, signing);
          },
        }),
        sts: (signal: AbortSignal) => ({
          assume: async (roleArn: string) => this.call(sandbox, signal, `assume ${roleArn}`, () => this.assume(roleArn)),
        }),
      },
    });
    return handler as FunctionCode;
  }

  private services(sandbox: Sandbox, session: Session, signal: AbortSignal): Services {
    return this.world.connect(async (name, perform, rights) => this.call(sandbox, signal, name, () => {
      for (const right of rights ?? []) this.authorise(session.roleArn, right);
      if (name.startsWith('sign ')) this.checkKey();
      return perform();
    }));
  }

  /** A call and its answer, each on its way through the network; the process may be gone before either arrives. */
  private async call<T>(sandbox: Sandbox, signal: AbortSignal, name: string, perform: () => T): Promise<T> {
    if (signal.aborted) throw named('AbortError', 'Request aborted');
    this.calls += 1;
    const number = this.calls;
    const kind = this.conditions.faults.find(({ call }) => call === number)?.kind;
    const invocation = sandbox.current;
    const told = (what: string) => this.note(() => `  ${invocation && titleOf(invocation)}: ${name}: ${what}`);
    return new Promise((resolve, reject) => {
      const abort = () => sandbox.run(() => reject(named('AbortError', 'Request aborted')));
      signal.addEventListener('abort', abort);
      const answer = (run: () => void) => {
        const arrive = () => {
          signal.removeEventListener('abort', abort);
          run();
        };
        if (kind !== 'hangs') sandbox.after(kind === 'slow' ? SLOW_MILLISECONDS : kind === 'late' ? LATE_MILLISECONDS : CALL_MILLISECONDS, arrive);
      };
      // a HEAD has no body that could name an error
      const refuse = (error: Error) => answer(() => reject(name.startsWith('inspect ') ? nameless(error) : error));
      if (kind) told(`${kind} (call ${number})`);
      if (kind === 'dies before') return sandbox.end('died');
      this.time.after(CALL_MILLISECONDS + (isRead(name) ? this.jitterOf(number) : 0), () => {
        if (kind === 'fails') return refuse(named('InternalFailureException', `on the way there${LONG}`));
        if (kind === 'fails in its body') return refuse(named('InternalError', 'We encountered an internal error. Please try again.'));
        if (kind === 'throttled') return refuse(named('ThrottlingException', 'Rate exceeded'));
        if (kind === 'denied') return refuse(named('AccessDenied', 'Access Denied'));
        try {
          const value = perform();
          told('done');
          this.changed?.(invocation, name);
          if (kind === 'dies after') return sandbox.end('died');
          if (kind === 'lost') return refuse(named('InternalFailureException', 'on the way back'));
          answer(() => resolve(value));
        } catch (error) {
          told((error as Error).message);
          if (error instanceof CallFailed) return refuse(named(error.code, error.serviceMessage));
          if (error instanceof ServiceRefused) return refuse(named(error.code, error.message));
          this.broken ??= error as Error;
        }
      });
    });
  }

  /** Differs from call to call, and not from run to run. */
  private jitterOf(call: number): number {
    const scattered = Math.abs(Math.sin(call * 12.9898) * 43_758.5453);
    return Math.floor(this.conditions.jitterMilliseconds * (scattered % 1));
  }

  private checkKey(): void {
    const { kms } = this.conditions;
    const isOver = kms === 'late key' && this.time.now() > this.conditionsSince + KEY_LATENESS_MILLISECONDS;
    if (kms !== 'works' && !isOver) throw new ServiceRefused(KMS_ERRORS[kms], `the key does not sign: ${kms}`);
  }

  private assume(roleArn: string): Session {
    const role = this.iam.find(roleArn);
    const caller = { roleArn: this.roleOfFunction.arn, sessionArn: sessionOf(this.roleOfFunction.arn) };
    if (!role || !this.iam.find(this.roleOfFunction.arn) || !mayAssume(role.trustPolicy, caller, contextOf(this.roleOfFunction.arn))) {
      throw new ServiceRefused('AccessDenied', `User is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`);
    }
    return { roleArn };
  }

  private authorise(roleArn: string, right: Right): void {
    const role = this.iam.find(roleArn);
    // the sessions of a deleted role end with it
    if (!role) throw new ServiceRefused('UnrecognizedClientException', 'The security token included in the request is invalid.');
    this.require(role, right);
  }

  /** As the service: it assumes the role and asks S3. */
  private readAsIot(roleArn: string, { bucket, key }: PinnedFile): void {
    const role = this.iam.find(roleArn);
    const context = { ...contextOf(roleArn), 'aws:SourceAccount': ACCOUNT, 'aws:SourceArn': arnOf('any') };
    if (!role || !mayAssume(role.trustPolicy, { service: 'iot.amazonaws.com' }, context)) {
      throw new ServiceRefused('InvalidRequestException', `AWS IoT cannot assume role ${roleArn}`);
    }
    try {
      this.require(role, { action: 's3:GetObjectVersion', resource: `arn:aws:s3:::${bucket}/${key}` });
    } catch (error) {
      throw new ServiceRefused('InvalidRequestException', (error as Error).message);
    }
  }

  private require(role: Role, { action, resource, context }: Right): void {
    const bucket = action.startsWith('s3:') ? resource.split(':::')[1].split('/')[0] : '';
    const policy = this.bucketPolicies.get(bucket);
    const caller = { roleArn: role.roleArn, sessionArn: sessionOf(role.roleArn) };
    const request = { action, resource, context: { ...contextOf(role.roleArn), ...context } };
    const decision = decide(request, role, policy && { policy, caller });
    if (!decision.allowed) {
      throw new ServiceRefused(action.startsWith('iot:') ? 'UnauthorizedException' : 'AccessDenied',
        `${role.roleArn} is not authorized to perform: ${action} on resource: ${resource} ${decision.because}`);
    }
  }

  private async put(sandbox: Sandbox, url: string, { body, signal }: { body: string; signal: AbortSignal }) {
    this.answers += 1;
    const number = this.answers;
    const invocation = sandbox.current!;
    this.attempted.set(invocation, (this.attempted.get(invocation) ?? 0) + 1);
    const kind = this.conditions.answerFaults.find(({ attempt }) => attempt === number)?.kind;
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => sandbox.run(() => reject(named('TimeoutError', 'The operation was aborted due to timeout'))));
      this.time.after(CALL_MILLISECONDS, () => {
        if (kind === undefined || kind === 'lost') this.accept(invocation, url, body);
        const status = kind === 'refused' ? 503 : 200;
        if (kind === 'hangs') return;
        sandbox.after(CALL_MILLISECONDS, () => kind === 'lost' || kind === 'reset'
          ? reject(named('TypeError', 'fetch failed'))
          : resolve({ ok: status === 200, status, arrayBuffer: async () => new ArrayBuffer(0) }));
      });
    });
  }

  private accept(invocation: Invocation, url: string, body: string): void {
    const { event } = invocation;
    const what = `the answer to the ${event.RequestType} of ${event.LogicalResourceId}`;
    const bodies = this.accepted.get(invocation) ?? new Set();
    bodies.add(body);
    if (!this.acceptedAt.has(invocation)) this.acceptedAt.set(invocation, this.time.now());
    this.accepted.set(invocation, bodies);
    this.note(() => `${titleOf(invocation)} is answered: ${body}`);
    if (bodies.size > 1) this.fail(`there must be one answer, got: another one, ${what}`);
    if (url !== event.ResponseURL) this.fail(`${what} must go to its own address`);
    if (Buffer.byteLength(body) > 4096) this.fail(`${what} must have at most 4,096 bytes, got: ${Buffer.byteLength(body)}`);
    if (this.time.now() > invocation.deadline) this.fail(`${what} must come before the deadline`);
    const answer = JSON.parse(body) as Record<string, unknown>;
    for (const name of ['StackId', 'RequestId', 'LogicalResourceId'] as const) {
      if (answer[name] !== event[name]) this.fail(`${what} must echo ${name}`);
    }
    if (event.PhysicalResourceId !== undefined && answer.PhysicalResourceId !== event.PhysicalResourceId) {
      this.fail(`the physical id must never change, got: ${String(answer.PhysicalResourceId)} after ${event.PhysicalResourceId}`);
    }
    if (answer.Status === 'FAILED' && !answer.Reason) this.fail(`${what} must say why`);
    this.custom.answer(url, body);
  }

  private checkLog(line: string): void {
    JSON.parse(line);
    if (/5ecre7|ResponseURL|firmware one|text one/.test(line)) this.fail(`the log must not have secrets or contents, got: ${line}`);
  }
}

class ServiceRefused extends Error {
  constructor(readonly code: string, message: string) {
    super(message);
  }
}

function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

const STATUS_OF: Readonly<Record<string, number>> = {
  AccessDenied: 403,
  UnrecognizedClientException: 403,
  NotFound: 404,
  ThrottlingException: 503,
  InternalError: 500,
  InternalFailureException: 500,
};

/** As the SDK names an error of which it knows the status alone: it has a name for 404. */
function nameless(error: Error): Error {
  const status = STATUS_OF[error.name];
  if (status === undefined || status === 404) return error;
  return Object.assign(named('Unknown', 'UnknownError'), { $metadata: { httpStatusCode: status } });
}

function isRead(call: string): boolean {
  return /^(describe|list|inspect|read) /.test(call);
}

function sleepIn(sandbox: Sandbox) {
  return async (milliseconds: number, _value: undefined, { signal }: { signal: AbortSignal }) => new Promise<void>((resolve, reject) => {
    if (signal.aborted) return reject(named('AbortError', 'The operation was aborted'));
    signal.addEventListener('abort', () => sandbox.run(() => reject(named('AbortError', 'The operation was aborted'))));
    sandbox.after(milliseconds, resolve);
  });
}

function titleOf({ event: { RequestType, LogicalResourceId, RequestId } }: Invocation): string {
  return `${RequestType} of ${LogicalResourceId} (${Number(RequestId.slice(-12))})`;
}

function sessionOf(roleArn: string): string {
  return `arn:aws:sts::${ACCOUNT}:assumed-role/${roleArn.split('/').pop()}/session`;
}

function contextOf(roleArn: string): Record<string, string | undefined> {
  return {
    'aws:PrincipalArn': roleArn,
    'aws:PrincipalAccount': ACCOUNT,
    'aws:ResourceAccount': ACCOUNT,
    'aws:RequestedRegion': REGION,
    'aws:SecureTransport': 'true',
    'aws:SourceArn': undefined,
    'aws:SourceAccount': undefined,
  };
}
