import type { CloudFormationCustomResourceEvent } from 'aws-lambda';

/** The events of one stack of a release, and the attributes that its template reads. */
export interface RecordedHistory {
  /** The attributes that the template of the release reads with Fn::GetAtt. */
  readonly attributes: readonly string[];
  /** The contents of the files whose SHA-256 is in the events. */
  readonly contents: readonly string[];
  /** The events in their order. */
  readonly events: readonly CloudFormationCustomResourceEvent[];
}
