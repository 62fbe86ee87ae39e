import { ServiceRefused } from './errors';
import type { VirtualTime } from '../cloudformation/virtual-time';
import type { AnswerFaultKind, FaultKind, Faults, KeyState } from '../faults';
import { NO_FAULTS } from '../faults';

const KEY_LATENESS_MILLISECONDS = 20_000;
/** By state of the key, what KMS calls it. */
const KMS_ERRORS: Readonly<Record<Exclude<KeyState, 'works'>, string>> = {
  'disabled': 'DisabledException', 'pending deletion': 'KMSInvalidStateException', 'denies': 'AccessDeniedException', 'late key': 'NotFoundException',
};

/** The faults of the step under way, and what of it has been counted so far. */
export class Conditions {
  current = NO_FAULTS;
  private since = 0;
  private calls = 0;
  private answers = 0;
  private events = 0;

  constructor(private readonly time: VirtualTime) {}

  set(faults: Faults): void {
    // recorded histories know nothing of later kinds of conditions
    this.current = { ...NO_FAULTS, ...faults };
    this.since = this.time.now();
    this.calls = 0;
    this.answers = 0;
    this.events = 0;
  }

  nextCall(): { readonly number: number; readonly kind?: FaultKind } {
    this.calls += 1;
    const number = this.calls;
    return { number, kind: this.current.faults.find(({ call }) => call === number)?.kind };
  }

  nextAnswer(): AnswerFaultKind | undefined {
    this.answers += 1;
    return this.current.answerFaults.find(({ attempt }) => attempt === this.answers)?.kind;
  }

  /** When the next event is delivered, in milliseconds after it was sent. */
  nextDelivery(): readonly number[] {
    this.events += 1;
    return this.current.deliveries.find(({ event }) => event === this.events)?.delays ?? [0];
  }

  /** Whether a resource fails now; it does so once. */
  takeFailure(prefix: Readonly<Record<Faults['failing'], string>>, logicalId: string): boolean {
    const failing = prefix[this.current.failing];
    if (failing === '' || !logicalId.startsWith(failing)) return false;
    this.current = { ...this.current, failing: 'none' };
    return true;
  }

  /** Differs from call to call, and not from run to run. */
  jitterOf(call: number): number {
    const scattered = Math.abs(Math.sin(call * 12.9898) * 43_758.5453);
    return Math.floor(this.current.jitterMilliseconds * (scattered % 1));
  }

  /** Throws where the key does not sign. */
  checkKey(): void {
    const { kms } = this.current;
    const isOver = kms === 'late key' && this.time.now() > this.since + KEY_LATENESS_MILLISECONDS;
    if (kms !== 'works' && !isOver) throw new ServiceRefused(KMS_ERRORS[kms], `the key does not sign: ${kms}`);
  }
}
