import type { RenderedStream, VersionAttributes, VersionProperties } from '../../src/kinesis-video/private/contract';
import type { ErrorRules } from '../core/error-advice';
import type { Clock } from '../core/iam-propagation';
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

/** How long a lookup waits for the stream: as long as for IAM, for the same reason. */
const WAIT_MILLISECONDS = 90_000;
/** The quota of DescribeStream is five calls a second for one stream. */
const PAUSE_MILLISECONDS = 2_000;

/** The errors of Kinesis Video. The throttle of the service bears a name that the SDK does not know. */
const VIDEO_ERRORS: ErrorRules = {
  transient: ['ClientLimitExceededException', 'NotAuthorizedException', 'ResourceNotFoundException'],
  isFinal: () => false,
  advice: [
    [['ClientLimitExceededException'], 'the account exceeds the request rate of Kinesis Video: deploy again, with fewer streams at a time'],
    [['ResourceNotFoundException'], 'somebody deleted the stream: deploy it under another construct id'],
  ],
};

/** `Custom::KinesisVideoStreamVersion`: it reads and never writes, so that a Delete has nothing to do. */
export function versionLookup(connect: ConnectVideo, clock: Clock): ResourceType {
  const lookUp: ResourceType['create'] = async (event, invocation) => {
    const { ManagementRoleArn, StreamArn, Stream } = propertiesOf(event);
    const streams = await connect(ManagementRoleArn, invocation);
    const attributes: VersionAttributes = { StreamVersion: await versionOf(StreamArn, Stream, streams, invocation.signal, clock) };
    return { ...attributes };
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

/** Waits until the service answers what the template says: it is not documented to be consistent at once. */
async function versionOf(
  streamArn: string, wanted: RenderedStream, streams: VideoStreams, signal: AbortSignal, clock: Clock,
): Promise<string> {
  const end = clock.now() + WAIT_MILLISECONDS;
  for (;;) {
    const described = await streams.describe(streamArn);
    const difference = differenceOf(described, wanted);
    if (difference === undefined) return described.version;
    if (clock.now() + PAUSE_MILLISECONDS > end) {
      throw new Error(`stream '${streamArn}' must show the values of the template within ${WAIT_MILLISECONDS / 1_000} seconds, got: ${difference}; deploy again`);
    }
    await clock.sleep(PAUSE_MILLISECONDS, signal);
  }
}

/** Only what the template states: the service has no call that clears a device name or a media type. */
function differenceOf(
  { status, deviceName, mediaType, dataRetentionInHours }: DescribedStream, wanted: RenderedStream,
): string | undefined {
  const pairs: [string, string | undefined, string | undefined][] = [
    ['Status', 'ACTIVE', status],
    ['DeviceName', wanted.DeviceName, deviceName],
    ['MediaType', wanted.MediaType, mediaType],
    ['DataRetentionInHours', wanted.DataRetentionInHours, String(dataRetentionInHours)],
  ];
  const different = pairs.find(([, expected, actual]) => expected !== undefined && expected !== actual);
  return different && `${different[0]} '${different[2]}'`;
}
