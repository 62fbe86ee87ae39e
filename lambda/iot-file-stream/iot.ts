import type { StreamFile } from '@aws-sdk/client-iot';
import {
  CreateStreamCommand, DeleteStreamCommand, DescribeStreamCommand, IoTClient, ListTagsForResourceCommand, TagResourceCommand,
  UntagResourceCommand, UpdateStreamCommand,
} from '@aws-sdk/client-iot';
import { STREAM_MISSING } from './iot-errors';
import type { LiveStream, PinnedFile, Tags } from './model';
import type { StreamRevision, StreamService } from './services';
import { run, undefinedIf } from '../core/call';
import type { ClientOptions } from '../core/credentials';
import type { LogContext } from '../core/log';

export function streamService(options: ClientOptions, context: LogContext, abortSignal: AbortSignal): StreamService {
  const client = new IoTClient(options);
  failAtQuotas(client);
  const call = <Output extends object>(phrase: string, send: () => Promise<Output>) => run(context, phrase, send);

  const tagsOf = async (streamArn: string): Promise<Tags> => {
    const tags: Record<string, string> = {};
    let nextToken: string | undefined;
    do {
      const page = await call(`list the tags of '${streamArn}'`, () =>
        client.send(new ListTagsForResourceCommand({ resourceArn: streamArn, nextToken }), { abortSignal }));
      for (const { Key, Value } of page.tags ?? []) tags[Key!] = Value ?? '';
      nextToken = page.nextToken;
    } while (nextToken);
    return tags;
  };

  return {
    async describe(streamId): Promise<LiveStream | undefined> {
      const described = await undefinedIf([STREAM_MISSING], call(`describe stream '${streamId}'`, () =>
        client.send(new DescribeStreamCommand({ streamId }), { abortSignal })));
      if (!described) return undefined;
      const { streamArn, streamVersion, createdAt, description, roleArn, files } = described.streamInfo!;
      const tags = await undefinedIf([STREAM_MISSING], tagsOf(streamArn!));
      return tags && {
        streamId,
        streamArn: streamArn!,
        createdAt: Number(createdAt),
        streamVersion: streamVersion!,
        description,
        roleArn: roleArn!,
        files: files!.map(pinned),
        tags,
      };
    },
    async create(stream, files, tags): Promise<StreamRevision> {
      return revision(await call(`create stream '${stream.streamId}'`, () => client.send(new CreateStreamCommand({
        streamId: stream.streamId,
        description: stream.description,
        roleArn: stream.roleArn,
        files: files.map(declared),
        tags: pairs(tags),
      }), { abortSignal })));
    },
    async update(stream, files): Promise<StreamRevision> {
      return revision(await call(`update stream '${stream.streamId}'`, () => client.send(new UpdateStreamCommand({
        streamId: stream.streamId,
        description: stream.description,
        roleArn: stream.roleArn,
        files: files.map(declared),
      }), { abortSignal })));
    },
    async tag(streamArn, { set, remove }): Promise<void> {
      if (remove.length > 0) {
        await call(`untag '${streamArn}'`, () =>
          client.send(new UntagResourceCommand({ resourceArn: streamArn, tagKeys: [...remove] }), { abortSignal }));
      }
      if (Object.keys(set).length > 0) {
        await call(`tag '${streamArn}'`, () => client.send(new TagResourceCommand({ resourceArn: streamArn, tags: pairs(set) }), { abortSignal }));
      }
    },
    async delete(streamId): Promise<void> {
      await call(`delete stream '${streamId}'`, () => client.send(new DeleteStreamCommand({ streamId }), { abortSignal }));
    },
  };
}

type RetryStrategy = Extract<Awaited<ReturnType<IoTClient['config']['retryStrategy']>>, { recordSuccess: unknown }>;

/** Makes a used-up quota final. The SDK treats it as throttling and would retry the call for more than a minute. */
function failAtQuotas({ config }: IoTClient): void {
  const { retryStrategy } = config;
  config.retryStrategy = async (): Promise<RetryStrategy> => {
    const strategy = await retryStrategy() as RetryStrategy;
    return {
      acquireInitialRetryToken: (scope) => strategy.acquireInitialRetryToken(scope),
      refreshRetryTokenForRetry: async (token, failure) => {
        if (failure.error?.name === 'LimitExceededException') throw failure.error;
        return strategy.refreshRetryTokenForRetry(token, failure);
      },
      recordSuccess: (token) => strategy.recordSuccess(token),
    };
  };
}

function pinned({ fileId, s3Location }: StreamFile): PinnedFile {
  return { fileId: fileId!, bucket: s3Location!.bucket!, key: s3Location!.key!, version: s3Location!.version ?? '' };
}

function declared({ fileId, bucket, key, version }: PinnedFile): StreamFile {
  return { fileId, s3Location: { bucket, key, version } };
}

function revision({ streamArn, streamVersion }: { streamArn?: string; streamVersion?: number }): StreamRevision {
  return { streamArn: streamArn!, streamVersion: streamVersion! };
}

function pairs(tags: Tags) {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
