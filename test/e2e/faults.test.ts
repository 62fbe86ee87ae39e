import { createHash, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeleteStreamCommand } from '@aws-sdk/client-iot';
import {
  CreateBucketCommand, DeleteBucketPolicyCommand, DeleteObjectCommand, PutBucketPolicyCommand, PutBucketVersioningCommand, PutObjectCommand,
} from '@aws-sdk/client-s3';
import type { Stack } from 'aws-cdk-lib';
import { CfnOutput, RemovalPolicy, Tags } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import { handlerLogs } from './support/handler-logs';
import { useLocalAws } from './support/local-aws';
import type { Deployed } from './support/stacks';
import { Stacks } from './support/stacks';
import { allowLocalAws } from '../../local/allow-local-aws';
import { ACCESS_DENIED, INTERNAL_ERROR, SLOW_DOWN } from '../../local/aws-proxy/aws-proxy';
import type { ErrorName } from '../../local/iot-streams/control-plane/errors';
import { ServiceError } from '../../local/iot-streams/control-plane/errors';
import type { IotFileStreamProps } from '../../src';
import { IotFileStream, StreamFile } from '../../src';
import { intrusionIn } from '../support/handler-log';

/*
 * Faults as users meet them. Each deployment succeeds, or fails with a message that names the resource, the call and the
 * remedy, and the next deployment succeeds after the remedy. Deployments that wait for IAM propagation start together, because
 * they wait in real time, and are checked last.
 */

const SECRET = 'confidential-4f1d';
const NOT_SLOW = 'still denied after 90 seconds, so this is not IAM propagation delay; ';
const PERMISSIONS = `${NOT_SLOW}check for (1) a missing permission: a permissions boundary or service control policy must allow the management role's `
  + "calls, and sts:AssumeRole to the Lambda's role; the management role's trust policy must name that role (2) a missing object: "
  + 'S3 answers 403 for it if the caller may not list the bucket (3) a key that encrypts the source and does not let this account decrypt '
  + '(4) a bucket policy that denies the call, for example one that asks for encryption';

// keeps warnings of Node.js out of the handler's log
const local = useLocalAws({ environment: { NODE_NO_WARNINGS: '1' } });
let stacks: Stacks;
let assumedLate: Promise<Deployed>;
let allowedLate: Promise<Deployed>;
let withoutSource: Promise<Deployed>;
let unencrypted: Promise<Deployed>;

/** Builds a stack with one stream. */
function firmware({ tags = {}, bucketName, vendorKey, ...props }: Partial<IotFileStreamProps> & {
  readonly tags?: Record<string, string>; readonly bucketName?: string; readonly vendorKey?: string;
} = {}) {
  return (stack: Stack): IotFileStream => {
    const vendor = s3.Bucket.fromBucketName(stack, 'Vendor', 'vendor');
    const stream = new IotFileStream(stack, 'Firmware', {
      files: vendorKey === undefined ? [StreamFile.fromText('config', SECRET)] : [StreamFile.fromBucket(vendor, vendorKey)],
      ...bucketName === undefined ? {} : { bucket: s3.Bucket.fromBucketName(stack, 'Own', bucketName) },
      ...props,
    });
    allowLocalAws(stream);
    for (const [key, value] of Object.entries(tags)) Tags.of(stream).add(key, value);
    new CfnOutput(stack, 'StreamId', { value: stream.streamId });
    new CfnOutput(stack, 'StreamVersion', { value: stream.streamVersion });
    return stream;
  };
}

/** Denies writes without encryption headers, as many bucket policies do, although the bucket encrypts by default. */
function denyUnencrypted(objects: string): iam.PolicyStatement {
  return new iam.PolicyStatement({
    effect: iam.Effect.DENY,
    principals: [new iam.AnyPrincipal()],
    actions: ['s3:PutObject'],
    resources: [objects],
    conditions: { Null: { 's3:x-amz-server-side-encryption': 'true' } },
  });
}

