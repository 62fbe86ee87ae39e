import { RemovalPolicy } from 'aws-cdk-lib';
import { instance, list, member, optional, text } from './input';

/* Rules of what several constructs take, by the members that they need. */

export const bucket = instance('an S3 bucket', ['bucketArn', 'arnForObjects'], 's3.Bucket.fromBucketName makes one of a name');
export const duration = instance('a Duration', ['toSeconds', 'isUnresolved'], 'Duration.hours(1) is one');
export const grantee = instance('a grantee', ['grantPrincipal'], 'a role, a user or a function is one');
export const iamActions = list('IAM actions', text, 1);
export const key = instance('a KMS key', ['keyArn', 'grant'], 'kms.Key.fromKeyArn makes one of an ARN');
export const removalPolicy = optional(member('RemovalPolicy', RemovalPolicy));
export const role = instance('an IAM role', ['roleArn', 'attachInlinePolicy'], 'iam.Role.fromRoleName makes one of a name');
export const scope = instance('a construct', ['node'], 'a stack is one');
export const size = instance('a Size', ['toBytes', 'isUnresolved'], 'Size.mebibytes(24) is one');
