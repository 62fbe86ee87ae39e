import { ServiceError } from './errors';
import { SessionDirectory } from '../aws-proxy/sessions';
import { Role, RoleDirectory } from '../iam/role-directory';

/** Who calls. */
export type Principal =
  | { readonly kind: 'root' }
  | { readonly kind: 'role'; readonly role: Role; readonly sessionArn: string };

/** What a request says of its caller. */
export interface Signature {
  readonly authorization: string | undefined;
  readonly securityToken: string | undefined;
}

export interface PrincipalOptions {
  readonly region: string;
  /** Access keys that may do everything. */
  readonly rootAccessKeyIds: readonly string[];
  readonly sessions: SessionDirectory;
  readonly roles: RoleDirectory;
  readonly now: () => number;
}

/**
 * Attributes a request to a principal by its access key. The signature itself is not computed again: the proxy that
 * recorded the session stands before a service that did.
 * @throws ServiceError as AWS answers to those whom it does not know
 */
export async function principalOf({ authorization, securityToken }: Signature, options: PrincipalOptions): Promise<Principal> {
  const credential = /^AWS4-HMAC-SHA256 Credential=([^,\s]+)/.exec(authorization ?? '')?.[1];
  if (credential === undefined) throw new ServiceError('MissingAuthenticationTokenException', 'Missing Authentication Token');
  const [accessKeyId, , region, service] = credential.split('/');
  if (service !== 'iot') throw new ServiceError('InvalidSignatureException', "Credential should be scoped to correct service: 'iot'.");
  if (region !== options.region) {
    throw new ServiceError('InvalidSignatureException', `Credential should be scoped to a valid region, not '${region}'.`);
  }
  if (options.rootAccessKeyIds.includes(accessKeyId)) return { kind: 'root' };

  const session = options.sessions.sessionOf(accessKeyId);
  if (!session || session.sessionToken !== securityToken) throw invalidToken();
  if (session.expiration.getTime() <= options.now()) {
    throw new ServiceError('ExpiredTokenException', 'The security token included in the request is expired');
  }
  const role = await options.roles.find(session.roleArn);
  // the sessions of a deleted role end with it
  if (!role) throw invalidToken();
  return { kind: 'role', role, sessionArn: session.sessionArn };
}

function invalidToken(): ServiceError {
  return new ServiceError('UnrecognizedClientException', 'The security token included in the request is invalid.');
}
