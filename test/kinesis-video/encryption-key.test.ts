import { App, CfnParameter, CfnResource, Fn, RemovalPolicy, Stack, Stage } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import type { KinesisVideoStreamProps } from '../../src';
import { KinesisVideoStream } from '../../src';

/* The service cannot change the key of a stream, so another key needs another stream, and the same key must keep the stream. */

const TYPE = 'AWS::KinesisVideo::Stream';
const ARN = 'arn:aws:kms:eu-west-1:111122223333:key/1a2b3c4d-0000-4000-8000-000000000001';

function streamOf(keyOf: (stack: Stack) => kms.IKey | undefined, props: KinesisVideoStreamProps = {}, stack = new Stack(new App(), 'MyStack')): [string, any] {
  const encryptionKey = keyOf(stack);
  new KinesisVideoStream(stack, 'Door', { ...props, encryptionKey });
  const [[id, { Properties }]] = Object.entries<any>(Template.fromStack(stack).findResources(TYPE));
  return [id, Properties?.KmsKeyId];
}

const idOf = (keyOf: (stack: Stack) => kms.IKey | undefined, stack?: Stack) => streamOf(keyOf, {}, stack)[0];

test('F113: another key creates another stream', () => {
  const ids = [
    idOf(() => undefined),
    idOf((stack) => kms.Key.fromKeyArn(stack, 'Key', ARN)),
    idOf((stack) => kms.Key.fromKeyArn(stack, 'Key', ARN.replace('0001', '0002'))),
    idOf((stack) => kms.Key.fromKeyArn(stack, 'Key', new CfnParameter(stack, 'One').valueAsString)),
    idOf((stack) => kms.Key.fromKeyArn(stack, 'Key', new CfnParameter(stack, 'Two').valueAsString)),
    idOf((stack) => kms.Key.fromKeyArn(stack, 'Key', Fn.importValue('Key'))),
    idOf((stack) => new kms.Key(stack, 'Key')),
    idOf((stack) => new kms.Key(stack, 'Other')),
    idOf((stack) => new kms.Key(new Stack(stack.node.root, 'Keys'), 'Key')),
    idOf((stack) => new kms.Key(new Stack(stack.node.root, 'OtherKeys'), 'Key')),
    idOf((stack) => kms.Alias.fromAliasName(stack, 'Key', 'alias/one')),
    idOf((stack) => kms.Alias.fromAliasName(stack, 'Key', 'alias/two')),
  ];
  expect(new Set(ids).size).toBe(ids.length);
});

test('F113: the same key keeps the stream, with any importing construct and any parent of the stack', () => {
  const imported = (id: string) => idOf((stack) => kms.Key.fromKeyArn(stack, id, ARN));
  expect(imported('Key')).toBe(imported('Other'));
  const byExport = (id: string) => idOf((stack) => kms.Key.fromKeyArn(stack, id, Fn.importValue('Key')));
  expect(byExport('Key')).toBe(byExport('Other'));
  const own = (stack: Stack) => idOf((scope) => new kms.Key(scope, 'Key'), stack);
  expect(own(new Stack(new Stage(new App(), 'Production'), 'MyStack'))).toBe(own(new Stack(new App(), 'MyStack')));
  expect(own(new Stack(new App(), 'Renamed', { stackName: 'MyStack' }))).toBe(own(new Stack(new App(), 'MyStack')));
  const elsewhere = (stack: Stack) => idOf((scope) => new kms.Key(new Stack(scope.node.scope!, 'Keys'), 'Key'), stack);
  expect(elsewhere(new Stack(new Stage(new App(), 'Production'), 'MyStack'))).toBe(elsewhere(new Stack(new App(), 'MyStack')));
});

test('F113: the key behind an alias determines the stream', () => {
  const own = streamOf((stack) => new kms.Alias(stack, 'Alias', { aliasName: 'alias/video', targetKey: kms.Key.fromKeyArn(stack, 'Key', ARN) }));
  const imported = streamOf((stack) => kms.Alias.fromAliasAttributes(stack, 'Alias', { aliasName: 'alias/video', aliasTargetKey: kms.Key.fromKeyArn(stack, 'Key', ARN) }));
  expect([own, imported]).toEqual(Array(2).fill([idOf((stack) => kms.Key.fromKeyArn(stack, 'Key', ARN)), ARN]));
});

