import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stack } from 'aws-cdk-lib';
import { CfnParameter, Lazy, Token } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as ts from 'typescript';
import { FileSigning, IotFileStream, StreamFile } from '../../src';
import { testStack } from '../support/app';

/*
 * Every public property and parameter of IotFileStream, given what callers without a compiler give it. The names come from
 * the sources: a property that is not in the table fails the first test.
 */

const SOURCES = join(__dirname, '..', '..', 'src', 'iot-file-stream');

/** `Interface.property` and `Class.method(parameter)` of everything that the package exports. */
function publicNames(): string[] {
  return readdirSync(SOURCES).filter((name) => name.endsWith('.ts')).flatMap((name) => {
    const source = ts.createSourceFile(name, readFileSync(join(SOURCES, name), 'utf8'), ts.ScriptTarget.ES2022, true);
    return source.statements.filter(isPublic).flatMap((statement) => {
      if (ts.isInterfaceDeclaration(statement) && !/^I[A-Z][a-z]/.test(statement.name.text)) {
        return statement.members.map((member) => `${statement.name.text}.${member.name!.getText()}`);
      }
      return ts.isClassDeclaration(statement) ? statement.members.filter(isPublic).flatMap((member) => {
        const isCall = ts.isMethodDeclaration(member) || ts.isConstructorDeclaration(member);
        const memberName = ts.isConstructorDeclaration(member) ? 'constructor' : member.name?.getText();
        return isCall ? member.parameters.map((parameter) => `${statement.name!.text}.${memberName}(${parameter.name.getText()})`) : [];
      }) : [];
    });
  });
}

function isPublic(node: ts.Node): boolean {
  const modifiers = ts.canHaveModifiers(node) ? ts.getModifiers(node) ?? [] : [];
  const isHidden = modifiers.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword || kind === ts.SyntaxKind.ProtectedKeyword);
  const isInternal = /@internal/.test(ts.getJSDocCommentsAndTags(node).map((comment) => comment.getText()).join());
  return !isHidden && !isInternal && (!ts.isSourceFile(node.parent) || modifiers.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword));
}

/** What the property is to be, and what is wrong of the values below. */
interface Kind {
  readonly rule: string;
  readonly refused: readonly Value[];
  /** Behind the value: what to give instead. */
  readonly remedy?: string;
  /** For a token alone, because a literal is needed. */
  readonly tokenRemedy?: string;
}

const VALUES = {
  nothing: [() => undefined, 'nothing'],
  null: [() => null, 'nothing'],
  text: [() => 'false', "'false'"],
  number: [() => 1.5, '1.5'],
  boolean: [() => true, 'true'],
  function: [() => () => 'a', 'a function'],
  object: [() => ({ a: 1 }), 'an object'],
  list: [() => ['a'], 'a list'],
  emptyList: [() => [], 'an empty list'],
  token: [() => Lazy.string({ produce: () => 'a' }), 'a token'],
  numberToken: [() => Lazy.number({ produce: () => 1 }), 'a token'],
  listToken: [(stack) => new CfnParameter(stack, 'List', { type: 'CommaDelimitedList' }).valueAsList, 'a list token'],
} satisfies Record<string, readonly [(stack: Stack) => unknown, string]>;
type Value = keyof typeof VALUES;

const others = (...taken: Value[]) => (Object.keys(VALUES) as Value[]).filter((value) => !taken.includes(value));
const optional = (kind: Kind): Kind => ({ ...kind, refused: kind.refused.filter((value) => value !== 'nothing' && value !== 'null') });

const TEXT: Kind = { rule: 'a string', refused: others('text', 'token', 'numberToken') };
const literalText = (tokenRemedy: string): Kind => ({ rule: 'a literal string', refused: others('text'), tokenRemedy });
const FILE_ID: Kind = { rule: 'an integer between 0 and 255', refused: others('token', 'numberToken') };
const BUCKET: Kind = { rule: 'an S3 bucket', refused: others(), remedy: 's3.Bucket.fromBucketName makes one of a name' };
const ROLE: Kind = { rule: 'an IAM role', refused: others(), remedy: 'iam.Role.fromRoleName makes one of a name' };
const SCOPE: Kind = { rule: 'a construct', refused: others(), remedy: 'a stack is one' };
const REMOVAL_POLICY: Kind = optional({
  rule: 'one of RemovalPolicy.DESTROY, RemovalPolicy.RETAIN, RemovalPolicy.SNAPSHOT, RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE', refused: others(),
});
const OPTIONS: Kind = optional({ rule: 'an object', refused: others('object') });

