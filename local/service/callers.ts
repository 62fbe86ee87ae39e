import type { RefuseCaller } from './service-error';
import type { SessionDirectory } from '../aws-proxy/sessions';
import type { AccessRequest, RequestContext } from '../iam/evaluator';
import { decide } from '../iam/evaluator';
import type { Role, RoleDirectory } from '../iam/role-directory';

/** The caller of a request. */
export type Principal =
  | { readonly kind: 'root' }
  | { readonly kind: 'role'; readonly role: Role; readonly sessionArn: string; readonly context: RequestContext };

/** The headers of a request that identify its caller. */
export interface Signature {
  readonly authorization: string | undefined;
  readonly securityToken: string | undefined;
}

export interface CallerOptions {
  /** The service that the signature must be scoped to. */
  readonly service: string;
  readonly region: string;
  /** Access keys of the root user, who may do everything. */
  readonly rootAccessKeyIds: readonly string[];
  readonly sessions: SessionDirectory;
  readonly roles: RoleDirectory;
  readonly now: () => number;
  readonly refuse: RefuseCaller;
}

/**
 * Returns the principal of a request by its access key. The signature itself is not verified, because the service behind the
 * proxy that recorded the session has verified one.
 * @throws ServiceError for an unknown caller, with the message of AWS
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
  // the sessions of a deleted role are invalid
  if (!role) throw invalidToken();
  return { kind: 'role', role, sessionArn: session.sessionArn, context: session.context ?? {} };
}

/** A permission that a request needs, with the name of the resource in the error. */
export interface Right extends AccessRequest {
  /** @default the ARN */
  readonly resourceInMessage?: string;
}

/**
 * Throws if the policies of the caller's role do not allow the request.
 * @throws ServiceError AccessDeniedException, with the message of AWS
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
      // this service uses plain HTTP on the loopback address, while AWS always uses TLS
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
