import type { CloudFormationCustomResourceEvent } from 'aws-lambda';

/** What one release was sent by CloudFormation in the life of a stack, and what it promised the template. */
export interface RecordedHistory {
  /** What the template of the release reads by Fn::GetAtt. */
  readonly attributes: readonly string[];
  /** What the files were that the events know by their SHA-256. */
  readonly contents: readonly string[];
  /** In their order. */
  readonly events: readonly CloudFormationCustomResourceEvent[];
}
