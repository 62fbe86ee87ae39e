import type { Stack } from 'aws-cdk-lib';
import { Lazy } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { FileSigning, IotFileStream, StreamFile } from '../../src';
import { testStack } from '../support/app';
import type { Attempt, Kind, Table } from '../support/input-table';
import {
  BOOLEAN, checkTable, EMPTY_ID, GRANTEE, IAM_ACTIONS, KEY, LEGAL, literalText, optional, OPTIONS, others, REMOVAL_POLICY, ROLE, SCOPE,
  TEXT,
} from '../support/input-table';

const FILE_ID: Kind = { rule: 'an integer between 0 and 255', refused: others('token', 'numberToken') };
const BUCKET: Kind = { rule: 'an S3 bucket', refused: others(), remedy: 's3.Bucket.fromBucketName makes one of a name' };

const part = (id: string, why: string) => `it is part of the logical ids, so that changing the ${id} creates the new ${why} before the old one is deleted`;
const texts = () => [StreamFile.fromText('a', 'text')];
const create = (stack: Stack, props: object = {}) => new IotFileStream(stack, 'Firmware', { files: texts(), ...props });
const bucket = (stack: Stack) => s3.Bucket.fromBucketName(stack, 'Vendor', 'vendor');

const signingKey = (stack: Stack) => kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:111111111111:key/abc');

const stream = (property: string): Attempt => (stack, value) => create(stack, { [property]: value });
const assetOption = (property: string): Attempt => (_stack, value) => StreamFile.fromAsset('app.bin', { [property]: value });
const bucketOption = (property: string): Attempt => (stack, value) => create(stack, { files: [StreamFile.fromBucket(bucket(stack), 'fw.bin', { [property]: value })] });
const jobOption = (property: string): Attempt => (stack, value) => create(stack).jobDocument({ operation: 'update', [property]: value });
const otaFile = (property: string): Attempt => (stack, value) => create(stack).otaJobDocument(
  { files: [{ fileId: 0, [property]: value }] },
);

const NO_FILE_NAME = "'fileName' must not be empty, got: ''; omit it to use the default";
const UNKNOWN_FILE = "'fileName' must be one of 'a', got: ''";

