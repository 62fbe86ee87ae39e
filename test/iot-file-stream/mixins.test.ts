import { CfnResource, Mixin, Mixins } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { IConstruct } from 'constructs';
import { IotFileStream, StreamFile } from '../../src';
import { only, testStack } from '../support/app';

/* Mixins change a construct at once, while aspects run at the end. The lowest supported CDK has no mixins. */

class Reviewed extends Mixin {
  supports(construct: IConstruct): boolean {
    return CfnResource.isCfnResource(construct) && construct.cfnResourceType === 'Custom::IotFileStream';
  }

  applyTo(construct: IConstruct): void {
    (construct as CfnResource).cfnOptions.metadata = { reviewed: 'yes' };
  }
}

const create = (bucketOf: (stack: ReturnType<typeof testStack>) => s3.IBucket | undefined) => {
  const stack = testStack();
  new IotFileStream(stack, 'Firmware', { files: [StreamFile.fromText('a', 'text')], bucket: bucketOf(stack) });
  return stack;
};

test('a mixin can change the resource of the stream', () => {
  const stack = create(() => undefined);
  Mixins.of(stack).apply(new Reviewed());
  expect(only(stack, 'Custom::IotFileStream').Metadata).toEqual({ reviewed: 'yes' });
});

test('a mixin can enable versioning for the bucket of a stream', () => {
  const stack = create((scope) => new s3.Bucket(scope, 'Bucket'));
  Mixins.of(stack).apply(new s3.mixins.BucketVersioning());
  expect(only(stack, 'AWS::S3::Bucket').Properties.VersioningConfiguration).toEqual({ Status: 'Enabled' });
});
