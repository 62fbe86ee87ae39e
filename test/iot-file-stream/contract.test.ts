import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { inGeneration, newGeneration, parseStream } from '../../lambda/iot-file-stream/model';
import { IotFileStream, StreamFile, UpdateStrategy } from '../../src';
import * as contract from '../../src/iot-file-stream/private/contract';
import { file, testStack } from '../support/app';

/*
 * The public contract: names in the templates of users, on their streams and in their buckets. An update or a rollback
 * combines the handler of one release with the resources of another, so a change of anything here needs a new major version.
 * An addition does not: it needs a higher contract version and a record of its events.
 */

type Resource = { readonly Type: string; readonly Properties: Record<string, unknown> };

function canonical(): { stack: Stack; stream: IotFileStream } {
  const stack = testStack();
  const vendor = s3.Bucket.fromBucketName(stack, 'Vendor', 'vendor');
  const stream = new IotFileStream(stack, 'Firmware', {
    files: [
      StreamFile.fromAsset(file('app.bin', 'app')),
      StreamFile.fromText('config', 'text'),
      StreamFile.fromBucket(vendor, 'radio.bin', { objectVersion: 'x7' }),
      StreamFile.fromBucket(vendor, 'modem.bin', { revision: '2' }),
    ],
    updateStrategy: UpdateStrategy.NEW_STREAM,
  });
  stream.cdkTagManager.setTag('team', 'radio');
  return { stack, stream };
}

const resourcesOf = (stack: Stack) => Template.fromStack(stack).toJSON().Resources as Record<string, Resource>;
const propertiesOf = (stack: Stack, type: string) => Object.values(resourcesOf(stack)).find(({ Type }) => Type === type)!.Properties;

test('the logical IDs of a stack never change', () => {
  expect(Object.fromEntries(Object.entries(resourcesOf(canonical().stack)).map(([id, { Type }]) => [id, Type]))).toEqual({
    FirmwareStorage1bc1449fDeliveryRole823DE30C: 'AWS::IAM::Role',
    FirmwareStorage1bc1449fObjects546172CD: 'Custom::IotFileStreamObjects',
    FirmwareStorage1bc1449fManagementRoleCA0B5A44: 'AWS::IAM::Role',
    FirmwareStream2df2cd345492C4B9: 'Custom::IotFileStream',
    IotFileStreamBucketFEEA3619: 'AWS::S3::Bucket',
    IotFileStreamBucketPolicy47A394B5: 'AWS::S3::BucketPolicy',
    CdkIotStreamsHandlerFunctionC1E6ED3A: 'AWS::Lambda::Function',
    CdkIotStreamsHandlerFunctionEventInvokeConfigC366A7D8: 'AWS::Lambda::EventInvokeConfig',
    CdkIotStreamsHandlerLogGroup03A8D066: 'AWS::Logs::LogGroup',
    CdkIotStreamsHandlerRoleE03E27ED: 'AWS::IAM::Role',
  });
});

test('the properties of both resources and of each kind of file never change', () => {
  const { stack } = canonical();
  const { Files: files, ...properties } = propertiesOf(stack, 'Custom::IotFileStream') as { Files: Record<string, object> };
  expect(Object.keys(properties).sort()).toEqual([
    'Bucket', 'ContractVersion', 'Description', 'ManagementRoleArn', 'Prefix', 'RoleArn', 'ServerSideEncryption', 'ServiceTimeout', 'ServiceToken',
    'StreamId', 'Tags', 'UpdateStrategy',
  ]);
  expect(Object.entries(files).map(([fileId, declared]) => [fileId, ...Object.keys(declared).sort()])).toEqual([
    ['0', 'FileName', 'Sha256', 'Size', 'SourceBucket', 'SourceKey'],
    ['1', 'FileName', 'Sha256', 'Size', 'Text'],
    ['2', 'FileName', 'SourceBucket', 'SourceKey', 'SourceVersion'],
    ['3', 'FileName', 'Revision', 'SourceBucket', 'SourceKey'],
  ]);
  expect(Object.keys(propertiesOf(stack, 'Custom::IotFileStreamObjects')).sort()).toEqual([
    'Bucket', 'ContractVersion', 'ManagementRoleArn', 'Prefix', 'ServiceTimeout', 'ServiceToken', 'StreamId',
  ]);
});

