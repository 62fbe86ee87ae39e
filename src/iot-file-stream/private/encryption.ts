import type { IResolveContext } from 'aws-cdk-lib';
import { Lazy } from 'aws-cdk-lib';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { EncryptionKey } from './bound-file';
import type { EncryptionProperties } from './contract';
import { keyBehind } from '../../core/encryption-key';
import { renderedProperties } from '../../core/rendered-properties';
import { resourceOf } from '../../core/resource-of';

/** As `keyBehind`; a synthesizer names its key by the ARN alone. */
export function keyOf(key: EncryptionKey): EncryptionKey | undefined {
  return 'node' in key ? keyBehind(key as kms.IKey) : key;
}

/** A bucket policy may refuse what does not say how it is encrypted, although the bucket would encrypt it so by default. */
function encryptionOf(bucket: s3.IBucket): EncryptionProperties {
  const { encryptionKey: key } = bucket;
  const keyArn = key && (keyBehind(key) ?? key).keyArn;
  const resource = resourceOf(bucket, 'AWS::S3::Bucket');
  if (!resource) return key ? { ServerSideEncryption: 'aws:kms', EncryptionKey: keyArn } : {};
  const rule = renderedProperties(resource).BucketEncryption?.ServerSideEncryptionConfiguration?.[0]?.ServerSideEncryptionByDefault;
  const { SSEAlgorithm: algorithm = 'AES256', KMSMasterKeyID: keyId } = rule ?? {};
  const known = keyArn ?? keyId;
  // a reference to a key of the bucket's stack; without its name, S3 would take the account's default key
  if (typeof known === 'object') return {};
  // S3 refuses a key beside its own encryption
  return { ServerSideEncryption: algorithm, EncryptionKey: algorithm === 'AES256' ? undefined : known };
}

/** By the bucket: all streams of a stack may share it. */
const encryptions = new WeakMap<s3.IBucket, EncryptionProperties>();

/** What aspects and overrides make of the bucket counts. */
export function lazyEncryption(bucket: s3.IBucket): EncryptionProperties {
  const encryption = encryptions.get(bucket) ?? newLazyEncryption(bucket);
  encryptions.set(bucket, encryption);
  return encryption;
}

function newLazyEncryption(bucket: s3.IBucket): EncryptionProperties {
  let prepared: EncryptionProperties | undefined;
  const current = ({ preparing }: IResolveContext) => {
    // the bucket is final when the CDK prepares the app, but an aspect may resolve the stream before that; from then on the
    // answer is kept, because the CDK resolves each stream several times
    if (preparing) prepared ??= encryptionOf(bucket);
    return prepared ?? encryptionOf(bucket);
  };
  const property = (name: keyof EncryptionProperties) => Lazy.uncachedString({ produce: (context) => current(context)[name] });
  return { ServerSideEncryption: property('ServerSideEncryption'), EncryptionKey: property('EncryptionKey') };
}
