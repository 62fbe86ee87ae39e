import type { Question } from '../question';
import { refusedWith, saying, shown, succeeding, told } from '../question';
import { delivery } from '../storage';
import { createStream, deleteStream, describeStream, streamArn, updateStream } from '../streams';
import type { World } from '../world';

/** Reads a stream immediately after a call. */
async function echo(world: World, suffix: string, version: number, description: string) {
  const { object, roleArn } = await delivery(world);
  const { streamVersion, description: echoed, roleArn: role, files = [], streamArn: arn } = await describeStream(world, suffix);
  const [{ fileId, s3Location } = { fileId: undefined, s3Location: undefined }] = files;
  const isSameObject = s3Location?.bucket === object.bucket && s3Location.key === object.key && s3Location.version === object.version;
  const holds = streamVersion === version && echoed === description && role === roleArn && arn === streamArn(world, suffix)
    && fileId === 0 && isSameObject;
  return shown(holds, JSON.stringify({ streamVersion, description: echoed, roleArn: role, fileId, s3Location }));
}

export const STREAM_QUESTIONS: readonly Question[] = [
  {
    fact: 'the first version of a stream',
    assumption: '0 or 1: the handler returns what AWS IoT answers, and devices ask for what the job document says',
    ask: async (world) => {
      const version = await createStream(world, 'first', await delivery(world));
      return shown(version === 0 || version === 1, `version ${version}`);
    },
  },
  {
    fact: 'whether DescribeStream returns version, description, role and a numeric fileId right after CreateStream',
    assumption: 'yes: the handler compares them before it writes',
    ask: async (world) => echo(world, 'echo', await createStream(world, 'echo', await delivery(world)), 'a question'),
  },
  {
    fact: 'whether DescribeStream is consistent right after UpdateStream',
    assumption: 'yes: a second delivery of an event must see what the first one has changed',
    ask: async (world) => {
      await createStream(world, 'updated', await delivery(world));
      return echo(world, 'updated', await updateStream(world, 'updated', await delivery(world), 'another text'), 'another text');
    },
  },
  {
    fact: 'whether DescribeStream is consistent right after DeleteStream',
    assumption: 'yes: ResourceNotFoundException, so that a Create which finds its stream gone stops',
    ask: async (world) => {
      await createStream(world, 'deleted', await delivery(world));
      await deleteStream(world, 'deleted');
      return refusedWith(['ResourceNotFoundException'], describeStream(world, 'deleted').then(({ streamVersion }) => `version ${streamVersion}`));
    },
  },
  {
    fact: 'whether an id that was deleted comes back with its version',
    assumption: 'perhaps: no generation of NEW_STREAM uses an id again, and IN_PLACE returns whatever version comes',
    ask: async (world) => {
      const before = await createStream(world, 'revived', await delivery(world));
      await deleteStream(world, 'revived');
      const after = await createStream(world, 'revived', await delivery(world));
      return told(`version ${before}, then version ${after}: ${after === before ? 'it begins again' : 'it goes on'}`);
    },
  },
  {
    fact: 'what CreateStream says of an id that is taken',
    assumption: 'ResourceAlreadyExistsException',
    ask: async (world) => {
      await createStream(world, 'taken', await delivery(world));
      return refusedWith(['ResourceAlreadyExistsException'], createStream(world, 'taken', await delivery(world)).then((version) => `version ${version}`));
    },
  },
  {
    fact: 'whether an update with the same content moves the version',
    assumption: 'yes, by one: the handler sends no update if nothing differs',
    ask: async (world) => {
      const before = await createStream(world, 'same', await delivery(world));
      const after = await updateStream(world, 'same', await delivery(world), 'a question');
      return shown(after === before + 1, `version ${before}, then version ${after}`);
    },
  },
  {
    fact: 'whether an update without a description keeps the old one, and whether a description can be emptied',
    assumption: 'nothing: the construct always sets one',
    ask: async (world) => {
      const declaration = await delivery(world);
      await createStream(world, 'described', declaration);
      await updateStream(world, 'described', declaration);
      const { description } = await describeStream(world, 'described');
      return told(`without: '${description}'; empty: ${await saying(updateStream(world, 'described', declaration, '').then((version) => `version ${version}`))}`);
    },
  },
  {
    fact: 'whether a stream takes 11 files, and 50',
    assumption: '50',
    ask: async (world) => succeeding((async () => {
      await createStream(world, 'eleven', { ...await delivery(world), count: 11 });
      return `version ${await createStream(world, 'fifty', { ...await delivery(world), count: 50 })}`;
    })()),
  },
];
