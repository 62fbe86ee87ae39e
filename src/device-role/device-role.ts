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
   * How long the credentials of a device are valid: 900 to 43,200 seconds. Anything else is an error at synth. The role's maximum
   * session duration is raised to it, and to the greatest one where only the deployment knows the duration; a role of yours that
   * is known to have a shorter one is an error at synth.
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
   * The role whose credentials devices get. It must trust `credentials.iot.amazonaws.com`; one that is known not to gets the warning
   * `cdk-iot-streams:untrustingRole`. Its maximum session duration must not be shorter than `credentialDuration`.
   *
   * @default - a new role that trusts the credentials provider of AWS IoT
   */
  readonly role?: iam.IRole;
}

/**
 * A role for devices: AWS IoT exchanges a device's certificate for temporary credentials of it.
 *
 * Creates an IAM role and an IoT role alias. Every grant of the CDK works with it, and each reaches every device whose policy has
 * `deviceStatements()`.
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
  /** The role whose credentials devices get. */
  public readonly role: iam.IRole;

  /** The principal that grants are for: the role. */
  public readonly grantPrincipal: iam.IPrincipal;

  /**
   * The name of the role alias, which a device puts into its request: `GET /role-aliases/<name>/credentials`.
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
    const { AssumeRolePolicyDocument: trust, MaxSessionDuration: longest = DEFAULT_SESSION_SECONDS } = renderedProperties(resource);
    if (!trusts(trust, CREDENTIALS_PROVIDER)) {
      Annotations.of(this).addWarningV2('cdk-iot-streams:untrustingRole',
        `'role' must trust '${CREDENTIALS_PROVIDER}', got: '${role.node.path}', which does not: devices would get no credentials`);
    }
    if (typeof longest !== 'number' || Token.isUnresolved(seconds) || seconds <= longest) return [];
    return [`'credentialDuration' must be at most the 'maxSessionDuration' of 'role', got: ${seconds} seconds where '${role.node.path}' has ${longest}; raise it there`];
  }

  /**
   * Returns what a device's AWS IoT policy must allow so that it gets credentials: `iot:AssumeRoleWithCertificate` on exactly this role alias.
   */
  public deviceStatements(): iam.PolicyStatement[] {
    return [new iam.PolicyStatement({ actions: ['iot:AssumeRoleWithCertificate'], resources: [this.roleAliasArn] })];
  }

  /**
   * Grants each device what a producer needs on the video streams that bear its thing's name, in this account and region. A device must
   * send the name in the header `x-amzn-iot-thingname` when it asks for credentials. A stream with a KMS key of yours needs
   * `key.grant(deviceRole, 'kms:GenerateDataKey')` as well.
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
function trusts({ Statement }: { Statement: { Principal?: any }[] }, service: string): boolean {
  return Statement.flatMap(({ Principal }) => Principal?.Service ?? []).some((principal) => principal === service || typeof principal !== 'string');
}
