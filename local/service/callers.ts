import type { RefuseCaller } from './service-error';
import type { SessionDirectory } from '../aws-proxy/sessions';
import type { AccessRequest, RequestContext } from '../iam/evaluator';
import { decide } from '../iam/evaluator';
import type { Role, RoleDirectory } from '../iam/role-directory';

/** Who calls. */
export type Principal =
  | { readonly kind: 'root' }
  | { readonly kind: 'role'; readonly role: Role; readonly sessionArn: string; readonly context: RequestContext };

/** What a request says of its caller. */
export interface Signature {
  readonly authorization: string | undefined;
  readonly securityToken: string | undefined;
}

export interface CallerOptions {
  /** The service that the signature must be scoped to. */
  readonly service: string;
  readonly region: string;
  /** Access keys that may do everything. */
  readonly rootAccessKeyIds: readonly string[];
  readonly sessions: SessionDirectory;
  readonly roles: RoleDirectory;
  readonly now: () => number;
  readonly refuse: RefuseCaller;
}

/**
 * Attributes a request to a principal by its access key. The signature itself is not computed again: the proxy that
 * recorded the session stands before a service that did.
 * @throws ServiceError as AWS answers to those whom it does not know
 */
export async function principalOf({ authorization, securityToken }: Signature, options: CallerOptions): Promise<Principal> {
  const { refuse } = options;
  const credential = /^AWS4-HMAC-SHA256 Credential=([^,\s]+)/.exec(authorization ?? '')?.[1];
  if (credential === undefined) throw refuse('MissingAuthenticationTokenException', 'Missing Authentication Token');
  const [accessKeyId, , region, service] = credential.split('/');
  if (service !== options.service) {
    throw refuse('InvalidSignatureException', `Credential should be scoped to correct service: '${options.service}'.`);
  }
  if (region !== options.region) throw refuse('InvalidSignatureException', `Credential should be scoped to a valid region, not '${region}'.`);
  if (options.rootAccessKeyIds.includes(accessKeyId)) return { kind: 'root' };

  const invalidToken = () => refuse('UnrecognizedClientException', 'The security token included in the request is invalid.');
  const session = await options.sessions.sessionOf(accessKeyId);
  if (!session || session.sessionToken !== securityToken) throw invalidToken();
  if (session.expiration.getTime() <= options.now()) {
    throw refuse('ExpiredTokenException', 'The security token included in the request is expired');
  }
  const role = await options.roles.find(session.roleArn);
  // the sessions of a deleted role end with it
  if (!role) throw invalidToken();
  return { kind: 'role', role, sessionArn: session.sessionArn, context: session.context ?? {} };
}

/** A right that a request needs, with the name under which a refusal tells its resource. */
export interface Right extends AccessRequest {
  /** Default: the ARN. */
  readonly resourceInMessage?: string;
}

/**
 * Refuses what the policies of the caller's role do not allow.
 * @throws ServiceError AccessDeniedException, in the words of AWS
 */
export function authorize(
  rights: readonly Right[], { role, sessionArn, context: session }: Extract<Principal, { kind: 'role' }>,
  { region, refuse }: Pick<CallerOptions, 'region' | 'refuse'>,
): void {
  const [, , , , account] = sessionArn.split(':');
  for (const right of rights) {
    const context: RequestContext = {
      'aws:PrincipalArn': role.roleArn,
      'aws:PrincipalAccount': account,
      'aws:ResourceAccount': account,
      'aws:RequestedRegion': region,
      // the clear channel is this machine's; on AWS there is no other than TLS
      'aws:SecureTransport': 'true',
      'aws:SourceArn': undefined,
      'aws:SourceAccount': undefined,
      ...right.context,
      ...session,
    };
    const decision = decide({ ...right, context }, role);
    if (!decision.allowed) {
      const what = `User: ${sessionArn} is not authorized to perform: ${right.action} on resource: ${right.resourceInMessage ?? right.resource}`;
      throw refuse('AccessDeniedException', `${what} ${decision.because}`);
    }
  }
}
