import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StackProps } from 'aws-cdk-lib';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';

const directories: string[] = [];
afterAll(() => directories.splice(0).forEach((directory) => rmSync(directory, { recursive: true })));

/** Writes a file that is deleted after the tests of the calling test file. */
export function file(name: string, content: string | Buffer): string {
  const directory = mkdtempSync(join(tmpdir(), 'cdk-iot-streams-'));
  directories.push(directory);
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

export function testStack(props: StackProps = {}, id = 'MyStack'): Stack {
  return new Stack(new App(), id, props);
}

/** The only resource of a type. */
export function only(stack: Stack, type: string): any {
  const found = Object.values(Template.fromStack(stack).findResources(type));
  expect(found).toHaveLength(1);
  return found[0];
}
