import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomBytesOf } from './support/random';
import { PartialFile, type PartialFileIdentity } from '../../../local/device/partial-file';
import { temporaryDirectory } from '../../support/temporary-directory';

const directory = temporaryDirectory();
const content = randomBytesOf(1, 1000);
const identity: PartialFileIdentity = { streamId: 'firmware', streamVersion: 0, fileId: 0, fileSize: 1000, blockSize: 256 };
const open = async (changed: Partial<PartialFileIdentity> = {}) => PartialFile.open(join(directory.path, 'app.bin'), { ...identity, ...changed });
const block = (index: number) => content.subarray(index * 256, (index + 1) * 256);

async function interrupted(): Promise<void> {
  const file = await open();
  await file.write(3, block(3));
  await file.write(1, block(1));
  await file.close();
}

test('assembles blocks in any order and creates the file in one step', async () => {
  const file = await open();
  for (const index of [3, 0, 2, 1]) await file.write(index, block(index));
  expect(await file.sha256()).toBe(createHash('sha256').update(content).digest('hex'));
  await file.close();
  expect(readdirSync(directory.path)).toEqual(['.iot-streams-incomplete']);
  expect(readdirSync(join(directory.path, '.iot-streams-incomplete')).sort()).toEqual(['app.bin.json', 'app.bin.part']);

  await file.commit();

  expect(readdirSync(directory.path)).toEqual(['app.bin']);
  expect(readFileSync(file.path).equals(content)).toBe(true);
});

test('resumes with the blocks of an earlier run', async () => {
  await interrupted();

  const file = await open();

  expect([0, 1, 2, 3].map((index) => file.stored.has(index))).toEqual([false, true, false, true]);
  expect(file.receivedBytes).toBe(256 + 232);
  for (const index of [0, 2]) await file.write(index, block(index));
  expect(file.receivedBytes).toBe(1000);
  expect(await file.sha256()).toBe(createHash('sha256').update(content).digest('hex'));
  await file.close();
});

test.each<Partial<PartialFileIdentity>>([
  { streamId: 'other' }, { streamVersion: 1 }, { fileId: 1 }, { fileSize: 999 }, { blockSize: 257 },
])('does not resume a file with another identity: %p', async (changed) => {
  await interrupted();

  const file = await open(changed);

  expect(file.stored.size).toBe(0);
  await file.close();
  expect(readFileSync(join(directory.path, '.iot-streams-incomplete', 'app.bin.part'))).toHaveLength(0);
});

test.each(['', 'null', '[]', '7', '{}', JSON.stringify({ ...identity }), JSON.stringify({ ...identity, blocks: 15 })])('does not resume with the list of blocks %p', async (sidecar) => {
  await interrupted();
  writeFileSync(join(directory.path, '.iot-streams-incomplete', 'app.bin.json'), sidecar);

  const file = await open();

  expect(file.stored.size).toBe(0);
  await file.close();
});

test('does not resume with fewer bytes than the list of blocks requires', async () => {
  await interrupted();
  writeFileSync(join(directory.path, '.iot-streams-incomplete', 'app.bin.part'), block(0));

  const file = await open();

  expect(file.stored.size).toBe(0);
  await file.close();
});

test('saves the list of blocks during the download, because the process may be killed', async () => {
  const now = jest.spyOn(performance, 'now');
  const file = await open();
  now.mockReturnValue(performance.now() + 1_000);
  await file.write(0, block(0));
  now.mockRestore();

  expect(JSON.parse(readFileSync(join(directory.path, '.iot-streams-incomplete', 'app.bin.json'), 'utf8'))).toEqual({ ...identity, blocks: 'AQ==' });
  await file.close();
});

test('discard leaves nothing behind', async () => {
  await interrupted();
  const file = await open();
  await file.close();

  await file.discard();

  expect(readdirSync(directory.path)).toEqual([]);
});

test('creates an empty file', async () => {
  const file = await open({ fileSize: 0 });
  expect([file.stored.full, file.receivedBytes, await file.sha256()]).toEqual([true, 0, createHash('sha256').digest('hex')]);
  await file.close();
  await file.commit();
  expect(existsSync(file.path)).toBe(true);
});
