import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { IotFileStream, StreamFile } from '../src';

test('no statement has a wildcard \'*\' in an allowed action or resource', () => {
  const stack = new Stack(new App(), 'MyStack');
  const vendor = s3.Bucket.fromBucketName(stack, 'Vendor', 'vendor');
  new IotFileStream(stack, 'Stream', { files: [StreamFile.fromText('a', 'text'), StreamFile.fromBucket(vendor, 'fw.bin', { objectVersion: 'x7' })] });
  const allowed = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Role'))
    .flatMap(({ Properties }) => Properties.Policies)
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
    .flatMap(({ Action, Resource }) => [Action, Resource]);
  expect(allowed.length).toBeGreaterThan(10);
  expect(JSON.stringify(allowed)).not.toContain('*');
});
