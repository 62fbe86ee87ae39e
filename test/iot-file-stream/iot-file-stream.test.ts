import { App, Lazy, NestedStack, RemovalPolicy, Stack, Tags, Token } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { IotFileStreamProps } from '../../src';
import { IotFileStream, StreamFile } from '../../src';
import { only, testStack } from '../support/app';

const files = [StreamFile.fromText('a', 'text')];
const create = (props: Partial<IotFileStreamProps> = {}, stack = testStack()) => {
  const stream = new IotFileStream(stack, 'Firmware', { files, ...props });
  return { stack, stream };
};
const texts = (count: number) => Array.from({ length: count }, (_, index) => StreamFile.fromText(`text${index}`, 'text'));
const properties = (stack: Stack) => only(stack, 'Custom::IotFileStream').Properties;
const ids = (stack: Stack, type: string) => Object.keys(Template.fromStack(stack).findResources(type));
const resource = (stack: Stack, type: string, part: string) =>
  Object.entries(Template.fromStack(stack).findResources(type)).find(([id]) => id.includes(part))![1];

describe('the resources of a stack', () => {
  test('creates one function and one bucket a stack, and two roles and one objects resource a stream', () => {
    const stack = testStack();
    new IotFileStream(stack, 'One', { files });
    new IotFileStream(stack, 'Two', { files });
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::Lambda::Function', 1);
    template.resourceCountIs('AWS::S3::Bucket', 1);
    template.resourceCountIs('AWS::IAM::Role', 5);
    template.resourceCountIs('Custom::IotFileStreamObjects', 2);
    template.resourceCountIs('Custom::IotFileStream', 2);
  });

  test('disables Lambda retries and discards events older than 20 minutes', () => {
    const { stack } = create();
    expect(only(stack, 'AWS::Lambda::EventInvokeConfig').Properties).toMatchObject({ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 1200 });
    expect(only(stack, 'AWS::Lambda::Function').Properties).toMatchObject({ Timeout: 300, Runtime: expect.stringMatching(/^nodejs\d+\.x$/) });
    expect(properties(stack).ServiceTimeout).toBe('1800');
  });

  test('F23: deletes the log group with the stack, and does not let the function create it again', () => {
    const { stack } = create();
    expect(only(stack, 'AWS::Logs::LogGroup').DeletionPolicy).toBe('Delete');
    const { Properties } = resource(stack, 'AWS::IAM::Role', 'HandlerRole');
    expect(Properties.ManagedPolicyArns).toBeUndefined();
    expect(Properties.Policies[0].PolicyDocument.Statement).toEqual([
      { Effect: 'Allow', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: { 'Fn::GetAtt': [ids(stack, 'AWS::Logs::LogGroup')[0], 'Arn'] } },
    ]);
  });

  test('F29: lets only AWS IoT of this account and region assume the delivery role', () => {
    const { stack } = create();
    expect(resource(stack, 'AWS::IAM::Role', 'DeliveryRole').Properties.AssumeRolePolicyDocument.Statement).toEqual([{
      Effect: 'Allow',
      Action: 'sts:AssumeRole',
      Principal: { Service: 'iot.amazonaws.com' },
      Condition: {
        StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
        ArnLike: {
          'aws:SourceArn': {
            'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iot:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, ':*']],
          },
        },
      },
    }]);
  });

  test('lets only the handler function of the stack assume the management role', () => {
    const { stack } = create();
    expect(resource(stack, 'AWS::IAM::Role', 'ManagementRole').Properties.AssumeRolePolicyDocument.Statement[0].Principal).toEqual({
      AWS: { 'Fn::GetAtt': [ids(stack, 'AWS::IAM::Role').find((id) => id.includes('HandlerRole')), 'Arn'] },
    });
  });

  test('F21: makes the stream and its objects depend on everything that their last event needs', () => {
    const { stack } = create();
    const needed = ['AWS::Lambda::Function', 'AWS::Lambda::EventInvokeConfig', 'AWS::Logs::LogGroup', 'AWS::IAM::Role', 'AWS::S3::Bucket', 'AWS::S3::BucketPolicy']
      .flatMap((type) => ids(stack, type));
    const objects = only(stack, 'Custom::IotFileStreamObjects').DependsOn;
    expect(objects).toEqual(expect.arrayContaining(needed));
    expect(only(stack, 'Custom::IotFileStream').DependsOn).toEqual(expect.arrayContaining([...needed, ...ids(stack, 'Custom::IotFileStreamObjects')]));
  });

  test("grants exact actions on the bucket's key inside the roles, and makes the stream depend on the key", () => {
    const stack = testStack();
    const encryptionKey = new kms.Key(stack, 'Key');
    create({ bucket: new s3.Bucket(stack, 'Bucket', { versioned: true, encryptionKey }) }, stack);
    const allowed = (role: string) => resource(stack, 'AWS::IAM::Role', role).Properties.Policies[0].PolicyDocument.Statement;
    const Resource = { 'Fn::GetAtt': [ids(stack, 'AWS::KMS::Key')[0], 'Arn'] };
    expect(allowed('DeliveryRole')).toContainEqual({ Effect: 'Allow', Action: 'kms:Decrypt', Resource });
    expect(allowed('ManagementRole')).toContainEqual({ Effect: 'Allow', Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Resource });
    Template.fromStack(stack).resourceCountIs('AWS::IAM::Policy', 0);
    expect(only(stack, 'Custom::IotFileStream').DependsOn).toEqual(expect.arrayContaining(ids(stack, 'AWS::KMS::Key')));
  });
});

