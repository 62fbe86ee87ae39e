import type { CfnResource, StackProps } from 'aws-cdk-lib';
import { App, Aspects, CfnOutput, CfnParameter, NestedStack, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as iot from 'aws-cdk-lib/aws-iot';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { IotFileStreamProps, KmsSigningOptions } from '../../src';
import { FileSigning, IotFileStream, SigningAlgorithm, StreamFile, UpdateStrategy } from '../../src';
import { ECDSA_SHA_256, RSASSA_PKCS1_V1_5_SHA_256 } from '../../src/iot-file-stream/private/contract';
import { only, testStack } from '../support/app';

const ACCOUNT = '111111111111';
const KEY_ARN = `arn:aws:kms:eu-west-1:${ACCOUNT}:key/abc`;
const RSA: KmsSigningOptions = { algorithm: SigningAlgorithm.RSASSA_PKCS1_V1_5_SHA_256 };
const { ECC_NIST_P256, RSA_2048, RSA_4096 } = kms.KeySpec;

const importedKey = (stack: Stack, id = 'Imported', keyArn = KEY_ARN) => kms.Key.fromKeyArn(stack, id, keyArn);
const newKey = (stack: Stack, keySpec = ECC_NIST_P256, keyUsage = kms.KeyUsage.SIGN_VERIFY, id = 'Key') => new kms.Key(stack, id, { keySpec, keyUsage });

function create(stack: Stack, files: StreamFile[], props: Partial<IotFileStreamProps> = {}): IotFileStream {
  return new IotFileStream(stack, 'Firmware', { streamId: 'fw', files, ...props });
}

/** A stream of so many files, all signed with a key. */
function signedFiles(stack: Stack, key: kms.IKey, count = 1, options?: KmsSigningOptions): IotFileStream {
  return create(stack, Array.from({ length: count }, (_, index) => StreamFile.fromText(`${index}`, 'text', { signing: FileSigning.kmsKey(key, options) })));
}

function errors(stack: Stack): string[] {
  try {
    (stack.node.root as App).synth();
    return [];
  } catch (error) {
    return (error as Error).message.split('\n  ').filter((line) => line !== 'Validation failed with the following errors:');
  }
}

const warnings = (stack: Stack) => Annotations.fromStack(stack).findWarning('*', Match.anyValue()).map(({ entry }) => String(entry.data));

function signStatements(stack: Stack): any[] {
  const [role] = Object.entries<any>(Template.fromStack(stack).findResources('AWS::IAM::Role'))
    .filter(([id]) => id.includes('ManagementRole')).map(([, resource]) => resource);
  return role.Properties.Policies[0].PolicyDocument.Statement.filter(({ Action }: any) => JSON.stringify(Action).includes('kms:'));
}

/** The text as the deployment makes it: an attribute becomes its name in angle brackets. */
function deployed(stack: Stack, value: string): string {
  const [separator, parts] = stack.resolve(value)['Fn::Join'];
  return parts.map((part: any) => typeof part === 'string' ? part : `<${part['Fn::GetAtt'][1]}>`).join(separator);
}

test('the algorithms are called what the handler and KMS know them as', () => {
  expect(SigningAlgorithm).toEqual({ ECDSA_SHA_256, RSASSA_PKCS1_V1_5_SHA_256 });
});

describe('a signed file', () => {
  test('of every kind names its key and algorithm, ECDSA where nothing else is said; the others name none', () => {
    const stack = testStack();
    const signing = FileSigning.kmsKey(importedKey(stack));
    create(stack, [
      StreamFile.fromAsset(__filename, { signing }),
      StreamFile.fromBucket(s3.Bucket.fromBucketName(stack, 'Vendor', 'vendor'), 'fw.bin', { signing, objectVersion: 'x7' }),
      StreamFile.fromText('notes', 'text', { signing: FileSigning.kmsKey(importedKey(stack, 'Other', `${KEY_ARN}d`), RSA) }),
      StreamFile.fromJson('config', { a: 1 }, { signing }),
      StreamFile.fromText('plain', 'text'),
    ]);
    const { Files } = only(stack, 'Custom::IotFileStream').Properties;
    const signed = Object.values<any>(Files).map(({ SigningKeyArn, SigningAlgorithm: algorithm }) => [SigningKeyArn, algorithm]);
    const ecdsa = [KEY_ARN, 'ECDSA_SHA_256'];
    expect(signed).toEqual([ecdsa, ecdsa, [`${KEY_ARN}d`, 'RSASSA_PKCS1_V1_5_SHA_256'], ecdsa, [undefined, undefined]]);
  });

  test('lets the management role, and nobody else, sign with exactly its key and algorithm', () => {
    const stack = testStack();
    const [one, other] = [importedKey(stack), importedKey(stack, 'Other', `${KEY_ARN}d`)];
    create(stack, [
      StreamFile.fromText('a', 'a', { signing: FileSigning.kmsKey(one) }),
      StreamFile.fromText('b', 'b', { signing: FileSigning.kmsKey(one) }),
      StreamFile.fromText('c', 'c', { signing: FileSigning.kmsKey(other) }),
      StreamFile.fromText('d', 'd', { signing: FileSigning.kmsKey(other, RSA) }),
    ]);
    const statement = (algorithm: string, Resource: unknown) =>
      ({ Action: 'kms:Sign', Effect: 'Allow', Resource, Condition: { StringEquals: { 'kms:SigningAlgorithm': algorithm } } });
    expect(signStatements(stack)).toEqual([
      statement('ECDSA_SHA_256', [KEY_ARN, `${KEY_ARN}d`]), statement('RSASSA_PKCS1_V1_5_SHA_256', `${KEY_ARN}d`),
    ]);
    expect(JSON.stringify(Template.fromStack(stack)).match(/kms:Sign"/g)).toHaveLength(2);
  });

  test('comes after its key, and moves neither the storage location nor what is named after it', () => {
    const signed = testStack();
    signedFiles(signed, newKey(signed));
    const plain = testStack();
    create(plain, [StreamFile.fromText('0', 'text')]);
    const ids = (stack: Stack) => Object.keys(Template.fromStack(stack).toJSON().Resources).filter((id) => !id.startsWith('Key'));
    expect(ids(signed)).toEqual(ids(plain));
    expect(only(signed, 'Custom::IotFileStream').Properties.Files['0'].SigningKeyArn).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^Key/), 'Arn'] });
  });

  test('may not get another key or algorithm by an override: the policy would not allow it', () => {
    const refused = (name: string, value: string) => `[MyStack/Firmware] property 'Files.0.${name}' of 'MyStack/Firmware' must not be overridden or deleted, got: ${value}; `
      + "the management role may sign as 'signing' of the file says: change that";
    const override = (change: (resource: CfnResource) => void, signing = true) => {
      const stack = testStack();
      const stream = signing ? signedFiles(stack, importedKey(stack)) : create(stack, [StreamFile.fromText('0', 'text')]);
      change(stream.node.defaultChild as CfnResource);
      return errors(stack);
    };
    expect(override((resource) => resource.addPropertyOverride('Files.0.SigningKeyArn', 'other'))).toEqual([refused('SigningKeyArn', '"other"')]);
    expect(override((resource) => resource.addPropertyDeletionOverride('Files.0.SigningAlgorithm'))).toEqual([refused('SigningAlgorithm', 'undefined')]);
    expect(override((resource) => resource.addPropertyOverride('Files.0.SigningKeyArn', 'arn'), false)).toEqual([refused('SigningKeyArn', '"arn"')]);
    expect(override((resource) => resource.addPropertyOverride('Files.1', { Text: 'more' }), false)).toEqual([]);
  });
});

