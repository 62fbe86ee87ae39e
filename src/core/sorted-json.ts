import { IResolvable, Token } from 'aws-cdk-lib';

/** Java's maps are iterated in another order in every process; the bytes must not be. */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object' || Token.isUnresolved(value as IResolvable)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1).map(([key, item]) => [key, sorted(item)]));
}
