/** A session of a role, as STS returned it. */
export interface RoleSession {
  readonly accessKeyId: string;
  readonly sessionToken: string;
  readonly roleArn: string;
  /** `arn:<partition>:sts::<account>:assumed-role/<role>/<session>` */
  readonly sessionArn: string;
  readonly expiration: Date;
  /** The condition keys that the session adds to every request, such as `credentials-iot:ThingName`. */
  readonly context?: Readonly<Record<string, string | undefined>>;
}

/** Finds the session of an access key, because the signature of a request contains the key and not the role. */
export interface SessionDirectory {
  sessionOf(accessKeyId: string): RoleSession | undefined | Promise<RoleSession | undefined>;
}

/** Returns the session in a response to AssumeRole; undefined if the response is an error. */
export function sessionIn(answer: string, roleArn: string): RoleSession | undefined {
  const accessKeyId = elementOf(answer, 'AccessKeyId');
  const sessionToken = elementOf(answer, 'SessionToken');
  const assumedRoleUser = elementOf(answer, 'AssumedRoleUser');
  const sessionArn = assumedRoleUser && elementOf(assumedRoleUser, 'Arn');
  const expiration = elementOf(answer, 'Expiration');
  if (!accessKeyId || !sessionToken || !sessionArn || !expiration) return undefined;
  return { accessKeyId, sessionToken, roleArn, sessionArn, expiration: new Date(expiration) };
}

function elementOf(xml: string, name: string): string | undefined {
  const text = new RegExp(`<${name}>(.*?)</${name}>`, 's').exec(xml)?.[1].trim();
  return text?.replace(/&(lt|gt|quot|apos|amp);/g, (_, entity: keyof typeof entities) => entities[entity]);
}

const entities = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' } as const;