async function succeeds(deploying: Promise<Deployed>): Promise<Deployed['outputs']> {
  const { status, outputs, failure } = await deploying;
  expect({ status, failure }).toEqual({ status: expect.stringMatching(/^(CREATE|UPDATE)_COMPLETE$/), failure: undefined });
  return outputs;
}

/** Returns the failed resource and its message in CloudFormation, without the name of the log stream. */
async function fails(deploying: Promise<Deployed>): Promise<{ readonly resource: string; readonly message: string }> {
  const { status, failure: failed } = await deploying;
  expect(status).toMatch(/^(ROLLBACK|UPDATE_ROLLBACK)_COMPLETE$/);
  const [, message] = /^(.*) \(log stream: \S+ in \/aws\/lambda\/\S+\)$/s.exec(failed!.reason)!;
  return { resource: failed!.resource, message };
}

const STREAM = expect.stringMatching(/^FirmwareStream[0-9a-f]{8}/) as string;
const OBJECTS = expect.stringMatching(/^FirmwareStorage[0-9a-f]{8}Objects/) as string;

/** Expects that a device receives the text of the stream. */
async function delivers(streamId: string, streamVersion: string): Promise<void> {
  const files = await local.deployment.download(streamId);
  expect(files.map((file) => [file.size, String(file.streamVersion)])).toEqual([[SECRET.length, streamVersion]]);
}

beforeAll(async () => {
  stacks = new Stacks(local.aws, local.directory);
  for (const Bucket of ['vendor', 'never-versioned', 'suspended']) await local.deployment.s3.send(new CreateBucketCommand({ Bucket }));
  await local.deployment.s3.send(new PutBucketVersioningCommand({ Bucket: 'suspended', VersioningConfiguration: { Status: 'Suspended' } }));
  await local.deployment.s3.send(new PutObjectCommand({ Bucket: 'vendor', Key: 'fw.bin', Body: randomBytes(10_000) }));
  await local.deployment.s3.send(new CreateBucketCommand({ Bucket: 'strict' }));
  await local.deployment.s3.send(new PutBucketVersioningCommand({ Bucket: 'strict', VersioningConfiguration: { Status: 'Enabled' } }));
  await local.deployment.s3.send(new PutBucketPolicyCommand({
    Bucket: 'strict', Policy: JSON.stringify({ Version: '2012-10-17', Statement: [denyUnencrypted('arn:aws:s3:::strict/*').toStatementJson()] }),
  }));
  // the CLI uploads the code of the Lambda function, which the other stacks use as well
  const assetPath = join(local.directory, 'app.bin');
  await writeFile(assetPath, randomBytes(10_000));
  await local.deployment.deploy({ stackName: 'First', assetPath, vendorBucketName: 'vendor', vendorKey: 'fw.bin' });

  local.aws.streams.faults.roleDelayMilliseconds = (roleArn) => /\/AssumedLate-/.test(roleArn) ? 60_000 : 0;
  local.aws.proxy.faults.hidesMissingObjects = true;
  assumedLate = stacks.deploy('AssumedLate', firmware());
  withoutSource = stacks.deploy('WithoutSource', firmware({ vendorKey: 'radio.bin' }));
  unencrypted = stacks.deploy('Unencrypted', firmware({ bucketName: 'strict' }));

  local.aws.proxy.faults.failures.plan({ action: '*', times: Infinity, error: ACCESS_DENIED });
  local.aws.streams.faults.failures.plan({ action: '*', times: Infinity, error: new ServiceError('AccessDeniedException', 'not authorized') });
  setTimeout(() => {
    local.aws.proxy.faults.failures.clear();
    local.aws.streams.faults.failures.clear();
  }, 30_000);
  allowedLate = stacks.deploy('AllowedLate', firmware());
});

test('F13: a deployment waits for policies that need half a minute to propagate', async () => {
  await succeeds(allowedLate);
  expect(local.aws.proxy.calls.filter(({ status }) => status === 403).length).toBeGreaterThan(3);
});

