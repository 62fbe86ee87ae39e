import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Creates a separate directory for every test of the calling test file. */
export function temporaryDirectory(): { readonly path: string } {
  let path = '';
  beforeEach(() => { path = mkdtempSync(join(tmpdir(), 'cdk-iot-streams-')); });
  afterEach(() => rmSync(path, { recursive: true }));
  return { get path() { return path; } };
}
