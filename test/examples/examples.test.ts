import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { App } from 'aws-cdk-lib';
import type { CloudFormationStackArtifact } from 'aws-cdk-lib/cx-api';

/* Synthesises each example, which is a complete app, as the CLI does, with the context that its comment names. */

const examples = resolve(__dirname, '..', '..', 'examples');
const CONTEXT = {
  firmware: resolve(__dirname, '..', 'bindings', 'shared', 'app.bin'),
  vendorBucket: 'vendor-firmware',
  modemVersion: 'x7',
  mapRevision: '2026-11',
  cameras: 'front-door,garage',
};
/** The names of the files of each stream, by stack, in every folder of examples. */
const STREAMS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'camera': { Camera: [] },
  'firmware': { Firmware: ['app.bin'] },
  'ota': { Ota: ['app.bin'] },
  'own-bucket': { OwnBucket: ['app.bin'] },
  'pipeline-stage': { 'Beta-Firmware': ['app.bin'], 'Pipeline': [], 'Production-Firmware': ['app.bin'] },
  'regions': { 'Firmware-ap-southeast-2': ['app.bin'], 'Firmware-eu-west-1': ['app.bin'], 'Firmware-us-east-1': ['app.bin'] },
  'vendor-object': { VendorObject: ['firmware.bin', 'europe.bin'] },
};

function synthesise(example: string, context: object = CONTEXT): CloudFormationStackArtifact[] {
  process.env.CDK_CONTEXT_JSON = JSON.stringify(context);
  try {
    const { app } = jest.requireActual<{ app: App }>(join(examples, example, 'app'));
    return app.synth().stacksRecursively;
  } finally {
    delete process.env.CDK_CONTEXT_JSON;
  }
}

interface Resource {
  readonly Type: string;
  readonly Properties: { readonly Files: Readonly<Record<string, { readonly FileName: string }>> };
}

function filesOf({ template }: CloudFormationStackArtifact): string[] {
  return Object.values((template as { Resources: Record<string, Resource> }).Resources)
    .filter(({ Type }) => Type === 'Custom::IotFileStream')
    .flatMap(({ Properties }) => Object.values(Properties.Files).map(({ FileName }) => FileName));
}

const folders = readdirSync(examples, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name).sort();

test('every folder of examples has an app, a line in the index and a test', () => {
  expect(folders.filter((name) => !existsSync(join(examples, name, 'app.ts')))).toEqual([]);
  const index = readFileSync(join(examples, 'README.md'), 'utf8');
  expect(folders.filter((name) => !index.includes(`](${name}`))).toEqual([]);
  expect(Object.keys(STREAMS).sort()).toEqual(folders);
});

test.each(Object.entries(STREAMS))('the example "%s" synthesises its stacks, with the files of its streams', (example, streams) => {
  const stacks = synthesise(example);
  expect(Object.fromEntries(stacks.map((stack) => [stack.stackName, filesOf(stack)]))).toEqual(streams);
});

test('the example "camera" creates a thing and a video stream for each name, and one role, alias and policy for all', () => {
  const [{ template }] = synthesise('camera');
  const { Resources } = template as { Resources: Record<string, { Type: string; Properties: Record<string, string> }> };
  const resources = Object.values(Resources);
  const namesOf = (type: string, property: string) =>
    resources.filter(({ Type }) => Type === type).map(({ Properties }) => Properties[property]);
  const names = ['front-door', 'garage'];
  expect([namesOf('AWS::IoT::Thing', 'ThingName'), namesOf('AWS::KinesisVideo::Stream', 'Name')]).toEqual([names, names]);
  expect(namesOf('AWS::IoT::RoleAlias', 'RoleAlias')).toEqual(['cameras']);
  expect([namesOf('AWS::IAM::Role', 'RoleName'), namesOf('AWS::IoT::Policy', 'PolicyName')]).toEqual([[undefined], [undefined]]);
});

test('the example "ota" signs its firmware if the context names a key', () => {
  jest.isolateModules(() => {
    const [{ template }] = synthesise('ota', { ...CONTEXT, signingKey: '2026' });
    const { Resources, Outputs } = template as { Resources: Record<string, Resource>; Outputs: object };
    const [key] = Object.keys(Resources).filter((id) => Resources[id].Type === 'AWS::KMS::Key');
    const [stream] = Object.values(Resources).filter(({ Type }) => Type === 'Custom::IotFileStream');
    expect(stream.Properties.Files[0]).toMatchObject({ SigningKeyArn: { 'Fn::GetAtt': [key, 'Arn'] }, SigningAlgorithm: 'ECDSA_SHA_256' });
    expect(Object.keys(Outputs)).toEqual(expect.arrayContaining(['SigningKeyId', 'Signature']));
  });
});
