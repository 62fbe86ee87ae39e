import type { CfnResource } from 'aws-cdk-lib';
import { Annotations, ArnFormat, Aws, CustomResource, Fn, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { IConstruct, IDependable } from 'constructs';
import { Construct } from 'constructs';
import type { BoundSigning, EncryptionKey, SourceObject } from './bound-file';
import type { StorageProperties } from './contract';
import {
  CONTRACT_VERSION, DIGEST_LENGTH, GENERATION_LENGTH, GENERATION_SEPARATOR, OBJECTS_RESOURCE_TYPE,
} from './contract';
import { keyOf } from './encryption';
import { warnOfLifecycleRules } from './lifecycle';
import { lifetimeOf, lifetimeOfBucket } from './lifetime';
import { fixedProblems } from './property-problems';
import { bucketProblems } from './validation';
import { shortHashOf } from '../../core/digest';
import { keyBehind } from '../../core/encryption-key';
import type { HandlerFunction } from '../../core/handler-function';
import { SERVICE_TIMEOUT } from '../../core/handler-function';
import { isKept, keptProblems } from '../../core/removal';
import { resourceOf } from '../../core/resource-of';
import { validateRoleAccount } from '../../core/role';
import { singleton } from '../../core/singleton';
import type { WrittenTemplate } from '../../core/written-template';

const STREAM_ACTIONS = ['Create', 'Update', 'Describe', 'Delete'].map((verb) => `iot:${verb}Stream`)
  .concat('iot:TagResource', 'iot:UntagResource', 'iot:ListTagsForResource');
const DEFAULT_BUCKET_ID = 'IotFileStreamBucket';

export interface StreamStorageProps {
  readonly streamId: string;
  readonly keyPrefix: string;
  readonly bucket?: s3.IBucket;
  readonly role?: iam.IRole;
  readonly sources: readonly SourceObject[];
  readonly signings: readonly BoundSigning[];
  readonly handler: HandlerFunction;
}

/**
 * The storage location of a stream: its objects, and the roles that may use them. The construct id is a hash of everything
 * that identifies the location, so a move creates a second one, and clean-up empties the first before its roles are deleted.
 */
export class StreamStorage extends Construct {
  static create(scope: Construct, props: StreamStorageProps): StreamStorage {
    if (props.role) validateRoleAccount(scope, props.role);
    const bucket = props.bucket ?? defaultBucket(scope);
    const name = storageName(scope, bucket, props);
    return new StreamStorage(scope, `Storage${name}`, name, bucket, props);
  }

  /** The role that the handler assumes to change the stream and its objects. */
  readonly managementRole: iam.IRole;
  /** The role that AWS IoT assumes to read this stream's objects. */
  readonly deliveryRole: iam.IRole;
  readonly properties: StorageProperties;
  /** The constructs that must not be deleted before the last event of the stream. */
  readonly dependencies: IDependable[];
  private readonly objects: CustomResource;
  /** The policy that this library adds to a role of the user: it is created and deleted with the storage location. */
  private readonly deliveryPolicy?: AttachablePolicy;

  private constructor(scope: Construct, id: string, name: string, readonly bucket: s3.IBucket, private readonly props: StreamStorageProps) {
    super(scope, id);
    const guid = Fn.select(2, Fn.split('/', Aws.STACK_ID));
    const prefix = `${props.keyPrefix}${props.streamId}/${guid}-${name}/`;
    const objectsArn = bucket.arnForObjects(`${prefix}${'?'.repeat(GENERATION_LENGTH)}/${'?'.repeat(DIGEST_LENGTH)}`);

    const read = [allow(['s3:GetObject', 's3:GetObjectVersion'], [objectsArn]), ...keyStatements([bucket.encryptionKey], 'kms:Decrypt')];
    if (props.role) this.deliveryPolicy = this.attachedTo(props.role, read, name, guid);
    this.deliveryRole = props.role ?? this.newDeliveryRole(read);
    this.managementRole = this.newManagementRole(objectsArn, prefix);
    this.warnOfUnknownKeys();
    warnOfLifecycleRules(this, bucket, `${props.keyPrefix}${props.streamId}/`);

    this.properties = {
      ContractVersion: CONTRACT_VERSION, ManagementRoleArn: this.managementRole.roleArn, Bucket: bucket.bucketName, Prefix: prefix,
    };
    this.objects = new CustomResource(this, 'Objects', {
      resourceType: OBJECTS_RESOURCE_TYPE,
      serviceToken: props.handler.function.functionArn,
      serviceTimeout: SERVICE_TIMEOUT,
      properties: { ...this.properties, StreamId: props.streamId },
    });
    // only these: a dependency on more would be a circle, because the rest of the app may use the stream
    const needed: IDependable[] = [props.handler.lifetime, lifetimeOfBucket(bucket), this.managementRole, lifetimeOf(this.deliveryRole)];
    if (this.deliveryPolicy) needed.push(this.deliveryPolicy);
    const key = bucket.encryptionKey && keyBehind(bucket.encryptionKey);
    if (key) needed.push(lifetimeOf(key));
    this.objects.node.addDependency(...needed);
    this.dependencies = [...needed, this.objects];
  }

  /** Validates the resources of the user; runs at the end of synthesis. */
  problems(): string[] {
    const { role, bucket } = this.props;
    const brought = { bucket, 'bucket.encryptionKey': bucket?.encryptionKey && keyBehind(bucket.encryptionKey), role };
    return isKept(this.objects) ? keptProblems(brought) : [];
  }

  /**
   * Checks the bucket and the objects resource in the written templates. The properties of the objects resource are among
   * those of the stream, so they are resolved once for both.
   */
  writtenProblems(templateOf: (stack: Stack) => WrittenTemplate, ofStream: Readonly<Record<string, unknown>>): string[] {
    const stack = Stack.of(this);
    const { Properties = {} } = templateOf(stack).resources[stack.resolve((this.objects.node.defaultChild as CfnResource).logicalId)];
    const names = ['ServiceToken', ...Object.keys(this.properties), 'StreamId'];
    const declared = Object.fromEntries(names.map((name) => [name, ofStream[name]]));
    return [...bucketProblems(this.bucket, templateOf), ...fixedProblems(this.objects.node.path, Properties, declared)];
  }

  /** Applies the policy to everything that a device needs. The management role is not needed after the stack is deleted. */
  applyRemovalPolicy(policy: RemovalPolicy): void {
    this.objects.applyRemovalPolicy(policy);
    (this.deliveryPolicy ?? this.deliveryRole).applyRemovalPolicy(policy);
    // all streams of the stack share the default bucket: one retained stream keeps it, with the policy that requires TLS
    if (this.props.bucket || policy === RemovalPolicy.DESTROY) return;
    for (const kept of [this.bucket, (this.bucket as s3.Bucket).policy]) kept?.applyRemovalPolicy(policy);
  }

  private warnOfUnknownKeys(): void {
    const keys = [this.bucket.encryptionKey, ...this.props.sources.map(({ encryptionKey }) => encryptionKey)];
    for (const key of keys.filter((candidate) => candidate !== undefined && keyOf(candidate) === undefined)) {
      Annotations.of(this).addWarningV2('cdk-iot-streams:unknownKey',
        `the key behind alias '${(key as kms.IAlias).aliasName}' is unknown, so the stream's roles are not allowed to use it: import the key itself, with kms.Key.fromKeyArn or `
        + 'kms.Alias.fromAliasAttributes; or allow \'managementRole\' kms:Decrypt and kms:GenerateDataKey, and \'role\' kms:Decrypt, on its ARN');
    }
  }

  private newDeliveryRole(read: iam.PolicyStatement[]): iam.Role {
    return new iam.Role(this, 'DeliveryRole', {
      description: `AWS IoT reads the files of stream ${this.props.streamId} with it`,
      // https://docs.aws.amazon.com/iot/latest/developerguide/cross-service-confused-deputy-prevention.html: a source
      // narrower than AWS IoT in this account is not documented and could deny the service access
      assumedBy: new iam.ServicePrincipal('iot.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
          ArnLike: { 'aws:SourceArn': Stack.of(this).formatArn({ service: 'iot', resource: '*', arnFormat: ArnFormat.NO_RESOURCE_NAME }) },
        },
      }),
      // inline, so that role and permission are created together
      inlinePolicies: { Objects: new iam.PolicyDocument({ statements: read }) },
    });
  }

  private attachedTo(role: iam.IRole, read: iam.PolicyStatement[], name: string, guid: string): AttachablePolicy {
    const { stackName, region } = Stack.of(this);
    const policy = new AttachablePolicy(this, 'DeliveryPolicy', {
      // policy names are unique within a role: a stream with the same path in another stack or region must not overwrite this one
      policyName: ['IotFileStream', Token.isUnresolved(stackName) ? 'nested' : stackName.slice(0, 50), region, name, guid].join('-'),
      statements: read,
    });
    role.attachInlinePolicy(policy);
    const needed = `add these statements to it: ${JSON.stringify(Stack.of(this).resolve(read.map((statement) => statement.toStatementJson())))}`;
    if (!policy.isAttachedToRole) {
      Annotations.of(this).addWarningV2('cdk-iot-streams:immutableRole', `the CDK cannot add a policy to 'role': ${needed}`);
    } else if (role.node.defaultChild === undefined && Token.isUnresolved(role.roleName)) {
      Annotations.of(this).addWarningV2('cdk-iot-streams:unknownRoleName',
        `'role' should have a literal name, got: '${role.node.path}' with a token; the CDK adds the policy of the stream to the role named after the first '/' of the ARN, `
        + `which is the wrong one if the role has a path: give the ARN as a literal, or import the role with 'mutable: false' and ${needed}`);
    }
    return policy;
  }

  private newManagementRole(objectsArn: string, prefix: string): iam.Role {
    const { streamId, handler, sources, signings } = this.props;
    const stack = Stack.of(this);
    const statements = [
      allow(STREAM_ACTIONS, streamArns(this, streamId)),
      allow(['iam:PassRole'], [this.deliveryRole.roleArn]),
      allow(['s3:GetBucketVersioning', 's3:GetBucketObjectLockConfiguration'], [this.bucket.bucketArn]),
      allow(['s3:ListBucketVersions'], [this.bucket.bucketArn], { StringEquals: { 's3:prefix': prefix } }),
      allow(['s3:PutObject', 's3:GetObject', 's3:GetObjectVersion', 's3:DeleteObjectVersion'], [objectsArn]),
      ...keyStatements([this.bucket.encryptionKey], 'kms:Decrypt', 'kms:GenerateDataKey'),
      ...keyStatements(sources.map(({ encryptionKey }) => encryptionKey), 'kms:Decrypt'),
      ...signStatements(signings),
    ];
    const read = (action: string, isPinned: boolean) => {
      // files with the same content are one object in the staging bucket
      const resources = new Set(sources.filter((source) => source.isPinned === isPinned).map((source) => sourceArn(stack, source)));
      if (resources.size > 0) statements.push(allow([action], [...resources]));
    };
    read('s3:GetObject', false);
    read('s3:GetObjectVersion', true);
    return new iam.Role(this, 'ManagementRole', {
      description: `Creates, updates and deletes stream ${streamId}; the handler of this stack works in its name`,
      assumedBy: new iam.ArnPrincipal(handler.role.roleArn),
      inlinePolicies: { Stream: new iam.PolicyDocument({ statements }) },
    });
  }
}