test('an alias that is imported by its name is the key of the stream', () => {
  const [, key] = streamOf((stack) => kms.Alias.fromAliasName(stack, 'Alias', 'alias/video'));
  expect(JSON.stringify(key)).toContain(':alias/video');
});

test('refuses a key of another region', () => {
  const stack = new Stack(new App(), 'MyStack', { env: { region: 'eu-west-2' } });
  expect(() => streamOf((scope) => kms.Key.fromKeyArn(scope, 'Key', ARN), {}, stack)).toThrow(new Error(
    "'encryptionKey' must be in the region of the stream, 'eu-west-2', got: 'MyStack/Key' in 'eu-west-1'; take a key of that region"));
});

describe('a retained video stream', () => {
  const destroyed = (stack: Stack) => new kms.Key(stack, 'Key', { removalPolicy: RemovalPolicy.DESTROY });
  const problem = "'removalPolicy' must not be RETAIN where 'encryptionKey' goes with its stack, got: 'MyStack/Key'; call applyRemovalPolicy(RemovalPolicy.RETAIN) on it";

  test('refuses a key that is deleted with its stack, also behind an alias and with a later removal policy', () => {
    expect(() => streamOf(destroyed)).toThrow(problem);
    expect(() => streamOf((stack) => destroyed(stack).addAlias('alias/video'))).toThrow(problem);
    const later = new Stack(new App(), 'MyStack');
    const key = new kms.Key(later, 'Key');
    new KinesisVideoStream(later, 'Door', { encryptionKey: key });
    key.applyRemovalPolicy(RemovalPolicy.DESTROY);
    expect(() => Template.fromStack(later)).toThrow(problem);
  });

  test('accepts a retained key, and a deleted key for a stream that is deleted', () => {
    streamOf((stack) => new kms.Key(stack, 'Key').addAlias('alias/video'));
    streamOf((stack) => destroyed(stack), { removalPolicy: RemovalPolicy.DESTROY });
  });

  test('refuses a deleted key if the stream is retained later', () => {
    const stack = new Stack(new App(), 'MyStack');
    const door = new KinesisVideoStream(stack, 'Door', { encryptionKey: destroyed(stack), removalPolicy: RemovalPolicy.DESTROY });
    door.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    expect(() => Template.fromStack(stack)).toThrow(problem);
  });
});

describe('grants of a video stream with a key', () => {
  const granted = (keyOf: (stack: Stack) => kms.IKey) => {
    const stack = new Stack(new App(), 'MyStack');
    const door = new KinesisVideoStream(stack, 'Door', { encryptionKey: keyOf(stack) });
    const grant = door.grants.putMedia(new iam.Role(stack, 'Role', { assumedBy: new iam.AccountRootPrincipal() }));
    return { stack, grant };
  };

  test('grants the key behind an alias', () => {
    const { stack } = granted((scope) => new kms.Alias(scope, 'Alias', { aliasName: 'alias/video', targetKey: kms.Key.fromKeyArn(scope, 'Key', ARN) }));
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: 'kms:GenerateDataKey', Resource: ARN })]) },
    });
  });

  test('warns that a grant does not include a key behind an alias that is imported by its name', () => {
    const { stack } = granted((scope) => kms.Alias.fromAliasName(scope, 'Alias', 'alias/video'));
    Annotations.fromStack(stack).hasWarning('/MyStack/Door', "the key behind alias 'alias/video' is unknown, so a grant on the stream does not include it: "
      + 'import the key itself, with kms.Key.fromKeyArn or kms.Alias.fromAliasAttributes; or allow the grantee kms:GenerateDataKey on its ARN [ack: cdk-iot-streams:unknownKey]');
  });

  test('returns one grant for stream and key, on which another resource can depend', () => {
    const { stack, grant } = granted((scope) => kms.Key.fromKeyArn(scope, 'Key', ARN));
    expect(grant.success).toBe(true);
    const consumer = new CfnResource(stack, 'Consumer', { type: 'Test::Consumer' });
    grant.applyBefore(consumer);
    Template.fromStack(stack).hasResource('Test::Consumer', { DependsOn: [Match.stringLikeRegexp('RoleDefaultPolicy')] });
  });
});
