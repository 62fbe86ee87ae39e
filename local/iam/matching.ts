import { UnsupportedPolicy } from './policy-document';

/** Compares actions, resources and values of conditions with the patterns of a policy. */

/** Compares an action, ignoring case. */
export function actionMatches(pattern: string, action: string): boolean {
  if (pattern.includes('${')) throw new UnsupportedPolicy(`action '${pattern}'`);
  return wildcardMatches(pattern.toLowerCase(), action.toLowerCase());
}

/** Compares a resource with `*` or an ARN. The six parts are compared separately, so no wildcard matches one of the first five colons. */
export function resourceMatches(pattern: string, resource: string): boolean {
  return pattern === '*' || arnMatches(pattern, resource);
}

/** Compares ARNs for resources, ArnLike and ArnEquals. */
export function arnMatches(pattern: string, arn: string): boolean {
  const patterns = arnParts(pattern);
  if (patterns.length < 6 || patterns[0] !== 'arn') throw new UnsupportedPolicy(`'${pattern}' in the place of an ARN`);
  const parts = arnParts(arn);
  return parts.length === 6 && patterns.every((part, index) => wildcardMatches(part, parts[index]));
}

/** `*` matches any characters, `?` exactly one; `${*}`, `${?}` and `${$}` are the escaped characters. */
export function wildcardMatches(pattern: string, value: string): boolean {
  return /[*?$]/.test(pattern) ? expressionOf(pattern).test(value) : pattern === value;
}

/** Compares a value for StringEquals, which has no wildcards but the three escapes. */
export function literalMatches(pattern: string, value: string): boolean {
  return tokensOf(pattern).map((token) => token.replace(/^\$\{(.)\}$/, '$1')).join('') === value;
}

function arnParts(arn: string): string[] {
  const parts = arn.split(':');
  return parts.length <= 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(':')];
}

/** Compiled patterns, because few patterns are compared very often. */
const expressions = new Map<string, RegExp>();
const REMEMBERED_EXPRESSIONS = 1000;

function expressionOf(pattern: string): RegExp {
  let expression = expressions.get(pattern);
  if (!expression) {
    if (expressions.size === REMEMBERED_EXPRESSIONS) expressions.clear();
    expression = new RegExp(`^${expressionTextOf(pattern)}$`, 'su');
    expressions.set(pattern, expression);
  }
  return expression;
}

function expressionTextOf(pattern: string): string {
  return tokensOf(pattern).map((token) => {
    if (token === '*') return '.*';
    if (token === '?') return '.';
    return token.replace(/^\$\{(.)\}$/, '$1').replace(/[.*+?^${}()|[\]\\]/gu, '\\$&');
  }).join('');
}

function tokensOf(pattern: string): string[] {
  return (pattern.match(/\$\{[^}]*\}?|./gsu) ?? []).map((token) => {
    // policy variables with a value have been replaced before
    if (token.startsWith('${') && !['${*}', '${?}', '${$}'].includes(token)) throw new UnsupportedPolicy(`policy variable '${token}'`);
    return token;
  });
}
