import type { FileAssetLocation, FileAssetSource } from 'aws-cdk-lib';
import { App, Aspects, CfnResource, DefaultStackSynthesizer, Fn, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { IotFileStreamProps } from '../../src';
import { IotFileStream, StreamFile } from '../../src';
import { renderedProperties } from '../../src/core/rendered-properties';
import { file, only, testStack } from '../support/app';

const KEY_ARN = 'arn:aws:kms:us-east-1:111111111111:key/abc';
const TEXT = StreamFile.fromText('a.txt', 'a');

function create(stack: Stack, props: Partial<IotFileStreamProps> = {}): IotFileStream {
  return new IotFileStream(stack, 'Firmware', { files: [TEXT], ...props });
}

/** The actions and ARNs of the key permissions in the inline policies of a role. */
function keyStatements(stack: Stack, role: string): unknown[] {
  const [properties] = Object.entries<any>(Template.fromStack(stack).findResources('AWS::IAM::Role'))
    .filter(([id]) => id.includes(role)).map(([, resource]) => resource.Properties);
  return properties.Policies[0].PolicyDocument.Statement.filter(({ Action }: any) => JSON.stringify(Action).includes('kms:'))
    .map(({ Action, Resource }: any) => [Action, Resource]);
}

function unknownKeys(stack: Stack): string[] {
  return Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('cdk-iot-streams:unknownKey'))
    .map(({ entry }) => String(entry.data));
}

const importedBucket = (stack: Stack, encryptionKey?: kms.IKey) => s3.Bucket.fromBucketAttributes(stack, 'Bucket', { bucketName: 'firmware', encryptionKey });
const REMEDY = 'so the stream\'s roles are not allowed to use it: import the key itself, with kms.Key.fromKeyArn or kms.Alias.fromAliasAttributes; '
  + 'or allow \'managementRole\' kms:Decrypt and kms:GenerateDataKey, and \'role\' kms:Decrypt, on its ARN [ack: cdk-iot-streams:unknownKey]';

describe('the key of a bucket', () => {
  const aliases: Record<string, (stack: Stack) => kms.IKey> = {
    'that the app creates': (stack) => new kms.Alias(stack, 'Alias', { aliasName: 'alias/x', targetKey: kms.Key.fromKeyArn(stack, 'Key', KEY_ARN) }),
    'that is imported with its key': (stack) => kms.Alias.fromAliasAttributes(stack, 'Alias', {
      aliasName: 'alias/x', aliasTargetKey: kms.Key.fromKeyArn(stack, 'Key', KEY_ARN),
    }),
  };

  test.each(Object.entries(aliases))('grants the roles the key behind an alias %s', (_, alias) => {
    const stack = testStack();
    create(stack, { bucket: importedBucket(stack, alias(stack)) });

    expect(keyStatements(stack, 'DeliveryRole')).toEqual([['kms:Decrypt', KEY_ARN]]);
    expect(keyStatements(stack, 'ManagementRole')).toEqual([[['kms:Decrypt', 'kms:GenerateDataKey'], KEY_ARN]]);
    expect(only(stack, 'Custom::IotFileStream').Properties.EncryptionKey).toBe(KEY_ARN);
    expect(unknownKeys(stack)).toEqual([]);
  });

  test('warns with advice if the key behind the alias of a bucket is unknown', () => {
    const stack = testStack();
    create(stack, { bucket: importedBucket(stack, kms.Alias.fromAliasName(stack, 'Alias', 'alias/x')) });

    expect(unknownKeys(stack)).toEqual([`the key behind alias 'alias/x' is unknown, ${REMEDY}`]);
    expect(keyStatements(stack, 'ManagementRole')).toEqual([]);
    expect(keyStatements(stack, 'DeliveryRole')).toEqual([]);
  });

  test('grants no key and gives no warning if the bucket names no key', () => {
    const stack = testStack();
    create(stack, { bucket: importedBucket(stack) });

    expect(keyStatements(stack, 'ManagementRole')).toEqual([]);
    expect(unknownKeys(stack)).toEqual([]);
  });
});

test('warns with advice if the key behind the alias of a source bucket is unknown', () => {
  const stack = testStack();
  const source = importedBucket(stack, kms.Alias.fromAliasName(stack, 'Alias', 'alias/source'));
  create(stack, { files: [StreamFile.fromBucket(source, 'fw.bin')] });

  expect(unknownKeys(stack)).toEqual([`the key behind alias 'alias/source' is unknown, ${REMEDY}`]);
});

describe('the key of the staging bucket', () => {
  class KeyNamingSynthesizer extends DefaultStackSynthesizer {
    addFileAsset(asset: FileAssetSource): FileAssetLocation {
      return { ...super.addFileAsset(asset), kmsKeyArn: KEY_ARN };
    }
  }

  test('lets the management role decrypt with the key that the synthesizer names', () => {
    const stack = testStack({ synthesizer: new KeyNamingSynthesizer() });
    create(stack, { files: [StreamFile.fromAsset(file('a.bin', 'a'))] });

    expect(keyStatements(stack, 'ManagementRole')).toEqual([['kms:Decrypt', KEY_ARN]]);
    expect(unknownKeys(stack)).toEqual([]);
  });

  test('lets the app grant the management role to decrypt with another key', () => {
    const stack = testStack();
    kms.Key.fromKeyArn(stack, 'Key', KEY_ARN).grantDecrypt(create(stack).managementRole);

    expect(only(stack, 'AWS::IAM::Policy').Properties).toMatchObject({
      PolicyDocument: { Statement: [{ Action: 'kms:Decrypt', Effect: 'Allow', Resource: KEY_ARN }] },
      Roles: [{ Ref: expect.stringMatching(/ManagementRole/) }],
    });
  });
});

