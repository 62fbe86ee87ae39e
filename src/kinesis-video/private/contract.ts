/*
 * What the version lookup tells the handler, and what the handler answers. No imports: both sides compile this file.
 */

/** The resource type in the template, as CloudFormation hands it to the handler. */
export const VERSION_RESOURCE_TYPE = 'Custom::KinesisVideoStreamVersion';

export interface VersionProperties {
  /** The role that the handler assumes for the lookup. */
  readonly ManagementRoleArn: string;
  readonly StreamArn: string;
  /** The properties of the stream as they are in the template: every change of one sends the lookup an Update. */
  readonly Stream: RenderedStream;
}

/** Of a rendered stream, what DescribeStream answers as well. CloudFormation hands over strings. */
export interface RenderedStream {
  readonly DeviceName?: string;
  readonly MediaType?: string;
  readonly DataRetentionInHours?: string;
}

/** The attributes for `Fn::GetAtt`. */
export interface VersionAttributes {
  readonly StreamVersion: string;
}
