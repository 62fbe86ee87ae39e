import { createHash } from 'node:crypto';
import { chmodSync, readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import type { StackProps } from 'aws-cdk-lib';
import * as cdk from 'aws-cdk-lib';
import { App, CfnOutput, CfnResource, NestedStack, Stack, Stage, Tags } from 'aws-cdk-lib';
import * as iot from 'aws-cdk-lib/aws-iot';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as pipelines from 'aws-cdk-lib/pipelines';
import { FileSigning, IotFileStream, StreamFile } from '../../src';
import { file } from '../support/app';
import { ACCOUNT, HANDLER_HASH, rendered, testGolden, validationProblems, type CreateStack } from '../support/golden';

/* Complete templates, as snapshot tests of users see them: see test/support/golden.ts. */

function contents(stack: Stack): Stack {
  new IotFileStream(stack, 'Firmware', {
    files: [
      StreamFile.fromAsset(file('app.bin', 'hello')),
      StreamFile.fromJson('config.json', { region: stack.region, level: 3 }),
      StreamFile.fromBucket(s3.Bucket.fromBucketName(stack, 'Vendor', 'vendor'), 'radio/fw.bin', { objectVersion: 'x7' }),
    ],
  });
  return stack;
}

/** A stream with two signed files of three, which uses every attribute of them. */
function signed(stack: Stack): Stack {
  const signing = FileSigning.kmsKey(new kms.Key(stack, 'CodeSigning', { keySpec: kms.KeySpec.ECC_NIST_P256, keyUsage: kms.KeyUsage.SIGN_VERIFY }));
  const vendor = s3.Bucket.fromBucketName(stack, 'Vendor', 'vendor');
  const stream = new IotFileStream(stack, 'Firmware', {
    files: [
      StreamFile.fromAsset(file('app.bin', 'hello'), { signing }),
      StreamFile.fromText('notes.txt', 'text'),
      StreamFile.fromBucket(vendor, 'radio/fw.bin', { objectVersion: 'x7', signing }),
    ],
  });
  const { bucketName, objectKey, objectVersion } = stream.fileLocation('fw.bin');
  new CfnOutput(stack, 'Signature', { value: stream.signature('app.bin') });
  new CfnOutput(stack, 'Location', { value: [bucketName, objectKey, objectVersion].join(' ') });
  new iot.CfnJobTemplate(stack, 'Update', {
    jobTemplateId: stream.jobId(), description: 'update', document: stream.jobDocument({ operation: 'update' }),
  });
  return stack;
}

const inRegion = (region: string) => (app: App) => contents(new Stack(app, 'MyStack', { env: { region, account: ACCOUNT } }));

const golden: Readonly<Record<string, CreateStack>> = {
  'plain': inRegion('eu-west-1'),
  'region-agnostic': (app) => contents(new Stack(app, 'MyStack')),
  'nested': (app) => contents(new NestedStack(new Stack(app, 'MyStack'), 'Nested')),
  'pipeline-stage': (app) => {
    const props: StackProps = { env: { region: 'eu-west-1', account: ACCOUNT } };
    const stage = new Stage(app, 'Production', props);
    const stack = contents(new Stack(stage, 'MyStack'));
    const source = pipelines.CodePipelineSource.connection('owner/repository', 'main', {
      connectionArn: `arn:aws:codeconnections:eu-west-1:${ACCOUNT}:connection/11111111-1111-1111-1111-111111111111`,
    });
    const pipeline = new pipelines.CodePipeline(new Stack(app, 'Pipeline', props), 'Pipeline', {
      synth: new pipelines.ShellStep('Synth', { input: source, commands: ['npx cdk synth'] }),
    });
    pipeline.addStage(stage);
    return stack;
  },
  'signed': (app) => signed(new Stack(app, 'MyStack', { env: { region: 'eu-west-1', account: ACCOUNT } })),
  'aws-cn': inRegion('cn-north-1'),
  'aws-us-gov': inRegion('us-gov-west-1'),
};

testGolden('iot-file-stream', golden);

// the lowest supported CDK has no validation of templates
test("the CDK's own validation of templates finds an invalid property if the CDK has a validation", () => {
  const app = new App();
  new CfnResource(new Stack(app, 'MyStack'), 'Function', { type: 'AWS::Lambda::Function', properties: { Timeout: 'long' } });
  jest.spyOn(console, 'error').mockReturnValue();
  expect(validationProblems(app).length > 0).toBe('CloudFormationValidatePlugin' in cdk);
});

test('the asset hash of the handler depends only on the content of the bundle', () => {
  const sha256 = (content: Buffer | string) => createHash('sha256').update(content).digest('hex');
  const bundle = readFileSync(join(__dirname, '..', '..', 'assets', 'lambda', 'index', 'index.js'));
  // the CDK hashes the given hash again
  expect(rendered(golden.plain).match(HANDLER_HASH)).toEqual([sha256(sha256(bundle))]);
});

test('the times and modes of local files do not change the template', () => {
  const create = (change: (path: string) => void) => (app: App) => {
    const stack = new Stack(app, 'MyStack');
    const path = file('app.bin', 'hello');
    change(path);
    new IotFileStream(stack, 'Firmware', { files: [StreamFile.fromAsset(path)] });
    return stack;
  };
  const plain = rendered(create(() => undefined));
  expect(rendered(create((path) => utimesSync(path, 1, 1)))).toBe(plain);
  expect(rendered(create((path) => chmodSync(path, 0o400)))).toBe(plain);
});

test('the order of keys in a JSON value and of tags does not change the template', () => {
  const create = (keys: readonly string[]) => (app: App) => {
    const stack = new Stack(app, 'MyStack');
    const value = Object.fromEntries(keys.map((key) => [key, { [key]: 1, a: [{ z: 1, [key]: 2 }] }]));
    const stream = new IotFileStream(stack, 'Firmware', { files: [StreamFile.fromJson('config.json', value)] });
    for (const key of keys) Tags.of(stream).add(key, key);
    return stack;
  };
  expect(rendered(create(['c', 'd', 'b']))).toBe(rendered(create(['b', 'c', 'd'])));
});
