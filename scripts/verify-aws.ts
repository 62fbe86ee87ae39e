import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CloudFormationClient, DescribeTypeCommand } from '@aws-sdk/client-cloudformation';
import { CreateRoleCommand, DeleteRoleCommand, DeleteRolePolicyCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateStreamCommand, DeleteStreamCommand, DescribeStreamCommand, IoTClient, UpdateStreamCommand } from '@aws-sdk/client-iot';
import {
  CreateBucketCommand, DeleteBucketCommand, DeleteObjectCommand, ListObjectVersionsCommand, PutBucketVersioningCommand,
  PutObjectCommand, S3Client,
} from '@aws-sdk/client-s3';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';

/*
 * What nobody has written down about AWS IoT streams, asked of a real account. Without '--yes' it prints the questions; with
 * it, it makes a bucket, roles and streams whose names begin with 'cdk-iot-streams-verify-', writes the answers to
 * .local/aws-facts.md, and removes what it made. It costs next to nothing and takes about five minutes.
 */

const PREFIX = `cdk-iot-streams-verify-${randomBytes(4).toString('hex')}`;
const OLDEST_WAIT_SECONDS = 90;
const [iot, iam, s3, sts, cloudFormation] = [new IoTClient(), new IAMClient(), new S3Client(), new STSClient(), new CloudFormationClient()];
const undo: (() => Promise<unknown>)[] = [];
const streams = new Set<string>();

interface World {
  readonly account: string;
  readonly region: string;
  readonly bucket: string;
  readonly key: string;
  readonly version: string;
  readonly roleArn: string;
}

/** By whom a question is answered: by a function, or by hand, in the words of what to do. */
type Question = readonly [fact: string, ask: ((world: World) => Promise<string>) | string];

