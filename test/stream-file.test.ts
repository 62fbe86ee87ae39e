import { App, Lazy, SecretValue, Size, Stack, Token } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as fc from 'fast-check';
import { file, only, testStack } from './app';
import { IotFileStream, StreamFile } from '../src';

const filesOf = (stack: Stack) => only(stack, 'Custom::IotFileStream').Properties.Files;
const operatorStatements = (stack: Stack): any[] => Object.values(stackRoles(stack))
  .flatMap((role: any) => role.Properties.Policies.filter(({ PolicyName }: any) => PolicyName === 'Stream'))
  .flatMap((policy: any) => policy.PolicyDocument.Statement);
const stackRoles = (stack: Stack) => Template.fromStack(stack).findResources('AWS::IAM::Role');

describe('fromAsset', () => {
  test('travels as an asset, with the SHA-256 and size of its content', () => {
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

  test('lets the operator read exactly the one object of the staging bucket', () => {
    const stack = testStack();
    new IotFileStream(stack, 'Stream', { files: [StreamFile.fromAsset(file('app.bin', 'hello'))] });
    expect(operatorStatements(stack)).toContainEqual({
      Effect: 'Allow',
      Action: 's3:GetObject',
      Resource: {
        'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':s3:::', { 'Fn::Sub': 'cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}' },
          `/${filesOf(stack)[0].SourceKey}`]],
      },
    });
  });

  test('takes a name and an id of the user\'s', () => {
    const stack = testStack();
    const stream = new IotFileStream(stack, 'Stream', {
      files: [StreamFile.fromAsset(file('app.bin', 'hello'), { fileName: 'firmware', fileId: 7 })],
    });
    expect(stream.fileId('firmware')).toBe(7);
    expect(Object.keys(filesOf(stack))).toEqual(['7']);
  });

  test.each([
    ['missing', '/nowhere/app.bin', "'path' must name a file, got: '/nowhere/app.bin', which does not exist"],
    ['a directory', '/', "'path' must name a file, got: '/', which is none"],
  ])('fails where the file is %s', (_what, path, message) => {
    expect(() => new IotFileStream(testStack(), 'Stream', { files: [StreamFile.fromAsset(path)] })).toThrow(new Error(message));
  });

  test('fails where the file is empty', () => {
    const path = file('app.bin', '');
    expect(() => new IotFileStream(testStack(), 'Stream', { files: [StreamFile.fromAsset(path)] })).toThrow(new Error(
      `'path' must name a file with content, got: '${path}' with 0 bytes; a device cannot ask for a block of an empty file`));
  });

  test('fails for one byte more than \'maxFileSize\', and not for one less', () => {
    const path = file('app.bin', Buffer.alloc(1025));
    const create = (maxFileSize?: Size) => new IotFileStream(testStack(), 'Stream', { files: [StreamFile.fromAsset(path)], maxFileSize });
    expect(() => create(Size.kibibytes(1))).toThrow(new Error(
      `'path' must name a file of at most 1024 bytes, got: '${path}' with 1025 bytes; `
      + 'AWS IoT delivers at most 24 MiB a file: split it, or raise \'maxFileSize\' where your account\'s quota is higher'));
    expect(() => create(Size.bytes(1025))).not.toThrow();
    expect(() => create()).not.toThrow();
  });

  test('has 24 MiB as its limit', () => {
    const create = (bytes: number) => new IotFileStream(testStack(), 'Stream', {
      files: [StreamFile.fromAsset(file('app.bin', Buffer.alloc(bytes)))],
    });
    expect(() => create(24 * 1024 * 1024)).not.toThrow();
    expect(() => create(24 * 1024 * 1024 + 1)).toThrow(/at most 25165824 bytes, got: .* with 25165825 bytes/);
  });
});

