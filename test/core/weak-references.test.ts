import type { StackProps } from 'aws-cdk-lib';
import { App, CfnOutput, CrossStackReferences, ReferenceStrength, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { IotFileStream, StreamFile } from '../../src';

/* A value that the CDK passes between stacks without an export gives no warning. The lowest supported CDK always uses exports. */

function app(props: StackProps = {}) {
  const root = new App();
  const producer = new Stack(root, 'Producer', props);
  return { root, producer, stream: new IotFileStream(producer, 'Firmware', { files: [StreamFile.fromText('a', 'text')] }) };
}
const output = (stack: Stack, value: string, exportName?: string) => new CfnOutput(stack, 'Output', { value, exportName });
const warnings = (stack: Stack) => Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('cdk-iot-streams:exported'));

test('a weak reference gives no warning', () => {
  const { root, producer, stream } = app();
  const consumer = new Stack(root, 'Consumer');
  CrossStackReferences.of(consumer).consume(ReferenceStrength.WEAK);
  output(consumer, stream.streamVersion);
  expect(warnings(producer)).toEqual([]);
});

test('a reference into another account, which is always weak, gives no warning', () => {
  const { root, producer, stream } = app({ env: { account: '111111111111', region: 'eu-west-1' } });
  output(new Stack(root, 'Consumer', { env: { account: '222222222222', region: 'eu-west-1' } }), stream.streamVersion);
  expect(warnings(producer)).toEqual([]);
});

test('a named output gives the warning although its value reaches its stack without an export', () => {
  const { root, producer, stream } = app();
  const consumer = new Stack(root, 'Consumer');
  CrossStackReferences.of(consumer).consume(ReferenceStrength.WEAK);
  output(consumer, stream.streamVersion, 'firmware-version');
  expect(warnings(producer)).toHaveLength(1);
});
