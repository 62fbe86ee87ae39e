/** Caches results for a short time, and shares one call among concurrent callers. */
export class ShortLivedCache<T> {
  private readonly kept = new Map<string, { value: Promise<T>; until: number }>();

  constructor(private readonly millis: number, private readonly now: () => number) {}

  get(key: string, load: () => Promise<T>): Promise<T> {
    const found = this.kept.get(key);
    if (found && this.now() < found.until) return found.value;
    const value = load();
    this.kept.set(key, { value, until: this.now() + this.millis });
    // failures are not cached
    value.catch(() => this.kept.delete(key));
    return value;
  }
}
