import { createHash } from 'crypto';
import { Annotations, ArnFormat, Aws, CustomResource, Fn, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct, IConstruct, IDependable } from 'constructs';
import { SourceObject } from './bound-file';
import {
  CONTRACT_VERSION, DIGEST_LENGTH, GENERATION_LENGTH, GENERATION_SEPARATOR, OBJECTS_RESOURCE_TYPE, PlaceProperties,
} from './contract';
import { SERVICE_TIMEOUT, StreamHandler } from './stream-handler';

const STREAM_ACTIONS = ['Create', 'Update', 'Describe', 'Delete'].map((verb) => `iot:${verb}Stream`)
  .concat('iot:TagResource', 'iot:UntagResource', 'iot:ListTagsForResource');
const DEFAULT_BUCKET_ID = 'IotFileStreamBucket';

export interface PlacementProps {
  readonly streamId: string;
  readonly keyPrefix: string;
  readonly bucket?: s3.IBucket;
  readonly role?: iam.IRole;
  readonly sources: readonly SourceObject[];
  readonly handler: StreamHandler;
}

/**
 * Where a stream's objects live, with what may work there. Its id is a hash of what makes it another place, so that a
 * move makes a second one and clean-up empties the first while its permissions still live.
 */
export class Placement extends Construct {
  static create(scope: Construct, props: PlacementProps): Placement {
    const bucket = props.bucket ?? defaultBucket(scope);
    const name = placementName(scope, bucket, props);
    return new Placement(scope, `Place${name}`, name, bucket, props);
  }

  /** What AWS IoT assumes to read this stream's objects. */
  readonly deliveryRole: iam.IRole;
  readonly properties: PlaceProperties;
  /** Everything that has to outlive the last event of the stream. */
  readonly dependencies: IDependable[];
  private readonly objects: CustomResource;

  private constructor(scope: Construct, id: string, name: string, readonly bucket: s3.IBucket, private readonly props: PlacementProps) {
    super(scope, id);
    const guid = Fn.select(2, Fn.split('/', Aws.STACK_ID));
    const prefix = `${props.keyPrefix}${props.streamId}/${guid}-${name}/`;
    const objectsArn = bucket.arnForObjects(`${prefix}${'?'.repeat(GENERATION_LENGTH)}/${'?'.repeat(DIGEST_LENGTH)}`);

    const delivery = this.delivery(objectsArn);
    this.deliveryRole = delivery.role;
    const operatorRole = this.operatorRole(objectsArn, prefix);
    bucket.encryptionKey?.grant(operatorRole, 'kms:Decrypt', 'kms:GenerateDataKey');
    bucket.encryptionKey?.grant(this.deliveryRole, 'kms:Decrypt');
    for (const key of new Set(props.sources.map((source) => source.encryptionKey))) key?.grant(operatorRole, 'kms:Decrypt');

    this.properties = { ContractVersion: CONTRACT_VERSION, OperatorRoleArn: operatorRole.roleArn, Bucket: bucket.bucketName, Prefix: prefix };
    this.objects = new CustomResource(this, 'Objects', {
      resourceType: OBJECTS_RESOURCE_TYPE,
      serviceToken: props.handler.function.functionArn,
      serviceTimeout: SERVICE_TIMEOUT,
      properties: { ...this.properties, StreamId: props.streamId },
    });
    const needed: IConstruct[] = [props.handler, ...delivery.constructs, operatorRole, bucket];
    if (bucket.encryptionKey) needed.push(bucket.encryptionKey);
    this.objects.node.addDependency(...needed);
    this.dependencies = [...needed, this.objects];
  }

  /** Keeps or removes what a device needs; the operator role has nothing to do once the stack is gone. */
  applyRemovalPolicy(policy: RemovalPolicy): void {
    this.objects.applyRemovalPolicy(policy);
    if (!this.props.role) this.deliveryRole.applyRemovalPolicy(policy);
    // the default bucket is everybody's: once kept for one stream, it is kept
    if (!this.props.bucket && policy !== RemovalPolicy.DESTROY) this.bucket.applyRemovalPolicy(policy);
  }

