import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { IotFileStreamProps } from '../../src';
import { FileSigning, IotFileStream, StreamFile } from '../../src';
import { file } from '../support/app';

/** Typical apps, for tests of properties that every app must have. */
export type Scenario = (stack: Stack) => void;

const create = (stack: Stack, props: Partial<IotFileStreamProps> = {}, id = 'Firmware') =>
  new IotFileStream(stack, id, { files: [StreamFile.fromText('text', 'text')], ...props });

function everyKindOfFile(stack: Stack): StreamFile[] {
  const vendor = s3.Bucket.fromBucketName(stack, 'Vendor', 'vendor');
  return [
    StreamFile.fromAsset(file('app.bin', 'hello')),
    StreamFile.fromBucket(vendor, 'radio/*fw?.${bin}'),
    StreamFile.fromBucket(vendor, 'pinned.bin', { objectVersion: 'x7' }),
    StreamFile.fromText('notes', `text of ${stack.account}`),
    StreamFile.fromJson('config.json', { region: stack.region }),
  ];
}

const iotRole = (stack: Stack) => new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('iot.amazonaws.com') });
const keyBucket = (stack: Stack) => new s3.Bucket(stack, 'Bucket', { versioned: true, encryptionKey: new kms.Key(stack, 'Key'), enforceSSL: true });

export const scenarios: Readonly<Record<string, Scenario>> = {
  'one stream of 50 files': (stack) => {
    const files = Array.from({ length: 50 }, (_, index) => StreamFile.fromAsset(file(`${index}.bin`, `${index}`)));
    create(stack, { files });
  },
  '20 streams of three files': (stack) => {
    const vendor = s3.Bucket.fromBucketName(stack, 'Vendor', 'vendor');
    for (let index = 0; index < 20; index++) {
      create(stack, { files: [StreamFile.fromText('a', 'a'), StreamFile.fromBucket(vendor, 'b'), StreamFile.fromAsset(file('c', 'c'))] }, `Firmware${index}`);
    }
  },
  'every kind of file': (stack) => create(stack, { files: everyKindOfFile(stack) }),
  'a bucket of the stack with a key of the stack': (stack) => create(stack, { bucket: keyBucket(stack) }),
  'signed files': (stack) => {
    const signing = FileSigning.kmsKey(new kms.Key(stack, 'CodeSigning', { keySpec: kms.KeySpec.ECC_NIST_P256, keyUsage: kms.KeyUsage.SIGN_VERIFY }));
    create(stack, { files: [StreamFile.fromText('signed', 'text', { signing }), StreamFile.fromText('plain', 'text')] }).jobDocument({ operation: 'update' });
  },
  'a source with a key of the stack': (stack) => {
    const source = new s3.Bucket(stack, 'Source', { encryptionKey: new kms.Key(stack, 'SourceKey') });
    create(stack, { files: [StreamFile.fromBucket(source, 'fw.bin')] });
  },
  'a bucket from elsewhere': (stack) => create(stack, { bucket: s3.Bucket.fromBucketName(stack, 'Bucket', 'firmware'), keyPrefix: 'a/b/' }),
  'a bucket and a key from elsewhere': (stack) => create(stack, {
    bucket: s3.Bucket.fromBucketAttributes(stack, 'Bucket', {
      bucketName: 'firmware', encryptionKey: kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:us-east-1:111111111111:key/abc'),
    }),
  }),
  'a role of the stack, with a key': (stack) => create(stack, { role: iotRole(stack), bucket: keyBucket(stack) }),
  'a role from elsewhere': (stack) => create(stack, { role: iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::111111111111:role/reader'), bucket: keyBucket(stack) }),
  'a role from elsewhere that nobody may change': (stack) => create(stack, {
    role: iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::111111111111:role/reader', { mutable: false }),
  }),
};

export interface TemplateResource {
  readonly Type: string;
  readonly Properties: any;
  readonly DependsOn?: string | readonly string[];
}

export function resourcesOf(stack: Stack): Readonly<Record<string, TemplateResource>> {
  return Template.fromStack(stack).toJSON().Resources;
}