test('the attributes that a template reads never change', () => {
  const { stack, stream } = canonical();
  const read = JSON.stringify(stack.resolve([stream.streamId, stream.streamArn, stream.streamVersion, stream.jobDocument({ operation: 'update' })]));
  expect([...new Set([...read.matchAll(/"Fn::GetAtt":\["[^"]+","([^"]+)"\]/g)].map(([, name]) => name))].sort()).toEqual([
    'FileSize2', 'FileSize3', 'StreamArn', 'StreamId', 'StreamVersion',
  ]);
});

test('the locations of objects and the stream IDs never change', () => {
  const { Prefix } = propertiesOf(canonical().stack, 'Custom::IotFileStream');
  expect(Prefix).toEqual({
    'Fn::Join': ['', ['MyStack-Firmware-E49298F2/', { 'Fn::Select': [2, { 'Fn::Split': ['/', { Ref: 'AWS::StackId' }] }] }, '-1bc1449f/']],
  });
  const named = (strategy?: string) => {
    const parsed = parseStream({
      ContractVersion: '1',
      ManagementRoleArn: 'arn:aws:iam::111122223333:role/Management',
      RoleArn: 'arn:aws:iam::111122223333:role/Delivery',
      Bucket: 'storage',
      Prefix: 'prefix/',
      StreamId: 'Shop-Firmware',
      UpdateStrategy: strategy,
      Description: 'Shop/Firmware',
      Files: { 0: { Text: 'text' }, 1: { SourceBucket: 'vendor', SourceKey: 'fw.bin', SourceVersion: 'x7', Revision: '2' } },
    });
    const { streamId, files } = parsed.isNewStream ? inGeneration(parsed, newGeneration(parsed, '00000000-0000-4000-8000-000000000001')) : parsed;
    return [streamId, ...files.map(({ key }) => key)];
  };
  expect(named()).toEqual([
    'Shop-Firmware',
    'prefix/00000000/982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1',
    'prefix/00000000/20ea3a9f11c96ee2ae76e682930fd9732e3aa101ae13882e2ed2d0d2770c4eb0',
  ]);
  expect(named('IN_PLACE')).toEqual(named());
  expect(named('NEW_STREAM')).toEqual([
    'Shop-Firmware--3b987466',
    'prefix/3b987466/982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1',
    'prefix/3b987466/20ea3a9f11c96ee2ae76e682930fd9732e3aa101ae13882e2ed2d0d2770c4eb0',
  ]);
});

test('the names that the construct and the handler share never change', () => {
  const { fileSizeAttribute, signatureAttribute, objectKeyAttribute, objectVersionAttribute, ...names } = contract;
  const attributes = [fileSizeAttribute, signatureAttribute, objectKeyAttribute, objectVersionAttribute].map((attribute) => attribute(7));
  expect({ ...names, attributes }).toEqual({
    CONTRACT_VERSION: '1',
    DIGEST_LENGTH: 64,
    GENERATION_LENGTH: 8,
    GENERATION_SEPARATOR: '--',
    IN_PLACE: 'IN_PLACE',
    IN_PLACE_GENERATION: '00000000',
    LARGEST_STREAM_VERSION: 2_147_483_647,
    NEW_STREAM: 'NEW_STREAM',
    OBJECTS_RESOURCE_TYPE: 'Custom::IotFileStreamObjects',
    OBJECT_VERSION_LENGTH: 32,
    REQUESTS_TAG: 'cdk-iot-streams:requests',
    RESOURCE_TAG: 'cdk-iot-streams:resource',
    STACK_TAG: 'cdk-iot-streams:stack',
    STREAM_RESOURCE_TYPE: 'Custom::IotFileStream',
    TAGS_TAG: 'cdk-iot-streams:tags',
    TAG_PREFIX: 'cdk-iot-streams:',
    ECDSA_SHA_256: 'ECDSA_SHA_256',
    RSASSA_PKCS1_V1_5_SHA_256: 'RSASSA_PKCS1_V1_5_SHA_256',
    SIGNED_REVISION_ATTRIBUTE: 'SignedRevision',
    SIGNED_REVISION_LENGTH: 8,
    attributes: ['FileSize7', 'Signature7', 'ObjectKey7', 'ObjectVersion7'],
  });
});
