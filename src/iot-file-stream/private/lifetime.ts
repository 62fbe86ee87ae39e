import { CfnResource } from 'aws-cdk-lib';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { IConstruct, IDependable } from 'constructs';
import { Dependable } from 'constructs';

/** The bucket, its policy, and the resource that empties it: a notification, also below the bucket, may use the stream. */
const OF_A_BUCKET = ['AWS::S3::Bucket', 'AWS::S3::BucketPolicy', 'Custom::S3AutoDeleteObjects'];

/**
 * The resources of a bucket that have to outlive a stream, as they are when the app is complete: a policy may come late.
 */
export function lifetimeOfBucket(bucket: s3.IBucket): IDependable {
  return resources(() => [bucket, ...bucket.policy ? [bucket.policy] : []].flatMap((construct) => construct.node.findAll())
    .filter((construct) => CfnResource.isCfnResource(construct) && OF_A_BUCKET.includes(construct.cfnResourceType)));
}

/** The resource of a role, a key or a function. What is below it, such as a role's default policy, may well use the stream. */
export function lifetimeOf(...constructs: IConstruct[]): IDependable {
  return resources(() => constructs.flatMap(({ node }) => node.defaultChild ?? []));
}

function resources(find: () => IConstruct[]): IDependable {
  const dependable: IDependable = {};
  Dependable.implement(dependable, { get dependencyRoots() { return find(); } });
  return dependable;
}
