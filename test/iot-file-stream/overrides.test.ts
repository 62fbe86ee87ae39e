import { App, CfnOutput, CfnResource, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { IotFileStream, StreamFile } from '../../src';
import { file, only, testStack } from '../support/app';

/*
 * Escape hatches on the L1 of a stream: each works, or says at synth what is wrong.
 */

const create = (stack: Stack, files = [StreamFile.fromText('a', 'text')]) => new IotFileStream(stack, 'Firmware', { files, streamId: 'firmware' });

/** What synthesis says when `change` was made to the L1 of a stream. */
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

test('overrideLogicalId names the stream in every reference to it', () => {
  const stack = testStack();
  const stream = create(stack);
  (stream.node.defaultChild as CfnResource).overrideLogicalId('Mine');
  new CfnOutput(stack, 'Output', { value: stream.streamId });
  const template = Template.fromStack(stack);
  expect(Object.keys(template.findResources('Custom::IotFileStream'))).toEqual(['Mine']);
  expect(template.findOutputs('Output').Output.Value).toEqual({ 'Fn::GetAtt': ['Mine', 'StreamId'] });
});

test('a stream under a logical id of the user\'s own is checked as every other', () => {
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

test.each(['StreamId', 'UpdateStrategy', 'Bucket', 'Prefix', 'RoleArn', 'ManagementRoleArn', 'ContractVersion', 'ServerSideEncryption'])(
  'property %s is refused overridden and deleted', (name) => {
    expect(errors((resource) => resource.addPropertyOverride(name, 'other'))).toEqual([fixed(name, '"other"')]);
    expect(errors((resource) => resource.addPropertyDeletionOverride(name))).toEqual([fixed(name, 'undefined')]);
  });

test.each(['Description', 'Files'])('property %s is refused deleted', (name) => {
  expect(errors((resource) => resource.addPropertyDeletionOverride(name))).toEqual([
    `[MyStack/Firmware] property '${name}' of 'MyStack/Firmware' must not be deleted, got: undefined; set '${name.toLowerCase()}' of the construct`,
  ]);
});

test('the deletion of all properties is refused for each of them', () => {
  const found = errors((resource) => resource.addDeletionOverride('Properties'));
  expect(found).toContain(fixed('StreamId', 'undefined'));
  expect(found).toHaveLength(10);
});

test('F57: a text that an override changes is refused while its SHA-256 stays', () => {
  expect(errors((resource) => resource.addPropertyOverride('Files.0.Text', 'other'))).toEqual([
    "[MyStack/Firmware] text of file 0 of stream 'firmware' must have the SHA-256 of 'Files.0.Sha256', got: another text by an override; "
      + "change the text in 'files', or delete 'Sha256' and 'Size' by overrides as well",
  ]);
});

test('a local file beside overrides of texts is not taken for a text', () => {
  expect(errors(() => undefined, [StreamFile.fromAsset(file('app.bin', 'app'))])).toEqual([]);
});

test('a text that an override makes empty is refused for that alone', () => {
  expect(errors((resource) => resource.addPropertyOverride('Files.0.Text', ''))).toEqual([
    "[MyStack/Firmware] file 'a' of stream 'firmware' must have a content, got: none; a device cannot ask for a block of an empty file",
  ]);
});

test('a reference to a secret in a property is refused', () => {
  expect(errors((resource) => resource.addPropertyOverride('Description', '{{resolve:ssm-secure:/key:1}}'))).toEqual([
    "[MyStack/Firmware] property 'Description' of stream 'firmware' must not refer to a secret, got: a reference to 'ssm-secure'; devices receive what a stream holds, "
      + 'and CloudFormation does not resolve such references for custom resources: let the device read the secret itself',
  ]);
});
