import { Annotations } from 'aws-cdk-lib';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { renderedProperties } from '../../core/rendered-properties';
import { resourceOf } from '../../core/resource-of';
import { SharedValidation } from '../../core/shared-validation';
import { itemsOf } from '../../core/written-values';

/** Rules that delete an object, or move it to a storage class from which a device cannot read it. */
const EXPIRATIONS = ['ExpirationInDays', 'ExpirationDate', 'NoncurrentVersionExpiration', 'NoncurrentVersionExpirationInDays'];
const TRANSITIONS = ['Transition', 'Transitions', 'NoncurrentVersionTransition', 'NoncurrentVersionTransitions'];
const ARCHIVES = ['GLACIER', 'DEEP_ARCHIVE'];

interface Content {
  readonly stream: Construct;
  readonly prefix: string;
}

/** A bucket is rendered once for all of its streams. */
const lifecycleWarnings = new SharedValidation((bucket: s3.IBucket, contents: readonly Content[]) => {
  const rules = rulesOf(bucket).filter(isEnabled);
  for (const content of contents) {
    for (const rule of rules.filter((candidate) => reaches(candidate, content.prefix))) warnOf(rule, bucket, content);
  }
});

/** Warns of lifecycle rules that reach objects below the literal part of the stream's prefix, once the app is complete. */
export function warnOfLifecycleRules(stream: Construct, bucket: s3.IBucket, prefix: string): void {
  lifecycleWarnings.add(bucket, { stream, prefix });
}

function warnOf(rule: any, bucket: s3.IBucket, { stream, prefix }: Content): void {
  const name = typeof rule.Id === 'string' ? `rule '${rule.Id}'` : 'a rule';
  if (expires(rule)) {
    Annotations.of(stream).addWarningV2('cdk-iot-streams:expiringObjects',
      `'bucket' should not expire the objects of the stream, got: ${name} of '${bucket.node.path}', which applies to '${prefix}'; `
      + 'devices cannot download deleted objects, and no update of the stream restores them: limit the rule to another prefix or to a tag');
  } else if (archives(rule)) {
    Annotations.of(stream).addWarningV2('cdk-iot-streams:archivedObjects',
      `'bucket' should not archive the objects of the stream, got: ${name} of '${bucket.node.path}', which applies to '${prefix}'; `
      + 'devices cannot download archived objects: limit the rule to another prefix or to a tag');
  }
}

function rulesOf(bucket: s3.IBucket): any[] {
  const resource = resourceOf(bucket, 'AWS::S3::Bucket');
  return resource ? itemsOf(renderedProperties(resource).LifecycleConfiguration?.Rules) : [];
}

function isEnabled({ Status }: any): boolean {
  return Status === 'Enabled';
}

/** The objects of streams have no tags. A prefix that is known only at deployment counts as another prefix. */
function reaches({ Prefix = '', TagFilters = [] }: any, prefix: string): boolean {
  return TagFilters.length === 0 && typeof Prefix === 'string' && (prefix.startsWith(Prefix) || Prefix.startsWith(prefix));
}

function expires(rule: any): boolean {
  return EXPIRATIONS.some((name) => rule[name] !== undefined);
}

function archives(rule: any): boolean {
  return TRANSITIONS.some((name) => itemsOf([rule[name] ?? []].flat()).some(({ StorageClass }) => ARCHIVES.includes(StorageClass)));
}
