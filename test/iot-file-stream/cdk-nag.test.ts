import type { IPolicyValidationPlugin, StackProps } from 'aws-cdk-lib';
import { App, Aspects, Stack, Validations } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { AwsSolutionsChecks as AwsSolutionsAspect } from 'cdk-nag-v2';
import { FileSigning, IotFileStream, SigningAlgorithm, StreamFile } from '../../src';
import { file } from '../support/app';

/*
 * What people see who check their apps with cdk-nag. Nothing is suppressed, here or in the library. Version 2 is an aspect
 * that annotates; version 3 is a plugin that reads the template.
 */

type Contents = (stack: Stack) => void;

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

function version2(create: Contents, props: StackProps): string[] {
  const app = new App();
  const stack = new Stack(app, 'MyStack', props);
  create(stack);
  Aspects.of(app).add(new AwsSolutionsAspect());
  const findings = [Annotations.fromStack(stack).findError('*', Match.anyValue()), Annotations.fromStack(stack).findWarning('*', Match.anyValue())];
  return findings.flat().map(({ entry }) => /^AwsSolutions-\S+(?=:)/.exec(String(entry.data))![0]);
}

function version3(create: Contents, props: StackProps): string[] {
  const app = new App();
  create(new Stack(app, 'MyStack', props));
  const findings: string[] = [];
  const checks = new AwsSolutionsChecks(app);
  const listening: IPolicyValidationPlugin = {
    name: checks.name,
    validate: (context) => {
      findings.push(
        ...checks.validate(context).violations.flatMap(({ ruleName, violatingResources }) => violatingResources.map(() => ruleName)),
      );
      return { success: true, violations: [] };
    },
  };
  Validations.of(app).addPlugins(listening);
  app.synth();
  return findings;
}

describe.each([
  ['an app for any region', {}],
  ['an app for one region', { env: { region: 'eu-west-1', account: '111111111111' } }],
])('%s', (_what, props: StackProps) => {
  describe.each([['2', version2], ['3', version3]])('cdk-nag %s, AwsSolutions', (version, findings) => {
    test('finds nothing where the user brings a bucket', () => {
      expect(findings(withBucketOfTheUser, props)).toEqual([]);
    });

    test('finds nothing in signed files', () => {
      expect(findings(withSignedFiles, props)).toEqual([]);
    });

    test('finds exactly S1, no server access logs, in the default bucket', () => {
      expect(findings(withDefaultBucket, props)).toEqual(['AwsSolutions-S1']);
    });

    // an escaped '*' stands for itself, but the rule looks at the character alone
    test('takes an asterisk in the key of a source for a wildcard', () => {
      const create: Contents = (stack) => {
        const bucket = s3.Bucket.fromBucketName(stack, 'Bucket', 'firmware');
        new IotFileStream(stack, 'Stream', { bucket, files: [StreamFile.fromBucket(bucket, 'a*b')] });
      };
      expect(findings(create, props)).toEqual(['AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::firmware/a<*>b]']);
    });

    test(`is listening: version ${version} finds a wildcard`, () => {
      const wildcard: Contents = (stack) => void new iam.User(stack, 'User')
        .addToPolicy(new iam.PolicyStatement({ actions: ['s3:*'], resources: ['arn:aws:s3:::bucket'] }));
      expect(findings(wildcard, props)).toEqual(['AwsSolutions-IAM5[Action::s3:*]']);
    });
  });
});