const QUESTIONS: readonly Question[] = [
  ['how long a new role is refused by CreateStream, and by which error', async (world) => {
    const role = await makeRole('fresh', trustIoT(), [readAll(world)]);
    const start = Date.now();
    const errors = new Set<string>();
    while (Date.now() - start < OLDEST_WAIT_SECONDS * 1000) {
      const answer = await create(world, 'fresh', { roleArn: role });
      if (!answer.startsWith('error')) return `${Math.round((Date.now() - start) / 1000)} s; ${[...errors].join('; ') || 'no error'}`;
      errors.add(answer);
      await sleep(1000);
    }
    return `not within ${OLDEST_WAIT_SECONDS} s: ${[...errors].join('; ')}`;
  }],
  ['the first version of a stream', async (world) => create(world, 'first')],
  ['whether an update with the same content moves the version', async (world) => update(world, 'first')],
  ['whether an update without a description keeps the old one', async (world) => {
    await update(world, 'first', { description: undefined });
    const { streamInfo } = await iot.send(new DescribeStreamCommand({ streamId: `${PREFIX}-first` }));
    return JSON.stringify(streamInfo?.description);
  }],
  ['whether a description can be emptied', async (world) => update(world, 'first', { description: '' })],
  ['the version of an id that was deleted and comes back', async (world) => {
    await iot.send(new DeleteStreamCommand({ streamId: `${PREFIX}-first` }));
    return create(world, 'first');
  }],
  ['what CreateStream says of an object that is missing', async (world) => create(world, 'no-object', { key: 'missing' })],
  ['what it says of a version that is missing', async (world) => create(world, 'no-version', { version: 'x'.repeat(32) })],
  ['what it says of a bucket that is missing', async (world) => create(world, 'no-bucket', { bucket: `${PREFIX}-missing` })],
  ['what it says of a role that AWS IoT cannot assume', async (world) =>
    settled(world, 'no-trust', await makeRole('no-trust', { Service: 'lambda.amazonaws.com' }, [readAll(world)]))],
  ['what it says of a role that cannot read the object', async (world) =>
    settled(world, 'no-read', await makeRole('no-read', trustIoT(), []))],
  ['whether it takes a role whose trust names the account and its IoT as source', async (world) =>
    settled(world, 'source', await makeRole('source', trustIoT(), [readAll(world)], source(world, '*')))],
  ['whether it takes a role whose trust names this very stream as source', async (world) =>
    settled(world, 'own', await makeRole('own', trustIoT(), [readAll(world)], source(world, `stream/${PREFIX}-own`)))],
  ['which error a missing iam:PassRole is', async (world) => passing(world, 'unpassed', [])],
  ['whether iam:PassedToService may stand beside iam:PassRole', async (world) => passing(world, 'passed', [
    { Effect: 'Allow', Action: 'iam:PassRole', Resource: world.roleArn, Condition: { StringEquals: { 'iam:PassedToService': 'iot.amazonaws.com' } } },
  ])],
  ['whether a stream takes 11 files, and 50', async (world) => `${await create(world, 'eleven', {}, 11)}; ${await create(world, 'fifty', {}, 50)}`],
  ['what it says of a file of 24 MiB, and of one byte more', async (world) => {
    const size = 24 * 1024 * 1024;
    const put = async (key: string, bytes: number) =>
      (await s3.send(new PutObjectCommand({ Bucket: world.bucket, Key: key, Body: Buffer.alloc(bytes, 1) }))).VersionId!;
    return `${await create(world, 'large', { key: 'large', version: await put('large', size) })}; `
      + await create(world, 'larger', { key: 'larger', version: await put('larger', size + 1) });
  }],
  ['what it says of an empty object', async (world) => {
    const { VersionId } = await s3.send(new PutObjectCommand({ Bucket: world.bucket, Key: 'empty', Body: '' }));
    return create(world, 'empty', { key: 'empty', version: VersionId! });
  }],
  ['whether AWS::IoT::Stream is there in this region', async () => {
    const { Arn, Visibility } = await cloudFormation.send(new DescribeTypeCommand({ Type: 'RESOURCE', TypeName: 'AWS::IoT::Stream' }));
    return `${Arn} (${Visibility})`;
  }],
  ['the quotas of streams and of calls per second', 'aws service-quotas list-service-quotas --service-code iot'],
  ['whether a bucket in another region is refused', 'make one, put an object into it, and call aws iot create-stream with it'],
  ['whether kms:Decrypt of the stream\'s role is enough for a bucket with a key', 'deploy an IotFileStream whose `bucket` has an `encryptionKey`, then npm run device'],
  ['whether the conditions of the trust policy also hold when a device downloads', 'deploy an IotFileStream, wait an hour, then npm run device'],
  ['which form of bitmap JSON takes: hexadecimal digits or Base64', 'npm run device with JSON, and with lost blocks'],
  ['the texts of refused requests, what happens past the last block, order and quality of service of blocks, and JSON blocks of 131,072 bytes', 'npm run device with --help, against the endpoint of the account'],
  ['what happens after version 65,535', 'nobody has waited for it'],
  ['whether a change of tags alone moves the version of an AWS::IoT::Stream', 'deploy one with aws-cdk-lib 2.268.0 or newer, change a tag, deploy again'],
];

async function main(): Promise<void> {
  if (!process.argv.includes('--yes')) {
    for (const [fact] of QUESTIONS) console.log(`- ${fact}`);
    console.log('\nRun it again with --yes, and credentials of an account for tests, to ask.');
    return;
  }
  const answers: string[] = [];
  try {
    const world = await makeWorld();
    answers.push(`Region ${world.region}, ${new Date().toISOString().slice(0, 10)}`, '');
    for (const [fact, ask] of QUESTIONS) {
      const answer = typeof ask === 'string' ? `not asked; by hand: \`${ask}\`` : await ask(world).catch(errorText);
      answers.push(`- ${fact}: **${answer}**`);
      console.log(answers[answers.length - 1]);
    }
  } finally {
    const deletions = [...streams].map((streamId) => () => iot.send(new DeleteStreamCommand({ streamId })));
    for (const step of [...deletions, ...undo.reverse()]) await step().catch((error: Error) => console.error(`left behind: ${error.message}`));
    mkdirSync('.local', { recursive: true });
    writeFileSync(join('.local', 'aws-facts.md'), `${answers.join('\n')}\n`);
  }
}