/** Resource patterns that match a stream and all of its generations. */
export function streamArns(scope: Construct, streamId: string): string[] {
  return [streamId, `${streamId}${GENERATION_SEPARATOR}${'?'.repeat(GENERATION_LENGTH)}`]
    .map((resourceName) => Stack.of(scope).formatArn({ service: 'iot', resource: 'stream', resourceName }));
}

/** A policy that records whether its role accepted it: an immutable role ignores policies silently. */
class AttachablePolicy extends iam.Policy {
  isAttachedToRole = false;

  attachToRole(role: iam.IRole): void {
    this.isAttachedToRole = true;
    super.attachToRole(role);
  }
}

function allow(actions: string[], resources: string[], conditions?: iam.Conditions): iam.PolicyStatement {
  return new iam.PolicyStatement({ actions, resources, conditions });
}

/** Inline as well: `key.grant` would create a separate policy, which is deleted even if the role is kept. */
function keyStatements(keys: (EncryptionKey | undefined)[], ...actions: string[]): iam.PolicyStatement[] {
  const arns = new Set(keys.flatMap((key) => key && keyOf(key)?.keyArn || []));
  return arns.size > 0 ? [allow(actions, [...arns])] : [];
}

/** Allows only signatures with the algorithm that the app has chosen. */
function signStatements(signings: readonly BoundSigning[]): iam.PolicyStatement[] {
  return [...new Set(signings.map(({ algorithm }) => algorithm))].map((algorithm) => {
    const arns = new Set(signings.filter((signing) => signing.algorithm === algorithm).map(({ key }) => key.keyArn));
    return allow(['kms:Sign'], [...arns], { StringEquals: { 'kms:SigningAlgorithm': algorithm } });
  });
}

