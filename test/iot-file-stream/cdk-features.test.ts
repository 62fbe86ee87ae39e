import type { IPropertyInjector, InjectionContext } from 'aws-cdk-lib';
import {
  Annotations as CdkAnnotations, App, Aspects, CfnOutput, CfnResource, NestedStack,
  PropertyInjectors, RemovalPolicies, RemovalPolicy, Stack, Stage, Tags,
} from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import type { IConstruct } from 'constructs';
import type { IotFileStreamProps } from '../../src';
import { IotFileStream, IotFileStreamGrants, StreamFile } from '../../src';
import { only, testStack } from '../support/app';

/* Features of the CDK that change an app work with this construct as with those of the CDK. */

const create = (stack: Stack, props: Partial<IotFileStreamProps> = {}) =>
  new IotFileStream(stack, 'Firmware', { files: [StreamFile.fromText('a', 'text')], ...props });
const every = (stack: Stack, type: string): any[] => Object.values(Template.fromStack(stack).findResources(type));
const streamId = (stack: Stack) => Object.keys(Template.fromStack(stack).findResources('Custom::IotFileStream'))[0];

test('Tags.of a stack, a stage or an app tags the stream, roles, bucket, function and log group', () => {
  const stack = testStack();
  create(stack);
  Tags.of(stack.node.root).add('team', 'radio');
  expect(only(stack, 'Custom::IotFileStream').Properties.Tags).toEqual({ team: 'radio' });
  for (const type of ['AWS::IAM::Role', 'AWS::S3::Bucket', 'AWS::Lambda::Function', 'AWS::Logs::LogGroup']) {
    for (const { Properties } of every(stack, type)) expect(Properties.Tags).toEqual([{ Key: 'team', Value: 'radio' }]);
  }
});

test('Tags.of with the resource type of the stream tags only the stream', () => {
  const stack = testStack();
  create(stack);
  Tags.of(stack).add('team', 'radio', { includeResourceTypes: ['Custom::IotFileStream'] });
  expect(only(stack, 'Custom::IotFileStream').Properties.Tags).toEqual({ team: 'radio' });
  for (const { Properties } of every(stack, 'AWS::IAM::Role')) expect(Properties.Tags).toBeUndefined();
});

test('PermissionsBoundary.of applies to every role', () => {
  const stack = testStack();
  create(stack);
  iam.PermissionsBoundary.of(stack).apply(iam.ManagedPolicy.fromManagedPolicyArn(stack, 'Boundary', 'arn:aws:iam::111111111111:policy/boundary'));
  expect(every(stack, 'AWS::IAM::Role').map(({ Properties }) => Properties.PermissionsBoundary)).toEqual(Array(3).fill('arn:aws:iam::111111111111:policy/boundary'));
});

test('Role.customizeRoles replaces every role by a precreated one', () => {
  const stack = testStack();
  const roles = ['CdkIotStreamsHandler/Role', 'Firmware/Storage1bc1449f/DeliveryRole', 'Firmware/Storage1bc1449f/ManagementRole'];
  iam.Role.customizeRoles(stack, { usePrecreatedRoles: Object.fromEntries(roles.map((path) => [`MyStack/${path}`, path.split('/').pop()!])) });
  create(stack);
  expect(every(stack, 'AWS::IAM::Role')).toEqual([]);
  expect(JSON.stringify(only(stack, 'Custom::IotFileStream').Properties.ManagementRoleArn)).toContain(':role/ManagementRole');
  expect(JSON.stringify(only(stack, 'AWS::Lambda::Function').Properties.Role)).toContain(':role/Role');
});

test('RemovalPolicies.of retains every resource', () => {
  const stack = testStack();
  create(stack);
  RemovalPolicies.of(stack).retain();
  for (const { DeletionPolicy } of Object.values(Template.fromStack(stack).toJSON().Resources) as any[]) expect(DeletionPolicy).toBe('Retain');
});

test('applyRemovalPolicy has the same effect as the property removalPolicy', () => {
  const stack = testStack();
  create(stack).applyRemovalPolicy(RemovalPolicy.RETAIN);
  for (const type of ['Custom::IotFileStream', 'Custom::IotFileStreamObjects', 'AWS::S3::Bucket']) {
    expect(only(stack, type).DeletionPolicy).toBe('RetainExceptOnCreate');
  }
});

