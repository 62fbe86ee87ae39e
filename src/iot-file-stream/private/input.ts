import { ECDSA_SHA_256, IN_PLACE, NEW_STREAM, RSASSA_PKCS1_V1_5_SHA_256 } from './contract';
import { bucket, grantee, iamActions, removalPolicy, role, scope, size } from '../../core/cdk-input';
import type { Rule, Rules } from '../../core/input';
import {
  checkedStruct, instance, integer, list, literalBoolean, literalInteger, literalText, member, optional, record, text,
} from '../../core/input';
import type { DeviceStatementsOptions } from '../device-statements';
import type { KmsSigningOptions } from '../file-signing';
import type { JobDocumentOptions, OtaJobDocumentOptions, OtaJobFile } from '../job-documents';
import type { IotFileStreamProps } from '../props';
import type { StreamAssetFileOptions, StreamBucketFileOptions, StreamFileOptions } from '../stream-file';

/* What the public properties and parameters take. Limits on what a value says are in validation.ts. */

const fileId = literalInteger(0, 255, 'devices ask for files by an id that is known at synth');

/** Parameters, by name. */
export const PARAMETERS = {
  actions: iamActions,
  bucket,
  fileName: text,
  grantee,
  id: text,
  key: text,
  path: literalText('local files are read at synth'),
  policy: removalPolicy,
  purpose: optional(text),
  signingKey: instance('a KMS key', ['keyArn', 'keyId'], 'kms.Key.fromKeyArn makes one of an ARN'),
  scope,
  streamArn: text,
  streamId: text,
  text,
} satisfies Readonly<Record<string, Rule>>;

export const STREAM_PROPS: Rules<IotFileStreamProps> = {
  files: list('files', instance('a StreamFile', ['_bind'], 'StreamFile.fromAsset makes one of a path')),
  streamId: optional(literalText('it is part of the logical ids, so that changing the id creates the new stream before the old one is deleted')),
  description: optional(text),
  bucket: optional(bucket),
  keyPrefix: optional(literalText('it is part of the logical ids, so that changing the prefix creates the new storage location before the old one is deleted')),
  role: optional(role),
  updateStrategy: optional(member('UpdateStrategy', { IN_PLACE, NEW_STREAM })),
  removalPolicy,
  maxFileSize: optional(size),
};

export const FILE_OPTIONS: Rules<StreamFileOptions> = {
  fileId: optional(fileId),
  signing: optional(instance('a FileSigning', ['_signing'], 'FileSigning.kmsKey makes one of a key')),
};
export const ASSET_FILE_OPTIONS: Rules<StreamAssetFileOptions> = { ...FILE_OPTIONS, fileName: optional(text) };
export const BUCKET_FILE_OPTIONS: Rules<StreamBucketFileOptions> = {
  ...ASSET_FILE_OPTIONS, objectVersion: optional(text), revision: optional(text),
};

export const KMS_SIGNING_OPTIONS: Rules<KmsSigningOptions> = {
  algorithm: optional(member('SigningAlgorithm', { ECDSA_SHA_256, RSASSA_PKCS1_V1_5_SHA_256 })),
};

export const JOB_DOCUMENT_OPTIONS: Rules<JobDocumentOptions> = {
  operation: text,
  pinVersion: optional(literalBoolean),
  parameters: optional(record),
};

const OTA_JOB_FILE: Rules<OtaJobFile> = {
  fileId,
  filePath: optional(text),
  certificateFile: optional(text),
  signature: optional(text),
  fileType: optional(integer(0, 255)),
};

export const OTA_JOB_DOCUMENT_OPTIONS: Rules<OtaJobDocumentOptions> = {
  files: optional(list('files', (property, file) => void checkedStruct(property, file, OTA_JOB_FILE))),
};

export const DEVICE_STATEMENTS_OPTIONS: Rules<DeviceStatementsOptions> = {
  thingName: optional(text),
  encoding: optional(member('StreamEncoding', { JSON: 'json', CBOR: 'cbor' })),
};