describe('the encryption of new objects', () => {
  function encryption(bucket: (stack: Stack) => s3.IBucket | undefined): { algorithm?: unknown; key?: unknown } {
    const stack = testStack();
    create(stack, { bucket: bucket(stack) });
    const { ServerSideEncryption: algorithm, EncryptionKey: key } = only(stack, 'Custom::IotFileStream').Properties;
    return { algorithm, key };
  }
  const own = (stack: Stack, props: s3.BucketProps = {}) => new s3.Bucket(stack, 'Bucket', { versioned: true, ...props });
  const withRule = (stack: Stack, rule: object, props: s3.BucketProps = {}) => {
    const bucket = own(stack, props);
    (bucket.node.defaultChild as s3.CfnBucket).addPropertyOverride('BucketEncryption.ServerSideEncryptionConfiguration', [
      { ServerSideEncryptionByDefault: rule },
    ]);
    return bucket;
  };

  test.each<[string, (stack: Stack) => s3.IBucket | undefined, object]>([
    ['with SSE-S3 in the default bucket', () => undefined, { algorithm: 'AES256' }],
    ['with SSE-S3 in a bucket without encryption settings', (stack) => own(stack), { algorithm: 'AES256' }],
    ['with the AWS managed key in a bucket with KMS encryption', (stack) => own(stack, { encryption: s3.BucketEncryption.KMS_MANAGED }), { algorithm: 'aws:kms' }],
    ['with the key of the bucket', (stack) => own(stack, { encryptionKey: kms.Key.fromKeyArn(stack, 'Key', KEY_ARN) }), { algorithm: 'aws:kms', key: KEY_ARN }],
    ['twice in a bucket with dual-layer encryption',
      (stack) => own(stack, { encryption: s3.BucketEncryption.DSSE, encryptionKey: kms.Key.fromKeyArn(stack, 'Key', KEY_ARN) }),
      { algorithm: 'aws:kms:dsse', key: KEY_ARN }],
    ['as an override of the bucket says', (stack) => withRule(stack, { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: KEY_ARN }), { algorithm: 'aws:kms', key: KEY_ARN }],
    ['with the default of the bucket if an override refers to the key',
      (stack) => withRule(stack, { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: stack.resolve(new kms.Key(stack, 'Key').keyArn) }), {}],
    ['without the key if an override removes KMS',
      (stack) => withRule(stack, { SSEAlgorithm: 'AES256' }, { encryptionKey: kms.Key.fromKeyArn(stack, 'Key', KEY_ARN) }),
      { algorithm: 'AES256' }],
    ['with the default of an imported bucket', (stack) => importedBucket(stack), {}],
    ['with the key of an imported bucket', (stack) => importedBucket(stack, kms.Key.fromKeyArn(stack, 'Key', KEY_ARN)), { algorithm: 'aws:kms', key: KEY_ARN }],
    ['with the alias of an imported bucket whose key is unknown',
      (stack) => importedBucket(stack, kms.Alias.fromAliasName(stack, 'Alias', 'alias/x')),
      { algorithm: 'aws:kms', key: { 'Fn::Join': ['', expect.arrayContaining([':alias/x'])] } }],
  ])('encrypts new objects %s', (_, bucket, expected) => {
    expect(encryption(bucket)).toEqual({ algorithm: undefined, key: undefined, ...expected });
  });
});

test('encrypts new objects as an aspect made the bucket, even if the aspect resolved the stream before', () => {
  const stack = testStack();
  const bucket = new s3.Bucket(stack, 'Bucket', { versioned: true });
  create(stack, { bucket });
  Aspects.of(stack).add({
    visit: (node) => {
      if (!CfnResource.isCfnResource(node) || node.cfnResourceType !== 'Custom::IotFileStream') return;
      expect(renderedProperties(node)).toMatchObject({ ServerSideEncryption: 'AES256' });
      (bucket.node.defaultChild as s3.CfnBucket).bucketEncryption = {
        serverSideEncryptionConfiguration: [{ serverSideEncryptionByDefault: { sseAlgorithm: 'aws:kms', kmsMasterKeyId: KEY_ARN } }],
      };
    },
  });

  expect(only(stack, 'Custom::IotFileStream').Properties).toMatchObject({ ServerSideEncryption: 'aws:kms', EncryptionKey: KEY_ARN });
});

test('refuses an unversioned bucket for its versioning alone', () => {
  const stack = testStack();
  create(stack, { bucket: new s3.Bucket(stack, 'Bucket') });

  expect(() => Template.fromStack(stack)).toThrow(
    "'bucket' must have versioning enabled, got: 'MyStack/Bucket' without it; add 'versioned: true' to the bucket");
});

describe('the key of a source object in the policy of the management role', () => {
  const resourceOf = (key: string): string => {
    const stack = new Stack(new App(), 'Policy');
    create(stack, { files: [StreamFile.fromBucket(importedBucket(stack), key)] });
    return JSON.stringify(Template.fromStack(stack).findResources('AWS::IAM::Role'));
  };

  test.each([
    ['firmware/fw.bin', 'firmware/fw.bin'],
    ['Grüße/ÿ.bin', 'Grüße/ÿ.bin'],
    ['日本/Ā.bin', '??/?.bin'],
    ['😀.bin', '?.bin'],
    ['a*b?c$d', 'a${*}b${?}c${$}d'],
  ])('escapes the key %s in the policy of the management role', (key, written) => {
    expect(resourceOf(key)).toContain(`:s3:::firmware/${written}"`);
  });

  test('keeps a token in the key in the policy of the management role', () => {
    expect(resourceOf(Fn.importValue('Key'))).toContain(':s3:::firmware/",{"Fn::ImportValue":"Key"}');
  });
});
