import type { App, Stack } from 'aws-cdk-lib';
import { CfnElement, CfnResource, Fn, LegacyStackSynthesizer, RemovalPolicy } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as notifications from 'aws-cdk-lib/aws-s3-notifications';
import type { IotFileStreamProps } from '../../src';
import { IotFileStream, StreamFile } from '../../src';
import { testStack } from '../support/app';

/*
 * CloudFormation refuses circular dependencies, and only at deployment. A stream depends only on resources that must outlive
 * it; a remaining circle is an error at synth.
 */

const create = (stack: Stack, props: Partial<IotFileStreamProps> = {}) =>
  new IotFileStream(stack, 'Firmware', { files: [StreamFile.fromText('a', 'text')], ...props });
const ownBucket = (stack: Stack, props: s3.BucketProps = {}) => new s3.Bucket(stack, 'Bucket', { versioned: true, ...props });
const iotRole = (stack: Stack) => new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('iot.amazonaws.com') });
/** A function of the app that refers to the stream. */
const userOf = (stream: IotFileStream) => new lambda.Function(stream.stack, 'Publisher', {
  code: lambda.Code.fromInline('exports.handler = async () => {}'),
  handler: 'index.handler',
  runtime: lambda.Runtime.NODEJS_22_X,
  environment: { STREAM_ID: stream.streamId },
});
/** A role of the app whose properties refer to the stream. */
const readerOf = (stream: IotFileStream) => new iam.Role(stream.stack, 'Reader', {
  assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
  description: `Reads stream ${stream.streamId}`,
});
const reading = (principal: iam.IPrincipal, bucket: s3.Bucket, conditions?: iam.Conditions) =>
  new iam.PolicyStatement({ principals: [principal], actions: ['s3:GetObject'], resources: [bucket.arnForObjects('*')], conditions });
const decrypting = (principal: iam.IPrincipal) => new iam.PolicyStatement({ principals: [principal], actions: ['kms:Decrypt'], resources: ['*'] });

function error(stack: Stack): string | undefined {
  try {
    (stack.node.root as App).synth();
    return undefined;
  } catch (problem) {
    return (problem as Error).message;
  }
}

/** The logical ids that the stream names in `DependsOn`. */
function dependencies(stack: Stack): string[] {
  const { DependsOn } = Object.values(Template.fromStack(stack).findResources('Custom::IotFileStream'))[0];
  return DependsOn as string[];
}

const STREAM = 'MyStack/Firmware/Stream2df2cd34/Default';
const objects = (storage: string) => `MyStack/Firmware/Storage${storage}/Objects/Default`;
const circle = (...paths: string[]) => 'Validation failed with the following errors:\n'
  + `  [MyStack/Firmware] resources must not depend on each other in a circle, got: ${paths.map((path) => `'${path}'`).join(' -> ')}; `
  + 'let one of them name the next by a literal name or ARN, or put it into another stack that is deployed after this one';

describe('resources that may depend on the stream', () => {
  test.each(['the default bucket', 'an own bucket'])('a notification on %s may invoke a function that refers to the stream', (which) => {
    const stack = testStack();
    const stream = create(stack, which === 'an own bucket' ? { bucket: ownBucket(stack) } : {});
    stream.bucket.addEventNotification(s3.EventType.OBJECT_CREATED, new notifications.LambdaDestination(userOf(stream)));
    expect(error(stack)).toBeUndefined();
    Template.fromStack(stack).resourceCountIs('Custom::S3BucketNotifications', 1);
    expect(dependencies(stack).filter((id) => id.includes('Notifications'))).toEqual([]);
  });

  test('the delivery role of the app may be granted to describe its stream', () => {
    const stack = testStack();
    const role = iotRole(stack);
    create(stack, { role }).grants.describe(role);
    expect(error(stack)).toBeUndefined();
    expect(dependencies(stack).filter((id) => id.startsWith('Role'))).toEqual([stack.getLogicalId(role.node.defaultChild as iam.CfnRole)]);
  });

  test('the policies of a bucket and of its key may name the delivery role of the app', () => {
    const stack = testStack();
    const encryptionKey = new kms.Key(stack, 'Key');
    const role = iotRole(stack);
    const bucket = ownBucket(stack, { encryptionKey });
    create(stack, { bucket, role });
    bucket.addToResourcePolicy(reading(role, bucket));
    encryptionKey.addToResourcePolicy(decrypting(role));
    expect(error(stack)).toBeUndefined();
  });

  test('the policy of a bucket may name the delivery role of the construct', () => {
    const stack = testStack();
    const bucket = ownBucket(stack);
    bucket.addToResourcePolicy(reading(create(stack, { bucket }).role, bucket));
    expect(error(stack)).toBeUndefined();
  });
});

