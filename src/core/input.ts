import type { IResolvable } from 'aws-cdk-lib';
import { Token } from 'aws-cdk-lib';

/*
 * Checks of input from callers without a compiler: JavaScript, Python, apps that read YAML. One rule per kind of
 * property, one form of error. Nothing here knows a construct.
 */

/** Throws if the property does not accept the value. */
export type Rule = (property: string, value: any) => void;

/** The rules of a struct. The compiler refuses a table that lacks a property. */
export type Rules<T> = { readonly [P in keyof Required<T>]: Rule };

/** Returns the struct with the properties that the rules name; `null`, from YAML and Python, counts as undefined. */
export function checkedStruct<T extends object>(name: string, value: T | undefined | null, rules: Rules<T>): T {
  if (value !== undefined && value !== null) record(name, value);
  const given = (value ?? {}) as Record<string, unknown>;
  const properties = Object.entries<Rule>(rules).map(([property, rule]): [string, unknown] => {
    const propertyValue = given[property] ?? undefined;
    rule(property, propertyValue);
    return [property, propertyValue];
  });
  return Object.fromEntries(properties) as T;
}

/** Returns a parameter that the rule accepts. */
export function checked<T>(property: string, value: T, rule: Rule): T {
  rule(property, value);
  return value;
}

/** The same rule, which also accepts undefined. */
export function optional(rule: Rule): Rule {
  return (property, value) => {
    if (value !== undefined && value !== null) rule(property, value);
  };
}

/** A string, or a token that resolves to one. */
export const text: Rule = (property, value) => {
  if (isList(value) || (typeof value !== 'string' && !Token.isUnresolved(value))) fail(property, 'a string', value);
};

/** A string that is known at synth; `why` says why it must be. */
export function literalText(why: string): Rule {
  return (property, value) => {
    if (Token.isUnresolved(value)) fail(property, 'a literal string', value, why);
    if (typeof value !== 'string') fail(property, 'a literal string', value);
  };
}

/** A whole number, or a token that resolves to one. */
export function integer(least: number, greatest: number): Rule {
  return (property, value) => {
    if (!isList(value) && Token.isUnresolved(value)) return;
    if (!Number.isInteger(value) || value < least || value > greatest) fail(property, `an integer between ${least} and ${greatest}`, value);
  };
}

/** A whole number that is known at synth; `why` says why it must be. */
export function literalInteger(least: number, greatest: number, why: string): Rule {
  return (property, value) => {
    if (!isList(value) && Token.isUnresolved(value)) fail(property, 'a literal number', value, why);
    integer(least, greatest)(property, value);
  };
}

export const literalBoolean: Rule = (property, value) => {
  if (typeof value !== 'boolean') fail(property, 'true or false', value);
};

/** One of the values of an enum. */
export function member(name: string, values: Readonly<Record<string, string>>): Rule {
  const members = Object.keys(values).map((key) => `${name}.${key}`);
  return (property, value) => {
    if (!Object.values(values).includes(value)) fail(property, `one of ${members.join(', ')}`, value);
  };
}

/** An object with these members: classes differ between copies of a library, and in other languages. */
export function instance(what: string, members: readonly string[], remedy: string): Rule {
  return (property, value) => {
    const isObject = typeof value === 'object' && value !== null;
    if (!isObject || !members.every((name) => name in value)) fail(property, what, value, remedy);
  };
}

/** An object with properties of any name, or a token that resolves to one. */
export const record: Rule = (property, value) => {
  if (typeof value !== 'object' || value === null || isList(value)) fail(property, 'an object', value);
};

/** A list that is known at synth, with a rule for its elements. */
export function list(what: string, element: Rule, least = 0): Rule {
  return (property, value) => {
    if (!Array.isArray(value) || Token.isUnresolved(value) || value.length < least) fail(property, `a list of ${what}`, value);
    // a loop, because map skips the holes of a sparse array
    for (let index = 0; index < value.length; index++) element(`${property}[${index}]`, value[index]);
  };
}

function isList(value: unknown): boolean {
  return Array.isArray(value);
}

function fail(property: string, what: string, value: unknown, remedy?: string): never {
  throw new Error(`'${property}' must be ${what}, got: ${shown(value)}${remedy ? `; ${remedy}` : ''}`);
}

/** The value in a few words: an object may be the whole app. */
function shown(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Token.isUnresolved(value as IResolvable)) return Array.isArray(value) ? 'a list token' : 'a token';
  if (typeof value === 'string') return `'${value}'`;
  if (Array.isArray(value)) return value.length > 0 ? 'a list' : 'an empty list';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'function' ? 'a function' : String(value);
}