test('node.defaultChild is the L1 of the stream, whose properties can be overridden', () => {
  const stack = testStack();
  const resource = create(stack).node.defaultChild as CfnResource;
  resource.addPropertyOverride('Description', 'overridden');
  resource.cfnOptions.metadata = { reviewed: 'yes' };
  expect(only(stack, 'Custom::IotFileStream')).toMatchObject({ Properties: { Description: 'overridden' }, Metadata: { reviewed: 'yes' } });
});

test('an aspect can change the resources and enable the versioning of a bucket of the app', () => {
  const stack = testStack();
  create(stack, { bucket: new s3.Bucket(stack, 'Bucket') });
  Aspects.of(stack).add({
    visit(node: IConstruct) {
      if (node instanceof s3.CfnBucket) node.versioningConfiguration = { status: 'Enabled' };
      if (node instanceof lambda.CfnFunction) node.memorySize = 512;
    },
  });
  expect(only(stack, 'AWS::S3::Bucket').Properties.VersioningConfiguration).toEqual({ Status: 'Enabled' });
  expect(only(stack, 'AWS::Lambda::Function').Properties.MemorySize).toBe(512);
});

test('property injectors change the properties of the inner constructs', () => {
  class LongRetention implements IPropertyInjector {
    readonly constructUniqueId = logs.LogGroup.PROPERTY_INJECTION_ID;
    inject(originalProps: logs.LogGroupProps, _context: InjectionContext): logs.LogGroupProps {
      return { ...originalProps, retention: logs.RetentionDays.ONE_YEAR };
    }
  }
  const stack = testStack();
  PropertyInjectors.of(stack).add(new LongRetention());
  create(stack);
  expect(only(stack, 'AWS::Logs::LogGroup').Properties.RetentionInDays).toBe(365);
});

test('node.addDependency on a stream creates a dependency on the stream resource', () => {
  const stack = testStack();
  const later = new CfnResource(stack, 'Later', { type: 'AWS::CloudFormation::WaitConditionHandle' });
  later.node.addDependency(create(stack));
  expect(only(stack, 'AWS::CloudFormation::WaitConditionHandle').DependsOn).toContain(streamId(stack));
});

test('a reference to an attribute creates a dependency on the stream resource', () => {
  const stack = testStack();
  const stream = create(stack);
  new CfnResource(stack, 'Later', { type: 'AWS::SSM::Parameter', properties: { Type: 'String', Value: stream.streamVersion } });
  expect(only(stack, 'AWS::SSM::Parameter').Properties.Value).toEqual({ 'Fn::GetAtt': [streamId(stack), 'StreamVersion'] });
});

test('alarms can be created on the handler function', () => {
  const stack = testStack();
  create(stack).handler.metricErrors().createAlarm(stack, 'Alarm', { threshold: 1, evaluationPeriods: 1 });
  expect(only(stack, 'AWS::CloudWatch::Alarm').Properties.MetricName).toBe('Errors');
});

