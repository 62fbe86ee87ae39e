import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeStreamService } from './support/fake-stream-service';
import { FakeTransport } from './support/fake-transport';
import { randomBytesOf } from './support/random';
import { downloadFiles } from '../../../local/device/download-stream';

const THING = 'sensor-1';
const STREAM = 'MyStack-Firmware-1A2B3C4D';
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

let outputDirectory: string;
beforeEach(() => { outputDirectory = mkdtempSync(join(tmpdir(), 'device-')); });
afterEach(() => rmSync(outputDirectory, { recursive: true }));

describe.each(['json', 'cbor'] as const)('%s', encoding => {
  test.each([256, 1000, 4096, 131_072])('downloads every file in blocks of %i bytes', async blockSize => {
    const files = new Map([[0, randomBytesOf(1, 300_001)], [7, Buffer.alloc(0)], [255, randomBytesOf(2, 256)]]);
    const service = new FakeStreamService(THING, STREAM, { streamVersion: 3, description: 'firmware', files });

    const downloaded = await downloadFiles(new FakeTransport(service), { thingName: THING, streamId: STREAM, encoding, blockSize, outputDirectory });

    expect(downloaded).toMatchObject({ streamId: STREAM, streamVersion: 3, description: 'firmware', restarts: 0 });
    expect(downloaded.files.map(({ fileId, size, sha256: digest }) => ({ fileId, size, digest }))).toEqual(
      [...files].map(([fileId, bytes]) => ({ fileId, size: bytes.length, digest: sha256(bytes) })));
    for (const { fileId, path } of downloaded.files) expect(readFileSync(path).equals(files.get(fileId)!)).toBe(true);
    expect(readdirSync(outputDirectory).sort()).toEqual([`${STREAM}-0`, `${STREAM}-255`, `${STREAM}-7`]);
  });
});
