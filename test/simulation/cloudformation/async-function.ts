import type { CustomResourceEvent } from './custom-resources';
import type { VirtualTime } from './virtual-time';

/** A function as Lambda runs it for CloudFormation: asynchronously, at least once, in environments that are frozen and reused. */

export interface FunctionSettings {
  readonly timeoutSeconds: number;
  /** Lambda's own defaults where the template says nothing. */
  readonly retries: number;
  readonly eventAgeSeconds: number;
}

export interface FunctionContext {
  readonly logGroupName: string;
  readonly logStreamName: string;
  getRemainingTimeInMillis(): number;
}

export type FunctionCode = (event: CustomResourceEvent, context: FunctionContext) => Promise<void>;

/** One delivery of one event. */
export interface Invocation {
  readonly event: CustomResourceEvent;
  readonly from: number;
  readonly deadline: number;
  /** Absent while it runs. */
  to?: number;
  outcome?: 'returned' | 'threw' | 'exited' | 'timed out' | 'died';
}

/** An execution environment: it has its own timers, and it can be frozen or ended. */
export class Sandbox {
  current?: Invocation;
  private state: 'running' | 'frozen' | 'gone' = 'frozen';
  private readonly held: (() => void)[] = [];
  private ended?: (outcome: 'exited' | 'timed out' | 'died') => void;

  constructor(private readonly time: VirtualTime) {}

  get isGone(): boolean {
    return this.state === 'gone';
  }

  /** Runs something later: not while the environment is frozen, and never after it has ended. */
  after(milliseconds: number, run: () => void): () => void {
    let isTakenBack = false;
    this.time.after(milliseconds, () => this.run(() => { if (!isTakenBack) run(); }));
    return () => { isTakenBack = true; };
  }

  /** Runs something now, or when the environment runs again. */
  run(work: () => void): void {
    if (this.state === 'running') work();
    else if (this.state === 'frozen') this.held.push(work);
  }

  end(outcome: 'exited' | 'timed out' | 'died'): void {
    if (this.state === 'gone') return;
    this.state = 'gone';
    this.ended?.(outcome);
  }

  thaw(invocation: Invocation, ended: (outcome: 'exited' | 'timed out' | 'died') => void): void {
    this.current = invocation;
    this.ended = ended;
    this.state = 'running';
    this.held.splice(0).forEach((work) => work());
  }

  freeze(): void {
    this.state = 'frozen';
    this.ended = undefined;
  }
}

export interface AsyncFunctionOptions {
  readonly time: VirtualTime;
  readonly start: (sandbox: Sandbox) => FunctionCode;
  /** When an event is delivered, in milliseconds after it was sent: once or more. */
  readonly deliveries: (event: CustomResourceEvent) => readonly number[];
}

export class AsyncFunction {
  /** Absent while the function does not exist. */
  settings?: FunctionSettings;
  readonly invocations: Invocation[] = [];
  private readonly idle: { readonly sandbox: Sandbox; readonly code: FunctionCode }[] = [];

  constructor(private readonly options: AsyncFunctionOptions) {}

  send(event: CustomResourceEvent): void {
    const sent = this.options.time.now();
    for (const delay of this.options.deliveries(event)) this.options.time.after(delay, () => this.deliver(event, sent, 0));
  }

  /** The deliveries that run now. */
  running(): Invocation[] {
    return this.invocations.filter(({ outcome }) => outcome === undefined);
  }

  private deliver(event: CustomResourceEvent, sent: number, attempt: number): void {
    const { settings, options: { time } } = this;
    if (!settings || time.now() - sent > settings.eventAgeSeconds * 1000) return;
    const environment = this.idle.pop() ?? this.start();
    const { sandbox, code } = environment;
    const invocation: Invocation = { event, from: time.now(), deadline: time.now() + settings.timeoutSeconds * 1000 };
    this.invocations.push(invocation);
    const retry = () => {
      if (attempt < settings.retries) time.after((attempt + 1) * 60_000, () => this.deliver(event, sent, attempt + 1));
    };
    const finish = (outcome: Invocation['outcome']) => {
      if (invocation.outcome) return;
      invocation.outcome = outcome;
      invocation.to = time.now();
      if (outcome !== 'returned') retry();
      if (!sandbox.isGone) {
        sandbox.freeze();
        this.idle.push(environment);
      }
    };
    sandbox.thaw(invocation, finish);
    time.after(settings.timeoutSeconds * 1000, () => { if (!invocation.outcome) sandbox.end('timed out'); });
    const context: FunctionContext = {
      logGroupName: '/aws/lambda/Handler',
      logStreamName: '2026/01/01/[$LATEST]0123456789abcdef0123456789abcdef',
      getRemainingTimeInMillis: () => invocation.deadline - time.now(),
    };
    code(event, context).then(() => finish('returned'), () => finish('threw'));
  }

  private start() {
    const sandbox = new Sandbox(this.options.time);
    return { sandbox, code: this.options.start(sandbox) };
  }
}
