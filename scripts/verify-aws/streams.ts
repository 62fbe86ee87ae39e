import type { IoTClient, StreamInfo } from '@aws-sdk/client-iot';
import {
  CreateStreamCommand, DeleteStreamCommand, DescribeStreamCommand, ListTagsForResourceCommand, UpdateStreamCommand,
} from '@aws-sdk/client-iot';
import type { PlacedObject } from './storage';
import type { World } from './world';

/** The properties of a stream. */
export interface StreamDeclaration {
  readonly object: PlacedObject;
  readonly roleArn: string;
  readonly count?: number;
  readonly tags?: Readonly<Record<string, string>>;
}

/** Creates a stream; returns its version. */
export async function createStream(
  world: World, suffix: string, declaration: StreamDeclaration, client: IoTClient = world.iot,
): Promise<number> {
  const streamId = world.name(suffix);
  world.cleanUp(`stream ${streamId}`, async () => world.iot.send(new DeleteStreamCommand({ streamId })));
  const { streamVersion } = await client.send(new CreateStreamCommand({
    streamId,
    description: 'a question',
    roleArn: declaration.roleArn,
    files: filesOf(declaration),
    tags: Object.entries(declaration.tags ?? {}).map(([Key, Value]) => ({ Key, Value })),
  }));
  return streamVersion!;
}

/** Updates a stream; returns its version. */
export async function updateStream(world: World, suffix: string, declaration: StreamDeclaration, description?: string): Promise<number> {
  const { streamVersion } = await world.iot.send(new UpdateStreamCommand({
    streamId: world.name(suffix), description, roleArn: declaration.roleArn, files: filesOf(declaration),
  }));
  return streamVersion!;
}

export async function deleteStream(world: World, suffix: string): Promise<void> {
  await world.iot.send(new DeleteStreamCommand({ streamId: world.name(suffix) }));
}

export async function describeStream(world: World, suffix: string): Promise<StreamInfo> {
  return (await world.iot.send(new DescribeStreamCommand({ streamId: world.name(suffix) }))).streamInfo!;
}

export function streamArn(world: World, suffix: string): string {
  return world.arn('iot', `stream/${world.name(suffix)}`);
}

export async function tagsOf(world: World, suffix: string): Promise<Record<string, string>> {
  const { tags = [] } = await world.iot.send(new ListTagsForResourceCommand({ resourceArn: streamArn(world, suffix) }));
  return Object.fromEntries(tags.map(({ Key, Value }) => [Key!, Value ?? '']));
}

function filesOf({ object: { bucket, key, version }, count = 1 }: StreamDeclaration) {
  return Array.from({ length: count }, (_, fileId) => ({ fileId, s3Location: { bucket, key, version } }));
}