describe('resources that the stream depends on', () => {
  test('the stream depends on a bucket with its policy, its auto-delete resource and its key', () => {
    const stack = testStack();
    const encryptionKey = new kms.Key(stack, 'Key');
    const bucket = ownBucket(stack, { encryptionKey, enforceSSL: true, autoDeleteObjects: true, removalPolicy: RemovalPolicy.DESTROY });
    create(stack, { bucket });
    const found = dependencies(stack).filter((id) => /^(Bucket|Key)/.test(id)).map((id) => Template.fromStack(stack).toJSON().Resources[id].Type);
    expect(found.sort()).toEqual(['AWS::KMS::Key', 'AWS::S3::Bucket', 'AWS::S3::BucketPolicy', 'Custom::S3AutoDeleteObjects']);
  });

  test('the stream depends on a bucket policy that is created after the stream in another scope', () => {
    const stack = testStack();
    const bucket = ownBucket(stack);
    create(stack, { bucket });
    bucket.policy = new s3.BucketPolicy(stack, 'Policy', { bucket });
    bucket.policy.document.addStatements(reading(new iam.AccountRootPrincipal(), bucket));
    expect(dependencies(stack)).toContain(stack.getLogicalId(bucket.policy.node.defaultChild as s3.CfnBucketPolicy));
  });

  test('the stream depends on no resource of an imported bucket, key or role', () => {
    const stack = testStack();
    const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:111111111111:key/abc');
    const bucket = s3.Bucket.fromBucketAttributes(stack, 'Bucket', { bucketName: 'other', encryptionKey });
    create(stack, { bucket, role: iam.Role.fromRoleName(stack, 'Role', 'reader') });
    expect(error(stack)).toBeUndefined();
    const { Resources } = Template.fromStack(stack).toJSON();
    expect(dependencies(stack).map((id) => Resources[id].Type).sort()).toEqual([
      'AWS::IAM::Policy', 'AWS::IAM::Role', 'AWS::IAM::Role', 'AWS::Lambda::EventInvokeConfig', 'AWS::Lambda::Function', 'AWS::Logs::LogGroup',
      'Custom::IotFileStreamObjects',
    ]);
  });
});