describe('a key', () => {
  const aliases: Record<string, (stack: Stack) => kms.IKey> = {
    'that the app makes': (stack) => new kms.Alias(stack, 'Alias', { aliasName: 'alias/x', targetKey: importedKey(stack) }),
    'of an alias': (stack) => new kms.Alias(stack, 'Alias', {
      aliasName: 'alias/x', targetKey: new kms.Alias(stack, 'Inner', { aliasName: 'alias/y', targetKey: importedKey(stack) }),
    }),
    'that is imported with its key': (stack) => kms.Alias.fromAliasAttributes(stack, 'Alias', { aliasName: 'alias/x', aliasTargetKey: importedKey(stack) }),
  };

  test.each(Object.entries(aliases))('is named by its own ARN where an alias %s stands for it', (_, alias) => {
    const stack = testStack();
    signedFiles(stack, alias(stack));
    expect(only(stack, 'Custom::IotFileStream').Properties.Files['0'].SigningKeyArn).toBe(KEY_ARN);
    expect(signStatements(stack)[0].Resource).toBe(KEY_ARN);
  });

  test.each<[string, (stack: Stack) => kms.IKey, string]>([
    ['an alias that is imported by its name', (stack) => kms.Alias.fromAliasName(stack, 'Alias', 'alias/x'), "alias 'alias/x'"],
    ['the ARN of an alias', (stack) => importedKey(stack, 'Key', `arn:aws:kms:eu-west-1:${ACCOUNT}:alias/x`), `'arn:aws:kms:eu-west-1:${ACCOUNT}:alias/x'`],
  ])('must not be %s', (_, key, got) => {
    expect(() => FileSigning.kmsKey(key(testStack()))).toThrow(new Error(`'key' must be a key whose ARN is known, got: ${got}; `
      + 'IAM does not match the ARN of an alias: import the key itself with kms.Key.fromKeyArn, or its alias with kms.Alias.fromAliasAttributes'));
  });

  test('whose ARN the deployment resolves is taken', () => {
    const stack = testStack();
    signedFiles(stack, importedKey(stack, 'Key', new CfnParameter(stack, 'KeyArn').valueAsString));
    expect(errors(stack)).toEqual([]);
  });

  test('must be in the region of the stream, where both are known', () => {
    const attempt = (props: StackProps, keyArn = KEY_ARN) => () => {
      const stack = testStack(props);
      return signedFiles(stack, importedKey(stack, 'Key', keyArn));
    };
    const elsewhere = attempt({ env: { region: 'us-east-1', account: ACCOUNT } });
    expect(elsewhere).toThrow(
      new Error("'key' must be in the region of the stream, 'us-east-1', got: 'MyStack/Key' in 'eu-west-1'; take a key of that region"));
    expect(attempt({ env: { region: 'eu-west-1' } })).not.toThrow();
    expect(attempt({})).not.toThrow();
  });

  test('of another account brings a warning that says what its policy must contain', () => {
    const stack = testStack({ env: { region: 'eu-west-1', account: '222222222222' } });
    signedFiles(stack, importedKey(stack), 2);
    expect(warnings(stack)).toEqual([
      `'signing' uses key 'MyStack/Imported' of account '${ACCOUNT}': the policy of that key must contain `
      + '{"Effect":"Allow","Principal":{"AWS":"222222222222"},"Action":"kms:Sign","Resource":"*",'
      + '"Condition":{"StringEquals":{"kms:SigningAlgorithm":"ECDSA_SHA_256"}}} [ack: cdk-iot-streams:signingKeyOfAnotherAccount]',
    ]);
  });

  test('of the same account, or where an account is unknown, brings none', () => {
    const warned = (props: StackProps, key: (stack: Stack) => kms.IKey = importedKey) => {
      const stack = testStack(props);
      signedFiles(stack, key(stack));
      return warnings(stack);
    };
    const inAnyAccount = (stack: Stack) => importedKey(stack, 'Key', new CfnParameter(stack, 'KeyArn').valueAsString);
    expect([warned({ env: { account: ACCOUNT } }), warned({}), warned({ env: { account: ACCOUNT } }, inAnyAccount)]).toEqual([[], [], []]);
  });
});