describe('the logical IDs', () => {
  const all = (props: Partial<IotFileStreamProps>, stack = testStack()) => {
    create(props, stack);
    return ['AWS::IAM::Role', 'Custom::IotFileStreamObjects', 'Custom::IotFileStream'].map((type) =>
      ids(stack, type).filter((id) => id.startsWith('Firmware')));
  };
  const plain = all({});

  test('F6: gives every resource another logical ID if streamId changes', () => {
    all({ streamId: 'other' }).forEach((found, index) => found.forEach((id) => expect(plain[index]).not.toContain(id)));
  });

  test.each([
    ['prefix', () => all({ keyPrefix: 'other/' })],
    ['bucket by name', () => {
      const stack = testStack();
      return all({ bucket: s3.Bucket.fromBucketName(stack, 'Bucket', 'other') }, stack);
    }],
    ['bucket of the stack', () => {
      const stack = testStack();
      return all({ bucket: new s3.Bucket(stack, 'Bucket', { versioned: true }) }, stack);
    }],
    ['key', () => {
      const stack = testStack();
      const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:us-east-1:111111111111:key/abc');
      return all({ bucket: s3.Bucket.fromBucketAttributes(stack, 'Bucket', { bucketName: 'other', encryptionKey }) }, stack);
    }],
    ['role by arn', () => {
      const stack = testStack();
      return all({ role: iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::111111111111:role/x') }, stack);
    }],
    ['role of the stack', () => {
      const stack = testStack();
      return all({ role: new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('iot.amazonaws.com') }) }, stack);
    }],
  ])('F30: gives roles and objects other logical IDs, and keeps that of the stream, with another %s', (_what, other) => {
    const [roles, objects, stream] = other();
    for (const id of roles) expect(plain[0]).not.toContain(id);
    for (const id of objects) expect(plain[1]).not.toContain(id);
    expect(stream).toEqual(plain[2]);
  });

  test('F30: gives the objects another logical ID if the name of the role changes', () => {
    const named = (roleName: string) => {
      const stack = testStack();
      return all({ role: new iam.Role(stack, 'Role', { roleName, assumedBy: new iam.ServicePrincipal('iot.amazonaws.com') }) }, stack);
    };
    const [one, two] = [named('one'), named('two')];
    for (const id of one[1]) expect(two[1]).not.toContain(id);
  });

  test('keeps every logical ID if files or description change', () => {
    expect(all({ files: texts(3), description: 'other' })).toEqual(plain);
  });
});

