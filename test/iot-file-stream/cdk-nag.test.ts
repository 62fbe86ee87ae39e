import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { FileSigning, IotFileStream, SigningAlgorithm, StreamFile } from '../../src';
import { file } from '../support/app';
import { cdkNag, environments, type Contents } from '../support/cdk-nag';

/* The findings of cdk-nag in an app with this library. Nothing is suppressed, here or in the library. */

const files = () => [
  StreamFile.fromAsset(file('app.bin', 'hello')),
  StreamFile.fromText('text', 'text'),
];

const withDefaultBucket: Contents = (stack) => {
  new IotFileStream(stack, 'One', { files: files() });
  new IotFileStream(stack, 'Two', { files: files() });
};

const withBucketOfTheUser: Contents = (stack) => {
  const bucket = s3.Bucket.fromBucketName(stack, 'Bucket', 'firmware');
  new IotFileStream(stack, 'One', { bucket, files: [...files(), StreamFile.fromBucket(bucket, 'radio/fw 1.bin', { objectVersion: 'x7' })] });
  new IotFileStream(stack, 'Two', {
    bucket, files: files(), role: new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('iot.amazonaws.com') }),
  });
};

const withSignedFiles: Contents = (stack) => {
  const bucket = s3.Bucket.fromBucketName(stack, 'Bucket', 'firmware');
  const key = new kms.Key(stack, 'CodeSigning', { keySpec: kms.KeySpec.ECC_NIST_P256, keyUsage: kms.KeyUsage.SIGN_VERIFY });
  const rsa = kms.Key.fromKeyArn(stack, 'Rsa', 'arn:aws:kms:eu-west-1:111111111111:key/abc');
  const stream = new IotFileStream(stack, 'One', {
    bucket,
    files: [
      StreamFile.fromAsset(file('app.bin', 'hello'), { signing: FileSigning.kmsKey(key) }),
      StreamFile.fromText('text', 'text', { signing: FileSigning.kmsKey(rsa, { algorithm: SigningAlgorithm.RSASSA_PKCS1_V1_5_SHA_256 }) }),
    ],
  });
  stream.signature('app.bin');
  stream.fileLocation('text');
};

describe.each(environments)('%s', (_what, props) => {
  describe.each(cdkNag)('cdk-nag %s, AwsSolutions', (version, findings) => {
    test('cdk-nag finds nothing if the app provides a bucket', () => {
      expect(findings(withBucketOfTheUser, props)).toEqual([]);
    });

    test('cdk-nag finds nothing for signed files', () => {
      expect(findings(withSignedFiles, props)).toEqual([]);
    });

    test('cdk-nag finds exactly S1, which asks for server access logs, for the default bucket', () => {
      expect(findings(withDefaultBucket, props)).toEqual(['AwsSolutions-S1']);
    });

    // an escaped '*' is no wildcard, but the rule looks only at the character
    test('cdk-nag reports an asterisk in the key of a source as a wildcard', () => {
      const create: Contents = (stack) => {
        const bucket = s3.Bucket.fromBucketName(stack, 'Bucket', 'firmware');
        new IotFileStream(stack, 'Stream', { bucket, files: [StreamFile.fromBucket(bucket, 'a*b')] });
      };
      expect(findings(create, props)).toEqual(['AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::firmware/a<*>b]']);
    });

    test(`version ${version} of cdk-nag finds a wildcard, so it runs`, () => {
      const wildcard: Contents = (stack) => void new iam.User(stack, 'User')
        .addToPolicy(new iam.PolicyStatement({ actions: ['s3:*'], resources: ['arn:aws:s3:::bucket'] }));
      expect(findings(wildcard, props)).toEqual(['AwsSolutions-IAM5[Action::s3:*]']);
    });
  });
});
