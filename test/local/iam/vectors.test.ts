import vectors from './vectors.json';
import { decide } from '../../../local/iam/evaluator';
import { parsePolicy } from '../../../local/iam/policy-document';

interface Vector {
  readonly name: string;
  readonly identityPolicies: object[];
  readonly permissionsBoundary?: object[];
  readonly requests: {
    readonly action: string;
    readonly resource: string;
    /** null if the request has no such key */
    readonly context?: Record<string, string | null>;
    readonly decision: string;
  }[];
}

const policy = (Statement: object[]) => parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement }));

// test_against_ministack.py tests another evaluator with the same file
describe.each(vectors as Vector[])('$name', ({ identityPolicies, permissionsBoundary, requests }) => {
  test.each(requests)('decides $action on $resource with $context: $decision', ({ action, resource, context = {}, decision }) => {
    const known = Object.fromEntries(Object.entries(context).map(([key, value]) => [key, value ?? undefined]));
    const decided = decide({ action, resource, context: known }, {
      identityPolicies: [policy(identityPolicies)],
      ...(permissionsBoundary ? { permissionsBoundary: policy(permissionsBoundary) } : {}),
    });
    const explicit = !decided.allowed && decided.because.startsWith('with an explicit deny');
    expect(decided.allowed ? 'Allow' : explicit ? 'Deny' : 'ImplicitDeny').toBe(decision);
  });
});
