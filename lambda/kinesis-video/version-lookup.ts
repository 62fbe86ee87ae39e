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

/** The errors of Kinesis Video. The throttle of the service bears a name that the SDK does not know. */
const VIDEO_ERRORS: ErrorRules = {
  transient: ['ClientLimitExceededException', 'NotAuthorizedException', 'ResourceNotFoundException'],
  isFinal: () => false,
  advice: [
    [['ClientLimitExceededException'], 'the account exceeds the request rate of Kinesis Video: deploy again, with fewer streams at a time'],
    [['ResourceNotFoundException'], 'somebody deleted the stream: deploy it under another construct id'],
    [
      ['AccessDeniedException', 'NotAuthorizedException'],
      `${AFTER_PROPAGATION} check for a permissions boundary or service control policy that does not allow kinesisvideo:DescribeStream`,
    ],
  ],
};

/** `Custom::KinesisVideoStreamVersion`: it reads and never writes, so that a Delete has nothing to do. */
export function versionLookup(connect: ConnectVideo): ResourceType {
  const lookUp: ResourceType['create'] = async (event, invocation) => {
    const { ManagementRoleArn, StreamArn } = propertiesOf(event);
    const streams = await connect(ManagementRoleArn, invocation);
    const described = await streams.describe(StreamArn);
    const attributes: VersionAttributes = { StreamVersion: described.version };
    const difference = differenceOf(described, awaited(event));
    if (difference === undefined) return { ...attributes };
    // it is not documented that the service answers a change at once; what waits for IAM waits for this as well
    throw new TransientFailure(
      `stream '${StreamArn}' must show the values of the template within 90 seconds, got: ${difference}; `
      + 'undo what changed it outside of CloudFormation, or deploy again',
      // an Update that failed for it would fail again as its own rollback; of a Create, the rollback is a Delete, which does nothing
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
 * What the stream has to show: of a stream that was there before, what this deployment changed. What somebody else changed
 * meanwhile is left as it is by the stream's own resource, so that it would be waited for in vain.
 */
function awaited(event: Event): RenderedStream {
  const { StreamArn, Stream } = propertiesOf(event);
  const old = event.RequestType === 'Update' ? event.OldResourceProperties as Partial<VersionProperties> | undefined : undefined;
  if (old?.StreamArn !== StreamArn) return Stream;
  return Object.fromEntries(Object.entries(Stream).filter(([name, value]) => value !== old.Stream?.[name as keyof RenderedStream]));
}

/** Only what the template states: the service has no call that clears a device name or a media type. */
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
