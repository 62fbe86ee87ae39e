import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/*
 * The directory for everything temporary of a run of jest. The CDK leaves a directory behind for every app of a test that names no
 * output directory, which would be thousands a day.
 */

let directory: string | undefined;

export function createRunDirectory(): void {
  directory = mkdtempSync(join(tmpdir(), 'cdk-iot-streams-unit-'));
  process.env.TMPDIR = directory;
}

export function removeRunDirectory(): void {
  if (directory) rmSync(directory, { recursive: true, force: true });
}
