import { DescribeStreamCommand, KinesisVideoClient } from '@aws-sdk/client-kinesis-video';
import type { VideoStreams } from './version-lookup';
import { run } from '../core/call';
import type { ClientOptions } from '../core/credentials';
import type { LogContext } from '../core/log';

export function videoStreams(options: ClientOptions, context: LogContext, abortSignal: AbortSignal): VideoStreams {
  const client = new KinesisVideoClient(options);
  return {
    async describe(streamArn) {
      const { StreamInfo } = await run(context, `describe video stream '${streamArn}'`, () =>
        client.send(new DescribeStreamCommand({ StreamARN: streamArn }), { abortSignal }));
      const { Status, Version, DeviceName, MediaType, DataRetentionInHours } = StreamInfo!;
      return {
        status: Status!, version: Version!, deviceName: DeviceName, mediaType: MediaType, dataRetentionInHours: DataRetentionInHours!,
      };
    },
  };
}
