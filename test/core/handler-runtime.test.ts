import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import { IotFileStream, StreamFile } from '../../src';

/* The handler is compiled once, for the oldest Node.js of any stack. This test also runs with the lowest supported CDK. */

const { tasks } = JSON.parse(readFileSync(join(__dirname, '..', '..', '.projen', 'tasks.json'), 'utf8'));
const [target] = /(?<=--target=node)\d+/.exec(JSON.stringify(tasks['bundle:lambda/index'])) ?? [];

const runtimeIn = (region?: string) => {
  const stack = new Stack(new App(), 'MyStack', { env: { region } });
  const { handler } = new IotFileStream(stack, 'Firmware', { files: [StreamFile.fromText('a.txt', 'a')] });
  return Number(/^nodejs(\d+)\.x$/.exec((handler as lambda.Function).runtime.name)?.[1]);
};

test('the bundle is compiled for a Node.js that is not newer than the runtime of any region', () => {
  const runtimes = [...RegionInfo.regions.map(({ name }) => name), 'xx-unknown-1', undefined].map(runtimeIn);
  expect(runtimes).not.toContain(NaN);
  expect(Number(target)).toBeLessThanOrEqual(Math.min(...runtimes));
  expect(Number(target)).toBeGreaterThanOrEqual(18);
});