describe('fromBucket', () => {
  const bucketFile = (key: string, options = {}) => {
    const stack = testStack();
    const bucket = s3.Bucket.fromBucketName(stack, 'Vendor', 'vendor');
    new IotFileStream(stack, 'Stream', { files: [StreamFile.fromBucket(bucket, key, options)] });
    return stack;
  };

  test('declares bucket and key, and its name is the last part of the key', () => {
    expect(filesOf(bucketFile('radio/fw.bin'))).toEqual({ 0: { FileName: 'fw.bin', SourceBucket: 'vendor', SourceKey: 'radio/fw.bin' } });
  });

  test('declares version and revision', () => {
    expect(filesOf(bucketFile('fw.bin', { objectVersion: 'x7', revision: '2', fileName: 'radio' }))).toEqual({
      0: { FileName: 'radio', SourceBucket: 'vendor', SourceKey: 'fw.bin', SourceVersion: 'x7', Revision: '2' },
    });
  });

  const arn = (key: string) => ({ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:s3:::vendor/${key}`]] });

  test('lets the operator read the object, or, where it is pinned, the version', () => {
    expect(operatorStatements(bucketFile('fw.bin'))).toContainEqual({ Effect: 'Allow', Action: 's3:GetObject', Resource: arn('fw.bin') });
    expect(operatorStatements(bucketFile('fw.bin', { objectVersion: 'x7' }))).toContainEqual(
      { Effect: 'Allow', Action: 's3:GetObjectVersion', Resource: arn('fw.bin') });
  });

  test('escapes what has a meaning in policies', () => {
    expect(operatorStatements(bucketFile('a*b?c${d}'))).toContainEqual(
      { Effect: 'Allow', Action: 's3:GetObject', Resource: arn('a${*}b${?}c${$}{d}') });
  });

  test('lets a token through as key; such a file has no name', () => {
    const stack = testStack();
    const bucket = s3.Bucket.fromBucketName(stack, 'Vendor', 'vendor');
    const stream = new IotFileStream(stack, 'Stream', {
      files: [StreamFile.fromText('a', 'text'), StreamFile.fromBucket(bucket, Lazy.string({ produce: () => 'late.bin' }))],
    });
    expect(filesOf(stack)[1]).toEqual({ SourceBucket: 'vendor', SourceKey: 'late.bin' });
    expect(() => stream.fileId('late.bin')).toThrow(new Error("'fileName' must be one of 'a', got: 'late.bin'"));
  });

  test('lets the operator decrypt with the key of the source, by exact action', () => {
    const stack = testStack();
    const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:us-east-1:111111111111:key/abc');
    const bucket = s3.Bucket.fromBucketAttributes(stack, 'Vendor', { bucketName: 'vendor', encryptionKey });
    new IotFileStream(stack, 'Stream', { files: [StreamFile.fromBucket(bucket, 'a.bin'), StreamFile.fromBucket(bucket, 'b.bin')] });
    expect(only(stack, 'AWS::IAM::Policy').Properties.PolicyDocument.Statement).toEqual([
      { Effect: 'Allow', Action: 'kms:Decrypt', Resource: 'arn:aws:kms:us-east-1:111111111111:key/abc' },
    ]);
  });

  test.each([
    ['empty', '', "'key' must have 1 to 1024 bytes, got: 0"],
    ['over 1,024 bytes', 'ü'.repeat(513), "'key' must have 1 to 1024 bytes, got: 1026"],
  ])('fails where the key is %s', (_what, key, message) => {
    expect(() => bucketFile(key)).toThrow(new Error(message));
  });

  test('takes a key of 1,024 bytes', () => {
    expect(() => bucketFile('ü'.repeat(512))).not.toThrow();
  });
});

describe('fromText', () => {
  const textFile = (...texts: string[]) => {
    const stack = testStack();
    new IotFileStream(stack, 'Stream', { files: texts.map((text, position) => StreamFile.fromText(`text${position}`, text)) });
    return stack;
  };

  test('travels in the properties', () => {
    expect(filesOf(textFile('hällo'))).toEqual({ 0: { FileName: 'text0', Text: 'hällo' } });
  });

  test('reads nothing', () => {
    expect(JSON.stringify(operatorStatements(textFile('hällo')))).not.toContain('assets');
  });

  test('fails where it is empty', () => {
    expect(() => textFile('')).toThrow(new Error("'text' must not be empty, got: ''; a device cannot ask for a block of an empty file"));
  });
});

describe('fromJson', () => {
  const json = (value: unknown) => {
    const stack = new Stack(new App(), 'MyStack', { env: { region: 'eu-west-1', account: '111111111111' } });
    new IotFileStream(stack, 'Stream', { files: [StreamFile.fromJson('config.json', value)] });
    return filesOf(stack)[0].Text;
  };

  test('sorts keys at every depth and keeps the order of lists', () => {
    expect(json({ b: [{ d: 1, c: null }, 'x'], a: true })).toBe('{"a":true,"b":[{"c":null,"d":1},"x"]}');
  });

  test('F46: the order of keys makes no difference', () => {
    fc.assert(fc.property(fc.dictionary(fc.string({ minLength: 1 }).filter((key) => key !== '__proto__'), fc.integer()), (value) => {
      const reversed = Object.fromEntries(Object.entries(value).reverse());
      expect(json({ value: reversed })).toBe(json({ value }));
    }), { numRuns: 20 });
  });

  test('lets tokens through: strings, numbers, lists, lazy values', () => {
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

test.each([
  ['-1', -1], ['256', 256], ['1.5', 1.5], ['NaN', NaN],
])('fails for the file id %s', (shown, fileId) => {
  expect(() => StreamFile.fromText('a', 'text', { fileId })).toThrow(new Error(`'fileId' must be an integer between 0 and 255, got: ${shown}`));
});

test('takes the file ids 0 and 255', () => {
  const stack = testStack();
  const stream = new IotFileStream(stack, 'Stream', {
    files: [StreamFile.fromText('last', 'text', { fileId: 255 }), StreamFile.fromText('first', 'text', { fileId: 0 })],
  });
  expect([stream.fileId('first'), stream.fileId('last')]).toEqual([0, 255]);
  expect(Object.keys(filesOf(stack))).toEqual(['0', '255']);
});

test('fails for a file id that is a token', () => {
  expect(() => StreamFile.fromText('a', 'text', { fileId: Token.asNumber({ Ref: 'Id' }) })).toThrow(new Error(
    "'fileId' must be a literal number, got: a token; devices ask for files by an id that is known at synth"));
});

test('fails for an empty file name', () => {
  expect(() => StreamFile.fromText('', 'text')).toThrow(new Error("'fileName' must not be empty, got: ''; leave it out to take the default"));
});
