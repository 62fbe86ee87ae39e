/** Creates the error with which a service refuses an invalid request. */
export type Refuse = (message: string) => Error;

/**
 * Reads the members of a request and collects their errors, so that one response contains all of them, with the messages of
 * AWS.
 */
export class Violations {
  private readonly found: string[] = [];

  constructor(private readonly refuse: Refuse) {}

  add(value: unknown, member: string, constraint: string): void {
    const shown = value === undefined ? 'null' : `'${typeof value === 'string' ? value : JSON.stringify(value)}'`;
    this.found.push(`Value ${shown} at '${member}' failed to satisfy constraint: ${constraint}`);
  }

  throwIfAny(): void {
    if (this.found.length === 0) return;
    const count = `${this.found.length} validation error${this.found.length > 1 ? 's' : ''} detected`;
    throw this.refuse(`${count}: ${this.found.join('; ')}`);
  }

  required<T>(value: T | undefined, member: string): T | undefined {
    if (value === undefined) this.add(value, member, 'Member must not be null');
    return value;
  }

  string(value: string | undefined, member: string, { min = 0, max = Infinity, pattern }: StringConstraint): string | undefined {
    if (value === undefined) return undefined;
    if (value.length < min) this.add(value, member, `Member must have length greater than or equal to ${min}`);
    if (value.length > max) this.add(value, member, `Member must have length less than or equal to ${max}`);
    if (pattern && !pattern.expression.test(value)) {
      this.add(value, member, `Member must satisfy regular expression pattern: ${pattern.text}`);
    }
    return value;
  }

  oneOf<T extends string>(value: string | undefined, member: string, allowed: readonly T[]): T | undefined {
    const found = allowed.find((each) => each === value);
    if (value !== undefined && found === undefined) this.add(value, member, `Member must satisfy enum value set: [${allowed.join(', ')}]`);
    return found;
  }

  integer(value: number | undefined, member: string, min: number, max: number): number | undefined {
    if (value === undefined) return undefined;
    if (value < min) this.add(value, member, `Member must have value greater than or equal to ${min}`);
    if (value > max) this.add(value, member, `Member must have value less than or equal to ${max}`);
    return value;
  }

  list<T>(value: readonly T[] | undefined, member: string, min: number, max: number): readonly T[] | undefined {
    if (value === undefined) return undefined;
    if (value.length < min) this.add(value, member, `Member must have length greater than or equal to ${min}`);
    if (value.length > max) this.add(value, member, `Member must have length less than or equal to ${max}`);
    return value;
  }
}

export interface StringConstraint {
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: { readonly text: string; readonly expression: RegExp };
}

export type JsonObject = Readonly<Record<string, unknown>>;

/** Returns readers for the JSON types. They refuse a number in a string, as AWS does. */
export function readersOf(refuse: Refuse) {
  const wrongType = (value: unknown, wanted: string): Error => {
    const given = value === null ? 'NULL_VALUE' : `${(Array.isArray(value) ? 'list' : typeof value).toUpperCase()}_VALUE`;
    return refuse(`${given} can not be converted to ${wanted}`);
  };
  const objectOf = (value: unknown): JsonObject => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrongType(value, 'a Structure');
    return value as JsonObject;
  };
  return {
    objectOf,
    stringIn(json: JsonObject, name: string): string | undefined {
      const value = json[name] ?? undefined;
      if (value !== undefined && typeof value !== 'string') throw wrongType(value, 'a String');
      return value;
    },
    integerIn(json: JsonObject, name: string): number | undefined {
      const value = json[name] ?? undefined;
      if (value !== undefined && !Number.isInteger(value)) throw wrongType(value, 'an Integer');
      return value as number | undefined;
    },
    listIn(json: JsonObject, name: string): readonly unknown[] | undefined {
      const value = json[name] ?? undefined;
      if (value !== undefined && !Array.isArray(value)) throw wrongType(value, 'a List');
      return value;
    },
    objectIn(json: JsonObject, name: string): JsonObject | undefined {
      const value = json[name] ?? undefined;
      return value === undefined ? undefined : objectOf(value);
    },
    bodyOf(body: string): JsonObject {
      let json: unknown;
      try {
        json = JSON.parse(body || '{}');
      } catch {
        throw refuse('The body of the request is not JSON');
      }
      return objectOf(json);
    },
  };
}
