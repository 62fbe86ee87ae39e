import type { Conditions } from './conditions';
import { named } from './errors';
import type { Journal } from './journal';
import { CALL_MILLISECONDS, titleOf } from './network';
import type { Invocation, Sandbox } from '../cloudformation/async-function';
import type { CustomResources } from '../cloudformation/custom-resources';
import type { VirtualTime } from '../cloudformation/virtual-time';

export interface AnswersOptions {
  readonly time: VirtualTime;
  readonly journal: Journal;
  readonly conditions: Conditions;
  readonly custom: CustomResources;
}

/** The way of the handler's answers to CloudFormation, and what each must be like. */
export class Answers {
  private readonly accepted = new Map<Invocation, Set<string>>();
  private readonly acceptedAt = new Map<Invocation, number>();
  private readonly attempted = new Map<Invocation, number>();

  constructor(private readonly options: AnswersOptions) {}

  /** Until when an invocation was at work: until it had answered, or what it had sent had arrived. */
  endOf(invocation: Invocation): number {
    return this.acceptedAt.get(invocation) ?? (invocation.to === undefined ? Infinity : invocation.to + CALL_MILLISECONDS);
  }

  /** Checks every invocation that has ended. */
  check(invocations: readonly Invocation[]): void {
    const { journal } = this.options;
    for (const invocation of invocations) {
      if (invocation.outcome === undefined || invocation.outcome === 'died') continue;
      const accepted = this.accepted.get(invocation)?.size ?? 0;
      const { RequestType, LogicalResourceId } = invocation.event;
      const what = `the ${RequestType} of ${LogicalResourceId} ${invocation.outcome}`;
      if (invocation.outcome === 'timed out') journal.fail(`an invocation must end before its deadline: ${what}`);
      if (accepted !== 1 && (this.attempted.get(invocation) ?? 0) < 6) {
        journal.fail(`an invocation that lives must answer exactly once: ${what} with ${accepted} answers`);
      }
    }
  }

  /** The handler's `fetch`. */
  async put(sandbox: Sandbox, url: string, { body, signal }: { body: string; signal: AbortSignal }) {
    const { time, conditions } = this.options;
    const invocation = sandbox.current!;
    const kind = conditions.nextAnswer();
    this.attempted.set(invocation, (this.attempted.get(invocation) ?? 0) + 1);
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => sandbox.run(() => reject(named('TimeoutError', 'The operation was aborted due to timeout'))));
      time.after(CALL_MILLISECONDS, () => {
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
    const { time, journal, custom } = this.options;
    const { event } = invocation;
    const what = `the answer to the ${event.RequestType} of ${event.LogicalResourceId}`;
    const bodies = this.accepted.get(invocation) ?? new Set();
    bodies.add(body);
    if (!this.acceptedAt.has(invocation)) this.acceptedAt.set(invocation, time.now());
    this.accepted.set(invocation, bodies);
    journal.note(() => `${titleOf(invocation)} is answered: ${body}`);
    if (bodies.size > 1) journal.fail(`there must be one answer, got: another one, ${what}`);
    if (url !== event.ResponseURL) journal.fail(`${what} must go to its own address`);
    if (Buffer.byteLength(body) > 4096) journal.fail(`${what} must have at most 4,096 bytes, got: ${Buffer.byteLength(body)}`);
    if (time.now() > invocation.deadline) journal.fail(`${what} must come before the deadline`);
    const answer = JSON.parse(body) as Record<string, unknown>;
    for (const name of ['StackId', 'RequestId', 'LogicalResourceId'] as const) {
      if (answer[name] !== event[name]) journal.fail(`${what} must echo ${name}`);
    }
    if (event.PhysicalResourceId !== undefined && answer.PhysicalResourceId !== event.PhysicalResourceId) {
      journal.fail(`the physical id must never change, got: ${String(answer.PhysicalResourceId)} after ${event.PhysicalResourceId}`);
    }
    if (answer.Status === 'FAILED' && !answer.Reason) journal.fail(`${what} must say why`);
    custom.answer(url, body);
  }
}