describe('a key that the app makes', () => {
  const specError = (specs: string, algorithm: string, spec: string) =>
    `[MyStack/Firmware] 'signing' must use a key with 'keySpec' ${specs} for ${algorithm}, got: 'MyStack/Key' with ${spec}; `
    + 'take the algorithm that the key supports, or a key of such a spec';
  const usageError = (usage: string) => `[MyStack/Firmware] 'signing' must use a key with 'keyUsage' SIGN_VERIFY, got: 'MyStack/Key' with ${usage}; `
    + 'KMS cannot change the usage of a key: make another key';
  const ECDSA_ERROR = (spec: string) => specError('ECC_NIST_P256 or ECC_SECG_P256K1', 'ECDSA_SHA_256', spec);
  const RSA_ERROR = (spec: string) => specError('RSA_2048 or RSA_3072 or RSA_4096', 'RSASSA_PKCS1_V1_5_SHA_256', spec);
  const found = (keySpec: kms.KeySpec, options?: KmsSigningOptions, usage?: kms.KeyUsage) => {
    const stack = testStack();
    // two files: the key is wrong once
    signedFiles(stack, newKey(stack, keySpec, usage), 2, options);
    return errors(stack);
  };

  test.each([ECC_NIST_P256, kms.KeySpec.ECC_SECG_P256K1])('of spec %s signs with ECDSA_SHA_256 alone', (spec) => {
    expect(found(spec)).toEqual([]);
    expect(found(spec, RSA)).toEqual([RSA_ERROR(spec)]);
  });

  test.each([RSA_2048, kms.KeySpec.RSA_3072, RSA_4096])('of spec %s signs with RSASSA_PKCS1_V1_5_SHA_256 alone', (spec) => {
    expect(found(spec, RSA)).toEqual([]);
    expect(found(spec)).toEqual([ECDSA_ERROR(spec)]);
  });

  test.each([kms.KeySpec.ECC_NIST_P384, kms.KeySpec.ECC_NIST_P521, kms.KeySpec.SM2, kms.KeySpec.ML_DSA_44])('of spec %s cannot sign a file', (spec) => {
    expect(found(spec)).toEqual([ECDSA_ERROR(spec)]);
  });

  test('must be of usage SIGN_VERIFY', () => {
    expect(found(RSA_2048, RSA, kms.KeyUsage.ENCRYPT_DECRYPT)).toEqual([usageError('ENCRYPT_DECRYPT')]);
    expect(found(ECC_NIST_P256, undefined, kms.KeyUsage.KEY_AGREEMENT)).toEqual([usageError('KEY_AGREEMENT')]);
  });

  test('is symmetric where nothing is said', () => {
    const stack = testStack();
    signedFiles(stack, new kms.Key(stack, 'Key'));
    expect(errors(stack)).toEqual([usageError('ENCRYPT_DECRYPT'), ECDSA_ERROR('SYMMETRIC_DEFAULT')]);
  });

  test('is checked as overrides and aspects leave it, also behind an alias', () => {
    const stack = testStack();
    const key = newKey(stack);
    signedFiles(stack, new kms.Alias(stack, 'Alias', { aliasName: 'alias/x', targetKey: key }));
    Aspects.of(stack).add({ visit: (node) => { if (node instanceof kms.CfnKey) node.addPropertyOverride('KeySpec', 'ECC_NIST_P384'); } });
    expect(errors(stack)).toEqual([ECDSA_ERROR('ECC_NIST_P384')]);
  });

  test('is checked in another stack of the app', () => {
    const stack = testStack();
    const other = new Stack(stack.node.root as App, 'Other');
    signedFiles(stack, newKey(other, RSA_2048));
    expect(errors(stack)).toEqual([ECDSA_ERROR('RSA_2048').replace("'MyStack/Key'", "'Other/Key'")]);
  });

  test('is not judged by what only the deployment knows', () => {
    const stack = testStack();
    const key = newKey(stack);
    for (const name of ['KeySpec', 'KeyUsage']) (key.node.defaultChild as kms.CfnKey).addPropertyOverride(name, { Ref: 'Parameter' });
    signedFiles(stack, key);
    expect(errors(stack)).toEqual([]);
  });
});