async function makeWorld(): Promise<World> {
  const { Account: account } = await sts.send(new GetCallerIdentityCommand({}));
  const region = await iot.config.region();
  const bucket = PREFIX;
  await s3.send(new CreateBucketCommand({
    Bucket: bucket, ...region !== 'us-east-1' && { CreateBucketConfiguration: { LocationConstraint: region as 'eu-west-1' } },
  }));
  undo.push(() => empty(bucket));
  await s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  const { VersionId } = await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'file', Body: 'a file' }));
  const world = { account: account!, region, bucket, key: 'file', version: VersionId! };
  return { ...world, roleArn: await makeRole('delivery', trustIoT(), [readAll(world)]) };
}

async function empty(bucket: string): Promise<void> {
  const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket: bucket }));
  for (const { Key, VersionId } of Versions) await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key, VersionId }));
  await s3.send(new DeleteBucketCommand({ Bucket: bucket }));
}

const trustIoT = () => ({ Service: 'iot.amazonaws.com' });
const readAll = ({ bucket }: Pick<World, 'bucket'>) =>
  ({ Effect: 'Allow', Action: ['s3:GetObject', 's3:GetObjectVersion'], Resource: `arn:aws:s3:::${bucket}/*` });
const source = ({ account, region }: World, resource: string) => ({
  StringEquals: { 'aws:SourceAccount': account }, ArnLike: { 'aws:SourceArn': `arn:aws:iot:${region}:${account}:${resource}` },
});

async function makeRole(name: string, principal: object, statements: readonly object[], condition?: object): Promise<string> {
  const RoleName = `${PREFIX}-${name}`;
  const { Role } = await iam.send(new CreateRoleCommand({
    RoleName,
    AssumeRolePolicyDocument: JSON.stringify({
      Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole', Condition: condition }],
    }),
  }));
  undo.push(() => iam.send(new DeleteRoleCommand({ RoleName })));
  if (statements.length > 0) {
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'it', PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: statements }) }));
    undo.push(() => iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: 'it' })));
  }
  return Role!.Arn!;
}

async function create(world: World, name: string, change: Partial<World> = {}, count = 1, client = iot): Promise<string> {
  const streamId = `${PREFIX}-${name}`;
  const { bucket, key, version, roleArn } = { ...world, ...change };
  const files = Array.from({ length: count }, (_, fileId) => ({ fileId, s3Location: { bucket, key, version } }));
  try {
    const { streamVersion } = await client.send(new CreateStreamCommand({ streamId, description: 'a question', roleArn, files }));
    streams.add(streamId);
    return `version ${streamVersion}`;
  } catch (error) {
    return errorText(error as Error);
  }
}

/** After the time that IAM takes. */
async function settled(world: World, name: string, roleArn: string): Promise<string> {
  await sleep(20_000);
  return create(world, name, { roleArn });
}

async function update(world: World, name: string, change: { description?: string } = { description: 'a question' }): Promise<string> {
  const { bucket, key, version, roleArn } = world;
  const { streamVersion } = await iot.send(new UpdateStreamCommand({
    streamId: `${PREFIX}-${name}`, ...change, roleArn, files: [{ fileId: 0, s3Location: { bucket, key, version } }],
  }));
  return `version ${streamVersion}`;
}

/** As somebody who may create streams, and pass the role as the statements say. */
async function passing(world: World, name: string, statements: readonly object[]): Promise<string> {
  const caller = await makeRole(`${name}-caller`, { AWS: world.account }, [{ Effect: 'Allow', Action: 'iot:CreateStream', Resource: '*' }, ...statements]);
  await sleep(20_000);
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn: caller, RoleSessionName: 'verify' }));
  const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials!;
  const client = new IoTClient(
    { credentials: { accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey!, sessionToken: SessionToken } },
  );
  return create(world, name, {}, 1, client);
}

function errorText({ name, message }: Error): string {
  return `error ${name}: ${message}`;
}

void main();