const TABLE: Table = {
  'IotFileStream.constructor(scope)': [SCOPE, (_stack, scope) => new IotFileStream(scope, 'Firmware', { files: texts() })],
  'IotFileStream.constructor(id)': [TEXT, (stack, id) => new IotFileStream(stack, id, { files: texts() }), EMPTY_ID],
  'IotFileStream.fromStreamId(id)': [TEXT, (stack, id) => IotFileStream.fromStreamId(stack, id, 'firmware'), EMPTY_ID],
  'IotFileStream.fromStreamArn(id)': [TEXT, (stack, id) => IotFileStream.fromStreamArn(stack, id, 'arn:aws:iot:eu-west-1:111111111111:stream/a'), EMPTY_ID],
  'DeviceStatementsOptions.thingName': [optional(TEXT), (stack, thingName) => create(stack).deviceStatements({ thingName }), "'thingName' must be 1 to 128 letters, digits, ':', '_' and '-', or one policy variable of AWS IoT, got: ''"],
  'DeviceStatementsOptions.encoding': [
    optional({ rule: 'one of StreamEncoding.JSON, StreamEncoding.CBOR', refused: others() }), (stack, encoding) => create(stack).deviceStatements({ encoding }),
  ],
  'IotFileStreamProps.files': [{ rule: 'a list of files', refused: others('list', 'emptyList') }, stream('files')],
  'IotFileStreamProps.streamId': [optional(literalText(part('id', 'stream'))), stream('streamId'), "'streamId' must have 1 to 128 characters, got: 0"],
  'IotFileStreamProps.description': [optional(TEXT), stream('description'), "'description' must have 1 to 2028 characters, got: 0"],
  'IotFileStreamProps.bucket': [optional(BUCKET), stream('bucket')],
  'IotFileStreamProps.keyPrefix': [optional(literalText(part('prefix', 'storage location'))), stream('keyPrefix'), LEGAL],
  'IotFileStreamProps.role': [optional(ROLE), stream('role')],
  'IotFileStreamProps.updateStrategy': [
    optional({ rule: 'one of UpdateStrategy.IN_PLACE, UpdateStrategy.NEW_STREAM', refused: others() }), stream('updateStrategy'),
  ],
  'IotFileStreamProps.removalPolicy': [REMOVAL_POLICY, stream('removalPolicy')],
  'IotFileStreamProps.maxFileSize': [optional({ rule: 'a Size', refused: others(), remedy: 'Size.mebibytes(24) is one' }), stream('maxFileSize')],
  'IotFileStreamGrants.describe(grantee)': [
    GRANTEE, (stack, grantee) => create(stack).grants.describe(grantee),
  ],
  'IotFileStreamGrants.actions(grantee)': [
    GRANTEE,
    (stack, grantee) => create(stack).grants.actions(grantee, ['iot:DescribeStream']),
  ],
  'IotFileStreamGrants.actions(actions)': [
    IAM_ACTIONS,
    (stack, actions) => { const { grants, role } = create(stack); return grants.actions(role, actions); },
  ],
  'IotFileStream.fromStreamId(scope)': [SCOPE, (_stack, scope) => IotFileStream.fromStreamId(scope, 'Stream', 'firmware')],
  'IotFileStream.fromStreamId(streamId)': [TEXT, (stack, streamId) => IotFileStream.fromStreamId(stack, 'Stream', streamId), "'streamId' must have 1 to 128 characters, got: 0"],
  'IotFileStream.fromStreamArn(scope)': [SCOPE, (_stack, scope) => IotFileStream.fromStreamArn(scope, 'Stream', 'arn')],
  'IotFileStream.fromStreamArn(streamArn)': [TEXT, (stack, streamArn) => IotFileStream.fromStreamArn(stack, 'Stream', streamArn), "'streamArn' must be of the form 'arn:<partition>:iot:<region>:<account>:stream/<stream id>', got: ''"],
  'IotFileStream.constructor(props)': [{ ...OPTIONS, refused: others('object', 'nothing', 'null') }, (stack, props) => new IotFileStream(stack, 'Firmware', props)],
  'IotFileStream.fileId(fileName)': [TEXT, (stack, fileName) => create(stack).fileId(fileName), UNKNOWN_FILE],
  'IotFileStream.signature(fileName)': [TEXT, (stack, fileName) => create(stack).signature(fileName), UNKNOWN_FILE],
  'IotFileStream.fileLocation(fileName)': [TEXT, (stack, fileName) => create(stack).fileLocation(fileName), UNKNOWN_FILE],
  'IotFileStream.deviceStatements(options)': [OPTIONS, (stack, options) => create(stack).deviceStatements(options)],
  'IotFileStream.jobDocument(options)': [OPTIONS, (stack, options) => create(stack).jobDocument(options)],
  'IotFileStream.otaJobDocument(options)': [OPTIONS, (stack, options) => create(stack).otaJobDocument(options)],
  'IotFileStream.jobId(purpose)': [optional(TEXT), (stack, purpose) => create(stack).jobId(purpose), "'purpose' must consist of letters, digits, '_' and '-', got: ''"],
  'IotFileStream.applyRemovalPolicy(policy)': [REMOVAL_POLICY, (stack, policy) => create(stack).applyRemovalPolicy(policy)],
  'JobDocumentOptions.operation': [TEXT, jobOption('operation'), "'operation' must not be empty, got: ''; name the task of the device, such as \'update-firmware\'"],
  'JobDocumentOptions.pinVersion': [optional(BOOLEAN), jobOption('pinVersion')],
  'JobDocumentOptions.parameters': [OPTIONS, jobOption('parameters')],
  'OtaJobFile.fileId': [FILE_ID, otaFile('fileId')],
  'OtaJobFile.filePath': [optional(TEXT), otaFile('filePath'), LEGAL],
  'OtaJobFile.certificateFile': [optional(TEXT), otaFile('certificateFile'), LEGAL],
  'OtaJobFile.signature': [optional(TEXT), otaFile('signature'), "'signature' must be Base64, got: ''"],
  'OtaJobFile.fileType': [optional(FILE_ID), otaFile('fileType')],
  'OtaJobDocumentOptions.files': [
    optional({ rule: 'a list of files', refused: others('list', 'emptyList') }), (stack, files) => create(stack).otaJobDocument({ files }),
  ],
  'StreamFileOptions.fileId': [optional(FILE_ID), (_stack, fileId) => StreamFile.fromText('a', 'text', { fileId })],
  'StreamAssetFileOptions.fileName': [optional(TEXT), assetOption('fileName'), NO_FILE_NAME],
  'StreamBucketFileOptions.objectVersion': [optional(TEXT), bucketOption('objectVersion'), "'objectVersion' must not be empty, got: ''; omit it to use the current version"],
  'StreamBucketFileOptions.revision': [optional(TEXT), bucketOption('revision'), LEGAL],
  'StreamFileOptions.signing': [
    optional({ rule: 'a FileSigning', refused: others(), remedy: 'FileSigning.kmsKey makes one of a key' }),
    (_stack, signing) => StreamFile.fromText('a', 'text', { signing }),
  ],
  'FileSigning.kmsKey(key)': [
    KEY, (_stack, value) => FileSigning.kmsKey(value),
  ],
  'FileSigning.kmsKey(options)': [OPTIONS, (stack, options) => FileSigning.kmsKey(signingKey(stack), options)],
  'KmsSigningOptions.algorithm': [
    optional({ rule: 'one of SigningAlgorithm.ECDSA_SHA_256, SigningAlgorithm.RSASSA_PKCS1_V1_5_SHA_256', refused: others() }),
    (stack, algorithm) => FileSigning.kmsKey(signingKey(stack), { algorithm }),
  ],
  'StreamFile.fromAsset(path)': [literalText('local files are read at synth'), (stack, path) => create(stack, { files: [StreamFile.fromAsset(path)] }), "'path' must name a file, got: '', which does not exist"],
  'StreamFile.fromAsset(options)': [OPTIONS, (_stack, options) => StreamFile.fromAsset('app.bin', options)],
  'StreamFile.fromBucket(bucket)': [BUCKET, (_stack, value) => StreamFile.fromBucket(value, 'fw.bin')],
  'StreamFile.fromBucket(key)': [TEXT, (stack, key) => StreamFile.fromBucket(bucket(stack), key), "'key' must have 1 to 1024 bytes, got: 0"],
  'StreamFile.fromBucket(options)': [OPTIONS, (stack, options) => StreamFile.fromBucket(bucket(stack), 'fw.bin', options)],
  'StreamFile.fromText(fileName)': [TEXT, (_stack, fileName) => StreamFile.fromText(fileName, 'text'), NO_FILE_NAME],
  'StreamFile.fromText(text)': [TEXT, (stack, text) => create(stack, { files: [StreamFile.fromText('a', text)] }), "file 'a' of stream 'MyStack-Firmware-E49298F2' must not be empty, got: 0 bytes; a device cannot download an empty file"],
  'StreamFile.fromText(options)': [OPTIONS, (_stack, options) => StreamFile.fromText('a', 'text', options)],
  'StreamFile.fromJson(fileName)': [TEXT, (_stack, fileName) => StreamFile.fromJson(fileName, 1), NO_FILE_NAME],
  'StreamFile.fromJson(options)': [OPTIONS, (_stack, options) => StreamFile.fromJson('a', 1, options)],
};

