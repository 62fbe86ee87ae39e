/** A planned failure: the next `times` calls of `action` (`*` for any) fail with it. */
export interface PlannedFailure<TError> {
  readonly action: string;
  readonly error: TError;
  /** @default 1 */
  readonly times?: number;
  /** `before` fails the call instead of performing it. `after` performs the call and loses its response. @default 'before' */
  readonly when?: 'before' | 'after';
}

/** The failures that tests plan while a service runs. */
export class PlannedFailures<TError> {
  private readonly planned: { failure: PlannedFailure<TError>; left: number }[] = [];

  plan(failure: PlannedFailure<TError>): void {
    this.planned.push({ failure, left: failure.times ?? 1 });
  }

  clear(): void {
    this.planned.length = 0;
  }

  /** Removes and returns a failure that is planned for this call; undefined if there is none. */
  take(action: string, when: 'before' | 'after'): TError | undefined {
    const found = this.planned.find(({ failure }) => (failure.action === '*' || failure.action === action) && (failure.when ?? 'before') === when);
    if (!found) return undefined;
    found.left -= 1;
    if (found.left <= 0) this.planned.splice(this.planned.indexOf(found), 1);
    return found.failure.error;
  }
}
