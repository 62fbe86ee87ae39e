import { Annotations as CdkAnnotations, App, Duration, Fn, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { IotFileStream, StreamFile } from '../../src';
import { testStack } from '../support/app';

/* Lifecycle rules of a bucket of the app can delete or archive the objects that devices download, without any event. */

function warnings(rule: s3.LifecycleRule | undefined, change?: (resource: s3.CfnBucket) => void): string[] {
  const stack = testStack();
  const bucket = new s3.Bucket(stack, 'Bucket', { versioned: true, lifecycleRules: rule && [rule] });
  change?.(bucket.node.defaultChild as s3.CfnBucket);
  create(stack, bucket);
  return warningsOf(stack);
}
const create = (stack: Stack, bucket?: s3.IBucket) =>
  new IotFileStream(stack, 'Firmware', { files: [StreamFile.fromText('a', 'text')], bucket, keyPrefix: 'iot/', streamId: 'firmware' });
const warningsOf = (stack: Stack) => Annotations.fromStack(stack).findWarning('*', Match.anyValue()).map(({ entry }) => String(entry.data));

const expiring = (rule: string, bucket = 'MyStack/Bucket') =>
  [`'bucket' should not expire the objects of the stream, got: ${rule} of '${bucket}', which applies to 'iot/firmware/'; `
    + 'devices cannot download deleted objects, and no update of the stream restores them: limit the rule to another prefix or to a tag [ack: cdk-iot-streams:expiringObjects]'];
const archiving = (rule: string) =>
  [`'bucket' should not archive the objects of the stream, got: ${rule} of 'MyStack/Bucket', which applies to 'iot/firmware/'; `
    + 'devices cannot download archived objects: limit the rule to another prefix or to a tag [ack: cdk-iot-streams:archivedObjects]'];

test.each<[string, s3.LifecycleRule]>([
  ['of current objects', { id: 'Tidy', expiration: Duration.days(30) }],
  ['at a date', { id: 'Tidy', expirationDate: new Date('2030-01-01') }],
  ['of noncurrent versions', { id: 'Tidy', noncurrentVersionExpiration: Duration.days(30) }],
  ['below a shorter prefix than the stream\'s', { id: 'Tidy', prefix: 'iot/', expiration: Duration.days(30) }],
  ['below a longer prefix than the stream\'s', { id: 'Tidy', prefix: 'iot/firmware/1', expiration: Duration.days(30) }],
  ['of objects above a size', { id: 'Tidy', objectSizeGreaterThan: 1_000, expiration: Duration.days(30) }],
  ['together with other actions', { id: 'Tidy', expiration: Duration.days(30), abortIncompleteMultipartUploadAfter: Duration.days(1) }],
])('F90: warns about an expiration %s', (_what, rule) => {
  expect(warnings(rule)).toEqual(expiring("rule 'Tidy'"));
});

test.each<[string, s3.LifecycleRule]>([
  ['of current objects', { transitions: [{ storageClass: s3.StorageClass.GLACIER, transitionAfter: Duration.days(30) }] }],
  ['of noncurrent versions', { noncurrentVersionTransitions: [{ storageClass: s3.StorageClass.DEEP_ARCHIVE, transitionAfter: Duration.days(30) }] }],
])('F90: warns about a transition %s into an archive', (_what, rule) => {
  expect(warnings(rule)).toEqual(archiving('a rule'));
});

test.each<[string, s3.LifecycleRule | undefined]>([
  ['that does not exist', undefined],
  ['that is disabled', { enabled: false, expiration: Duration.days(30) }],
  ['for another prefix', { prefix: 'logs/', expiration: Duration.days(30) }],
  ['for another prefix with the same beginning', { prefix: 'iot/firmware2/', expiration: Duration.days(30) }],
  ['for a prefix that is known only at deployment', { prefix: Fn.ref('AWS::StackName'), expiration: Duration.days(30) }],
  ['for a tag', { tagFilters: { temporary: 'yes' }, expiration: Duration.days(30) }],
  ['that removes only upload parts and delete markers', { abortIncompleteMultipartUploadAfter: Duration.days(1), expiredObjectDeleteMarker: true }],
  ['into a storage class with immediate reads', { transitions: [{ storageClass: s3.StorageClass.INFREQUENT_ACCESS, transitionAfter: Duration.days(30) }] }],
])('F90: does not warn about a rule %s', (_what, rule) => {
  expect(warnings(rule)).toEqual([]);
});

test('F90: warns about a rule that an override adds, with the older names of its actions', () => {
  const override = (value: object) => (resource: s3.CfnBucket) => resource.addPropertyOverride('LifecycleConfiguration.Rules', [{ Status: 'Enabled', ...value }]);
  expect(warnings(undefined, override({ NoncurrentVersionExpirationInDays: 1 }))).toEqual(expiring('a rule'));
  expect(warnings(undefined, override({ Transition: { StorageClass: 'GLACIER', TransitionInDays: 1 } }))).toEqual(archiving('a rule'));
  expect(warnings(undefined, (resource) => resource.addPropertyOverride('LifecycleConfiguration', { Ref: 'Parameter' }))).toEqual([]);
});

test('F90: warns about a rule of the default bucket', () => {
  const stack = testStack();
  (create(stack).bucket as s3.Bucket).addLifecycleRule({ expiration: Duration.days(1) });
  expect(warningsOf(stack)).toEqual(expiring('a rule', 'MyStack/IotFileStreamBucket'));
});

test('warns each stream of a bucket about the rules that reach its own objects', () => {
  const stack = testStack();
  const bucket = new s3.Bucket(stack, 'Bucket', { versioned: true, lifecycleRules: [{ id: 'Tidy', prefix: 'iot/', expiration: Duration.days(30) }] });
  create(stack, bucket);
  ['iot/', 'ota/'].forEach((keyPrefix, index) =>
    new IotFileStream(stack, `Stream${index}`, { files: [StreamFile.fromText('a', 'text')], bucket, keyPrefix, streamId: `stream-${index}` }));
  expect(warningsOf(stack)).toEqual([expiring("rule 'Tidy'")[0], expiring("rule 'Tidy'")[0].replace('iot/firmware/', 'iot/stream-0/')]);
});

test('F90: does not warn about an imported bucket, whose rules are unknown', () => {
  const stack = new Stack(new App(), 'MyStack');
  create(stack, s3.Bucket.fromBucketName(stack, 'Bucket', 'firmware'));
  expect(warningsOf(stack)).toEqual([]);
});

test('F90: a warning about a rule can be acknowledged', () => {
  const stack = testStack();
  const bucket = new s3.Bucket(stack, 'Bucket', { versioned: true, lifecycleRules: [{ expiration: Duration.days(3_650) }] });
  create(stack, bucket);
  // acknowledged at the stack, because older releases of the CDK look only at the parents of a construct
  CdkAnnotations.of(stack).acknowledgeWarning('cdk-iot-streams:expiringObjects', 'no device is ten years old');
  expect(warningsOf(stack)).toEqual([]);
});