/** A parameter that may have any value, and properties of return values. */
const WITHOUT_RULE = [
  'StreamFile.fromJson(value)', 'FileLocation.bucketName', 'FileLocation.objectKey', 'FileLocation.objectVersion',
];

checkTable('iot-file-stream', TABLE, WITHOUT_RULE);

test('an error about an element of a list names its index', () => {
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

test('a token is refused as fileId, because devices need an ID that is known at synth', () => {
  const message = "'fileId' must be a literal number, got: a token; devices ask for files by an id that is known at synth";
  const fileId = Lazy.number({ produce: () => 0 });
  expect(() => StreamFile.fromText('a', 'text', { fileId })).toThrow(new Error(message));
  expect(() => create(testStack()).otaJobDocument({ files: [{ fileId }] })).toThrow(new Error(message));
});

test('null means undefined in every optional property', () => {
  const names = ['streamId', 'description', 'bucket', 'keyPrefix', 'role', 'updateStrategy', 'removalPolicy', 'maxFileSize'];
  const stack = testStack();
  const created = create(stack, { ...Object.fromEntries(names.map((name) => [name, null])), files: [StreamFile.fromText('a', 'text', null as never)] });
  expect(JSON.stringify(stack.resolve(created.jobDocument({ operation: 'update', pinVersion: null as never })))).not.toContain('streamVersion');
  expect(created.fileId('a')).toBe(0);
  expect(() => StreamFile.fromText('b', 'text', { signing: null as never })).not.toThrow();
  expect(() => FileSigning.kmsKey(signingKey(stack), { algorithm: null as never })).not.toThrow();
});
