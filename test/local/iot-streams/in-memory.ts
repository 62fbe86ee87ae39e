import type { RoleSession, SessionDirectory } from '../../../local/aws-proxy/sessions';
import { parsePolicy } from '../../../local/iam/policy-document';
import type { Role, RoleDirectory } from '../../../local/iam/role-directory';
import type { ObjectFacts, ObjectStore } from '../../../local/iot-streams/object-store';
import type { S3Location } from '../../../local/iot-streams/requests';

export const ACCOUNT = '000000000000';
export const REGION = 'us-east-1';

/** Roles in memory. */
export class InMemoryRoles implements RoleDirectory {
  private readonly roles = new Map<string, Role>();

  find(roleArn: string): Promise<Role | undefined> {
    return Promise.resolve(this.roles.get(roleArn));
  }

  /** Creates or replaces a role and returns its ARN. */
  put(name: string, trust: object[], statements: object[], boundary?: object[]): string {
    const roleArn = `arn:aws:iam::${ACCOUNT}:role/${name}`;
    this.roles.set(roleArn, {
      roleArn,
      trustPolicy: policy(trust),
      identityPolicies: [policy(statements)],
      ...(boundary ? { permissionsBoundary: policy(boundary) } : {}),
    });
    return roleArn;
  }

  delete(roleArn: string): void {
    this.roles.delete(roleArn);
  }
}

/** Versioned buckets in memory. */
export class InMemoryObjects implements ObjectStore {
  readonly policies = new Map<string, string>();
  private readonly versions = new Map<string, { version: string; bytes: Buffer; kmsKeyId?: string }[]>();
  private count = 0;

  /** Writes an object and returns its version. */
  put(bucket: string, key: string, content: Buffer | string, kmsKeyId?: string): string {
    const version = `v${++this.count}`;
    const name = `${bucket}/${key}`;
    const object = { version, bytes: Buffer.from(content), ...(kmsKeyId ? { kmsKeyId } : {}) };
    this.versions.set(name, [object, ...this.versions.get(name) ?? []]);
    return version;
  }

  delete(bucket: string, key: string): void {
    this.versions.delete(`${bucket}/${key}`);
  }

  head(location: S3Location): Promise<ObjectFacts | undefined> {
    const found = this.find(location);
    return Promise.resolve(found && {
      size: found.bytes.length,
      eTag: `"${found.bytes.toString('hex').slice(0, 32)}"`,
      version: found.version,
      ...(found.kmsKeyId ? { kmsKeyId: found.kmsKeyId } : {}),
    });
  }

  read(location: S3Location, facts: ObjectFacts, start: number, end: number): Promise<Uint8Array> {
    return Promise.resolve(this.find({ ...location, version: facts.version! })!.bytes.subarray(start, end));
  }

  bucketPolicy(bucket: string): Promise<string | undefined> {
    return Promise.resolve(this.policies.get(bucket));
  }

  private find({ bucket, key, version }: S3Location) {
    const all = this.versions.get(`${bucket}/${key}`) ?? [];
    return version === undefined ? all[0] : all.find((object) => object.version === version);
  }
}

/** Sessions in memory, without STS. */
export class InMemorySessions implements SessionDirectory {
  private readonly sessions = new Map<string, RoleSession>();

  sessionOf(accessKeyId: string): RoleSession | undefined {
    return this.sessions.get(accessKeyId);
  }

  /** Creates a session and returns its credentials for the SDK. */
  assume(
    roleArn: string, expiration = new Date('2100-01-01'), context: RoleSession['context'] = {},
  ): { accessKeyId: string; secretAccessKey: string; sessionToken: string } {
    const accessKeyId = `ASIA${this.sessions.size}`;
    const sessionToken = `token-of-${accessKeyId}`;
    const sessionArn = `arn:aws:sts::${ACCOUNT}:assumed-role/${roleArn.split('/').pop()}/session`;
    this.sessions.set(accessKeyId, { accessKeyId, sessionToken, roleArn, sessionArn, expiration, context });
    return { accessKeyId, secretAccessKey: 'secret', sessionToken };
  }
}

export const iotTrust = {
  Effect: 'Allow',
  Principal: { Service: 'iot.amazonaws.com' },
  Action: 'sts:AssumeRole',
  Condition: {
    StringEquals: { 'aws:SourceAccount': ACCOUNT },
    ArnLike: { 'aws:SourceArn': `arn:aws:iot:${REGION}:${ACCOUNT}:*` },
  },
};

export function allow(action: string | string[], resource: string): object {
  return { Effect: 'Allow', Action: action, Resource: resource };
}

function policy(statements: object[]) {
  return parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement: statements }));
}
