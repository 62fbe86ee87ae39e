import { readFile } from 'node:fs/promises';
import { CreateBucketCommand, DeleteBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { useLocalAws } from './support/local-aws';
import type { Question } from '../../scripts/verify-aws/question';
import { shown } from '../../scripts/verify-aws/question';
import { exitCode, problems } from '../../scripts/verify-aws/report';
import { makeBucket } from '../../scripts/verify-aws/storage';
import type { Verification } from '../../scripts/verify-aws/verify';
import { QUESTIONS, verify } from '../../scripts/verify-aws/verify';
import type { WorldOptions } from '../../scripts/verify-aws/world';

/*
 * Runs `npm run verify:aws` against the local AWS: the questions must work, everything that they create must be removed, and a
 * failed assumption must be named.
 */

const local = useLocalAws();

async function options(): Promise<WorldOptions> {
  const { clientConfiguration, endpoints, proxy } = local.aws;
  return {
    client: clientConfiguration,
    // the proxy records the sessions for the streams service
    endpoints: { iot: endpoints.iot, sts: proxy.url, s3: proxy.url, kinesisVideo: endpoints.kinesisVideo },
    propagationMilliseconds: 0,
    certificateAuthority: await readFile(endpoints.ca, 'utf8'),
  };
}

describe('every question of the checklist', () => {
  let verification: Verification;
  beforeAll(async () => {
    verification = await verify(await options());
  });

  test('the checklist asks each question once, in the region and partition of the account', () => {
    const { partition, region, rows } = verification;
    expect({ partition, region }).toStrictEqual({ partition: 'aws', region: local.aws.region });
    expect(rows.map(({ fact }) => fact)).toStrictEqual(QUESTIONS.map(({ fact }) => fact));
  });

  test('the local AWS behaves as the library assumes', () => {
    expect(problems(verification.rows, [])).toStrictEqual([]);
  });

  test('the checklist leaves nothing behind', async () => {
    expect(verification.leftBehind).toStrictEqual([]);
    expect(await local.leftovers()).toStrictEqual([]);
  });
});

describe('failures of the checklist', () => {
  const failing: Question = { fact: 'a fact', assumption: 'yes', ask: async () => shown(false, 'no') };
  const breaking: Question = {
    fact: 'a question that breaks off',
    assumption: 'yes',
    ask: async (world) => {
      await makeBucket(world, 'unfinished');
      throw new Error('in the middle');
    },
  };

  test('the checklist names a failed assumption, asks the remaining questions and removes what it created', async () => {
    const { rows, leftBehind } = await verify(await options(), [breaking, failing, failing]);

    expect(rows.map(({ answer, verdict }) => [verdict, answer])).toStrictEqual([
      ['NOT ANSWERED', 'error Error: in the middle'], ['FAILED', 'no'], ['FAILED', 'no'],
    ]);
    expect({ leftBehind, left: await local.leftovers() }).toStrictEqual({ leftBehind: [], left: [] });
    expect(exitCode(rows, leftBehind)).toBe(1);
  });

  test('the checklist removes what it created even if the report cannot be printed', async () => {
    const unable = () => { throw new Error('no terminal'); };

    await expect(verify(await options(), [breaking], unable)).rejects.toThrow('no terminal');

    expect(await local.leftovers()).toStrictEqual([]);
  });

  test('the checklist reports what it could not remove, and removes the rest', async () => {
    const s3 = new S3Client({ ...local.aws.clientConfiguration, forcePathStyle: true });
    const Bucket = 'cdk-iot-streams-verify-stays';
    await s3.send(new CreateBucketCommand({ Bucket }));
    const stubborn: Question = {
      fact: 'a fact',
      assumption: 'yes',
      ask: async (world) => {
        await makeBucket(world, 'goes');
        world.cleanUp('something', async () => { throw new Error('it stays'); });
        return shown(true, 'yes');
      },
    };

    const { rows, leftBehind } = await verify(await options(), [stubborn]);

    expect({ leftBehind, code: exitCode(rows, leftBehind) }).toStrictEqual({ leftBehind: ['something: Error: it stays'], code: 2 });
    await s3.send(new DeleteBucketCommand({ Bucket }));
    expect(await local.leftovers()).toStrictEqual([]);
  });

  test('the checklist stops at the signal and removes what it created', async () => {
    const interrupted = new AbortController();

    const { rows } = await verify(await options(), [breaking, failing], () => interrupted.abort(), interrupted.signal);

    expect(rows).toHaveLength(1);
    expect(await local.leftovers()).toStrictEqual([]);
  });
});
