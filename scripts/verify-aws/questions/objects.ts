import type { S3Client } from '@aws-sdk/client-s3';
import { CopyObjectCommand, GetBucketVersioningCommand, HeadObjectCommand, PutObjectAnnotationCommand } from '@aws-sdk/client-s3';
import type { Finding, Question } from '../question';
import { errorText, shown } from '../question';
import { allow, IOT, makeCaller, makeRole } from '../roles';
import { delivery, makeBucket, objectArn, put, readAll } from '../storage';
import { createStream } from '../streams';
import type { World } from '../world';
import { RETRY_MILLISECONDS } from '../world';

/** The names that releases of the SDK give to an error without a body, and those that S3 may send in the future. */
const HEAD_403 = ['403', 'Unknown', 'UnknownError', 'Forbidden', 'AccessDenied'];

async function deniedHead(world: World): Promise<Finding> {
  const { object: { bucket, key, version } } = await delivery(world);
  const client = world.s3As(await makeCaller(world, 'no-head', [allow(['s3:PutObject'], objectArn(world, bucket))]));
  try {
    await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key, VersionId: version }));
    return shown(false, 'no error');
  } catch (error) {
    const { $metadata: { httpStatusCode: status } = {} } = error as { $metadata?: { httpStatusCode?: number } };
    return shown(status === 403 && HEAD_403.includes((error as Error).name), `status ${status}, ${errorText(error)}`);
  }
}

/** Copies an annotated object like the handler, with its permissions. */
async function copyAnnotated(world: World): Promise<Finding> {
  const bucket = await makeBucket(world, 'annotated');
  const object = await put(world, bucket, 'source', 'annotated');
  await world.s3.send(new PutObjectAnnotationCommand({ Bucket: bucket, Key: object.key, VersionId: object.version, AnnotationName: 'note', AnnotationPayload: 'a note' }));
  const client = world.s3As(await makeCaller(world, 'copier', [readAll(world, bucket), allow(['s3:PutObject'], objectArn(world, bucket))]));
  const plain = await copied(client, bucket);
  client.middlewareStack.add((next) => async (args) => {
    (args.request as { headers: Record<string, string> }).headers['x-amz-object-annotation-directive'] = 'EXCLUDE';
    return next(args);
  }, { step: 'build' });
  const excluding = await copied(client, bucket);
  return shown(excluding.startsWith('copied'), `with EXCLUDE: ${excluding}; without: ${plain}`);
}

async function copied(client: S3Client, bucket: string): Promise<string> {
  return client.send(new CopyObjectCommand({ Bucket: bucket, Key: 'copy', CopySource: `${bucket}/source` }))
    .then(({ VersionId }) => `copied as ${VersionId}`, errorText);
}

/** Measures the seconds until a stream can pin the versions of a new bucket, by failing step. */
async function freshBucket(world: World): Promise<Finding> {
  const bucket = await makeBucket(world, 'fresh');
  const start = world.clock.now();
  const roleArn = await makeRole(world, 'fresh-bucket', { principal: IOT, statements: [readAll(world, bucket)] });
  const steps: readonly [what: string, step: () => Promise<boolean>][] = [
    ['GetBucketVersioning says so', async () => (await world.s3.send(new GetBucketVersioningCommand({ Bucket: bucket }))).Status === 'Enabled'],
    ['a write has a version id', async () => ![undefined, 'null'].includes((await put(world, bucket, 'file', 'fresh')).version)],
    ['HEAD finds the version', async () => {
      const { version } = await put(world, bucket, 'file', 'fresh');
      return (await world.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: 'file', VersionId: version }))).VersionId === version;
    }],
    ['CreateStream takes the version', async () => {
      await createStream(world, 'fresh-bucket', { object: await put(world, bucket, 'file', 'fresh'), roleArn });
      return true;
    }],
  ];
  const times: string[] = [];
  for (const [what, step] of steps) {
    while (!await step().catch(() => false)) {
      if (world.clock.now() - start > RETRY_MILLISECONDS) return shown(false, [...times, `${what}: longer than ${RETRY_MILLISECONDS / 1_000} s`].join('; '));
      await world.clock.sleep(1_000);
    }
    times.push(`${what}: ${Math.round((world.clock.now() - start) / 1_000)} s`);
  }
  return shown(true, times.join('; '));
}

export const OBJECT_QUESTIONS: readonly Question[] = [
  { fact: 'what HeadObject says to a caller who may not read', assumption: 'status 403 without a body: the handler names the error by its status', ask: deniedHead },
  {
    fact: 'whether an annotated object can be copied with s3:GetObjectVersion and s3:PutObject alone',
    assumption: 'yes, with x-amz-object-annotation-directive: EXCLUDE',
    ask: copyAnnotated,
  },
  {
    fact: 'how long a new bucket is not versioned in every respect',
    assumption: `at most ${RETRY_MILLISECONDS / 1_000} s: the handler waits so long, and S3 documents up to 15 minutes`,
    ask: freshBucket,
  },
];