  private delivery(objectsArn: string): { role: iam.IRole; constructs: IConstruct[] } {
    const read = new iam.PolicyStatement({ actions: ['s3:GetObject', 's3:GetObjectVersion'], resources: [objectsArn] });
    const { role: theirs } = this.props;
    if (theirs) return { role: theirs, constructs: [theirs, this.deliveryPolicy(theirs, read)] };
    const role = new iam.Role(this, 'DeliveryRole', {
      description: `AWS IoT reads the files of stream ${this.props.streamId} with it`,
      // https://docs.aws.amazon.com/iot/latest/developerguide/cross-service-confused-deputy-prevention.html: a narrower
      // source than the account's IoT is not documented and could lock the service out
      assumedBy: new iam.ServicePrincipal('iot.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
          ArnLike: { 'aws:SourceArn': Stack.of(this).formatArn({ service: 'iot', resource: '*', arnFormat: ArnFormat.NO_RESOURCE_NAME }) },
        },
      }),
      // inside the role: role and permission come into being together
      inlinePolicies: { Objects: new iam.PolicyDocument({ statements: [read] }) },
    });
    return { role, constructs: [role] };
  }

  /** On a role that somebody brings, a policy of our own: it lives and dies with the place. */
  private deliveryPolicy(role: iam.IRole, read: iam.PolicyStatement): iam.Policy {
    const policy = new AttachablePolicy(this, 'DeliveryPolicy', { statements: [read] });
    role.attachInlinePolicy(policy);
    if (!policy.isAttachedToRole) {
      Annotations.of(this).addWarningV2('cdk-iot-streams:immutableRole',
        `'role' cannot be given a policy here: allow it ${JSON.stringify(Stack.of(this).resolve(read.toStatementJson()))}`);
    }
    return policy;
  }

  private operatorRole(objectsArn: string, prefix: string): iam.Role {
    const { streamId, handler, sources } = this.props;
    const stack = Stack.of(this);
    const stream = (resourceName: string) => stack.formatArn({ service: 'iot', resource: 'stream', resourceName });
    const allow = (actions: string[], resources: string[], conditions?: iam.Conditions) =>
      new iam.PolicyStatement({ actions, resources, conditions });
    const statements = [
      allow(STREAM_ACTIONS, [stream(streamId), stream(`${streamId}${GENERATION_SEPARATOR}${'?'.repeat(GENERATION_LENGTH)}`)]),
      allow(['iam:PassRole'], [this.deliveryRole.roleArn]),
      allow(['s3:GetBucketVersioning', 's3:GetBucketObjectLockConfiguration'], [this.bucket.bucketArn]),
      allow(['s3:ListBucketVersions'], [this.bucket.bucketArn], { StringEquals: { 's3:prefix': prefix } }),
      allow(['s3:PutObject', 's3:GetObject', 's3:GetObjectVersion', 's3:DeleteObjectVersion'], [objectsArn]),
    ];
    const read = (action: string, isPinned: boolean) => {
      const resources = sources.filter((source) => source.isPinned === isPinned).map((source) => sourceArn(stack, source));
      if (resources.length > 0) statements.push(allow([action], resources));
    };
    read('s3:GetObject', false);
    read('s3:GetObjectVersion', true);
    return new iam.Role(this, 'OperatorRole', {
      description: `Creates, updates and deletes stream ${streamId}; the handler of this stack works in its name`,
      assumedBy: new iam.ArnPrincipal(handler.role.roleArn),
      inlinePolicies: { Stream: new iam.PolicyDocument({ statements }) },
    });
  }
}

/** A policy that knows whether its role took it: an immutable role says nothing. */
class AttachablePolicy extends iam.Policy {
  isAttachedToRole = false;

  attachToRole(role: iam.IRole): void {
    this.isAttachedToRole = true;
    super.attachToRole(role);
  }
}

/** Built by hand: the helpers of buckets and assets would allow the whole bucket. */
function sourceArn(stack: Stack, source: SourceObject): string {
  return stack.formatArn({
    service: 's3', region: '', account: '', resource: source.bucketName, resourceName: escaped(source.key),
  });
}

/** In a policy, '*', '?' and '${' have a meaning of their own. */
function escaped(key: string): string {
  return Token.isUnresolved(key) ? key : key.replace(/[*?$]/g, (character) => `\${${character}}`);
}

function placementName(scope: Construct, bucket: s3.IBucket, { streamId, keyPrefix }: PlacementProps): string {
  const parts = [scope.node.addr, streamId, nameOf(bucket), keyPrefix, bucket.encryptionKey ? keyName(bucket.encryptionKey) : ''];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 8);
}

/** A literal name where there is one: a bucket that gets another name is another bucket, although its path stays. */
function nameOf(bucket: s3.IBucket): string {
  const resource = bucket.node.defaultChild;
  const name = resource instanceof s3.CfnBucket ? resource.bucketName : bucket.bucketName;
  return name === undefined || Token.isUnresolved(name) ? bucket.node.path : name;
}

function keyName(key: kms.IKey): string {
  return Token.isUnresolved(key.keyArn) ? key.node.path : key.keyArn;
}

function defaultBucket(scope: Construct): s3.IBucket {
  const stack = Stack.of(scope);
  return stack.node.tryFindChild(DEFAULT_BUCKET_ID) as s3.Bucket | undefined ?? new s3.Bucket(stack, DEFAULT_BUCKET_ID, {
    versioned: true,
    encryption: s3.BucketEncryption.S3_MANAGED,
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
    enforceSSL: true,
    // empty by then: each place removes its objects before its bucket goes
    removalPolicy: RemovalPolicy.DESTROY,
  });
}