describe('a signature', () => {
  test('is a token, and asking for it has the deployment answer it, by ids in the order of numbers', () => {
    const stack = testStack();
    const signing = FileSigning.kmsKey(importedKey(stack));
    const stream = create(stack, [10, 9, 0].map((fileId) => StreamFile.fromText(`${fileId}`, 'text', { fileId, signing })));
    expect(stack.resolve(stream.signature('10'))).toEqual({ 'Fn::GetAtt': [expect.any(String), 'Signature10'] });
    stream.signature('10');
    stream.signature('9');
    stream.fileLocation('9');
    stream.fileLocation('0');
    expect(only(stack, 'Custom::IotFileStream').Properties).toMatchObject({ AnsweredSignatures: ['9', '10'], AnsweredLocations: ['0', '9'] });
  });

  test('that nobody asks for is not answered', () => {
    const stack = testStack();
    signedFiles(stack, importedKey(stack));
    const { Properties } = only(stack, 'Custom::IotFileStream');
    expect(Object.keys(Properties).filter((name) => name.startsWith('Answered'))).toEqual([]);
  });

  test('cannot be asked for by a name that the deployment resolves', () => {
    const stack = testStack();
    const bucket = s3.Bucket.fromBucketName(stack, 'Vendor', 'vendor');
    const signing = FileSigning.kmsKey(importedKey(stack));
    const stream = create(stack, [
      StreamFile.fromBucket(bucket, new CfnParameter(stack, 'ObjectKey').valueAsString, { signing }), StreamFile.fromText('a', 'text'),
    ]);
    expect(() => stream.signature('fw.bin')).toThrow(new Error("'fileName' must be one of 'a', got: 'fw.bin'"));
  });

  test('is none of a file without signing, or of no file', () => {
    const stack = testStack();
    const stream = create(stack, [StreamFile.fromText('a', 'text')]);
    expect(() => stream.signature('a')).toThrow(new Error("'fileName' must name a file with 'signing', got: 'a'; give it FileSigning.kmsKey(key)"));
    expect(() => stream.signature('b')).toThrow(new Error("'fileName' must be one of 'a', got: 'b'"));
    expect(() => stream.fileLocation('b')).toThrow(new Error("'fileName' must be one of 'a', got: 'b'"));
  });
});