const part = (id: string, why: string) => `it is part of the logical ids, so that a new ${id} makes a new ${why} before the old one goes`;
const texts = () => [StreamFile.fromText('a', 'text')];
const create = (stack: Stack, props: object = {}) => new IotFileStream(stack, 'Firmware', { files: texts(), ...props });
const bucket = (stack: Stack) => s3.Bucket.fromBucketName(stack, 'Vendor', 'vendor');

const signingKey = (stack: Stack) => kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:111111111111:key/abc');

type Attempt = (stack: Stack, value: any) => unknown;
const stream = (property: string): Attempt => (stack, value) => create(stack, { [property]: value });
const assetOption = (property: string): Attempt => (_stack, value) => StreamFile.fromAsset('app.bin', { [property]: value });
const bucketOption = (property: string): Attempt => (stack, value) => StreamFile.fromBucket(bucket(stack), 'fw.bin', { [property]: value });
const jobOption = (property: string): Attempt => (stack, value) => create(stack).jobDocument({ operation: 'update', [property]: value });
const otaFile = (property: string): Attempt => (stack, value) => create(stack).otaJobDocument(
  { files: [{ fileId: 0, [property]: value }] },
);

/** Where a parameter is an object of options, its properties have lines of their own. */
const TABLE: Readonly<Record<string, readonly [Kind, Attempt, property?: string]>> = {
  'DeviceStatementsOptions.thingName': [optional(TEXT), (stack, thingName) => create(stack).deviceStatements({ thingName })],
  'DeviceStatementsOptions.encoding': [
    optional({ rule: 'one of StreamEncoding.JSON, StreamEncoding.CBOR', refused: others() }), (stack, encoding) => create(stack).deviceStatements({ encoding }),
  ],
  'IotFileStreamProps.files': [{ rule: 'a list of files', refused: others('list', 'emptyList') }, stream('files')],
  'IotFileStreamProps.streamId': [optional(literalText(part('id', 'stream'))), stream('streamId')],
  'IotFileStreamProps.description': [optional(TEXT), stream('description')],
  'IotFileStreamProps.bucket': [optional(BUCKET), stream('bucket')],
  'IotFileStreamProps.keyPrefix': [optional(literalText(part('prefix', 'place'))), stream('keyPrefix')],
  'IotFileStreamProps.role': [optional(ROLE), stream('role')],
  'IotFileStreamProps.updateStrategy': [
    optional({ rule: 'one of UpdateStrategy.IN_PLACE, UpdateStrategy.NEW_STREAM', refused: others() }), stream('updateStrategy'),
  ],
  'IotFileStreamProps.removalPolicy': [REMOVAL_POLICY, stream('removalPolicy')],
  'IotFileStreamProps.maxFileSize': [optional({ rule: 'a Size', refused: others(), remedy: 'Size.mebibytes(24) is one' }), stream('maxFileSize')],
  'IotFileStreamGrants.describe(grantee)': [
    { rule: 'a grantee', refused: others(), remedy: 'a role, a user or a function is one' }, (stack, grantee) => create(stack).grants.describe(grantee),
  ],
  'IotFileStreamGrants.actions(grantee)': [
    { rule: 'a grantee', refused: others(), remedy: 'a role, a user or a function is one' },
    (stack, grantee) => create(stack).grants.actions(grantee, ['iot:DescribeStream']),
  ],
  'IotFileStreamGrants.actions(actions)': [
    { rule: 'a list of IAM actions', refused: others('list') },
    (stack, actions) => { const { grants, role } = create(stack); return grants.actions(role, actions); },
  ],
  'IotFileStream.fromStreamId(scope)': [SCOPE, (_stack, scope) => IotFileStream.fromStreamId(scope, 'Stream', 'firmware')],
  'IotFileStream.fromStreamId(streamId)': [TEXT, (stack, streamId) => IotFileStream.fromStreamId(stack, 'Stream', streamId)],
  'IotFileStream.fromStreamArn(scope)': [SCOPE, (_stack, scope) => IotFileStream.fromStreamArn(scope, 'Stream', 'arn')],
  'IotFileStream.fromStreamArn(streamArn)': [TEXT, (stack, streamArn) => IotFileStream.fromStreamArn(stack, 'Stream', streamArn)],
  'IotFileStream.constructor(props)': [{ ...OPTIONS, refused: others('object', 'nothing', 'null') }, (stack, props) => new IotFileStream(stack, 'Firmware', props)],
  'IotFileStream.fileId(fileName)': [TEXT, (stack, fileName) => create(stack).fileId(fileName)],
  'IotFileStream.signature(fileName)': [TEXT, (stack, fileName) => create(stack).signature(fileName)],
  'IotFileStream.fileLocation(fileName)': [TEXT, (stack, fileName) => create(stack).fileLocation(fileName)],
  'IotFileStream.deviceStatements(options)': [OPTIONS, (stack, options) => create(stack).deviceStatements(options)],
  'IotFileStream.jobDocument(options)': [OPTIONS, (stack, options) => create(stack).jobDocument(options)],
  'IotFileStream.otaJobDocument(options)': [OPTIONS, (stack, options) => create(stack).otaJobDocument(options)],
  'IotFileStream.jobId(purpose)': [optional(TEXT), (stack, purpose) => create(stack).jobId(purpose)],
  'IotFileStream.applyRemovalPolicy(policy)': [REMOVAL_POLICY, (stack, policy) => create(stack).applyRemovalPolicy(policy)],
  'JobDocumentOptions.operation': [TEXT, jobOption('operation')],
  'JobDocumentOptions.pinVersion': [optional({ rule: 'true or false', refused: others('boolean') }), jobOption('pinVersion')],
  'JobDocumentOptions.parameters': [OPTIONS, jobOption('parameters')],
  'OtaJobFile.fileId': [FILE_ID, otaFile('fileId')],
  'OtaJobFile.filePath': [optional(TEXT), otaFile('filePath')],
  'OtaJobFile.certificateFile': [optional(TEXT), otaFile('certificateFile')],
  'OtaJobFile.signature': [optional(TEXT), otaFile('signature')],
  'OtaJobFile.fileType': [optional(FILE_ID), otaFile('fileType')],
  'OtaJobDocumentOptions.files': [
    optional({ rule: 'a list of files', refused: others('list', 'emptyList') }), (stack, files) => create(stack).otaJobDocument({ files }),
  ],
  'StreamFileOptions.fileId': [optional(FILE_ID), (_stack, fileId) => StreamFile.fromText('a', 'text', { fileId })],
  'StreamAssetFileOptions.fileName': [optional(TEXT), assetOption('fileName')],
  'StreamBucketFileOptions.objectVersion': [optional(TEXT), bucketOption('objectVersion')],
  'StreamBucketFileOptions.revision': [optional(TEXT), bucketOption('revision')],
  'StreamFileOptions.signing': [
    optional({ rule: 'a FileSigning', refused: others(), remedy: 'FileSigning.kmsKey makes one of a key' }),
    (_stack, signing) => StreamFile.fromText('a', 'text', { signing }),
  ],
  'FileSigning.kmsKey(key)': [
    { rule: 'a KMS key', refused: others(), remedy: 'kms.Key.fromKeyArn makes one of an ARN' }, (_stack, value) => FileSigning.kmsKey(value),
  ],
  'FileSigning.kmsKey(options)': [OPTIONS, (stack, options) => FileSigning.kmsKey(signingKey(stack), options)],
  'KmsSigningOptions.algorithm': [
    optional({ rule: 'one of SigningAlgorithm.ECDSA_SHA_256, SigningAlgorithm.RSASSA_PKCS1_V1_5_SHA_256', refused: others() }),
    (stack, algorithm) => FileSigning.kmsKey(signingKey(stack), { algorithm }),
  ],
  'StreamFile.fromAsset(path)': [literalText('local files are read at synth'), (_stack, path) => StreamFile.fromAsset(path)],
  'StreamFile.fromAsset(options)': [OPTIONS, (_stack, options) => StreamFile.fromAsset('app.bin', options)],
  'StreamFile.fromBucket(bucket)': [BUCKET, (_stack, value) => StreamFile.fromBucket(value, 'fw.bin')],
  'StreamFile.fromBucket(key)': [TEXT, (stack, key) => StreamFile.fromBucket(bucket(stack), key)],
  'StreamFile.fromBucket(options)': [OPTIONS, (stack, options) => StreamFile.fromBucket(bucket(stack), 'fw.bin', options)],
  'StreamFile.fromText(fileName)': [TEXT, (_stack, fileName) => StreamFile.fromText(fileName, 'text')],
  'StreamFile.fromText(text)': [TEXT, (_stack, text) => StreamFile.fromText('a', text)],
  'StreamFile.fromText(options)': [OPTIONS, (_stack, options) => StreamFile.fromText('a', 'text', options)],
  'StreamFile.fromJson(fileName)': [TEXT, (_stack, fileName) => StreamFile.fromJson(fileName, 1)],
  'StreamFile.fromJson(options)': [OPTIONS, (_stack, options) => StreamFile.fromJson('a', 1, options)],
};

