import type { Stack } from 'aws-cdk-lib';
import { Duration, Tags } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { IotFileStream, StreamFile } from '../../src';
import { CONTRACT_VERSION } from '../../src/iot-file-stream/private/contract';
import { file, only, testStack } from '../support/app';

/*
 * The properties of the template that protect deployments from failure modes. docs/failure-modes.md explains the numbers, and
 * test/docs/failure-modes.test.ts checks that each number has a test.
 */

type Resource = { readonly Type: string; readonly Properties: Record<string, unknown> };

const resourcesOf = (stack: Stack) => Template.fromStack(stack).toJSON().Resources as Record<string, Resource>;
const idsOf = (stack: Stack, type: string) => Object.entries(resourcesOf(stack)).filter(([, { Type }]) => Type === type).map(([id]) => id);

function streamIn(stack: Stack, files = [StreamFile.fromText('config', 'text')]): IotFileStream {
  return new IotFileStream(stack, 'Firmware', { files });
}

test('F24: the handler function keeps its logical ID with any streams', () => {
  const plain = testStack();
  streamIn(plain);

  const other = testStack();
  const stream = new IotFileStream(other, 'Other', {
    files: [StreamFile.fromAsset(file('app.bin', 'app')), StreamFile.fromText('text', 'text')],
    streamId: 'other',
    description: 'other',
    keyPrefix: 'other/',
  });
  new IotFileStream(other, 'Second', { files: [StreamFile.fromText('text', 'text')] });
  Tags.of(stream).add('team', 'radio');

  expect(idsOf(other, 'AWS::Lambda::Function')).toEqual(idsOf(plain, 'AWS::Lambda::Function'));
  const tokens = Object.values(resourcesOf(other))
    .filter(({ Type }) => Type.startsWith('Custom::IotFileStream'))
    .map(({ Properties }) => Properties.ServiceToken);
  expect(tokens).toHaveLength(4);
  for (const token of tokens) expect(token).toEqual({ 'Fn::GetAtt': [idsOf(plain, 'AWS::Lambda::Function')[0], 'Arn'] });
});

/** The longest values of pseudo parameters. */
const LONGEST: Record<string, string> = {
  'AWS::Partition': 'aws-us-gov', 'AWS::Region': 'ap-southeast-1', 'AWS::AccountId': '123456789012', 'AWS::URLSuffix': 'amazonaws.com.cn',
};

/** A value of the template with the longest value of each reference. */
function filled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(filled);
  if (typeof value !== 'object' || value === null) return value;
  const { Ref: reference, 'Fn::Join': joined, 'Fn::Sub': template, ...others } = value as Record<string, unknown> & { 'Fn::Join'?: [string, unknown[]] };
  if (typeof reference === 'string') return LONGEST[reference] ?? 'n'.repeat(64);
  if (typeof template === 'string') return template.replace(/\$\{([^}]+)\}/g, (_, name: string) => LONGEST[name]);
  if (joined) return joined[1].map(filled).join(joined[0]);
  if ('Fn::GetAtt' in others) return `arn:aws-us-gov:iam::123456789012:role/${'n'.repeat(64)}`;
  if ('Fn::Select' in others) return 'g'.repeat(36);
  return Object.fromEntries(Object.entries(others).map(([key, part]) => [key, filled(part)]));
}

test('F31: a stack can have a hundred streams of three files, and every role stays far below the limit of its policies', () => {
  // with the indentation of the CDK the template would be close to CloudFormation's 1,000,000 bytes
  const stack = testStack({ suppressTemplateIndentation: true });
  const path = file('app.bin', 'app');
  for (let index = 0; index < 100; index++) {
    new IotFileStream(stack, `Firmware${index}`, {
      files: [StreamFile.fromAsset(path), StreamFile.fromJson('config.json', { index, region: stack.region }), StreamFile.fromText('notes', `${index}`)],
    });
  }

  const resources = resourcesOf(stack);
  // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
  expect(Object.keys(resources).length).toBeLessThanOrEqual(500);
  const roles = Object.values(resources).filter(({ Type }) => Type === 'AWS::IAM::Role');
  const sizes = roles.map(({ Properties }) => (Properties.Policies as { PolicyDocument: unknown }[])
    .reduce((sum, { PolicyDocument }) => sum + JSON.stringify(filled(PolicyDocument)).length, 0));
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: 10,240 characters for the inline policies of a role
  expect(Math.max(...sizes)).toBeLessThan(2_000);
});

test('F32: the default bucket has no rule that deletes an object version that a stream may name after a rollback', () => {
  const stack = testStack();
  streamIn(stack);

  const { Properties } = only(stack, 'AWS::S3::Bucket') as Resource;
  expect(Properties.VersioningConfiguration).toEqual({ Status: 'Enabled' });
  expect(Properties).not.toHaveProperty('LifecycleConfiguration');
  expect(Properties).not.toHaveProperty('ObjectLockEnabled');
});

test('F37: the handler function is not retried, and no event can run after CloudFormation has stopped waiting', () => {
  const stack = testStack();
  streamIn(stack);

  const { Timeout } = (only(stack, 'AWS::Lambda::Function') as Resource).Properties as { Timeout: number };
  const { MaximumRetryAttempts, MaximumEventAgeInSeconds, Qualifier } = (only(stack, 'AWS::Lambda::EventInvokeConfig') as Resource).Properties as {
    MaximumRetryAttempts: number; MaximumEventAgeInSeconds: number; Qualifier: string;
  };
  expect({ MaximumRetryAttempts, Qualifier }).toEqual({ MaximumRetryAttempts: 0, Qualifier: '$LATEST' });
  for (const type of ['Custom::IotFileStream', 'Custom::IotFileStreamObjects']) {
    const serviceTimeout = Number((only(stack, type) as Resource).Properties.ServiceTimeout);
    // an event of the greatest age must end before CloudFormation stops waiting
    expect(MaximumEventAgeInSeconds + Timeout).toBeLessThan(serviceTimeout);
  }
  expect(Timeout).toBeLessThan(MaximumEventAgeInSeconds);
  expect(Timeout).toBe(Duration.minutes(5).toSeconds());
});

test('F39: both resource types have the contract version as a property, so that a new version updates every stream', () => {
  const stack = testStack();
  streamIn(stack);

  for (const type of ['Custom::IotFileStream', 'Custom::IotFileStreamObjects']) {
    expect((only(stack, type) as Resource).Properties.ContractVersion).toBe(CONTRACT_VERSION);
  }
});

// Lambda accepts 256 KiB in asynchronous invocations in every region: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
test('F43: an Update event has room for the largest text twice, and a text that escaping makes too large is refused', () => {
  const stack = testStack();
  streamIn(stack, [StreamFile.fromText('text', 'text\n'.repeat(64 * 1024 / 5))]);

  const { Properties } = only(stack, 'Custom::IotFileStream') as Resource;
  expect(Buffer.byteLength(JSON.stringify({ ResourceProperties: Properties, OldResourceProperties: Properties }))).toBeLessThan(256 * 1024);
  const escaped = testStack();
  streamIn(escaped, [StreamFile.fromText('text', '\u0001'.repeat(64 * 1024))]);
  expect(() => only(escaped, 'Custom::IotFileStream')).toThrow('with old and new properties, must have at most 262144 bytes, got: ');
});
