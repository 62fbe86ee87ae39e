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
  return new RegExp(`^${expressionOf(pattern)}$`, 'su').test(value);
}

/** StringEquals knows no wildcards, yet the three escapes. */
export function literalMatches(pattern: string, value: string): boolean {
  return tokensOf(pattern).map((token) => token.replace(/^\$\{(.)\}$/, '$1')).join('') === value;
}

function arnParts(arn: string): string[] {
  const parts = arn.split(':');
  return parts.length <= 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(':')];
}

function expressionOf(pattern: string): string {
  return tokensOf(pattern).map((token) => {
    if (token === '*') return '.*';
    if (token === '?') return '.';
    return token.replace(/^\$\{(.)\}$/, '$1').replace(/[.*+?^${}()|[\]\\]/gu, '\\$&');
  }).join('');
}

function tokensOf(pattern: string): string[] {
  return (pattern.match(/\$\{[^}]*\}?|./gsu) ?? []).map((token) => {
    // policy variables depend on the request: none of ours has one
    if (token.startsWith('${') && !['${*}', '${?}', '${$}'].includes(token)) throw new UnsupportedPolicy(`policy variable '${token}'`);
    return token;
  });
}
