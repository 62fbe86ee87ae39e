import { createHash } from 'node:crypto';
import { readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Aws, Fn, Lazy, SecretValue, Stack, Token } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as fc from 'fast-check';
import { IotFileStream, StreamFile } from '../../src';
import { file, only, testStack } from '../support/app';

const filesOf = (stack: Stack) => only(stack, 'Custom::IotFileStream').Properties.Files;
const managementStatements = (stack: Stack): any[] => Object.values(stackRoles(stack))
  .flatMap((role: any) => role.Properties.Policies.filter(({ PolicyName }: any) => PolicyName === 'Stream'))
  .flatMap((policy: any) => policy.PolicyDocument.Statement);
const stackRoles = (stack: Stack) => Template.fromStack(stack).findResources('AWS::IAM::Role');

describe('fromAsset', () => {
  test('fromAsset stages the file and declares SHA-256 and size of its content', () => {
    const stack = testStack();
    new IotFileStream(stack, 'Stream', { files: [StreamFile.fromAsset(file('app.bin', 'hello'))] });
    expect(filesOf(stack)).toEqual({
      0: {
        FileName: 'app.bin',
        Sha256: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
        Size: '5',
        SourceBucket: { 'Fn::Sub': 'cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}' },
        SourceKey: expect.stringMatching(/^[0-9a-f]{64}\.bin$/),
      },
    });
  });

  test('fromAsset lets the management role read exactly one object of the staging bucket', () => {
    const stack = testStack();
    new IotFileStream(stack, 'Stream', { files: [StreamFile.fromAsset(file('app.bin', 'hello'))] });
    expect(managementStatements(stack)).toContainEqual({
      Effect: 'Allow',
      Action: 's3:GetObject',
      Resource: {
        'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':s3:::', { 'Fn::Sub': 'cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}' },
          `/${filesOf(stack)[0].SourceKey}`]],
      },
    });
  });

  test('fromAsset accepts a name and an ID', () => {
    const stack = testStack();
    const stream = new IotFileStream(stack, 'Stream', {
      files: [StreamFile.fromAsset(file('app.bin', 'hello'), { fileName: 'firmware', fileId: 7 })],
    });
    expect(stream.fileId('firmware')).toBe(7);
    expect(Object.keys(filesOf(stack))).toEqual(['7']);
  });

});

