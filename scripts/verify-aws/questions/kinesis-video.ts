import {
  CreateStreamCommand, DeleteStreamCommand, DescribeStreamCommand, TagStreamCommand, UpdateDataRetentionCommand, UpdateStreamCommand,
} from '@aws-sdk/client-kinesis-video';
import type { StreamInfo } from '@aws-sdk/client-kinesis-video';
import type { Question } from '../question';
import { shown, told } from '../question';
import type { World } from '../world';
import { RETRY_MILLISECONDS } from '../world';

async function makeVideoStream(world: World, suffix: string): Promise<string> {
  const { StreamARN } = await world.kinesisVideo.send(new CreateStreamCommand({ StreamName: world.name(suffix), MediaType: 'video/h264', DataRetentionInHours: 1 }));
  world.cleanUp(`video stream ${world.name(suffix)}`, async () => world.kinesisVideo.send(new DeleteStreamCommand({ StreamARN })));
  await described(world, StreamARN!, ({ Status }) => Status === 'ACTIVE');
  return StreamARN!;
}

/** Describes a stream until it is ready, or for the time that the handler waits, and returns the last description. */
async function described(world: World, StreamARN: string, isReady: (info: StreamInfo) => boolean): Promise<StreamInfo> {
  const start = world.clock.now();
  for (;;) {
    const { StreamInfo: info } = await world.kinesisVideo.send(new DescribeStreamCommand({ StreamARN }));
    if (isReady(info!) || world.clock.now() - start > RETRY_MILLISECONDS) return info!;
    await world.clock.sleep(500);
  }
}

/** Returns whether a change changes the version. */
async function effectOf(world: World, StreamARN: string, change: (version: string) => Promise<unknown>): Promise<'moves' | 'stays'> {
  const { Version: before } = await described(world, StreamARN, ({ Status }) => Status === 'ACTIVE');
  await change(before!);
  await world.clock.sleep(2_000);
  const { Version: after } = await described(world, StreamARN, ({ Status }) => Status === 'ACTIVE');
  return before === after ? 'stays' : 'moves';
}

export const VIDEO_QUESTIONS: readonly Question[] = [
  {
    fact: 'whether the ARN of a video stream ends in 13 digits',
    assumption: 'yes: DeviceRole.grantOwnVideoStreams() matches 13 characters',
    ask: async (world) => {
      const arn = await makeVideoStream(world, 'video-arn');
      return shown(new RegExp(`^arn:${world.partition}:kinesisvideo:${world.region}:${world.account}:stream/${world.name('video-arn')}/\\d{13}$`).test(arn), arn);
    },
  },
  {
    fact: 'whether the version moves with tags and with the retention',
    assumption: 'nothing: the lookup runs after every change of the stream and returns what it finds',
    ask: async (world) => {
      const StreamARN = await makeVideoStream(world, 'video-moves');
      const { kinesisVideo } = world;
      const tags = await effectOf(world, StreamARN, async () => kinesisVideo.send(new TagStreamCommand({ StreamARN, Tags: { team: 'doors' } })));
      const retention = await effectOf(world, StreamARN, async (CurrentVersion) => kinesisVideo.send(new UpdateDataRetentionCommand({
        StreamARN, CurrentVersion, Operation: 'INCREASE_DATA_RETENTION', DataRetentionChangeInHours: 1,
      })));
      return told(`tags: ${tags}; retention: ${retention}`);
    },
  },
  {
    fact: 'whether DescribeStream shows another media type, and another version, within 90 seconds after UpdateStream',
    assumption: 'yes: the lookup waits so long',
    ask: async (world) => {
      const StreamARN = await makeVideoStream(world, 'video-echo');
      const { Version: CurrentVersion } = await described(world, StreamARN, () => true);
      const start = world.clock.now();
      await world.kinesisVideo.send(new UpdateStreamCommand({ StreamARN, CurrentVersion, MediaType: 'video/h265' }));
      const { MediaType, Version, Status } = await described(world, StreamARN, (info) => info.Status === 'ACTIVE' && info.MediaType === 'video/h265');
      const holds = Status === 'ACTIVE' && MediaType === 'video/h265' && Version !== CurrentVersion;
      return shown(holds, `${Status}, ${MediaType}, version ${Version === CurrentVersion ? 'stayed' : 'moved'}, ${Math.round((world.clock.now() - start) / 1_000)} s`);
    },
  },
  {
    fact: 'whether the version moves with the storage tier',
    assumption: 'nothing: the storage tier counts as fixed at creation',
    ask: 'change it with aws kinesisvideo update-stream-storage-configuration, and compare aws kinesisvideo describe-stream before and after',
  },
];
