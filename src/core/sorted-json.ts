import type { Stack } from 'aws-cdk-lib';
import { Lazy, Token } from 'aws-cdk-lib';

/** The CDK resolves values of at most 200 levels, and a job document takes some of them. */
const MAXIMUM_DEPTH = 190;
const MAXIMUM_PATH_LENGTH = 100;
/** `JSON.stringify` writes '{}' for these and loses their content. */
const OPAQUE = /^((Weak)?(Map|Set)|WeakRef|RegExp|Error|Promise|(Shared)?ArrayBuffer|DataView|Generator|.* Iterator)$/;
const PROTO = '__proto__';
const PROTO_STAND_IN = 'cdk-iot-streams.__proto__';

/**
 * A value as `JSON.stringify` reads it, with sorted keys: Java's maps are iterated in another order in every process, and
 * the bytes must not change with it. Tokens stay as they are. What JSON cannot express is an error that names its path.
 */
export function sorted(value: unknown, name: string): unknown {
  return normalised(value, { key: '', path: name, ancestors: [] });
}

/** A sorted value as text. It is literal if no token is in it. */
export function toJson(stack: Stack, value: unknown): string {
  const literal = hasTokens(value) ? undefined : JSON.stringify(value);
  if (literal !== undefined) return literal;
  const json = stack.toJsonString(withProtoNamed(value));
  // the CDK resolves objects by assignment, which does not make a key of this name
  return Token.asString(Lazy.uncachedAny({
    produce: (context) => {
      const resolved = context.resolve(json);
      return resolved === undefined ? undefined : JSON.parse(JSON.stringify(resolved).replaceAll(PROTO_STAND_IN, PROTO));
    },
  }));
}

interface Position {
  readonly key: string;
  readonly path: string;
  readonly ancestors: readonly unknown[];
}

function normalised(declared: unknown, { key: name, path, ancestors }: Position): unknown {
  if (Token.isUnresolved(declared)) return declared;
  const value = unboxed(converted(declared, name));
  if (value === undefined || value === null || ['string', 'boolean'].includes(typeof value) || Number.isFinite(value)) return value;
  if (typeof value !== 'object') throw inexpressible(path, typeof value === 'number' ? `${value}` : `a ${typeof value}`);
  if (Token.isUnresolved(value)) return value;
  const tag = Object.prototype.toString.call(value).slice('[object '.length, -1);
  if (OPAQUE.test(tag)) throw inexpressible(path, `a ${tag}`);
  if (ancestors.includes(value)) throw inexpressible(path, 'an object that contains itself');
  if (ancestors.length >= MAXIMUM_DEPTH) throw inexpressible(path, `more than ${MAXIMUM_DEPTH} levels`);
  const below = (key: string, item: unknown, step: string) => normalised(
    item, { key, path: path + step, ancestors: [...ancestors, value] },
  );
  if (Array.isArray(value)) return Array.from(value, (item, index) => below(`${index}`, item, `[${index}]`) ?? null);
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1)
    .map(([key, item]) => [key, below(key, item, /^[a-z_$][\w$]*$/i.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`)])
    .filter(([, item]) => item !== undefined));
}

/** Dates, URLs and buffers say themselves how they are written. */
function converted(value: unknown, key: string): unknown {
  const { toJSON } = Object(value ?? {}) as { toJSON?: unknown };
  return typeof toJSON === 'function' ? toJSON.call(value, key) : value;
}

function unboxed(value: unknown): unknown {
  return [String, Number, Boolean, BigInt].some((wrapper) => value instanceof wrapper) ? (value as object).valueOf() : value;
}

function hasTokens(value: unknown): boolean {
  if (Token.isUnresolved(value)) return true;
  return typeof value === 'object' && value !== null && Object.entries(value).some(([key, item]) => Token.isUnresolved(key) || hasTokens(item));
}

function withProtoNamed(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Token.isUnresolved(value)) return value;
  if (Array.isArray(value)) return value.map(withProtoNamed);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key === PROTO ? PROTO_STAND_IN : key, withProtoNamed(item)]));
}

function inexpressible(path: string, got: string): Error {
  const shown = path.length > MAXIMUM_PATH_LENGTH ? `${path.slice(0, MAXIMUM_PATH_LENGTH)}…` : path;
  return new Error(`'${shown}' must be something that JSON can express, got: ${got}; convert it to plain objects, lists, strings, finite numbers, booleans and null`);
}
