import type { RenderedStream, VersionAttributes, VersionProperties } from '../../src/kinesis-video/private/contract';
import { TransientFailure } from '../core/call';
import { AFTER_PROPAGATION, type ErrorRules } from '../core/error-advice';
import type { Event, Invocation, ResourceType } from '../core/resource-type';

/** A video stream as the service describes it. */
export interface DescribedStream {
  readonly status: string;
  readonly version: string;
  readonly deviceName?: string;
  readonly mediaType?: string;
  readonly dataRetentionInHours: number;
}

export interface VideoStreams {
  describe(streamArn: string): Promise<DescribedStream>;
}

/** Connects with the management role of a stream. */
export type ConnectVideo = (managementRoleArn: string, invocation: Invocation) => Promise<VideoStreams>;

/** The errors of Kinesis Video. The SDK does not know the service's name for throttling. */
const VIDEO_ERRORS: ErrorRules = {
  transient: ['ClientLimitExceededException', 'NotAuthorizedException', 'ResourceNotFoundException'],
  advice: [
    [['ClientLimitExceededException'], 'the account exceeds the request rate of Kinesis Video: deploy again, with fewer streams at a time'],
    [['ResourceNotFoundException'], 'somebody deleted the stream: deploy it under another construct id'],
    [
      ['AccessDeniedException', 'NotAuthorizedException'],
      `${AFTER_PROPAGATION} check for a permissions boundary or service control policy that does not allow kinesisvideo:DescribeStream`,
    ],
  ],
};

/** `Custom::KinesisVideoStreamVersion`. It only reads, so a Delete has nothing to do. */
export function versionLookup(connect: ConnectVideo): ResourceType {
  const lookUp: ResourceType['create'] = async (event, invocation) => {
    const { ManagementRoleArn, StreamArn } = propertiesOf(event);
    const streams = await connect(ManagementRoleArn, invocation);
    const described = await streams.describe(StreamArn);
    const attributes: VersionAttributes = { StreamVersion: described.version };
    const difference = differenceOf(described, awaited(event));
    if (difference === undefined) return { ...attributes };
    // the documentation does not say that DescribeStream shows a change at once, so the lookup retries
    throw new TransientFailure(
      `stream '${StreamArn}' must show the values of the template within 90 seconds, got: ${difference}; `
      + 'undo what changed it outside of CloudFormation, or deploy again',
      // a failed Update would fail again in its rollback; the rollback of a Create is a Delete, which always succeeds
      { settleFor: event.RequestType === 'Update' ? { ...attributes } : undefined },
    );
  };
  return {
    subject: (event) => propertiesOf(event).StreamArn,
    physicalId: (event) => propertiesOf(event).StreamArn,
    create: lookUp,
    update: lookUp,
    delete: async () => ({}),
    errors: VIDEO_ERRORS,
  };
}

function propertiesOf(event: Event): VersionProperties {
  return event.ResourceProperties as unknown as VersionProperties;
}

/**
 * Returns the values that DescribeStream must show. For an existing stream these are only the values that this deployment
 * changed: the native resource does not undo changes from outside of CloudFormation, so others may never appear.
 */
function awaited(event: Event): RenderedStream {
  const { StreamArn, Stream } = propertiesOf(event);
  const { OldResourceProperties: old } = event as { OldResourceProperties?: Partial<VersionProperties> };
  if (old?.StreamArn !== StreamArn) return Stream;
  return Object.fromEntries(Object.entries(Stream).filter(([name, value]) => value !== old.Stream?.[name as keyof RenderedStream]));
}

/** Compares only values of the template, because the service cannot remove a device name or a media type. */
function differenceOf(described: DescribedStream, wanted: RenderedStream): string | undefined {
  const { status, deviceName, mediaType, dataRetentionInHours } = described;
  const pairs: [string, string | undefined, string | undefined][] = [
    ['Status', 'ACTIVE', status],
    ['DeviceName', wanted.DeviceName, deviceName],
    ['MediaType', wanted.MediaType, mediaType],
    ['DataRetentionInHours', wanted.DataRetentionInHours, String(dataRetentionInHours)],
  ];
  const different = pairs.find(([, expected, actual]) => expected !== undefined && expected !== actual);
  return different && `${different[0]} '${different[2]}'`;
}
