import { ServiceRefused } from './errors';
import type { PinnedFile } from '../../../lambda/iot-file-stream/model';
import { decide, mayAssume } from '../../../local/iam/evaluator';
import type { PolicyDocument } from '../../../local/iam/policy-document';
import type { Role } from '../../../local/iam/role-directory';
import type { Right } from '../../lambda/iot-file-stream/doubles';
import { arnOf } from '../../lambda/iot-file-stream/doubles';
import type { IamAccount } from '../cloudformation/iam-account';

export const ACCOUNT = '111122223333';
export const REGION = 'eu-west-1';

export interface Session {
  readonly roleArn: string;
}

/** Who may do what now. What is refused is thrown. */
export class Permissions {
  /** By bucket. */
  readonly bucketPolicies = new Map<string, PolicyDocument>();
  roleOfFunction = '';

  constructor(private readonly iam: IamAccount) {}

  /** As the stack's function. */
  assume(roleArn: string): Session {
    const role = this.iam.find(roleArn);
    const caller = { roleArn: this.roleOfFunction, sessionArn: sessionOf(this.roleOfFunction) };
    if (!role || !this.iam.find(this.roleOfFunction) || !mayAssume(role.trustPolicy, caller, contextOf(this.roleOfFunction))) {
      throw new ServiceRefused('AccessDenied', `User is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`);
    }
    return { roleArn };
  }

  authorise(roleArn: string, right: Right): void {
    const role = this.iam.find(roleArn);
    // the sessions of a deleted role end with it
    if (!role) throw new ServiceRefused('UnrecognizedClientException', 'The security token included in the request is invalid.');
    this.require(role, right);
  }

  /** As the service: it assumes the role and asks S3. */
  readAsIot(roleArn: string, { bucket, key }: PinnedFile): void {
    const role = this.iam.find(roleArn);
    const context = { ...contextOf(roleArn), 'aws:SourceAccount': ACCOUNT, 'aws:SourceArn': arnOf('any') };
    if (!role || !mayAssume(role.trustPolicy, { service: 'iot.amazonaws.com' }, context)) {
      throw new ServiceRefused('InvalidRequestException', `AWS IoT cannot assume role ${roleArn}`);
    }
    try {
      this.require(role, { action: 's3:GetObjectVersion', resource: `arn:aws:s3:::${bucket}/${key}` });
    } catch (error) {
      throw new ServiceRefused('InvalidRequestException', (error as Error).message);
    }
  }

  private require(role: Role, { action, resource, context }: Right): void {
    const bucket = action.startsWith('s3:') ? resource.split(':::')[1].split('/')[0] : '';
    const policy = this.bucketPolicies.get(bucket);
    const caller = { roleArn: role.roleArn, sessionArn: sessionOf(role.roleArn) };
    const request = { action, resource, context: { ...contextOf(role.roleArn), ...context } };
    const decision = decide(request, role, policy && { policy, caller });
    if (!decision.allowed) {
      throw new ServiceRefused(action.startsWith('iot:') ? 'UnauthorizedException' : 'AccessDenied',
        `${role.roleArn} is not authorized to perform: ${action} on resource: ${resource} ${decision.because}`);
    }
  }
}

function sessionOf(roleArn: string): string {
  return `arn:aws:sts::${ACCOUNT}:assumed-role/${roleArn.split('/').pop()}/session`;
}

function contextOf(roleArn: string): Record<string, string | undefined> {
  return {
    'aws:PrincipalArn': roleArn,
    'aws:PrincipalAccount': ACCOUNT,
    'aws:ResourceAccount': ACCOUNT,
    'aws:RequestedRegion': REGION,
    'aws:SecureTransport': 'true',
    'aws:SourceArn': undefined,
    'aws:SourceAccount': undefined,
  };
}