/** Written out, because `grantRead` of buckets and assets would allow the whole bucket. */
function sourceArn(stack: Stack, source: SourceObject): string {
  return stack.formatArn({
    service: 's3', region: '', account: '', resource: source.bucketName, resourceName: escaped(source.key),
  });
}

/** In a policy, '*', '?' and '${' have a meaning of their own, and IAM refuses control characters and those above U+00FF. */
function escaped(key: string): string {
  if (Token.isUnresolved(key)) return key;
  return key.replace(/[*?$]/g, (character) => `\${${character}}`).replace(/[^\t\n\r -\u00ff]/gu, '?');
}

function storageName(scope: Construct, bucket: s3.IBucket, { streamId, keyPrefix, role }: StreamStorageProps): string {
  const key = bucket.encryptionKey && (keyBehind(bucket.encryptionKey) ?? bucket.encryptionKey);
  const parts = [scope.node.addr, streamId, bucketIdentity(bucket), keyPrefix, key ? identity(key, key.keyArn) : '', ...role ? [roleIdentity(role)] : []];
  return shortHashOf(JSON.stringify(parts));
}

function bucketIdentity(bucket: s3.IBucket): string {
  const resource = resourceOf<s3.CfnBucket>(bucket, 'AWS::S3::Bucket');
  return identity(bucket, resource ? resource.bucketName : bucket.bucketName);
}

function roleIdentity(role: iam.IRole): string {
  const resource = resourceOf<iam.CfnRole>(role, 'AWS::IAM::Role');
  return identity(role, resource ? resource.roleName : role.roleArn);
}

/** The literal name if there is one: a resource with another name is another resource, even under the same path. */
function identity(resource: IConstruct, name: string | undefined): string {
  return name === undefined || Token.isUnresolved(name) ? resource.node.path : name;
}

function defaultBucket(scope: Construct): s3.IBucket {
  const stack = Stack.of(scope);
  return singleton(stack, DEFAULT_BUCKET_ID, () => new s3.Bucket(stack, DEFAULT_BUCKET_ID, {
    versioned: true,
    encryption: s3.BucketEncryption.S3_MANAGED,
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
    enforceSSL: true,
    // the bucket is empty by then: each storage location deletes its objects before the bucket is deleted
    removalPolicy: RemovalPolicy.DESTROY,
  }));
}