/** What the constructs library checks, a value that may be anything, and what we return. */
const WITHOUT_RULE = [
  'IotFileStream.constructor(scope)', 'IotFileStream.constructor(id)', 'IotFileStream.fromStreamId(id)', 'IotFileStream.fromStreamArn(id)', 'StreamFile.fromJson(value)',
  'FileLocation.bucketName', 'FileLocation.objectKey', 'FileLocation.objectVersion',
];

test('every public property and parameter is in the table', () => {
  expect(publicNames().sort()).toEqual([...Object.keys(TABLE), ...WITHOUT_RULE].sort());
});

const cases = Object.entries(TABLE).flatMap(
  ([name, [kind, attempt]]) => kind.refused.map((value) => [name, value, kind, attempt] as const),
);

test.each(cases)('%s refuses %s', (name, value, kind, attempt) => {
  const stack = testStack();
  const property = /[\w]+(?=\)?$)/.exec(name)![0];
  const [make, shown] = VALUES[value];
  const given = make(stack);
  const isToken = kind.tokenRemedy !== undefined && Token.isUnresolved(given);
  const remedy = isToken ? kind.tokenRemedy : kind.remedy;
  expect(() => attempt(stack, given)).toThrow(new Error(`'${property}' must be ${kind.rule}, got: ${shown}${remedy ? `; ${remedy}` : ''}`));
});

