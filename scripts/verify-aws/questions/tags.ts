import { TagResourceCommand } from '@aws-sdk/client-iot';
import type { Question } from '../question';
import { shown } from '../question';
import { delivery } from '../storage';
import { createStream, streamArn, tagsOf } from '../streams';

const OWNER = 'cdk-iot-streams:stack';
const AWKWARD = { 'a key: with / and spaces': 'a value: with / and spaces, + - = _ . @' };

/** Whether two sets of tags are equal, in any order. */
function same(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const sorted = (tags: Readonly<Record<string, string>>) => JSON.stringify(Object.entries(tags).sort());
  return sorted(a) === sorted(b);
}

export const TAG_QUESTIONS: readonly Question[] = [
  {
    fact: 'whether tags are there right after CreateStream',
    assumption: 'yes: they say who owns a stream',
    ask: async (world) => {
      const tags = { [OWNER]: world.arn('cloudformation', 'stack/Shop/5b1d7a30-9c7c-11f0-8f3c-0a1b2c3d4e5f'), 'cdk-iot-streams:resource': 'Firmware' };
      await createStream(world, 'tagged', { ...await delivery(world), tags });
      const found = await tagsOf(world, 'tagged');
      return shown(same(found, tags), JSON.stringify(found));
    },
  },
  {
    fact: 'whether tags are there right after TagResource',
    assumption: 'yes: they say which events a stream has seen',
    ask: async (world) => {
      await createStream(world, 'retagged', { ...await delivery(world), tags: { before: '1' } });
      await world.iot.send(new TagResourceCommand({ resourceArn: streamArn(world, 'retagged'), tags: [{ Key: 'before', Value: '2' }, { Key: 'after', Value: '3' }] }));
      const found = await tagsOf(world, 'retagged');
      return shown(same(found, { before: '2', after: '3' }), JSON.stringify(found));
    },
  },
  {
    fact: 'whether keys and values of tags may have spaces, \':\' and \'/\', from CreateStream and from TagResource',
    assumption: 'yes: a stack\'s ARN has \':\' and \'/\', the list of events has spaces',
    ask: async (world) => {
      await createStream(world, 'awkward', { ...await delivery(world), tags: AWKWARD });
      const created = await tagsOf(world, 'awkward');
      await world.iot.send(new TagResourceCommand({ resourceArn: streamArn(world, 'awkward'), tags: Object.entries(AWKWARD).map(([Key, Value]) => ({ Key: `${Key} too`, Value })) }));
      const found = await tagsOf(world, 'awkward');
      const [[key, value]] = Object.entries(AWKWARD);
      return shown(same(created, AWKWARD) && same(found, { ...AWKWARD, [`${key} too`]: value }), JSON.stringify(found));
    },
  },
];