describe('a location', () => {
  test('is bucket, key and version of the object, signed or not', () => {
    const stack = testStack();
    const stream = create(stack, [StreamFile.fromText('a', 'text')]);
    const { bucketName, objectKey, objectVersion } = stream.fileLocation('a');
    const logicalId = stack.getLogicalId(stream.node.defaultChild as CfnResource);
    expect(bucketName).toBe(stream.bucket.bucketName);
    expect(stack.resolve([objectKey, objectVersion])).toEqual([{ 'Fn::GetAtt': [logicalId, 'ObjectKey0'] }, { 'Fn::GetAtt': [logicalId, 'ObjectVersion0'] }]);
  });

  test('is the artifact of a software package version', () => {
    const stack = testStack();
    const { bucketName, objectKey, objectVersion } = create(stack, [StreamFile.fromText('a', 'text')]).fileLocation('a');
    new iot.CfnSoftwarePackageVersion(stack, 'Version', {
      packageName: 'firmware', versionName: '1', artifact: { s3Location: { bucket: bucketName, key: objectKey, version: objectVersion } },
    });
    expect(only(stack, 'AWS::IoT::SoftwarePackageVersion').Properties.Artifact.S3Location).toEqual({
      Bucket: { Ref: expect.any(String) }, Key: { 'Fn::GetAtt': [expect.any(String), 'ObjectKey0'] }, Version: { 'Fn::GetAtt': [expect.any(String), 'ObjectVersion0'] },
    });
  });
});

describe('in another stack', () => {
  const uses: [string, string, string, (stream: IotFileStream) => string][] = [
    ['a signature', 'Signature', "'signature' is used in stack 'Other': CloudFormation refuses to change an export that is in use, so a deployment that moves the signature fails", (stream) => stream.signature('0')],
    ['a location', 'FileLocation', "'fileLocation' is used in stack 'Other': CloudFormation refuses to change an export that is in use, so a deployment that moves the object fails", (stream) => stream.fileLocation('0').objectKey],
    ['the version of a location', 'FileLocation', "'fileLocation' is used in stack 'Other': CloudFormation refuses to change an export that is in use, so a deployment that moves the object fails", (stream) => stream.fileLocation('0').objectVersion],
    ['a job id', 'JobId', "'jobId' is used in stack 'Other': CloudFormation refuses to change an export that is in use, so a deployment that moves the version or a signature fails", (stream) => stream.jobId()],
  ];

  test.each(uses)('%s brings the warning that it cannot be exported', (_, name, text, use) => {
    const stack = testStack();
    const stream = signedFiles(stack, importedKey(stack));
    new CfnOutput(new Stack(stack.node.root as App, 'Other'), 'Output', { value: use(stream) });
    expect(warnings(stack)).toEqual([`${text}; hand it over in an SSM parameter, or put what uses it into a nested stack of this one [ack: cdk-iot-streams:exported${name}]`]);
  });

  test.each(uses)('that is nested, %s brings none', (_, _name, _text, use) => {
    const stack = testStack();
    const stream = signedFiles(stack, importedKey(stack));
    new CfnOutput(new NestedStack(stack, 'Nested'), 'Output', { value: use(stream) });
    expect(warnings(stack)).toEqual([]);
  });
});

