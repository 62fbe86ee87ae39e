import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory of its own for every test of the file that calls this. */
export function temporaryDirectory(): { readonly path: string } {
  let path = '';
  beforeEach(() => { path = mkdtempSync(join(tmpdir(), 'cdk-iot-streams-')); });
  afterEach(() => rmSync(path, { recursive: true }));
  return { get path() { return path; } };
}