test('an element of a list is named by its position', () => {
  expect(() => create(testStack(), { files: ['app.bin'] })).toThrow(
    new Error("'files[0]' must be a StreamFile, got: 'app.bin'; StreamFile.fromAsset makes one of a path"));
  expect(() => create(testStack(), { files: new Array(1) })).toThrow(
    new Error("'files[0]' must be a StreamFile, got: nothing; StreamFile.fromAsset makes one of a path"));
});

test.each([
  ['updateStrategy', 'new_stream', "'updateStrategy' must be one of UpdateStrategy.IN_PLACE, UpdateStrategy.NEW_STREAM, got: 'new_stream'"],
  ['bucket', 'firmware', "'bucket' must be an S3 bucket, got: 'firmware'; s3.Bucket.fromBucketName makes one of a name"],
])('%s refuses %s', (property, value, message) => {
  expect(() => create(testStack(), { [property]: value })).toThrow(new Error(message));
});

test('an id of a file is known at synth', () => {
  const message = "'fileId' must be a literal number, got: a token; devices ask for files by an id that is known at synth";
  const fileId = Lazy.number({ produce: () => 0 });
  expect(() => StreamFile.fromText('a', 'text', { fileId })).toThrow(new Error(message));
  expect(() => create(testStack()).otaJobDocument({ files: [{ fileId }] })).toThrow(new Error(message));
});

test('null stands for nothing in every optional property', () => {
  const names = ['streamId', 'description', 'bucket', 'keyPrefix', 'role', 'updateStrategy', 'removalPolicy', 'maxFileSize'];
  const stack = testStack();
  const created = create(stack, { ...Object.fromEntries(names.map((name) => [name, null])), files: [StreamFile.fromText('a', 'text', null as never)] });
  expect(JSON.stringify(stack.resolve(created.jobDocument({ operation: 'update', pinVersion: null as never })))).not.toContain('streamVersion');
  expect(created.fileId('a')).toBe(0);
  expect(() => StreamFile.fromText('b', 'text', { signing: null as never })).not.toThrow();
  expect(() => FileSigning.kmsKey(signingKey(stack), { algorithm: null as never })).not.toThrow();
});
