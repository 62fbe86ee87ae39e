import type { Finding, Question } from '../question';
import { errorText, refusedWith, saying, shown, succeeding, told } from '../question';
import { allow, IOT, makeCaller, makeRole } from '../roles';
import type { RoleOptions } from '../roles';
import { delivery, makeBucket, put, readAll } from '../storage';
import { createStream } from '../streams';
import type { World } from '../world';
import { RETRY_MILLISECONDS } from '../world';

/** The errors that the handler retries, because IAM propagation has no error code of its own. */
const WAITED_FOR = ['InvalidRequestException', 'UnauthorizedException', 'AccessDenied', 'AccessDeniedException', 'ResourceNotFoundException'];
const DENIALS = ['UnauthorizedException', 'AccessDenied', 'AccessDeniedException'];

async function withRole(world: World, suffix: string, options: Partial<RoleOptions>): Promise<string> {
  const { object } = await delivery(world);
  const roleArn = await makeRole(world, suffix, { principal: IOT, statements: [readAll(world, object.bucket)], ...options });
  await world.propagate();
  return `version ${await createStream(world, suffix, { object, roleArn })}`;
}

function sourceOf(world: World, resource: string): object {
  return { StringEquals: { 'aws:SourceAccount': world.account }, ArnLike: { 'aws:SourceArn': world.arn('iot', resource) } };
}

async function passing(world: World, suffix: string, statements: readonly object[]): Promise<string> {
  const credentials = await makeCaller(world, `${suffix}-caller`, [allow(['iot:CreateStream', 'iot:TagResource'], '*'), ...statements]);
  return `version ${await createStream(world, suffix, await delivery(world), world.iotAs(credentials))}`;
}

async function firstAccepted(world: World): Promise<Finding> {
  const { object } = await delivery(world);
  const roleArn = await makeRole(world, 'fresh', { principal: IOT, statements: [readAll(world, object.bucket)] });
  const start = world.clock.now();
  const errors = new Map<string, string>();
  while (world.clock.now() - start <= RETRY_MILLISECONDS) {
    try {
      await createStream(world, 'fresh', { object, roleArn });
      const isExpected = [...errors.keys()].every((name) => WAITED_FOR.includes(name));
      return shown(isExpected, `${Math.round((world.clock.now() - start) / 1_000)} s; ${[...errors.values()].join('; ') || 'no error'}`);
    } catch (error) {
      errors.set((error as Error).name, errorText(error));
      await world.clock.sleep(1_000);
    }
  }
  return shown(false, `longer than ${RETRY_MILLISECONDS / 1_000} s: ${[...errors.values()].join('; ')}`);
}

export const PERMISSION_QUESTIONS: readonly Question[] = [
  { fact: 'how long CreateStream refuses a role that was just made, and by which errors', assumption: `at most ${RETRY_MILLISECONDS / 1_000} s; ${WAITED_FOR.join(', ')}`, ask: firstAccepted },
  {
    fact: 'what it says of a role that does not exist',
    assumption: `one of ${WAITED_FOR.join(', ')}`,
    ask: async (world) => refusedWith(WAITED_FOR, createStream(world, 'no-role', {
      ...await delivery(world), roleArn: `arn:${world.partition}:iam::${world.account}:role/${world.name('missing')}`,
    }).then((version) => `version ${version}`)),
  },
  {
    fact: 'what it says of a role that AWS IoT cannot assume',
    assumption: `one of ${WAITED_FOR.join(', ')}`,
    ask: async (world) => refusedWith(WAITED_FOR, withRole(world, 'no-trust', { principal: { Service: 'lambda.amazonaws.com' } })),
  },
  {
    fact: 'what it says of a role that cannot read the object',
    assumption: `one of ${WAITED_FOR.join(', ')}`,
    ask: async (world) => refusedWith(WAITED_FOR, withRole(world, 'no-read', { statements: [] })),
  },
  {
    fact: 'what it says of an object, a version and a bucket that do not exist',
    assumption: `one of ${WAITED_FOR.join(', ')}`,
    ask: async (world) => {
      const { object, roleArn } = await delivery(world);
      const changes = { object: { key: 'missing' }, version: { version: 'x'.repeat(32) }, bucket: { bucket: world.name('missing') } };
      const answers = await Promise.all(Object.entries(changes).map(async ([what, change]) => ({
        what, ...await refusedWith(WAITED_FOR, createStream(world, `no-${what}`, { object: { ...object, ...change }, roleArn }).then((version) => `version ${version}`)),
      })));
      return shown(answers.every(({ holds }) => holds), answers.map(({ what, answer }) => `${what}: ${answer}`).join('; '));
    },
  },
  {
    fact: 'whether it takes a role whose trust policy names the account and its AWS IoT as source',
    assumption: 'yes: this is the delivery role\'s trust policy',
    ask: async (world) => succeeding(withRole(world, 'source', { condition: sourceOf(world, '*') })),
  },
  {
    fact: 'whether it takes a role whose trust policy names this very stream as source',
    assumption: 'nothing: the trust policy does not name the stream',
    ask: async (world) => told(await saying(withRole(world, 'own', { condition: sourceOf(world, `stream/${world.name('own')}`) }))),
  },
  {
    fact: 'which error a denied iam:PassRole is',
    assumption: `one of ${DENIALS.join(', ')}`,
    ask: async (world) => refusedWith(DENIALS, passing(world, 'unpassed', [])),
  },
  {
    fact: 'whether iam:PassRole may have the condition iam:PassedToService',
    assumption: 'nothing: the statement names one role and has no condition',
    ask: async (world) => told(await saying(passing(world, 'passed', [
      { ...allow(['iam:PassRole'], (await delivery(world)).roleArn), Condition: { StringEquals: { 'iam:PassedToService': 'iot.amazonaws.com' } } },
    ]))),
  },
  {
    fact: 'what CreateStream says of a file of 24 MiB, of one byte more, and of an empty one',
    assumption: '24 MiB is accepted: the construct refuses more, and an empty file',
    ask: async (world) => {
      const bucket = await makeBucket(world, 'sizes');
      const roleArn = await makeRole(world, 'sizes', { principal: IOT, statements: [readAll(world, bucket)] });
      await world.propagate();
      const sized = async (suffix: string, bytes: number) => saying(put(world, bucket, suffix, Buffer.alloc(bytes, 1))
        .then((object) => createStream(world, suffix, { object, roleArn })).then((version) => `version ${version}`));
      const most = 24 * 1024 ** 2;
      const [largest, larger, empty] = [await sized('largest', most), await sized('larger', most + 1), await sized('empty', 0)];
      return shown(largest.startsWith('version'), `24 MiB: ${largest}; more: ${larger}; empty: ${empty}`);
    },
  },
];
