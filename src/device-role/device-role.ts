import { Annotations, Duration, Resource, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as iot from 'aws-cdk-lib/aws-iot';
import type { Construct } from 'constructs';
import { DEVICE_ROLE_PROPS, PARAMETERS } from './private/input';
import { checked, checkedStruct } from '../core/input';
import { renderedProperties } from '../core/rendered-properties';
import { resourceOf } from '../core/resource-of';
import { validateRoleAccount } from '../core/role';
import { validateUnique } from '../core/unique-name';

/** Limits of CreateRoleAlias: https://docs.aws.amazon.com/iot/latest/apireference/API_CreateRoleAlias.html */
const MINIMUM_CREDENTIAL_SECONDS = 900;
const MAXIMUM_CREDENTIAL_SECONDS = 43_200;
/** Of a role that says nothing else: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html */
const DEFAULT_SESSION_SECONDS = 3_600;
const CREDENTIALS_PROVIDER = 'credentials.iot.amazonaws.com';
/** The ARN of a video stream ends with the milliseconds of its creation, 13 digits until the year 2286. */
const CREATION_TIME = '?'.repeat(13);

/**
 * Properties of a `DeviceRole`.
 */
export interface DeviceRoleProps {
  /**
   * The period for which the credentials of a device are valid: 900 to 43,200 seconds. Anything else is an error at synth.
   * The construct raises the maximum session duration of a role that it creates to this value, or to 43,200 seconds if the
   * value is a token. If your own `role` has a shorter maximum session duration that is known at synth, that is an error.
   *
   * Source of the limit: https://docs.aws.amazon.com/iot/latest/apireference/API_CreateRoleAlias.html
   *
   * @default Duration.hours(1)
   */
  readonly credentialDuration?: Duration;

  /**
   * The name of the role alias: 1 to 128 letters, digits and any of `_=,@-`. Anything else is an error at synth, and so is the name of
   * another role alias of the stack. Devices store it, so a fixed name is safer than a generated one.
   *
   * @default - CloudFormation generates a name
   */
  readonly roleAliasName?: string;

  /**
   * The IAM role whose credentials devices receive. It must trust `credentials.iot.amazonaws.com`. If it is known at synth
   * that it does not, there is the warning `cdk-iot-streams:untrustingRole`. Its maximum session duration must not be shorter
   * than `credentialDuration`.
   *
   * @default - a new role that trusts the credentials provider of AWS IoT
   */
  readonly role?: iam.IRole;
}

/**
 * An IAM role for devices. AWS IoT exchanges the certificate of a device for temporary credentials of this role.
 *
 * Creates the role and an AWS IoT role alias. Every grant of the CDK accepts it. A grant applies to all devices whose AWS IoT
 * policy contains `deviceStatements()`.
 *
 * @resource AWS::IoT::RoleAlias
 *
 * @example
 * const camera = new DeviceRole(this, 'Camera', { roleAliasName: 'cameras' });
 * bucket.grantPut(camera);
 * new iot.CfnPolicy(this, 'Policy', {
 *   policyDocument: new iam.PolicyDocument({ statements: camera.deviceStatements() }),
 * });
 */
export class DeviceRole extends Resource implements iam.IGrantable {
  /** The IAM role whose credentials devices receive. */
  public readonly role: iam.IRole;

  /** The principal that receives grants: the role. */
  public readonly grantPrincipal: iam.IPrincipal;

  /**
   * The name of the role alias. A device uses it in its request: `GET /role-aliases/<name>/credentials`.
   *
   * @attribute
   */
  public readonly roleAliasName: string;

  /**
   * The ARN of the role alias.
   *
   * @attribute
   */
  public readonly roleAliasArn: string;

  /**
   * @param scope the parent
   * @param id the id of the construct
   * @param props the options of the role
   */
  constructor(scope: Construct, id: string, props: DeviceRoleProps = {}) {
    const given = checkedStruct('props', props, DEVICE_ROLE_PROPS);
    super(checked('scope', scope, PARAMETERS.scope), checked('id', id, PARAMETERS.id), { physicalName: given.roleAliasName });
    const { credentialDuration = Duration.seconds(DEFAULT_SESSION_SECONDS), roleAliasName, role } = given;
    const seconds = credentialSeconds(credentialDuration);
    validateRoleAliasName(roleAliasName);
    validateUnique(this, 'roleAliasName', 'names', roleAliasName);
    if (role) validateRoleAccount(this, role);
    this.role = role ?? this.newRole(seconds);
    this.grantPrincipal = this.role.grantPrincipal;
    if (role) this.node.addValidation({ validate: () => this.roleProblems(role, seconds) });
    const alias = new iot.CfnRoleAlias(this, 'Alias', {
      roleArn: this.role.roleArn, roleAlias: this.physicalName, credentialDurationSeconds: seconds,
    });
    this.node.defaultChild = alias;
    this.roleAliasName = this.getResourceNameAttribute(alias.ref);
    this.roleAliasArn = this.getResourceArnAttribute(alias.attrRoleAliasArn, { service: 'iot', resource: 'rolealias', resourceName: this.physicalName });
  }

  private newRole(seconds: number): iam.Role {
    const role = new iam.Role(this, 'Role', {
      description: 'Devices get its credentials from the credentials provider of AWS IoT',
      // without conditions: confused-deputy keys are documented for iot.amazonaws.com only
      assumedBy: new iam.ServicePrincipal(CREDENTIALS_PROVIDER),
      // CreateRoleAlias refuses credentials that live longer than the role's sessions, and IAM takes no less than an hour
      maxSessionDuration: Token.isUnresolved(seconds) ? Duration.seconds(MAXIMUM_CREDENTIAL_SECONDS)
        : seconds > DEFAULT_SESSION_SECONDS ? Duration.seconds(seconds) : undefined,
    });
    return role;
  }

  /** Of a role that this app makes; what another app made is known at the deployment only. */
  private roleProblems(role: iam.IRole, seconds: number): string[] {
    const resource = resourceOf(role, 'AWS::IAM::Role');
    if (!resource) return [];
    const { AssumeRolePolicyDocument: trust = {}, MaxSessionDuration: longest = DEFAULT_SESSION_SECONDS } = renderedProperties(resource);
    if (!trusts(trust, CREDENTIALS_PROVIDER)) {
      Annotations.of(this).addWarningV2('cdk-iot-streams:untrustingRole',
        `'role' must trust '${CREDENTIALS_PROVIDER}', got: '${role.node.path}', which does not: devices would get no credentials`);
    }
    if (typeof longest !== 'number' || Token.isUnresolved(seconds) || seconds <= longest) return [];
    return [`'credentialDuration' must be at most the 'maxSessionDuration' of 'role', got: ${seconds} seconds where '${role.node.path}' has ${longest}; raise it there`];
  }

  /**
   * Returns the statements that the AWS IoT policy of a device needs to get credentials. They allow
   * `iot:AssumeRoleWithCertificate` on exactly this role alias.
   */
  public deviceStatements(): iam.PolicyStatement[] {
    return [new iam.PolicyStatement({ actions: ['iot:AssumeRoleWithCertificate'], resources: [this.roleAliasArn] })];
  }

  /**
   * Grants each device the permissions of a producer on the video stream that has the name of its thing, in this account and
   * region. A device must send the name of its thing in the header `x-amzn-iot-thingname` when it requests credentials. For a
   * stream with your own KMS key, also call `key.grant(deviceRole, 'kms:GenerateDataKey')`.
   */
  public grantOwnVideoStreams(): iam.Grant {
    return iam.Grant.addToPrincipal({
      grantee: this,
      actions: ['kinesisvideo:DescribeStream', 'kinesisvideo:GetDataEndpoint', 'kinesisvideo:PutMedia'],
      resourceArns: [Stack.of(this).formatArn({
        service: 'kinesisvideo', resource: 'stream', resourceName: `\${credentials-iot:ThingName}/${CREATION_TIME}`,
      })],
    });
  }
}

function credentialSeconds(duration: Duration): number {
  const seconds = duration.toSeconds();
  if (!Token.isUnresolved(seconds) && (seconds < MINIMUM_CREDENTIAL_SECONDS || seconds > MAXIMUM_CREDENTIAL_SECONDS)) {
    throw new Error(`'credentialDuration' must be between ${MINIMUM_CREDENTIAL_SECONDS} and ${MAXIMUM_CREDENTIAL_SECONDS} seconds, got: ${seconds}`);
  }
  return seconds;
}

function validateRoleAliasName(name: string | undefined): void {
  if (name === undefined || Token.isUnresolved(name)) return;
  if (!/^[\w=,@-]{1,128}$/.test(name)) throw new Error(`'roleAliasName' must have 1 to 128 letters, digits and any of _=,@-, got: '${name}'`);
}

/** Whether a trust policy names the service, or something that only the deployment knows. */
function trusts({ Statement: statements }: any, service: string): boolean {
  if (statements === undefined) return true;
  // a policy may have one statement without a list
  return [statements].flat().flatMap((statement) => statement?.Principal?.Service ?? [])
    .some((principal) => principal === service || typeof principal !== 'string');
}
