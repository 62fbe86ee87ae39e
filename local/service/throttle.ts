/** A token bucket for every operation, like the rate limits of AWS. It holds the tokens of one second, but at least one. */
export class Throttle {
  private readonly buckets = new Map<string, { tokens: number; at: number }>();

  constructor(private readonly now: () => number) {}

  /** Whether one more call may pass. */
  take(operation: string, perSecond: number): boolean {
    const at = this.now();
    const capacity = Math.max(1, perSecond);
    const before = this.buckets.get(operation) ?? { tokens: capacity, at };
    const tokens = Math.min(capacity, before.tokens + (at - before.at) / 1000 * perSecond);
    const passes = tokens >= 1;
    this.buckets.set(operation, { tokens: passes ? tokens - 1 : tokens, at });
    return passes;
  }
}
