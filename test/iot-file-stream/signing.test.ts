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

/** A stream with a number of files that are signed with a key. */
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

/** The text with the name of each attribute in angle brackets. */
function deployed(stack: Stack, value: string): string {
  const [separator, parts] = stack.resolve(value)['Fn::Join'];
  return parts.map((part: any) => typeof part === 'string' ? part : `<${part['Fn::GetAtt'][1]}>`).join(separator);
}

test('the signing algorithms have the names that the handler and KMS use', () => {
  expect(SigningAlgorithm).toEqual({ ECDSA_SHA_256, RSASSA_PKCS1_V1_5_SHA_256 });
});

describe('a signed file', () => {
  test('declares the key and algorithm of signed files of every kind, with ECDSA as default', () => {
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

  test('allows only the management role to sign, with exactly the keys and algorithms of the files', () => {
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

  test('adds no resource and changes no logical ID when files are signed, and refers to the key', () => {
    const signed = testStack();
    signedFiles(signed, newKey(signed));
    const plain = testStack();
    create(plain, [StreamFile.fromText('0', 'text')]);
    const ids = (stack: Stack) => Object.keys(Template.fromStack(stack).toJSON().Resources).filter((id) => !id.startsWith('Key'));
    expect(ids(signed)).toEqual(ids(plain));
    expect(only(signed, 'Custom::IotFileStream').Properties.Files['0'].SigningKeyArn).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^Key/), 'Arn'] });
  });

  test('refuses an override of the signing key or algorithm, which the policy would not allow', () => {
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

describe('the key of a signature', () => {
  const aliases: Record<string, (stack: Stack) => kms.IKey> = {
    'that the app creates': (stack) => new kms.Alias(stack, 'Alias', { aliasName: 'alias/x', targetKey: importedKey(stack) }),
    'of another alias': (stack) => new kms.Alias(stack, 'Alias', {
      aliasName: 'alias/x', targetKey: new kms.Alias(stack, 'Inner', { aliasName: 'alias/y', targetKey: importedKey(stack) }),
    }),
    'that is imported with its key': (stack) => kms.Alias.fromAliasAttributes(stack, 'Alias', { aliasName: 'alias/x', aliasTargetKey: importedKey(stack) }),
  };

  test.each(Object.entries(aliases))('uses the ARN of the key behind an alias %s', (_, alias) => {
    const stack = testStack();
    signedFiles(stack, alias(stack));
    expect(only(stack, 'Custom::IotFileStream').Properties.Files['0'].SigningKeyArn).toBe(KEY_ARN);
    expect(signStatements(stack)[0].Resource).toBe(KEY_ARN);
  });

  test.each<[string, (stack: Stack) => kms.IKey, string]>([
    ['an alias that is imported by its name', (stack) => kms.Alias.fromAliasName(stack, 'Alias', 'alias/x'), "alias 'alias/x'"],
    ['the ARN of an alias', (stack) => importedKey(stack, 'Key', `arn:aws:kms:eu-west-1:${ACCOUNT}:alias/x`), `'arn:aws:kms:eu-west-1:${ACCOUNT}:alias/x'`],
  ])('refuses %s as signing key', (_, key, got) => {
    expect(() => FileSigning.kmsKey(key(testStack()))).toThrow(new Error(`'key' must be a key whose ARN is known, got: ${got}; `
      + 'IAM does not match the ARN of an alias: import the key itself with kms.Key.fromKeyArn, or its alias with kms.Alias.fromAliasAttributes'));
  });

  test('accepts a signing key whose ARN is known only at deployment', () => {
    const stack = testStack();
    signedFiles(stack, importedKey(stack, 'Key', new CfnParameter(stack, 'KeyArn').valueAsString));
    expect(errors(stack)).toEqual([]);
  });

  test('refuses a signing key of another region if both regions are known', () => {
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

  test('warns about a signing key of another account and prints the statement for its policy', () => {
    const stack = testStack({ env: { region: 'eu-west-1', account: '222222222222' } });
    signedFiles(stack, importedKey(stack), 2);
    expect(warnings(stack)).toEqual([
      `'signing' uses key 'MyStack/Imported' of account '${ACCOUNT}': the policy of that key must contain `
      + '{"Effect":"Allow","Principal":{"AWS":"222222222222"},"Action":"kms:Sign","Resource":"*",'
      + '"Condition":{"StringEquals":{"kms:SigningAlgorithm":"ECDSA_SHA_256"}}} [ack: cdk-iot-streams:signingKeyOfAnotherAccount]',
    ]);
  });

  test('does not warn about a signing key of the same account or of an unknown account', () => {
    const warned = (props: StackProps, key: (stack: Stack) => kms.IKey = importedKey) => {
      const stack = testStack(props);
      signedFiles(stack, key(stack));
      return warnings(stack);
    };
    const inAnyAccount = (stack: Stack) => importedKey(stack, 'Key', new CfnParameter(stack, 'KeyArn').valueAsString);
    expect([warned({ env: { account: ACCOUNT } }), warned({}), warned({ env: { account: ACCOUNT } }, inAnyAccount)]).toEqual([[], [], []]);
  });
});

describe('a signing key of the app', () => {
  const specError = (specs: string, algorithm: string, spec: string) =>
    `[MyStack/Firmware] 'signing' must use a key with 'keySpec' ${specs} for ${algorithm}, got: 'MyStack/Key' with ${spec}; `
    + 'take the algorithm that the key supports, or a key of such a spec';
  const usageError = (usage: string) => `[MyStack/Firmware] 'signing' must use a key with 'keyUsage' SIGN_VERIFY, got: 'MyStack/Key' with ${usage}; `
    + 'KMS cannot change the usage of a key: make another key';
  const ECDSA_ERROR = (spec: string) => specError('ECC_NIST_P256 or ECC_SECG_P256K1', 'ECDSA_SHA_256', spec);
  const RSA_ERROR = (spec: string) => specError('RSA_2048 or RSA_3072 or RSA_4096', 'RSASSA_PKCS1_V1_5_SHA_256', spec);
  const found = (keySpec: kms.KeySpec, options?: KmsSigningOptions, usage?: kms.KeyUsage) => {
    const stack = testStack();
    // with two files, the error about the key must appear once
    signedFiles(stack, newKey(stack, keySpec, usage), 2, options);
    return errors(stack);
  };

  test.each([ECC_NIST_P256, kms.KeySpec.ECC_SECG_P256K1])('accepts a key with spec %s for ECDSA_SHA_256 only', (spec) => {
    expect(found(spec)).toEqual([]);
    expect(found(spec, RSA)).toEqual([RSA_ERROR(spec)]);
  });

  test.each([RSA_2048, kms.KeySpec.RSA_3072, RSA_4096])('accepts a key with spec %s for RSASSA_PKCS1_V1_5_SHA_256 only', (spec) => {
    expect(found(spec, RSA)).toEqual([]);
    expect(found(spec)).toEqual([ECDSA_ERROR(spec)]);
  });

  test.each([kms.KeySpec.ECC_NIST_P384, kms.KeySpec.ECC_NIST_P521, kms.KeySpec.SM2, kms.KeySpec.ML_DSA_44])('refuses a key with spec %s', (spec) => {
    expect(found(spec)).toEqual([ECDSA_ERROR(spec)]);
  });

  test('refuses a key with another usage than SIGN_VERIFY', () => {
    expect(found(RSA_2048, RSA, kms.KeyUsage.ENCRYPT_DECRYPT)).toEqual([usageError('ENCRYPT_DECRYPT')]);
    expect(found(ECC_NIST_P256, undefined, kms.KeyUsage.KEY_AGREEMENT)).toEqual([usageError('KEY_AGREEMENT')]);
  });

  test('refuses a key with default properties, which is symmetric', () => {
    const stack = testStack();
    signedFiles(stack, new kms.Key(stack, 'Key'));
    expect(errors(stack)).toEqual([usageError('ENCRYPT_DECRYPT'), ECDSA_ERROR('SYMMETRIC_DEFAULT')]);
  });

  test('checks a key behind an alias with the changes of overrides and aspects', () => {
    const stack = testStack();
    const key = newKey(stack);
    signedFiles(stack, new kms.Alias(stack, 'Alias', { aliasName: 'alias/x', targetKey: key }));
    Aspects.of(stack).add({ visit: (node) => { if (node instanceof kms.CfnKey) node.addPropertyOverride('KeySpec', 'ECC_NIST_P384'); } });
    expect(errors(stack)).toEqual([ECDSA_ERROR('ECC_NIST_P384')]);
  });

  test('checks a key in another stack of the app', () => {
    const stack = testStack();
    const other = new Stack(stack.node.root as App, 'Other');
    signedFiles(stack, newKey(other, RSA_2048));
    expect(errors(stack)).toEqual([ECDSA_ERROR('RSA_2048').replace("'MyStack/Key'", "'Other/Key'")]);
  });

  test('accepts a key whose spec and usage are known only at deployment', () => {
    const stack = testStack();
    const key = newKey(stack);
    for (const name of ['KeySpec', 'KeyUsage']) (key.node.defaultChild as kms.CfnKey).addPropertyOverride(name, { Ref: 'Parameter' });
    signedFiles(stack, key);
    expect(errors(stack)).toEqual([]);
  });
});

describe('a signature', () => {
  test('signature returns a token and adds the file to AnsweredSignatures, in numeric order', () => {
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

  test('adds no AnsweredSignatures if no signature is requested', () => {
    const stack = testStack();
    signedFiles(stack, importedKey(stack));
    const { Properties } = only(stack, 'Custom::IotFileStream');
    expect(Object.keys(Properties).filter((name) => name.startsWith('Answered'))).toEqual([]);
  });

  test('signature refuses a file name that is known only at deployment', () => {
    const stack = testStack();
    const bucket = s3.Bucket.fromBucketName(stack, 'Vendor', 'vendor');
    const signing = FileSigning.kmsKey(importedKey(stack));
    const stream = create(stack, [
      StreamFile.fromBucket(bucket, new CfnParameter(stack, 'ObjectKey').valueAsString, { signing }), StreamFile.fromText('a', 'text'),
    ]);
    expect(() => stream.signature('fw.bin')).toThrow(new Error("'fileName' must be one of 'a', got: 'fw.bin'"));
  });

  test('signature refuses an unsigned file and an unknown file', () => {
    const stack = testStack();
    const stream = create(stack, [StreamFile.fromText('a', 'text')]);
    expect(() => stream.signature('a')).toThrow(new Error("'fileName' must name a file with 'signing', got: 'a'; add 'signing: FileSigning.kmsKey(key)' to it"));
    expect(() => stream.signature('b')).toThrow(new Error("'fileName' must be one of 'a', got: 'b'"));
    expect(() => stream.fileLocation('b')).toThrow(new Error("'fileName' must be one of 'a', got: 'b'"));
  });
});

describe('a location', () => {
  test('fileLocation returns bucket, key and version of the object', () => {
    const stack = testStack();
    const stream = create(stack, [StreamFile.fromText('a', 'text')]);
    const { bucketName, objectKey, objectVersion } = stream.fileLocation('a');
    const logicalId = stack.getLogicalId(stream.node.defaultChild as CfnResource);
    expect(bucketName).toBe(stream.bucket.bucketName);
    expect(stack.resolve([objectKey, objectVersion])).toEqual([{ 'Fn::GetAtt': [logicalId, 'ObjectKey0'] }, { 'Fn::GetAtt': [logicalId, 'ObjectVersion0'] }]);
  });

  test('fileLocation can be the artifact of a software package version', () => {
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

describe('signatures and locations in another stack', () => {
  const uses: [string, string, string, (stream: IotFileStream) => string][] = [
    ['a signature', 'Signature', "'signature' is used in stack 'Other': CloudFormation refuses to change an export that is in use, so a deployment that changes the signature fails", (stream) => stream.signature('0')],
    ['a location', 'FileLocation', "'fileLocation' is used in stack 'Other': CloudFormation refuses to change an export that is in use, so a deployment that changes the object fails", (stream) => stream.fileLocation('0').objectKey],
    ['the version of a location', 'FileLocation', "'fileLocation' is used in stack 'Other': CloudFormation refuses to change an export that is in use, so a deployment that changes the object fails", (stream) => stream.fileLocation('0').objectVersion],
    ['a job id', 'JobId', "'jobId' is used in stack 'Other': CloudFormation refuses to change an export that is in use, so a deployment that changes the version or a signature fails", (stream) => stream.jobId()],
  ];

  test.each(uses)('%s in another stack gives a warning about the export', (_, name, text, use) => {
    const stack = testStack();
    const stream = signedFiles(stack, importedKey(stack));
    new CfnOutput(new Stack(stack.node.root as App, 'Other'), 'Output', { value: use(stream) });
    expect(warnings(stack)).toEqual([`${text}; pass it in an SSM parameter, or put its users into a nested stack of this stack [ack: cdk-iot-streams:exported${name}]`]);
  });

  test.each(uses)('%s in a nested stack gives no warning', (_, _name, _text, use) => {
    const stack = testStack();
    const stream = signedFiles(stack, importedKey(stack));
    new CfnOutput(new NestedStack(stack, 'Nested'), 'Output', { value: use(stream) });
    expect(warnings(stack)).toEqual([]);
  });
});

describe('a job document with signatures', () => {
  test('jobDocument contains signature and algorithm of each signed file', () => {
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

  test('jobDocument counts a signature with the longest value that its key makes', () => {
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

describe("a job document with signatures for AWS's OTA library", () => {
  const filesOf = (stack: Stack, document: string) => JSON.parse(deployed(stack, document)).afr_ota.files;

  test('otaJobDocument contains an ECDSA signature under the key that the library reads', () => {
    const stack = testStack();
    const [file] = filesOf(stack, signedFiles(stack, importedKey(stack)).otaJobDocument());
    expect(file).toEqual({ 'filepath': '0', 'filesize': 4, 'fileid': 0, 'certfile': '', 'sig-sha256-ecdsa': '<Signature0>' });
  });

  test("otaJobDocument contains an RSA signature and the ECDSA key that AWS's newer parser requires", () => {
    const stack = testStack();
    const [file] = filesOf(stack, signedFiles(stack, importedKey(stack), 1, RSA).otaJobDocument());
    expect(file).toEqual({ 'filepath': '0', 'filesize': 4, 'fileid': 0, 'certfile': '', 'sig-sha256-rsa': '<Signature0>', 'sig-sha256-ecdsa': null });
  });

  test('otaJobDocument requests only the signatures of its own files', () => {
    const stack = testStack();
    signedFiles(stack, importedKey(stack), 3).otaJobDocument({ files: [{ fileId: 1 }] });
    expect(only(stack, 'Custom::IotFileStream').Properties.AnsweredSignatures).toEqual(['1']);
  });

  test("otaJobDocument refuses a given signature for a file with 'signing'", () => {
    const stack = testStack();
    const stream = signedFiles(stack, importedKey(stack));
    const refused = (got: string) => new Error(`'signature' must not be given for file 0, which has 'signing', got: ${got}; `
      + 'omit it: the document contains the signature that the deployment makes');
    expect(() => stream.otaJobDocument({ files: [{ fileId: 0, signature: 'AAAA' }] })).toThrow(refused("'AAAA'"));
    expect(() => stream.otaJobDocument({ files: [{ fileId: 0, signature: stream.signature('0') }] })).toThrow(refused('a token'));
  });

  test('otaJobDocument warns about mixed blocks only if a file has no signature', () => {
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

describe('the job ID of a stream with signed files', () => {
  test('jobId contains the signed revision instead of the version', () => {
    const stack = testStack();
    const stream = signedFiles(stack, importedKey(stack));
    expect(deployed(stack, stream.jobId())).toBe('<StreamId>-<SignedRevision>');
    expect(deployed(stack, stream.jobId('canary'))).toBe('<StreamId>-<SignedRevision>-canary');
  });

  test('jobId refuses more than 64 characters, counting the signed revision', () => {
    const stack = testStack();
    const signing = FileSigning.kmsKey(importedKey(stack));
    const stream = create(stack, [StreamFile.fromText('a', 'text', { signing })], { streamId: 'x'.repeat(34), updateStrategy: UpdateStrategy.NEW_STREAM });
    expect(stream.jobId('x'.repeat(10))).toBeDefined();
    expect(() => stream.jobId('x'.repeat(11))).toThrow(new Error("a job id must have at most 64 characters, got: up to 65; shorten 'purpose' or 'streamId'"));
  });
});

describe('the size of an answer, at most 4,096 bytes', () => {
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
  ])('accepts the greatest number of %s, and refuses one more', (_, greatest, bytes, key, options) => {
    expect(asked(signatures(greatest, key, options))).toEqual([]);
    expect(asked(signatures(greatest + 1, key, options))).toEqual([tooLong(bytes)]);
  });

  test('accepts the locations of 15 of 50 files, and refuses 16', () => {
    expect(asked(locations(15))).toEqual([]);
    expect(asked(locations(16))).toEqual([tooLong(4288)]);
  });

  test('accepts 50 signed files whose sizes are known only at deployment, with the longest names', () => {
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
