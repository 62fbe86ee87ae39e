import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Principal } from './callers';
import { ServiceError } from './service-error';
import { UnsupportedPolicy } from '../iam/policy-document';

/** The body of a response: a JSON object. */
export type Answer = Readonly<Record<string, unknown>>;

/** Returns the name of a principal in the list of calls: the role's ARN, or `root`. */
export function nameOf(principal: Principal): string {
  return principal.kind === 'root' ? 'root' : principal.role.roleArn;
}

/** Returns the service error for a thrown value; `internal` creates the internal failure of the service. */
export function serviceErrorOf(thrown: unknown, service: string, internal: (message: string) => ServiceError): ServiceError {
  if (thrown instanceof ServiceError) return thrown;
  // included in the response, so that the author of the policy sees it
  if (thrown instanceof UnsupportedPolicy) return internal(thrown.message);
  console.error(`${service}:`, thrown);
  return internal('An internal failure occurred');
}

export function send(response: ServerResponse, status: number, body: Answer, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-requestid': randomUUID(), ...headers }).end(JSON.stringify(body));
}

/** Sends an error. `messageMember` is the key of the message, which differs between services. */
export function sendError(response: ServerResponse, { status, errorName, message, members }: ServiceError, messageMember = 'message'): void {
  send(response, status, { [messageMember]: message, ...members }, { 'x-amzn-errortype': errorName });
}
