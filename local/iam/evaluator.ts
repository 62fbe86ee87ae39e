import { actionMatches, arnMatches, literalMatches, resourceMatches, wildcardMatches } from './matching';
import type { Condition, PolicyDocument, Statement } from './policy-document';
import { UnsupportedPolicy } from './policy-document';

/**
 * The values of a request by condition key. `undefined` means that the request has no such key. A policy with a key that is
 * missing here is refused, because its effect is unknown.
 */
export type RequestContext = Readonly<Record<string, string | undefined>>;

export interface AccessRequest {
  readonly action: string;
  readonly resource: string;
  readonly context: RequestContext;
}

/** The policies of a principal. */
export interface PrincipalPolicies {
  readonly identityPolicies: readonly PolicyDocument[];
  readonly permissionsBoundary?: PolicyDocument;
}

/** The policy of a resource and the caller. */
export interface ResourcePolicy {
  readonly policy: PolicyDocument;
  readonly caller: Caller;
}

/** The caller: a service or a session of a role. */
export type Caller = { readonly service: string } | { readonly roleArn: string; readonly sessionArn: string };

export type Decision = { readonly allowed: true } | { readonly allowed: false; readonly because: string };

/** Evaluates policies: an explicit deny has precedence, the boundary must allow the request, and the default is a denial. */
export function decide(request: AccessRequest, principal: PrincipalPolicies, resourcePolicy?: ResourcePolicy): Decision {
  const identity = effects(request, principal.identityPolicies.flatMap((policy) => policy.statements));
  const boundary = principal.permissionsBoundary && effects(request, principal.permissionsBoundary.statements);
  const resource = resourcePolicy && effects(request, statementsFor(resourcePolicy.policy, resourcePolicy.caller));
  if (identity.has('Deny')) return denied('with an explicit deny in an identity-based policy');
  if (resource?.has('Deny')) return denied('with an explicit deny in a resource-based policy');
  if (boundary?.has('Deny')) return denied('with an explicit deny in a permissions boundary');
  if (!identity.has('Allow') && !resource?.has('Allow')) {
    return denied(`because no identity-based policy allows the ${request.action} action`);
  }
  if (boundary && !boundary.has('Allow')) return denied(`because no permissions boundary allows the ${request.action} action`);
  return { allowed: true };
}

/**
 * Whether a trust policy lets `caller` assume the role.
 * @throws UnsupportedPolicy if it trusts the whole account of a role, because the policies of that role decide as well
 */
export function mayAssume(trustPolicy: PolicyDocument, caller: Caller, context: RequestContext): boolean {
  const statements = trustPolicy.statements.filter((statement) => names(statement, caller) !== 'nobody');
  if (statements.some((statement) => statement.effect === 'Allow' && names(statement, caller) === 'account')) {
    throw new UnsupportedPolicy('a trust policy that allows a whole account');
  }
  const found = effects({ action: 'sts:AssumeRole', resource: '*', context }, statements);
  return found.has('Allow') && !found.has('Deny');
}

function denied(because: string): Decision {
  return { allowed: false, because };
}

function effects(request: AccessRequest, statements: readonly Statement[]): Set<Statement['effect']> {
  return new Set(statements.filter((statement) => applies(statement, request)).map(({ effect }) => effect));
}

function applies(statement: Statement, { action, resource, context }: AccessRequest): boolean {
  return statement.actions.some((pattern) => actionMatches(pattern, action))
    && (statement.resources === undefined || statement.resources.some((pattern) => {
      const substituted = withVariables(pattern, context);
      return substituted !== undefined && resourceMatches(substituted, resource);
    }))
    && statement.conditions.every((condition) => holds(condition, context));
}

/**
 * Returns a resource with the values of its policy variables, in which wildcards are escaped; undefined if a variable has no
 * value, so that the statement does not apply. An unknown variable is kept and refused later.
 */
function withVariables(pattern: string, context: RequestContext): string | undefined {
  let hasAll = true;
  const substituted = pattern.replace(/\$\{([^}*?$]+)\}/g, (variable, key: string) => {
    const known = Object.keys(context).find((name) => name.toLowerCase() === key.toLowerCase());
    if (known === undefined) return variable;
    const value = context[known];
    if (value === undefined) hasAll = false;
    return (value ?? '').replace(/[*?$]/g, (character) => `\${${character}}`);
  });
  return hasAll ? substituted : undefined;
}

/** Returns the statements that apply to a caller. An Allow for an account does not, because identity policies decide; a Deny does. */
function statementsFor(policy: PolicyDocument, caller: Caller): Statement[] {
  return policy.statements.filter((statement) => {
    const named = names(statement, caller);
    return named === 'caller' || (named === 'account' && statement.effect === 'Deny');
  });
}

function names({ principal }: Statement, caller: Caller): 'caller' | 'account' | 'nobody' {
  if (!principal) throw new UnsupportedPolicy('a statement without a principal in the policy of a resource');
  if ('service' in caller) return principal.services.includes(caller.service) ? 'caller' : 'nobody';
  const [, partition, , , account] = caller.roleArn.split(':');
  const namesAny = (...words: string[]) => words.some((word) => principal.aws.includes(word));
  if (namesAny('*', caller.roleArn, caller.sessionArn)) return 'caller';
  return namesAny(account, `arn:${partition}:iam::${account}:root`) ? 'account' : 'nobody';
}

function holds({ operator, key, values }: Condition, context: RequestContext): boolean {
  const actual = valueOf(key, context);
  return actual !== undefined && values.some((expected) => compare[operator](expected, actual));
}

const compare: Record<Condition['operator'], (expected: string, actual: string) => boolean> = {
  StringEquals: literalMatches,
  StringLike: wildcardMatches,
  ArnEquals: arnMatches,
  ArnLike: arnMatches,
  Bool: (expected, actual) => expected.toLowerCase() === actual.toLowerCase(),
};

function valueOf(key: string, context: RequestContext): string | undefined {
  const known = Object.keys(context).find((name) => name.toLowerCase() === key.toLowerCase());
  if (known !== undefined) return context[known];
  // a missing tag is a missing key
  if (/^aws:(request|resource)tag\//i.test(key)) return undefined;
  throw new UnsupportedPolicy(`condition key '${key}' for this request`);
}
