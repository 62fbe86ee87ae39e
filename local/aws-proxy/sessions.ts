/** A session of a role, as STS answered it. */
export interface RoleSession {
  readonly accessKeyId: string;
  readonly sessionToken: string;
  readonly roleArn: string;
  /** `arn:<partition>:sts::<account>:assumed-role/<role>/<session>` */
  readonly sessionArn: string;
  readonly expiration: Date;
  /** Condition keys that the session brings to every request, such as `credentials-iot:ThingName`. */
  readonly context?: Readonly<Record<string, string | undefined>>;
}

/** Whose access key it is: the signature of a request names the key and not the role. */
export interface SessionDirectory {
  sessionOf(accessKeyId: string): RoleSession | undefined | Promise<RoleSession | undefined>;
}

/** The session in an answer to AssumeRole; undefined where the answer is an error. */
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
