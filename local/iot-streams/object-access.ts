import type { ObjectFacts, ObjectStore } from './object-store';
import type { S3Location } from './requests';
import type { RequestContext } from '../iam/evaluator';
import { decide, mayAssume } from '../iam/evaluator';
import { parsePolicy } from '../iam/policy-document';
import type { Role, RoleDirectory } from '../iam/role-directory';

const IOT = 'iot.amazonaws.com';

/** The reason why AWS IoT cannot read an object with a role. */
export class NoAccess extends Error {
  constructor(readonly reason: 'RoleNotAssumable' | 'NotAllowed' | 'NoObject', message: string) {
    super(message);
  }
}

export interface ObjectAccessOptions {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  readonly roles: RoleDirectory;
  readonly objects: ObjectStore;
}

/** Decides what AWS IoT can do with a role, from its current trust policy and permissions. */
export class ObjectAccess {
  constructor(private readonly options: ObjectAccessOptions) {}

  /**
   * Assumes a role for a stream.
   * @throws NoAccess
   */
  async assume(roleArn: string, streamArn: string): Promise<Role> {
    const role = await this.options.roles.find(roleArn);
    if (!role) throw new NoAccess('RoleNotAssumable', `AWS IoT cannot assume role ${roleArn}: there is no such role`);
    const context: RequestContext = { 'aws:SourceAccount': this.options.account, 'aws:SourceArn': streamArn };
    if (!mayAssume(role.trustPolicy, { service: IOT }, context)) {
      throw new NoAccess('RoleNotAssumable', `AWS IoT cannot assume role ${roleArn}: its trust policy does not allow ${IOT} from ${streamArn}`);
    }
    return role;
  }

  /**
   * Reads the properties of an object with a role.
   * @throws NoAccess
   */
  async head(role: Role, location: S3Location): Promise<ObjectFacts> {
    const { bucket, key, version } = location;
    const objectArn = `arn:${this.options.partition}:s3:::${bucket}/${key}`;
    const policy = await this.options.objects.bucketPolicy(bucket);
    // checked first, as S3 does, so that a caller without permission does not learn whether the object exists
    this.require(role, version === undefined ? 's3:GetObject' : 's3:GetObjectVersion', objectArn, policy);
    // S3 refuses an empty version ID, so the service would as well
    const facts = version === '' ? undefined : await this.options.objects.head(location);
    if (!facts) {
      const object = version === undefined ? `object s3://${bucket}/${key}` : `version ${version} of object s3://${bucket}/${key}`;
      throw new NoAccess('NoObject', `There is no ${object}`);
    }
    if (facts.kmsKeyId !== undefined) this.require(role, 'kms:Decrypt', this.keyArnOf(facts.kmsKeyId));
    return facts;
  }

  private keyArnOf(keyId: string): string {
    const { partition, region, account } = this.options;
    return keyId.startsWith('arn:') ? keyId : `arn:${partition}:kms:${region}:${account}:key/${keyId}`;
  }

  private require(role: Role, action: string, resource: string, resourcePolicy?: string): void {
    const session = `${role.roleArn.replace(/:iam:/, ':sts:').replace(/:role\/.*/, '')}:assumed-role/${role.roleArn.split('/').pop()}/iot-streams`;
    const { region, account } = this.options;
    const context: RequestContext = {
      'aws:SecureTransport': 'true',
      'aws:PrincipalArn': role.roleArn,
      'aws:PrincipalAccount': account,
      'aws:ResourceAccount': account,
      'aws:RequestedRegion': region,
      'aws:SourceArn': undefined,
      'aws:SourceAccount': undefined,
      // S3 and not AWS IoT calls KMS
      ...(action.startsWith('kms:') ? { 'kms:ViaService': `s3.${region}.amazonaws.com` } : {}),
    };
    const decision = decide({ action, resource, context }, role, resourcePolicy === undefined ? undefined : {
      policy: parsePolicy(resourcePolicy), caller: { roleArn: role.roleArn, sessionArn: session },
    });
    if (!decision.allowed) {
      throw new NoAccess('NotAllowed', `User: ${session} is not authorized to perform: ${action} on resource: ${resource} ${decision.because}`);
    }
  }
}