describe('the stream version in another stack', () => {
  const WARNING = "'streamVersion' is used in stack 'Consumer': CloudFormation refuses to change an export that is in use, so a deployment "
    + 'that changes the version fails; pass it in an SSM parameter, or put its users into a nested stack of this stack';

  function consumed(consume: (app: App, stream: IotFileStream) => Stack) {
    const app = new App();
    const stack = new Stack(app, 'Producer');
    const stream = create(stack);
    const consumer = consume(app, stream);
    const template = Template.fromStack(consumer).toJSON();
    return { stack, stream, template };
  }
  const byReference = (app: App, stream: IotFileStream) => {
    const consumer = new Stack(app, 'Consumer');
    new CfnOutput(consumer, 'Version', { value: stream.streamVersion });
    return consumer;
  };

  test('the stream version in another stack gives a warning with two alternatives', () => {
    const { stack, template } = consumed(byReference);
    expect(template.Outputs.Version.Value).toEqual({ 'Fn::ImportValue': expect.stringContaining('StreamVersion') });
    Annotations.fromStack(stack).hasWarning('/Producer/Firmware', Match.stringLikeRegexp(WARNING.replace(/[().]/g, '\\$&')));
  });

  test('the warning about the stream version in another stack can be acknowledged', () => {
    const { stack } = consumed((app, stream) => {
      // acknowledged at the stack, because older releases of the CDK look only at the parents of a construct
      CdkAnnotations.of(stream.stack).acknowledgeWarning('cdk-iot-streams:exportedStreamVersion', 'the version never moves');
      return byReference(app, stream);
    });
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });

  test('the stream version can be passed to another stack in an SSM parameter without a warning', () => {
    const { stack, template } = consumed((app, stream) => {
      new ssm.StringParameter(stream.stack, 'Version', { parameterName: '/firmware/version', stringValue: stream.streamVersion });
      const consumer = new Stack(app, 'Consumer');
      new CfnOutput(consumer, 'Version', { value: ssm.StringParameter.valueForStringParameter(consumer, '/firmware/version') });
      return consumer;
    });
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
    expect(JSON.stringify(template)).not.toContain('ImportValue');
  });

  test('the stream version becomes a parameter of a nested stack without a warning', () => {
    const { stack, template } = consumed((_app, stream) => {
      const nested = new NestedStack(stream.stack, 'Nested');
      new CfnOutput(nested, 'Version', { value: stream.streamVersion });
      return nested;
    });
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
    expect(Object.keys(template.Parameters)).toEqual([expect.stringContaining('StreamVersion')]);
  });

  test('the stream ID can be exported without a warning, because it never changes', () => {
    const { stack } = consumed((app, stream) => {
      const consumer = new Stack(app, 'Consumer');
      new CfnOutput(consumer, 'Id', { value: stream.streamId });
      return consumer;
    });
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });
});

describe('imported streams and grants', () => {
  test('streams and imported streams have grants of the public class', () => {
    const stack = testStack();
    for (const { grants } of [create(stack), IotFileStream.fromStreamId(stack, 'Stream', 'firmware')]) expect(grants).toBeInstanceOf(IotFileStreamGrants);
  });

  const statements = (grant: (stack: Stack, role: iam.Role) => unknown) => {
    const stack = testStack({ env: { region: 'eu-west-1', account: '111111111111' } });
    grant(stack, new iam.Role(stack, 'Reader', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') }));
    return only(stack, 'AWS::IAM::Policy').Properties.PolicyDocument.Statement;
  };
  const arn = { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iot:eu-west-1:111111111111:stream/firmware']] };

  test('fromStreamId grants actions on the stream of this account and region', () => {
    expect(statements((stack, role) => IotFileStream.fromStreamId(stack, 'Stream', 'firmware').grants.describe(role))).toEqual([
      { Effect: 'Allow', Action: 'iot:DescribeStream', Resource: arn },
    ]);
    expect(statements((stack, role) => IotFileStream.fromStreamId(stack, 'Stream', 'firmware').grants.actions(role, ['iot:DescribeStream', 'iot:UpdateStream']))).toEqual([
      { Effect: 'Allow', Action: ['iot:DescribeStream', 'iot:UpdateStream'], Resource: arn },
    ]);
  });

  test('fromStreamArn grants actions on a stream of any partition', () => {
    const streamArn = 'arn:aws-cn:iot:cn-north-1:111111111111:stream/firmware';
    expect(statements((stack, role) => IotFileStream.fromStreamArn(stack, 'Stream', streamArn).grants.actions(role, ['iot:DescribeStream']))).toEqual([
      { Effect: 'Allow', Action: 'iot:DescribeStream', Resource: streamArn },
    ]);
  });

  test('a stream of the app grants actions on its ARN', () => {
    expect(statements((stack, role) => create(stack).grants.describe(role))[0].Resource).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^FirmwareStream/), 'StreamArn'] });
  });
});

test('two stages of a pipeline have two streams with different IDs', () => {
  const app = new App();
  const ids = ['Beta', 'Production'].map((name) => {
    const stack = new Stack(new Stage(app, name), 'MyStack');
    create(stack);
    return only(stack, 'Custom::IotFileStream').Properties.StreamId;
  });
  expect(new Set(ids).size).toBe(2);
});