test.each(['never-versioned', 'suspended'])('a deployment refuses a bucket without versioning (%s), writes nothing, and succeeds after versioning has been enabled', async (bucketName) => {
  const stackName = `Bucket-${bucketName}`;
  expect(await fails(stacks.deploy(stackName, firmware({ bucketName })))).toEqual({
    resource: OBJECTS,
    message: `bucket '${bucketName}' must have versioning enabled, because a stream pins object versions; enable it and deploy again (S3 may take 15 minutes to apply it)`,
  });
  expect(await local.deployment.versions(bucketName)).toEqual([]);

  await local.deployment.s3.send(new PutBucketVersioningCommand({ Bucket: bucketName, VersioningConfiguration: { Status: 'Enabled' } }));

  const { StreamId, StreamVersion } = await succeeds(stacks.deploy(stackName, firmware({ bucketName })));
  await delivers(StreamId, StreamVersion);
});

test('a deployment replaces a deleted object at the next change of the stream', async () => {
  const { StreamId } = await succeeds(stacks.deploy('Emptied', firmware()));
  const [{ s3Location }] = (await local.deployment.describe(StreamId))!.files!;
  await local.deployment.s3.send(
    new DeleteObjectCommand({ Bucket: s3Location!.bucket, Key: s3Location!.key, VersionId: s3Location!.version }),
  );
  await expect(delivers(StreamId, '1')).rejects.toThrow();

  const { StreamVersion } = await succeeds(stacks.deploy('Emptied', firmware({ tags: { restored: 'yes' } })));

  await delivers(StreamId, StreamVersion);
});

test('F15, F16: a deployment recreates a deleted stream with the next version, and a destroy succeeds without the stream', async () => {
  const { StreamId } = await succeeds(stacks.deploy('Deleted', firmware()));
  await local.deployment.iot.send(new DeleteStreamCommand({ streamId: StreamId }));

  const { StreamVersion } = await succeeds(stacks.deploy('Deleted', firmware({ tags: { restored: 'yes' } })));
  expect(StreamVersion).toBe('2');
  await delivers(StreamId, StreamVersion);

  await local.deployment.iot.send(new DeleteStreamCommand({ streamId: StreamId }));
  await stacks.destroy('Deleted');
});

test('F2: a second stack with the same stream ID is refused, keeps the stream of the first one, and succeeds with another ID', async () => {
  await succeeds(stacks.deploy('One', firmware({ streamId: 'wanted' })));
  const before = { ...await local.deployment.describe('wanted'), tags: await local.deployment.tags('wanted') };
  const owner = before.tags['cdk-iot-streams:stack'];
  const resource = before.tags['cdk-iot-streams:resource'];

  expect(await fails(stacks.deploy('Two', firmware({ streamId: 'wanted' })))).toEqual({
    resource: STREAM,
    message: `stream 'wanted' belongs to resource '${resource}' of stack '${owner}' and is left as it is: keep the construct's id, `
      + `or choose another 'streamId', or, if nothing needs that stream any more, run: aws iot delete-stream --stream-id wanted --region ${local.aws.region}`,
  });
  // the rollback of the second stack has sent a Delete for the stream
  expect({ ...await local.deployment.describe('wanted'), tags: await local.deployment.tags('wanted') }).toEqual(before);

  const { StreamId, StreamVersion } = await succeeds(stacks.deploy('Two', firmware({ streamId: 'another' })));
  await delivers(StreamId, StreamVersion);
  await delivers('wanted', '1');
});

test('F35, F36: a retained stream works without its stack, the next stack refuses it, and succeeds after the printed command', async () => {
  const keeping = { streamId: 'kept', removalPolicy: RemovalPolicy.RETAIN };
  await succeeds(stacks.deploy('Keeping', firmware(keeping)));
  await stacks.destroy('Keeping');
  await delivers('kept', '1');

  // a stack with another name, because the local AWS would give the new role the name of the retained one
  const { message } = await fails(stacks.deploy('Successor', firmware(keeping)));
  await delivers('kept', '1');
  const [, streamId, region] = / run: aws iot delete-stream --stream-id (\S+) --region (\S+)$/.exec(message)!;
  expect({ streamId, region }).toEqual({ streamId: 'kept', region: local.aws.region });
  await local.deployment.iot.send(new DeleteStreamCommand({ streamId }));

  const { StreamVersion } = await succeeds(stacks.deploy('Successor', firmware(keeping)));
  await delivers('kept', StreamVersion);
});

