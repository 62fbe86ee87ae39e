import { UnsupportedPolicy } from './policy-document';

/** How an action, a resource or a condition's value is compared with a policy's pattern. */

/** Actions are compared without regard to case, resources are not. */
export function actionMatches(pattern: string, action: string): boolean {
  if (pattern.includes('${')) throw new UnsupportedPolicy(`action '${pattern}'`);
  return wildcardMatches(pattern.toLowerCase(), action.toLowerCase());
}

/** `*`, or an ARN whose six parts are compared one by one: no wildcard crosses the first five colons. */
export function resourceMatches(pattern: string, resource: string): boolean {
  return pattern === '*' || arnMatches(pattern, resource);
}

/** ArnLike, ArnEquals and resources. */
export function arnMatches(pattern: string, arn: string): boolean {
  const patterns = arnParts(pattern);
  if (patterns.length < 6 || patterns[0] !== 'arn') throw new UnsupportedPolicy(`'${pattern}' in the place of an ARN`);
  const parts = arnParts(arn);
  return parts.length === 6 && patterns.every((part, index) => wildcardMatches(part, parts[index]));
}

/** `*` is any characters, `?` is exactly one, `${*}` `${?}` `${$}` are the characters themselves. */
export function wildcardMatches(pattern: string, value: string): boolean {
  return /[*?$]/.test(pattern) ? expressionOf(pattern).test(value) : pattern === value;
}

/** StringEquals knows no wildcards, yet the three escapes. */
export function literalMatches(pattern: string, value: string): boolean {
  return tokensOf(pattern).map((token) => token.replace(/^\$\{(.)\}$/, '$1')).join('') === value;
}

function arnParts(arn: string): string[] {
  const parts = arn.split(':');
  return parts.length <= 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(':')];
}

/** By pattern: the same few are asked for again and again. */
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
    // those that the request has a value for are put in before
    if (token.startsWith('${') && !['${*}', '${?}', '${$}'].includes(token)) throw new UnsupportedPolicy(`policy variable '${token}'`);
    return token;
  });
}
