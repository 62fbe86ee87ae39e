import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { RecordedHistory } from './recorded-history';
import { cdk } from '../local/cdk';
import { startLocalAws } from '../local/local-aws';
import { CONTRACT_VERSION } from '../src/iot-file-stream/private/contract';

/*
 * Records the events that CloudFormation sends to the handler of this release, for
 * test/lambda/iot-file-stream/upgrade.test.ts: every later release must understand them. Run it once for each contract version,
 * before the release, and commit the file that it writes:
 *
 *     npx projen bundle && npx tsx scripts/record-events.ts
 */

const repository = resolve(__dirname, '..');
const VENDOR_BUCKET = 'vendor';

// wraps the handler of the release and records its events
const RECORDER = `
const { appendFileSync } = require('fs');
const { handler } = require('./index');
exports.handler = (event, context) => {
  appendFileSync(process.env.RECORDED_EVENTS, JSON.stringify(event) + '\\n');
  return handler(event, context);
};
`;

async function main(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'cdk-iot-streams-record-'));
  const recorded = join(directory, 'events.txt');
  const aws = await startLocalAws({ environment: { RECORDED_EVENTS: recorded } });
  try {
    const recorder = join(directory, 'recorder');
    await cp(join(repository, 'assets', 'lambda', 'index'), recorder, { recursive: true });
    await writeFile(join(recorder, 'recorder.js'), RECORDER);

    const s3 = new S3Client(aws.clientConfiguration);
    await s3.send(new CreateBucketCommand({ Bucket: VENDOR_BUCKET }));
    await s3.send(new PutBucketVersioningCommand({ Bucket: VENDOR_BUCKET, VersioningConfiguration: { Status: 'Enabled' } }));
    const { VersionId: radioVersion } = await s3.send(new PutObjectCommand({ Bucket: VENDOR_BUCKET, Key: 'radio.bin', Body: 'radio' }));
    await s3.send(new PutObjectCommand({ Bucket: VENDOR_BUCKET, Key: 'modem.bin', Body: 'modem' }));

    const asset = join(directory, 'app.bin');
    const run = async (step: string, ...command: string[]) => cdk(command, {
      environment: aws.environment,
      app: 'scripts/record-app.ts',
      outputDirectory: join(directory, 'cdk.out'),
      context: { recorder, asset, step, vendorBucket: VENDOR_BUCKET, radioVersion: radioVersion! },
    });
    await cdk(['bootstrap', `aws://${aws.account}/${aws.region}`], { environment: aws.environment, outputDirectory: directory });
    const contents: string[] = [];
    for (const step of ['create', 'update', 'move', 'new-stream', 'new-stream-again']) {
      await writeFile(asset, `application: ${step}`);
      contents.push(`application: ${step}`);
      await run(step, 'deploy', 'Shop', '--require-approval', 'never');
    }
    const template = JSON.parse(await readFile(join(directory, 'cdk.out', 'Shop.template.json'), 'utf8')) as { Outputs: object };
    await run('new-stream-again', 'destroy', 'Shop', '--force');

    const events = (await readFile(recorded, 'utf8')).trim().split('\n').map((line) => ({
      ...JSON.parse(line) as RecordedHistory['events'][number],
      // the real URL is a credential
      ResponseURL: 'https://cloudformation.example/answer',
    }));
    const attributes = [...JSON.stringify(template.Outputs).matchAll(/"Fn::GetAtt":\["[^"]+","([^"]+)"\]/g)].map(([, name]) => name);
    const history: RecordedHistory = { attributes: [...new Set(attributes)].sort(), contents, events };
    const file = join(repository, 'test', 'fixtures', 'events', `contract-${CONTRACT_VERSION}.json`);
    await mkdir(resolve(file, '..'), { recursive: true });
    await writeFile(file, `${JSON.stringify(history, undefined, 2)}\n`);
  } finally {
    await aws.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

void main();