test('F47: a deployment with damaged bytes in the staging bucket fails and succeeds after they have been uploaded again', async () => {
  const path = join(local.directory, 'damaged.bin');
  await writeFile(path, SECRET);
  const build = firmware({ files: [StreamFile.fromAsset(path)] });

  // damages the size, because the local S3 returns no SHA-256 for a copy
  const { resource, message } = await fails(stacks.deploy('Damaged', build, (content) => content.subarray(1)));
  expect(resource).toEqual(STREAM);
  expect(message).toMatch(new RegExp(`^the copy of 's3://${stacks.stagingBucket}/[0-9a-f]{64}\\.bin' in bucket '[a-z0-9-]+' must have `
    + `${SECRET.length} bytes, got: ${SECRET.length - 1}: the source is not what was synthesised; upload it again$`));

  const { StreamId, StreamVersion } = await succeeds(stacks.deploy('Damaged', build));
  await delivers(StreamId, StreamVersion);
});

test('F43: a stream with the largest texts can be deployed and updated', async () => {
  const text = (first: string) => firmware({ files: [StreamFile.fromText('text', first + 'x'.repeat(64 * 1024 - 1))] });
  const { StreamId } = await succeeds(stacks.deploy('Large', text('1')));

  const { StreamVersion } = await succeeds(stacks.deploy('Large', text('2')));

  const [{ size, streamVersion }] = await local.deployment.download(StreamId);
  expect({ size, streamVersion: String(streamVersion) }).toEqual({ size: 64 * 1024, streamVersion: StreamVersion });
});

test('F45: another stack receives each new version in an SSM parameter', async () => {
  const producer = (description: string) => (stack: Stack) => {
    const { streamVersion } = firmware({ description })(stack);
    new ssm.StringParameter(stack, 'Version', { parameterName: '/fleet/firmware-version', stringValue: streamVersion });
  };
  const consumer = (stack: Stack) => {
    new CfnOutput(stack, 'Seen', { value: ssm.StringParameter.valueForStringParameter(stack, '/fleet/firmware-version') });
  };
  for (const version of ['1', '2']) {
    await succeeds(stacks.deploy('Producer', producer(`firmware ${version}`)));
    expect(await succeeds(stacks.deploy(`Consumer${version}`, consumer))).toEqual({ Seen: version });
  }
});

test('F13: a deployment waits for a role that AWS IoT cannot assume for a minute', async () => {
  const { StreamId, StreamVersion } = await succeeds(assumedLate);
  await delivers(StreamId, StreamVersion);
  expect(local.aws.streams.calls.filter(({ streamId, error }) => streamId === StreamId && error === 'InvalidRequestException').length).toBeGreaterThan(3);
});

test('F33: a deployment with a missing source object fails after 90 seconds with advice, and the next one finds the object', async () => {
  const { resource, message } = await fails(withoutSource);
  expect(resource).toEqual(STREAM);
  expect(message).toMatch(/^failed to copy 's3:\/\/vendor\/radio\.bin' to bucket '[a-z0-9-]+': Access Denied \(AccessDenied\); /);
  expect(message.slice(message.indexOf('; ') + 2)).toBe(PERMISSIONS);

  await local.deployment.s3.send(new PutObjectCommand({ Bucket: 'vendor', Key: 'radio.bin', Body: SECRET }));

  const { StreamId, StreamVersion } = await succeeds(stacks.deploy('WithoutSource', firmware({ vendorKey: 'radio.bin' })));
  await delivers(StreamId, StreamVersion);
});