describe('the default stream ID', () => {
  test('derives a literal stream ID of at most 34 characters from stack and path', () => {
    expect(properties(create().stack).StreamId).toMatch(/^MyStack-Firmware-[0-9A-F]{8}$/);
    expect(properties(create({}, testStack({}, `Stack${'x'.repeat(100)}`)).stack).StreamId).toHaveLength(34);
  });

  test('gives streams in different nested stacks different IDs', () => {
    const stack = testStack();
    const [one, two] = ['A', 'B'].map((id) => create({}, new NestedStack(stack, id)).stack);
    expect(properties(one).StreamId).not.toBe(properties(two).StreamId);
  });

  test('warns about a stream ID above 44 characters', () => {
    const long = create({ streamId: 'x'.repeat(45) }).stack;
    Annotations.fromStack(long).hasWarning('/MyStack/Firmware', Match.stringLikeRegexp('\'streamId\' has 45 characters: .* longer than 44'));
    Annotations.fromStack(create({ streamId: 'x'.repeat(44) }).stack).hasNoWarning('*', Match.anyValue());
  });

});

describe('description', () => {
  test('uses the construct path as default description', () => {
    expect(properties(create().stack).Description).toBe('MyStack/Firmware');
    expect(properties(create({ description: 'x'.repeat(2028) }).stack).Description).toHaveLength(2028);
    expect(properties(create({ description: Lazy.string({ produce: () => 'late' }) }).stack).Description).toBe('late');
  });

});

describe('keyPrefix', () => {
  test('puts keyPrefix in front of the object keys', () => {
    expect(properties(create({ keyPrefix: 'a/b/', streamId: 'id' }).stack).Prefix['Fn::Join'][1][0]).toBe('a/b/id/');
  });
});

describe('a role of the app', () => {
  test('attaches a policy to a role of the app', () => {
    const stack = testStack();
    const role = new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('iot.amazonaws.com') });
    const { stream } = create({ role }, stack);
    expect(stream.role).toBe(role);
    const policy = only(stack, 'AWS::IAM::Policy').Properties;
    expect(policy.Roles).toEqual([{ Ref: ids(stack, 'AWS::IAM::Role').find((id) => id.startsWith('Role')) }]);
    expect(policy.PolicyDocument.Statement[0].Action).toEqual(['s3:GetObject', 's3:GetObjectVersion']);
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });

  test('prints the statements for an immutable role', () => {
    const stack = testStack();
    create({ role: iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::111111111111:role/x', { mutable: false }) }, stack);
    Template.fromStack(stack).resourceCountIs('AWS::IAM::Policy', 0);
    Annotations.fromStack(stack).hasWarning('*', Match.stringLikeRegexp('the CDK cannot add a policy to \'role\': add these statements to it: .*s3:GetObjectVersion'));
  });
});

