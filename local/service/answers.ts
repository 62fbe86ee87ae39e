import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Principal } from './callers';
import { ServiceError } from './service-error';
import { UnsupportedPolicy } from '../iam/policy-document';

/** What is answered: a JSON object. */
export type Answer = Readonly<Record<string, unknown>>;

/** What a service's calls are counted by: the role's ARN, or `root`. */
export function nameOf(principal: Principal): string {
  return principal.kind === 'root' ? 'root' : principal.role.roleArn;
}

/** The answer to whatever was thrown; `internal` makes the service's own internal failure. */
export function serviceErrorOf(thrown: unknown, service: string, internal: (message: string) => ServiceError): ServiceError {
  if (thrown instanceof ServiceError) return thrown;
  // in the answer, because whoever wrote such a policy reads it there
  if (thrown instanceof UnsupportedPolicy) return internal(thrown.message);
  console.error(`${service}:`, thrown);
  return internal('An internal failure occurred');
}

export function send(response: ServerResponse, status: number, body: Answer, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-requestid': randomUUID(), ...headers }).end(JSON.stringify(body));
}

/** `messageMember`: the model of every service spells it its own way. */
export function sendError(response: ServerResponse, { status, errorName, message, members }: ServiceError, messageMember = 'message'): void {
  send(response, status, { [messageMember]: message, ...members }, { 'x-amzn-errortype': errorName });
}