test('a deployment lists a bucket policy that denies writes among the possible causes', async () => {
  const { resource, message } = await fails(unencrypted);
  expect(resource).toEqual(STREAM);
  expect(message).toMatch(/^failed to write 's3:\/\/strict\/.*: .* \(AccessDenied\); /);
  expect(message.slice(message.indexOf('; ') + 2)).toBe(PERMISSIONS);

  await local.deployment.s3.send(new DeleteBucketPolicyCommand({ Bucket: 'strict' }));

  const { StreamId, StreamVersion } = await succeeds(stacks.deploy('Unencrypted', firmware({ bucketName: 'strict' })));
  await delivers(StreamId, StreamVersion);
});

test('F57: texts with any characters are delivered byte for byte', async () => {
  const texts = ['Grüße, 世界 😀', '\u0000\u2028\ufeff\r\n', '{{resolve}} ${AWS::Region} \\u00e9'];
  const files = texts.map((text, index) => StreamFile.fromText(`Текст ${index}`, text));
  const { StreamId } = await succeeds(stacks.deploy('Characters', firmware({ files })));
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  expect((await local.deployment.download(StreamId)).map((file) => file.sha256)).toEqual(texts.map(sha256));
});

describe('bursts of errors', () => {
  const ofIot = (errorName: ErrorName, action = '*', when: 'before' | 'after' = 'before') => () =>
    local.aws.streams.faults.failures.plan({ action, times: 3, error: new ServiceError(errorName, 'a burst'), when });

  test.each<[string, () => void]>([
    ['F14: AWS IoT throttles', ofIot('ThrottlingException')],
    ['AWS IoT fails', ofIot('InternalFailureException')],
    ['AWS IoT is not available', ofIot('ServiceUnavailableException')],
    ['F25: the answers to UpdateStream are lost', ofIot('InternalFailureException', 'UpdateStream', 'after')],
    ['S3 asks to slow down', () => local.aws.proxy.faults.failures.plan({ action: '*', times: 3, error: SLOW_DOWN })],
    ['F25: the answers of S3 and STS are lost', () => local.aws.proxy.faults.failures.plan({ action: '*', times: 3, error: INTERNAL_ERROR, when: 'after' })],
  ])('a deployment succeeds during a burst of errors: %s', async (what, burst) => {
    await succeeds(stacks.deploy('Bursts', firmware({ description: 'before' })));
    burst();

    const { StreamId, StreamVersion } = await succeeds(stacks.deploy('Bursts', firmware({ description: what })));

    expect((await local.deployment.describe(StreamId))!.description).toBe(what);
    await delivers(StreamId, StreamVersion);
  });
});

test('F14: a deployment fails with advice if the quota of streams is used up, and succeeds after a stream has been deleted', async () => {
  local.aws.streams.faults.streamLimit = local.aws.streams.store.size;

  const { resource, message } = await fails(stacks.deploy('TooMany', firmware({ streamId: 'one-too-many' })));
  expect(resource).toEqual(STREAM);
  expect(message).toBe("failed to create stream 'one-too-many': You have exceeded the limit for the number of streams in your AWS account (LimitExceededException); "
    + 'a quota of AWS IoT is used up: delete streams that nothing needs any more, or have the quota raised, then deploy again');

  await stacks.destroy('Two');

  await succeeds(stacks.deploy('TooMany', firmware({ streamId: 'one-too-many' })));
});

test('F9: the handlers have logged only their calls, the streams and the durations', async () => {
  const lines = await handlerLogs(local.aws);
  expect(lines.length).toBeGreaterThan(300);
  expect(lines.map(intrusionIn).filter(Boolean)).toEqual([]);
  const secrets = local.aws.proxy.calls.flatMap(({ accessKeyId = '' }) => local.aws.proxy.sessionOf(accessKeyId) ?? []).map(({ sessionToken }) => sessionToken);
  expect(secrets.length).toBeGreaterThan(50);
  const text = lines.join('\n');
  for (const secret of new Set([...secrets, SECRET, 'cfn-response', 'ResponseURL', 'ServiceToken'])) expect(text).not.toContain(secret);
});
