/** A failure to come: the next `times` calls of `action` (`*`: of any) end in it. */
export interface PlannedFailure<TError> {
  readonly action: string;
  readonly error: TError;
  /** Default 1. */
  readonly times?: number;
  /** `before` (default): nothing has happened. `after`: the call has done its work, only its answer is lost. */
  readonly when?: 'before' | 'after';
}

/** Failures that tests plan while a service runs. */
export class PlannedFailures<TError> {
  private readonly planned: { failure: PlannedFailure<TError>; left: number }[] = [];

  plan(failure: PlannedFailure<TError>): void {
    this.planned.push({ failure, left: failure.times ?? 1 });
  }

  clear(): void {
    this.planned.length = 0;
  }

  /** Takes one failure of this call, where one is planned. */
  take(action: string, when: 'before' | 'after'): TError | undefined {
    const found = this.planned.find(({ failure }) => (failure.action === '*' || failure.action === action) && (failure.when ?? 'before') === when);
    if (!found) return undefined;
    found.left -= 1;
    if (found.left <= 0) this.planned.splice(this.planned.indexOf(found), 1);
    return found.failure.error;
  }
}