describe('circular dependencies, refused at synth with the construct paths', () => {
  test('refuses a bucket policy that names a role that refers to the stream', () => {
    const stack = testStack();
    const bucket = ownBucket(stack);
    const reader = readerOf(create(stack, { bucket }));
    bucket.addToResourcePolicy(reading(reader, bucket));
    expect(error(stack)).toBe(circle(objects('30b39c39'), 'MyStack/Bucket/Policy/Resource', 'MyStack/Reader/Resource', STREAM, objects('30b39c39')));
  });

  test('refuses a bucket policy that names a function that refers to the stream', () => {
    const stack = testStack();
    const bucket = ownBucket(stack);
    const { functionArn } = userOf(create(stack, { bucket }));
    bucket.addToResourcePolicy(reading(new iam.ServicePrincipal('lambda.amazonaws.com'), bucket, { ArnEquals: { 'aws:SourceArn': functionArn } }));
    expect(error(stack)).toBe(circle(objects('30b39c39'), 'MyStack/Bucket/Policy/Resource', 'MyStack/Publisher/Resource', STREAM, objects('30b39c39')));
  });

  test('refuses a key policy that names the delivery role of the construct, which names the key', () => {
    const stack = testStack();
    const encryptionKey = new kms.Key(stack, 'Key');
    const stream = create(stack, { bucket: ownBucket(stack, { encryptionKey }) });
    encryptionKey.addToResourcePolicy(decrypting(new iam.ArnPrincipal(stream.role.roleArn)));
    expect(error(stack)).toBe(circle('MyStack/Bucket/Resource', 'MyStack/Key/Resource', 'MyStack/Firmware/Storage09577f60/DeliveryRole/Resource', 'MyStack/Bucket/Resource'));
  });

  test('refuses a key policy that names a role that refers to the stream', () => {
    const stack = testStack();
    const encryptionKey = new kms.Key(stack, 'Key');
    const reader = readerOf(create(stack, { bucket: ownBucket(stack, { encryptionKey }) }));
    encryptionKey.addToResourcePolicy(decrypting(new iam.ArnPrincipal(reader.roleArn)));
    expect(error(stack)).toBe(circle(objects('09577f60'), 'MyStack/Key/Resource', 'MyStack/Reader/Resource', STREAM, objects('09577f60')));
  });

  test.each<[string, (id: string) => string]>([
    ['Fn::Sub', (id) => Fn.sub(`\${AWS::Region}/\${${id}.StreamId}/\${!literal}`)],
    ['Fn::Sub with variables', (id) => Fn.sub('${Stream}', { Stream: Fn.ref(id) })],
    ['Fn::GetAtt in short form', (id) => ({ 'Fn::GetAtt': `${id}.StreamId` }) as unknown as string],
  ])('refuses a delivery role that refers to its stream in %s', (_form, reference) => {
    const stack = testStack();
    const role = iotRole(stack);
    const stream = create(stack, { role });
    const id = stack.resolve((stream.node.defaultChild as CfnResource).logicalId);
    (role.node.defaultChild as CfnResource).addPropertyOverride('Description', reference(id));
    expect(error(stack)).toBe(circle(objects('47d2994b'), 'MyStack/Role/Resource', STREAM, objects('47d2994b')));
  });

  test('refuses a delivery role with a dependency on its stream', () => {
    const stack = testStack();
    const role = iotRole(stack);
    const stream = create(stack, { role });
    (role.node.defaultChild as CfnResource).addOverride('DependsOn', stack.resolve((stream.node.defaultChild as CfnResource).logicalId));
    expect(error(stack)).toBe(circle(objects('47d2994b'), 'MyStack/Role/Resource', STREAM, objects('47d2994b')));
  });

  test('refuses permissions of the handler that name the stream', () => {
    const stack = testStack();
    const stream = create(stack);
    stream.grants.describe(stream.handler);
    expect(error(stack)).toBe(circle(objects('1bc1449f'), 'MyStack/CdkIotStreamsHandler/Function/Resource',
      'MyStack/CdkIotStreamsHandler/Role/DefaultPolicy/Resource', STREAM, objects('1bc1449f')));
  });

  test('names a resource without a construct by its logical ID in the error about a circle', () => {
    class Fragment extends CfnElement {
      after = '';

      _toCloudFormation(): object {
        return { Resources: { Raw: { Type: 'AWS::SNS::Topic', DependsOn: [stack.resolve(this.after)] } } };
      }
    }
    const stack = testStack();
    const role = iotRole(stack);
    new Fragment(stack, 'Fragment').after = (create(stack, { role }).node.defaultChild as CfnResource).logicalId;
    (role.node.defaultChild as CfnResource).addPropertyOverride('Description', { Ref: 'Raw' });
    expect(error(stack)).toBe(circle(objects('47d2994b'), 'MyStack/Role/Resource', 'Raw', STREAM, objects('47d2994b')));
  });

  test('leaves a circle without a stream to CloudFormation', () => {
    const stack = testStack();
    create(stack);
    new CfnResource(stack, 'Topic', { type: 'AWS::SNS::Topic', properties: { TopicName: { Ref: 'Topic' } } });
    expect(error(stack)).toBeUndefined();
  });

  test('leaves a dependency on a resource that the template does not have to CloudFormation', () => {
    const stack = testStack();
    create(stack);
    new CfnResource(stack, 'Topic', { type: 'AWS::SNS::Topic' }).addOverride('DependsOn', ['Elsewhere']);
    expect(error(stack)).toBeUndefined();
  });
});

test('does not check a stack whose synthesizer writes no template', () => {
  class NoTemplate extends LegacyStackSynthesizer {
    synthesize(): void {
      // some tools deploy from the construct tree
    }
  }
  const stack = testStack({ synthesizer: new NoTemplate() });
  create(stack);
  expect(error(stack)).toBeUndefined();
});