describe('a job document', () => {
  test('carries signature and algorithm of each signed file', () => {
    const stack = testStack();
    const stream = create(stack, [
      StreamFile.fromText('a', 'text', { signing: FileSigning.kmsKey(importedKey(stack)) }),
      StreamFile.fromText('b', 'text', { signing: FileSigning.kmsKey(importedKey(stack, 'Other', `${KEY_ARN}d`), RSA) }),
      StreamFile.fromText('c', 'text'),
    ]);
    const { files } = JSON.parse(deployed(stack, stream.jobDocument({ operation: 'update' })));
    expect(files.map(({ signature, signatureAlgorithm }: any) => [signature, signatureAlgorithm])).toEqual([
      ['<Signature0>', 'ECDSA_SHA_256'], ['<Signature1>', 'RSASSA_PKCS1_V1_5_SHA_256'], [undefined, undefined],
    ]);
    expect(only(stack, 'Custom::IotFileStream').Properties.AnsweredSignatures).toEqual(['0', '1']);
  });

  test('is measured with signatures as long as the key makes them', () => {
    const attempt = (operation: string, spec = RSA_4096) => () => {
      const stack = testStack();
      return signedFiles(stack, newKey(stack, spec), 1, RSA).jobDocument({ operation });
    };
    const length = (action: () => unknown) => {
      try { action(); } catch (error) { return Number(/up to (\d+)/.exec((error as Error).message)![1]); }
      return 0;
    };
    const padding = 'x'.repeat(32_768);
    expect(length(attempt(padding)) - length(attempt(padding, RSA_2048))).toBe(684 - 344);
    const fits = 'x'.repeat(32_768 - (length(attempt(padding)) - padding.length));
    expect(attempt(fits)).not.toThrow();
    expect(attempt(`${fits}x`)).toThrow('got: up to 32769;');
  });
});

describe('a job document for AWS\'s OTA library', () => {
  const filesOf = (stack: Stack, document: string) => JSON.parse(deployed(stack, document)).afr_ota.files;

  test('has an ECDSA signature under the name that the library reads', () => {
    const stack = testStack();
    const [file] = filesOf(stack, signedFiles(stack, importedKey(stack)).otaJobDocument());
    expect(file).toEqual({ 'filepath': '0', 'filesize': 4, 'fileid': 0, 'certfile': '', 'sig-sha256-ecdsa': '<Signature0>' });
  });

  test('has an RSA signature, and the name that AWS\'s newer parser insists on', () => {
    const stack = testStack();
    const [file] = filesOf(stack, signedFiles(stack, importedKey(stack), 1, RSA).otaJobDocument());
    expect(file).toEqual({ 'filepath': '0', 'filesize': 4, 'fileid': 0, 'certfile': '', 'sig-sha256-rsa': '<Signature0>', 'sig-sha256-ecdsa': null });
  });

  test('asks for the signatures of its own files alone', () => {
    const stack = testStack();
    signedFiles(stack, importedKey(stack), 3).otaJobDocument({ files: [{ fileId: 1 }] });
    expect(only(stack, 'Custom::IotFileStream').Properties.AnsweredSignatures).toEqual(['1']);
  });

  test('takes no signature beside the one that the deployment makes', () => {
    const stack = testStack();
    const stream = signedFiles(stack, importedKey(stack));
    const refused = (got: string) => new Error(`'signature' must not be given for file 0, which has 'signing', got: ${got}; `
      + 'leave it out: the document takes the signature that the deployment makes');
    expect(() => stream.otaJobDocument({ files: [{ fileId: 0, signature: 'AAAA' }] })).toThrow(refused("'AAAA'"));
    expect(() => stream.otaJobDocument({ files: [{ fileId: 0, signature: stream.signature('0') }] })).toThrow(refused('a token'));
  });

  test('warns of files of old and new blocks only where a device could not tell', () => {
    const warned = (files: (signing: FileSigning) => StreamFile[], options?: Parameters<IotFileStream['otaJobDocument']>[0]) => {
      const stack = testStack();
      create(stack, files(FileSigning.kmsKey(importedKey(stack)))).otaJobDocument(options);
      return warnings(stack).length;
    };
    const text = (name: string, signing?: FileSigning) => StreamFile.fromText(name, 'text', { signing });
    expect(warned((signing) => [text('a', signing), text('b', signing)])).toBe(0);
    expect(warned((signing) => [text('a', signing), text('b')])).toBe(1);
    expect(warned((signing) => [text('a', signing), text('b')], { files: [{ fileId: 0 }] })).toBe(0);
    expect(warned((signing) => [text('a', signing), text('b')], { files: [{ fileId: 0 }, { fileId: 1, signature: 'AAAA' }] })).toBe(0);
  });
});

