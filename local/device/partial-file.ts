import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, rmdir, stat, writeFile, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { BlockSet } from './block-set';
import { BlockLayout } from './blocks';
import type { BlockStore } from './stream-client';

/** The properties that must be equal to reuse the blocks of an earlier run. */
export interface PartialFileIdentity {
  readonly streamId: string;
  readonly streamVersion: number;
  readonly fileId: number;
  readonly fileSize: number;
  readonly blockSize: number;
}

const CHECKPOINT_INTERVAL_MS = 1_000;

/** A subdirectory of the output directory, so that no file has the name of another one's temporary file. */
export const INCOMPLETE_DIRECTORY = '.iot-streams-incomplete';

/** An incomplete file: `<name>.part` contains the bytes, `<name>.json` the list of received blocks. */
export class PartialFile implements BlockStore {
  static async open(path: string, identity: PartialFileIdentity): Promise<PartialFile> {
    const layout = new BlockLayout(identity.fileSize, identity.blockSize);
    const incomplete = join(dirname(path), INCOMPLETE_DIRECTORY);
    await mkdir(incomplete, { recursive: true });
    const temporary = join(incomplete, basename(path));
    const stored = await storedBlocks(temporary, identity, layout);
    const file = await open(`${temporary}.part`, stored ? 'r+' : 'w+');
    return new PartialFile(path, temporary, identity, layout, stored ?? new BlockSet(layout.blockCount), file);
  }

  private checkpointAt = performance.now();

  private constructor(
    readonly path: string,
    private readonly temporary: string,
    readonly identity: PartialFileIdentity,
    readonly layout: BlockLayout,
    readonly stored: BlockSet,
    private readonly file: FileHandle,
  ) {}

  get receivedBytes(): number {
    const lastBlock = this.layout.blockCount - 1;
    const missingTail = lastBlock >= 0 && this.stored.has(lastBlock) ? this.layout.blockSize - this.layout.length(lastBlock) : 0;
    return this.stored.size * this.layout.blockSize - missingTail;
  }

  async write(block: number, payload: Uint8Array): Promise<void> {
    await this.file.write(payload, 0, payload.length, this.layout.position(block));
    this.stored.add(block);
    if (performance.now() - this.checkpointAt >= CHECKPOINT_INTERVAL_MS) await this.checkpoint();
  }

  async sha256(): Promise<string> {
    const hash = createHash('sha256');
    for await (const chunk of this.content()) hash.update(chunk);
    return hash.digest('hex');
  }

  /** Reads the content from the beginning. */
  content(): AsyncIterable<Uint8Array> {
    return this.file.createReadStream({ start: 0, autoClose: false });
  }

  /** Saves the list of blocks, so that another run can resume. */
  async close(): Promise<void> {
    try {
      await this.checkpoint();
    } finally {
      await this.file.close();
    }
  }

  /** Renames the complete file to its own name, in one step. */
  async commit(): Promise<void> {
    await rename(`${this.temporary}.part`, this.path);
    await rm(`${this.temporary}.json`, { force: true });
    await this.removeDirectory();
  }

  async discard(): Promise<void> {
    // removes the list first: a crash must not leave a list of blocks without their bytes
    await rm(`${this.temporary}.json`, { force: true });
    await rm(`${this.temporary}.part`, { force: true });
    await this.removeDirectory();
  }

  private async removeDirectory(): Promise<void> {
    try {
      await rmdir(dirname(this.temporary));
    } catch {
      // the directory contains another incomplete file, or another run has removed it
    }
  }

  private async checkpoint(): Promise<void> {
    // writes the bytes to the disk first, so that the list never contains a block that a power failure can lose
    await this.file.datasync();
    await writeFile(`${this.temporary}.new`, JSON.stringify({ ...this.identity, blocks: this.stored.toBase64() }));
    await rename(`${this.temporary}.new`, `${this.temporary}.json`);
    this.checkpointAt = performance.now();
  }
}

async function storedBlocks(temporary: string, identity: PartialFileIdentity, layout: BlockLayout): Promise<BlockSet | undefined> {
  try {
    const { size } = await stat(`${temporary}.part`);
    const sidecar: unknown = JSON.parse(await readFile(`${temporary}.json`, 'utf8'));
    const fields = new Map<string, unknown>(Object.entries(sidecar ?? {}));
    const blocks = fields.get('blocks');
    const same = Object.entries(identity).every(([name, value]) => fields.get(name) === value);
    if (!same || typeof blocks !== 'string') return undefined;
    const stored = BlockSet.fromBase64(layout.blockCount, blocks);
    return size < layout.endOf(stored) ? undefined : stored;
  } catch {
    // without a readable list, the download starts from the first byte
    return undefined;
  }
}