describe('the removal policy', () => {
  const policies = (stack: Stack) => ({
    stream: only(stack, 'Custom::IotFileStream').DeletionPolicy,
    objects: only(stack, 'Custom::IotFileStreamObjects').DeletionPolicy,
    management: resource(stack, 'AWS::IAM::Role', 'ManagementRole').DeletionPolicy,
    delivery: Object.entries(Template.fromStack(stack).findResources('AWS::IAM::Role')).find(([id]) => id.includes('Delivery'))?.[1].DeletionPolicy,
    bucket: only(stack, 'AWS::S3::Bucket').DeletionPolicy,
  });
  const bucketPolicy = (stack: Stack) => only(stack, 'AWS::S3::BucketPolicy');

  test('deletes every resource by default', () => {
    expect(policies(create().stack)).toEqual({ stream: 'Delete', objects: 'Delete', management: undefined, delivery: undefined, bucket: 'Delete' });
    expect(policies(create({ removalPolicy: RemovalPolicy.DESTROY }).stack)).toMatchObject({ stream: 'Delete', bucket: 'Delete' });
  });

  test('F35: retains everything that a device needs with RETAIN, except after a failed creation', () => {
    const kept = 'RetainExceptOnCreate';
    expect(policies(create({ removalPolicy: RemovalPolicy.RETAIN }).stack)).toEqual(
      { stream: kept, objects: kept, management: undefined, delivery: kept, bucket: kept });
  });

  test.each([RemovalPolicy.RETAIN, RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE])('F74: retains the TLS policy of a retained default bucket: %s', (removalPolicy) => {
    const { DeletionPolicy, Properties } = bucketPolicy(create({ removalPolicy }).stack);
    expect(DeletionPolicy).toBe('RetainExceptOnCreate');
    expect(Properties.PolicyDocument.Statement).toEqual([expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } })]);
  });

  test.each([RemovalPolicy.DESTROY, undefined])('deletes the policy of a deleted default bucket: %s', (removalPolicy) => {
    expect(bucketPolicy(create({ removalPolicy }).stack).DeletionPolicy).toBeUndefined();
  });

  test('does not change the removal policy of a bucket, key or role of the app', () => {
    const stack = testStack();
    const bucket = new s3.Bucket(stack, 'Bucket', { versioned: true, removalPolicy: RemovalPolicy.RETAIN });
    const role = new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('iot.amazonaws.com') });
    role.applyRemovalPolicy(RemovalPolicy.RETAIN);
    create({ bucket, role, removalPolicy: RemovalPolicy.RETAIN }, stack);
    expect(policies(stack)).toMatchObject({ bucket: 'Retain', stream: 'RetainExceptOnCreate' });
    expect(resource(stack, 'AWS::IAM::Role', 'Role').DeletionPolicy).toBe('Retain');
  });

  test('F35: retains the permissions on a role of the app together with the stream', () => {
    const stack = testStack();
    const bucket = new s3.Bucket(stack, 'Bucket', { versioned: true, encryptionKey: new kms.Key(stack, 'Key') });
    create({ bucket, role: iam.Role.fromRoleName(stack, 'Role', 'reader'), removalPolicy: RemovalPolicy.RETAIN }, stack);
    const { DeletionPolicy, Properties } = only(stack, 'AWS::IAM::Policy');
    expect(DeletionPolicy).toBe('RetainExceptOnCreate');
    expect(Properties.PolicyDocument.Statement.map(({ Action }: { Action: unknown }) => Action)).toEqual(
      [['s3:GetObject', 's3:GetObjectVersion'], 'kms:Decrypt']);
  });
});

describe('tags', () => {
  const tagged = (count: number, key = 'key') => {
    const { stack, stream } = create();
    for (let index = 0; index < count; index++) Tags.of(stream).add(`${key}${index}`, 'value');
    return stack;
  };

  test('passes tags to the stream', () => {
    expect(Object.keys(properties(tagged(46)).Tags)).toHaveLength(46);
  });

});

describe('imported streams', () => {
  const arn = (partition: string) => `arn:${partition}:iot:eu-west-1:111111111111:stream/firmware`;

  test.each(['aws', 'aws-cn', 'aws-us-gov'])('imports a stream of partition %s by its ARN', (partition) => {
    const stream = IotFileStream.fromStreamArn(testStack(), 'Stream', arn(partition));
    expect([stream.streamId, stream.streamArn, stream.env.region]).toEqual(['firmware', arn(partition), 'eu-west-1']);
  });

  test('imports a stream by an ARN that is a token', () => {
    const streamArn = Token.asString({ Ref: 'Stream' });
    expect(IotFileStream.fromStreamArn(testStack(), 'Stream', streamArn).streamArn).toBe(streamArn);
  });

  test('imports a stream of this account and region by a literal ID or a token', () => {
    const stack = new Stack(new App(), 'MyStack', { env: { region: 'eu-west-1', account: '111111111111' } });
    expect(stack.resolve(IotFileStream.fromStreamId(stack, 'Stream', 'firmware').streamArn)).toEqual({
      'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iot:eu-west-1:111111111111:stream/firmware']],
    });
    expect(() => IotFileStream.fromStreamId(stack, 'Token', Token.asString({ Ref: 'Id' }))).not.toThrow();
  });
});

test('returns the attributes of the resource, which is the default child', () => {
  const { stack, stream } = create();
  const [id] = ids(stack, 'Custom::IotFileStream');
  expect(stack.resolve([stream.streamId, stream.streamArn, stream.streamVersion])).toEqual(
    ['StreamId', 'StreamArn', 'StreamVersion'].map((name) => ({ 'Fn::GetAtt': [id, name] })));
  expect(stack.resolve((stream.node.defaultChild as { logicalId?: string } | undefined)?.logicalId)).toBe(id);
});