describe('a job id of a stream with signed files', () => {
  test('moves with version and signatures', () => {
    const stack = testStack();
    const stream = signedFiles(stack, importedKey(stack));
    expect(deployed(stack, stream.jobId())).toBe('<StreamId>-<SignedRevision>');
    expect(deployed(stack, stream.jobId('canary'))).toBe('<StreamId>-<SignedRevision>-canary');
  });

  test('has at most 64 characters, with the eight of the revision', () => {
    const stack = testStack();
    const signing = FileSigning.kmsKey(importedKey(stack));
    const stream = create(stack, [StreamFile.fromText('a', 'text', { signing })], { streamId: 'x'.repeat(34), updateStrategy: UpdateStrategy.NEW_STREAM });
    expect(stream.jobId('x'.repeat(10))).toBeDefined();
    expect(() => stream.jobId('x'.repeat(11))).toThrow(new Error("a job id must have at most 64 characters, got: up to 65; shorten 'purpose' or 'streamId'"));
  });
});

describe('what a deployment answers: 4,096 bytes', () => {
  const tooLong = (bytes: number) => `[MyStack/Firmware] what the deployment answers for stream 'fw' must have at most 4096 bytes, got: up to ${bytes}; `
    + 'ask for fewer signatures and file locations, or divide the files among several streams';
  const asked = (contents: (stack: Stack) => void, props?: StackProps) => {
    const stack = testStack(props);
    contents(stack);
    return errors(stack);
  };
  const signatures = (count: number, key: (stack: Stack) => kms.IKey, options?: KmsSigningOptions) => (stack: Stack) =>
    void signedFiles(stack, key(stack), count, options).jobDocument({ operation: 'update' });
  const locations = (count: number) => (stack: Stack) => {
    const stream = create(stack, Array.from({ length: 50 }, (_, index) => StreamFile.fromText(`${index}`, 'text')));
    for (let index = 0; index < count; index++) stream.fileLocation(`${index}`);
  };

  test.each<[string, number, number, (stack: Stack) => kms.IKey, KmsSigningOptions | undefined]>([
    ['signatures of an ECDSA key', 28, 4174, newKey, undefined],
    ['signatures of an RSA_2048 key', 9, 4184, (stack) => newKey(stack, RSA_2048), RSA],
    ['signatures of an RSA_4096 key', 5, 4720, (stack) => newKey(stack, RSA_4096), RSA],
    ['signatures of an RSA key whose length is unknown', 5, 4720, importedKey, RSA],
  ])('holds the greatest number of %s, and not one more', (_, greatest, bytes, key, options) => {
    expect(asked(signatures(greatest, key, options))).toEqual([]);
    expect(asked(signatures(greatest + 1, key, options))).toEqual([tooLong(bytes)]);
  });

  test('holds the locations of 15 of 50 files, and not of 16', () => {
    expect(asked(locations(15))).toEqual([]);
    expect(asked(locations(16))).toEqual([tooLong(4288)]);
  });

  test('holds 50 sizes that only the deployment knows, of signed files, under the longest names', () => {
    const stack = new Stack(new App(), 'x'.repeat(128));
    const nested = new NestedStack(stack, 'Nested');
    const signing = FileSigning.kmsKey(importedKey(nested));
    const stream = new IotFileStream(nested, 'Firmware', {
      streamId: 'x'.repeat(118),
      updateStrategy: UpdateStrategy.NEW_STREAM,
      files: Array.from({ length: 50 }, (_, index) => StreamFile.fromText(`${index}`, `${nested.region}${index}`, { signing })),
    });
    expect(errors(nested)).toEqual([]);
    expect(stream.fileId('49')).toBe(49);
  });
});