describe('the bytes of a local file', () => {
  const synthesised = (paths: string[], change: () => void = () => undefined) => {
    const app = new App();
    const stack = new Stack(app, 'MyStack');
    new IotFileStream(stack, 'Stream', { files: paths.map((path) => StreamFile.fromAsset(path, { fileName: path })) });
    change();
    const { directory } = app.synth();
    const files: any[] = Object.values(JSON.parse(readFileSync(join(directory, 'MyStack.template.json'), 'utf8')).Resources)
      .flatMap(({ Type, Properties }: any) => Type === 'Custom::IotFileStream' ? Object.values(Properties.Files) : []);
    const manifest = JSON.parse(readFileSync(join(directory, 'MyStack.assets.json'), 'utf8'));
    const staged = new Map(Object.values<any>(manifest.files).filter(({ source }) => source.packaging === 'file').flatMap(({ source, destinations }) => Object.values<any>(destinations)
      .map(({ objectKey }) => [objectKey, createHash('sha256').update(readFileSync(join(directory, source.path))).digest('hex')])));
    return { files, staged };
  };
  const matching = ({ files, staged }: ReturnType<typeof synthesised>) => {
    for (const { SourceKey, Sha256 } of files) expect(staged.get(SourceKey)).toBe(Sha256);
    return new Set(files.map(({ SourceKey }) => SourceKey)).size;
  };

  test.each<[string, Buffer, Buffer]>([
    ['invalid UTF-8', Buffer.from('a1656c6576656c18c8', 'hex'), Buffer.from('a1656c6576656c18c9', 'hex')],
    ['line endings', Buffer.from('a\nb'), Buffer.from('a\r\nb')],
  ])('stages files that differ in %s under different keys, with the declared SHA-256', (_difference, one, other) => {
    expect(matching(synthesised([file('one.bin', one), file('other.bin', other)]))).toBe(2);
  });

  test('stages a rewritten file again although its time and size are unchanged', () => {
    const path = file('app.bin', 'one');
    utimesSync(path, 1, 1);
    const [before] = synthesised([path]).files;
    writeFileSync(path, 'two');
    utimesSync(path, 1, 1);
    const after = synthesised([path]);
    expect(matching(after)).toBe(1);
    expect(after.files[0].SourceKey).not.toBe(before.SourceKey);
  });

  test('stages a file as it was read although it has changed since', () => {
    const path = file('app.bin', 'one');
    expect(matching(synthesised([path], () => writeFileSync(path, 'two')))).toBe(1);
  });

  test('stages 50 files without an extension, and files with equal content once', () => {
    const paths = Array.from({ length: 49 }, (_, index) => file(`firmware${index}`, `${index}`)).concat(file('copy', '0'));
    const result = synthesised(paths);
    expect(matching(result)).toBe(49);
    for (const { SourceKey } of result.files) expect(SourceKey).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('fromBucket', () => {
  const bucketFile = (key: string, options = {}) => {
    const stack = testStack();
    const bucket = s3.Bucket.fromBucketName(stack, 'Vendor', 'vendor');
    new IotFileStream(stack, 'Stream', { files: [StreamFile.fromBucket(bucket, key, options)] });
    return stack;
  };

  test('fromBucket declares bucket and key, and uses the last part of the key as name', () => {
    expect(filesOf(bucketFile('radio/fw.bin'))).toEqual({ 0: { FileName: 'fw.bin', SourceBucket: 'vendor', SourceKey: 'radio/fw.bin' } });
  });

  test('fromBucket declares version and revision', () => {
    expect(filesOf(bucketFile('fw.bin', { objectVersion: 'x7', revision: '2', fileName: 'radio' }))).toEqual({
      0: { FileName: 'radio', SourceBucket: 'vendor', SourceKey: 'fw.bin', SourceVersion: 'x7', Revision: '2' },
    });
  });

  const arn = (key: string) => ({ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:s3:::vendor/${key}`]] });

  test('fromBucket lets the management role read the object, or only the pinned version', () => {
    expect(managementStatements(bucketFile('fw.bin'))).toContainEqual({ Effect: 'Allow', Action: 's3:GetObject', Resource: arn('fw.bin') });
    expect(managementStatements(bucketFile('fw.bin', { objectVersion: 'x7' }))).toContainEqual(
      { Effect: 'Allow', Action: 's3:GetObjectVersion', Resource: arn('fw.bin') });
  });

  test('fromBucket escapes characters with a meaning in policies', () => {
    expect(managementStatements(bucketFile('a*b?c${d}'))).toContainEqual(
      { Effect: 'Allow', Action: 's3:GetObject', Resource: arn('a${*}b${?}c${$}{d}') });
  });

  test('fromBucket accepts a token as key and then declares no name', () => {
    const stack = testStack();
    const bucket = s3.Bucket.fromBucketName(stack, 'Vendor', 'vendor');
    const stream = new IotFileStream(stack, 'Stream', {
      files: [StreamFile.fromText('a', 'text'), StreamFile.fromBucket(bucket, Lazy.string({ produce: () => 'late.bin' }))],
    });
    expect(filesOf(stack)[1]).toEqual({ SourceBucket: 'vendor', SourceKey: 'late.bin' });
    expect(() => stream.fileId('late.bin')).toThrow(new Error("'fileName' must be one of 'a', got: 'late.bin'"));
  });

  test('fromBucket lets the management role decrypt with the key of the source bucket', () => {
    const stack = testStack();
    const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:us-east-1:111111111111:key/abc');
    const bucket = s3.Bucket.fromBucketAttributes(stack, 'Vendor', { bucketName: 'vendor', encryptionKey });
    new IotFileStream(stack, 'Stream', { files: [StreamFile.fromBucket(bucket, 'a.bin'), StreamFile.fromBucket(bucket, 'b.bin')] });
    expect(managementStatements(stack)).toContainEqual({ Effect: 'Allow', Action: 'kms:Decrypt', Resource: 'arn:aws:kms:us-east-1:111111111111:key/abc' });
  });

});

describe('fromText', () => {
  const textFile = (...texts: string[]) => {
    const stack = testStack();
    new IotFileStream(stack, 'Stream', { files: texts.map((text, position) => StreamFile.fromText(`text${position}`, text)) });
    return stack;
  };

  test('F57: fromText declares the text with SHA-256 and size of its UTF-8 bytes', () => {
    expect(filesOf(textFile('hällo'))).toEqual({
      0: { FileName: 'text0', Text: 'hällo', Sha256: '0fbc7403536f425ad5498d9cd846497f5371ba8374b1aa583c79d2f0c87501ff', Size: '6' },
    });
  });

  test.each(['{{resolve:ssm:/endpoint}}', 'at {{resolve:ssm:/endpoint:2}}', Lazy.string({ produce: () => 'late' })])('fromText declares no SHA-256 for a text that is known only at deployment: case %#', (text) => {
    const stack = testStack();
    const stream = new IotFileStream(stack, 'Stream', { files: [StreamFile.fromText('text', text)] });
    expect(Object.keys(filesOf(stack)[0]).sort()).toEqual(['FileName', 'Text']);
    const files = JSON.stringify(stack.resolve(stream.jobDocument({ operation: 'update' })));
    expect(files).toContain('\\"size\\":",{"Fn::GetAtt":["StreamStream4ed456622BCE124A","FileSize0"]},"}]}"');
    expect(files).not.toContain('sha256');
  });

  test.each([
    ['secretsmanager', '{{resolve:secretsmanager:password}}'],
    ['secretsmanager', SecretValue.secretsManager('password').unsafeUnwrap()],
    ['secretsmanager', Fn.join(':', ['{{resolve', 'secretsmanager', Aws.REGION, '}}'])],
    ['ssm-secure', 'key={{resolve:ssm-secure:/key:1}}'],
  ])('fromText refuses a reference to a secret in %s: case %#', (service, text) => {
    expect(() => Template.fromStack(textFile(text))).toThrow(
      `file 'text0' of stream 'MyStack-Stream-6C9441C2' must not refer to a secret, got: a reference to '${service}'; devices receive what a stream holds, `
      + 'and CloudFormation does not resolve such references for custom resources: let the device read the secret itself');
  });

  test('fromText grants no access to the staging bucket', () => {
    expect(JSON.stringify(managementStatements(textFile('hällo')))).not.toContain('assets');
  });

});

describe('fromJson', () => {
  const json = (value: unknown) => {
    const stack = new Stack(new App(), 'MyStack', { env: { region: 'eu-west-1', account: '111111111111' } });
    new IotFileStream(stack, 'Stream', { files: [StreamFile.fromJson('config.json', value)] });
    return filesOf(stack)[0].Text;
  };

  test('fromJson sorts keys at every depth and keeps the order of lists', () => {
    expect(json({ b: [{ d: 1, c: null }, 'x'], a: true })).toBe('{"a":true,"b":[{"c":null,"d":1},"x"]}');
  });

  test('F46: fromJson gives the same text for any order of keys', () => {
    fc.assert(fc.property(fc.dictionary(fc.string({ minLength: 1 }), fc.integer()), (value) => {
      const reversed = Object.fromEntries(Object.entries(value).reverse());
      expect(json({ value: reversed })).toBe(json({ value }));
    }), { numRuns: 20 });
  });

  test('fromJson accepts tokens as strings, numbers, lists and lazy values', () => {
    const stack = testStack();
    new IotFileStream(stack, 'Stream', {
      files: [StreamFile.fromJson('config.json', {
        text: Token.asString({ Ref: 'AWS::Region' }),
        number: Token.asNumber({ Ref: 'Number' }),
        lazy: Lazy.any({ produce: () => ({ deep: 1 }) }),
        reference: SecretValue.unsafePlainText('plain').unsafeUnwrap(),
      })],
    });
    expect(filesOf(stack)[0].Text).toEqual({
      'Fn::Join': ['', ['{"lazy":{"deep":1},"number":', { Ref: 'Number' }, ',"reference":"plain","text":"', { Ref: 'AWS::Region' }, '"}']],
    });
  });
});

test('accepts the file IDs 0 and 255', () => {
  const stack = testStack();
  const stream = new IotFileStream(stack, 'Stream', {
    files: [StreamFile.fromText('last', 'text', { fileId: 255 }), StreamFile.fromText('first', 'text', { fileId: 0 })],
  });
  expect([stream.fileId('first'), stream.fileId('last')]).toEqual([0, 255]);
  expect(Object.keys(filesOf(stack))).toEqual(['0', '255']);
});
