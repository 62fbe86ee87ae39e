import type { App, CfnResource } from 'aws-cdk-lib';
import { CfnOutput, SecretValue, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { IotFileStream, StreamFile } from '../../src';
import { file, only, testStack } from '../support/app';

/*
 * Escape hatches on the L1 of a stream: each works or gives an error at synth.
 */

const create = (stack: Stack, files = [StreamFile.fromText('a', 'text')]) => new IotFileStream(stack, 'Firmware', { files, streamId: 'firmware' });

/** The errors of synthesis after `change` of the L1 of a stream. */
function errors(change: (resource: CfnResource) => void, files?: StreamFile[]): string[] {
  const stack = testStack();
  change(create(stack, files).node.defaultChild as CfnResource);
  try {
    (stack.node.root as App).synth();
    return [];
  } catch (error) {
    return (error as Error).message.split('\n  ').filter((line) => line !== 'Validation failed with the following errors:');
  }
}

const fixed = (name: string, got: string) => `[MyStack/Firmware] property '${name}' of 'MyStack/Firmware' must not be overridden or deleted, got: ${got}; `
  + 'roles and policies are made for the value that the properties of the construct give: change those';

test('overrideLogicalId changes every reference to the stream', () => {
  const stack = testStack();
  const stream = create(stack);
  (stream.node.defaultChild as CfnResource).overrideLogicalId('Mine');
  new CfnOutput(stack, 'Output', { value: stream.streamId });
  const template = Template.fromStack(stack);
  expect(Object.keys(template.findResources('Custom::IotFileStream'))).toEqual(['Mine']);
  expect(template.findOutputs('Output').Output.Value).toEqual({ 'Fn::GetAtt': ['Mine', 'StreamId'] });
});

test('an override of a stream with another logical ID is checked', () => {
  expect(errors((resource) => {
    resource.overrideLogicalId('Mine');
    resource.addPropertyOverride('Bucket', 'other');
  })).toEqual([fixed('Bucket', '"other"')]);
});

test('description, texts, tags and the service timeout may be overridden', () => {
  const stack = testStack();
  const resource = create(stack).node.defaultChild as CfnResource;
  resource.addPropertyOverride('Description', 'other');
  resource.addPropertyOverride('ServiceTimeout', '600');
  resource.addPropertyOverride('Tags', { team: 'radio' });
  resource.addPropertyOverride('Files.0.Text', 'other');
  resource.addPropertyDeletionOverride('Files.0.Sha256');
  resource.addPropertyDeletionOverride('Files.0.Size');
  expect(only(stack, 'Custom::IotFileStream').Properties).toMatchObject({
    Description: 'other', ServiceTimeout: '600', Tags: { team: 'radio' }, Files: { 0: { FileName: 'a', Text: 'other' } },
  });
});

test('tags and the service timeout may be deleted', () => {
  expect(errors((resource) => {
    resource.addPropertyDeletionOverride('ServiceTimeout');
    resource.addPropertyDeletionOverride('Tags');
  })).toEqual([]);
});

test.each(['ServiceToken', 'StreamId', 'UpdateStrategy', 'Bucket', 'Prefix', 'RoleArn', 'ManagementRoleArn', 'ContractVersion', 'ServerSideEncryption'])(
  'property %s of the stream must not be overridden or deleted', (name) => {
    expect(errors((resource) => resource.addPropertyOverride(name, 'other'))).toEqual([fixed(name, '"other"')]);
    expect(errors((resource) => resource.addPropertyDeletionOverride(name))).toEqual([fixed(name, 'undefined')]);
  });

test.each(['ServiceToken', 'StreamId', 'Bucket', 'Prefix', 'ManagementRoleArn', 'ContractVersion'])(
  'property %s of the objects resource must not be overridden or deleted', (name) => {
    const ofObjects = (change: (objects: CfnResource) => void) => errors((resource) => {
      const storage = resource.node.scopes.find(({ node }) => node.id === 'Firmware')!.node.findAll().find(({ node }) => node.id === 'Objects')!;
      change(storage.node.defaultChild as CfnResource);
    });
    const expected = (got: string) => [expect.stringMatching(new RegExp(
      `^\\[MyStack/Firmware\\] property '${name}' of 'MyStack/Firmware/Storage\\w{8}/Objects' must not be overridden or deleted, got: ${got}; `))];
    expect(ofObjects((objects) => objects.addPropertyOverride(name, 'other'))).toEqual(expected('"other"'));
    expect(ofObjects((objects) => objects.addPropertyDeletionOverride(name))).toEqual(expected('undefined'));
  });

test('the deletion of all properties of the objects resource gives one error for each', () => {
  const found = errors((resource) => {
    const [objects] = Stack.of(resource).node.findAll().filter(({ node }) => node.id === 'Objects');
    (objects.node.defaultChild as CfnResource).addDeletionOverride('Properties');
  });
  expect(found).toHaveLength(6);
  for (const problem of found) expect(problem).toContain('/Objects\' must not be overridden or deleted, got: undefined; ');
});

test('an aspect must not disable the versioning of the default bucket', () => {
  const stack = testStack();
  (create(stack).bucket.node.defaultChild as s3.CfnBucket).addPropertyDeletionOverride('VersioningConfiguration');
  expect(() => (stack.node.root as App).synth()).toThrow(
    "'bucket' must have versioning enabled, got: 'MyStack/IotFileStreamBucket' without it; add 'versioned: true' to the bucket");
});

test.each(['Description', 'Files'])('property %s must not be deleted', (name) => {
  expect(errors((resource) => resource.addPropertyDeletionOverride(name))).toEqual([
    `[MyStack/Firmware] property '${name}' of 'MyStack/Firmware' must not be deleted, got: undefined; set '${name.toLowerCase()}' of the construct`,
  ]);
});

test.each<[string, unknown]>([['"text"', 'text'], ['null', null], ['1', 1]])('a file must not be overridden by %s', (got, value) => {
  expect(errors((resource) => resource.addPropertyOverride('Files.0', value))).toEqual([
    `[MyStack/Firmware] property 'Files.0' of 'MyStack/Firmware' must be an object, got: ${got}; override one of its properties, such as 'Files.0.Text'`,
  ]);
});

test.each<[string, unknown]>([['[{"Key":"team","Value":"edge"}]', [{ Key: 'team', Value: 'edge' }]], ['"edge"', 'edge']])('tags must not be overridden by %s', (got, value) => {
  expect(errors((resource) => resource.addPropertyOverride('Tags', value))).toEqual([
    `[MyStack/Firmware] property 'Tags' of 'MyStack/Firmware' must be a map of keys to values, got: ${got}; override one tag, such as 'Tags.team', or use Tags.of()`,
  ]);
});

test.each(['Description', 'Tags.team', 'Files.0.Text', 'Files.0.FileName'])('property %s must not be overridden by a list', (name) => {
  expect(errors((resource) => resource.addPropertyOverride(name, ['a', 'b']))).toEqual([
    `[MyStack/Firmware] property '${name}' of 'MyStack/Firmware' must be a string, got: ["a","b"]; override it with a text`,
  ]);
});

test.each<[string, unknown]>([['Tags.team', 'edge'], ['Tags', { team: 'edge' }], ['Description', { Ref: 'AWS::StackName' }]])('property %s may be overridden', (name, value) => {
  expect(errors((resource) => resource.addPropertyOverride(name, value))).toEqual([]);
});

test("the deletion of the only file is refused like that of the property 'Files'", () => {
  expect(errors((resource) => resource.addPropertyDeletionOverride('Files.0'))).toEqual([
    "[MyStack/Firmware] property 'Files' of 'MyStack/Firmware' must not be deleted, got: undefined; set 'files' of the construct",
  ]);
});

test('an unknown property may be added, for example to update the stream at each deployment', () => {
  expect(errors((resource) => resource.addPropertyOverride('Trigger', '1'))).toEqual([]);
});

test('the deletion of all properties of the stream gives one error for each', () => {
  const found = errors((resource) => resource.addDeletionOverride('Properties'));
  expect(found).toContain(fixed('StreamId', 'undefined'));
  expect(found).toHaveLength(11);
});

test('F57: an override of a text is refused if its SHA-256 is unchanged', () => {
  expect(errors((resource) => resource.addPropertyOverride('Files.0.Text', 'other'))).toEqual([
    "[MyStack/Firmware] text of file 0 of stream 'firmware' must have the SHA-256 of 'Files.0.Sha256', got: another text by an override; "
      + "change the text in 'files', or delete 'Sha256' and 'Size' by overrides as well",
  ]);
});

test('a local file is not checked like an overridden text', () => {
  expect(errors(() => undefined, [StreamFile.fromAsset(file('app.bin', 'app'))])).toEqual([]);
});

test('an override with an empty text gives only the error about the empty text', () => {
  expect(errors((resource) => resource.addPropertyOverride('Files.0.Text', ''))).toEqual([
    "[MyStack/Firmware] file 'a' of stream 'firmware' must not be empty, got: 0 bytes; a device cannot download an empty file",
  ]);
});

test('a reference to a secret in a property is refused', () => {
  expect(errors((resource) => resource.addPropertyOverride('Description', '{{resolve:ssm-secure:/key:1}}'))).toEqual([
    "[MyStack/Firmware] property 'Description' of stream 'firmware' must not refer to a secret, got: a reference to 'ssm-secure'; devices receive what a stream holds, "
      + 'and CloudFormation does not resolve such references for custom resources: let the device read the secret itself',
  ]);
});

test('a reference to a secret in the key of a file without a name is refused with the file ID', () => {
  const stack = testStack();
  create(stack, [StreamFile.fromBucket(s3.Bucket.fromBucketName(stack, 'Bucket', 'source'), SecretValue.secretsManager('key').unsafeUnwrap())]);
  expect(() => (stack.node.root as App).synth()).toThrow(new Error('Validation failed with the following errors:\n'
    + "  [MyStack/Firmware] file '0' of stream 'firmware' must not refer to a secret, got: a reference to 'secretsmanager'; devices receive what a stream holds, "
    + 'and CloudFormation does not resolve such references for custom resources: let the device read the secret itself'));
});
