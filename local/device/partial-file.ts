import { createHash } from 'node:crypto';
import { open, readFile, rename, rm, stat, writeFile, type FileHandle } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { BlockSet } from './block-set';
import { BlockLayout } from './blocks';
import type { BlockStore } from './stream-client';

/** What must be the same for blocks of an earlier run to be of use. */
export interface PartialFileIdentity {
  readonly streamId: string;
  readonly streamVersion: number;
  readonly fileId: number;
  readonly fileSize: number;
  readonly blockSize: number;
}

const CHECKPOINT_INTERVAL_MS = 1_000;

/** A file on its way: `<path>.part` has the bytes, `<path>.part.json` says which of them are there. */
export class PartialFile implements BlockStore {
  static async open(path: string, identity: PartialFileIdentity): Promise<PartialFile> {
    const layout = new BlockLayout(identity.fileSize, identity.blockSize);
    const stored = await storedBlocks(path, identity, layout);
    const file = await open(`${path}.part`, stored ? 'r+' : 'w+');
    return new PartialFile(path, identity, layout, stored ?? new BlockSet(layout.blockCount), file);
  }

  private checkpointAt = performance.now();

  private constructor(
    readonly path: string,
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
    for await (const chunk of this.file.createReadStream({ start: 0, autoClose: false })) hash.update(chunk);
    return hash.digest('hex');
  }

  /** Leaves everything as another run needs it to go on. */
  async close(): Promise<void> {
    try {
      await this.checkpoint();
    } finally {
      await this.file.close();
    }
  }

  /** The file becomes visible under its own name, in one step. */
  async commit(): Promise<void> {
    await rename(`${this.path}.part`, this.path);
    await rm(`${this.path}.part.json`, { force: true });
  }

  async discard(): Promise<void> {
    // first what makes the bytes trustworthy, then the bytes: in the other order a crash would leave a lie
    await rm(`${this.path}.part.json`, { force: true });
    await rm(`${this.path}.part`, { force: true });
  }

  private async checkpoint(): Promise<void> {
    // the list must never promise a block that a power cut can take away
    await this.file.datasync();
    await writeFile(`${this.path}.part.json.new`, JSON.stringify({ ...this.identity, blocks: this.stored.toBase64() }));
    await rename(`${this.path}.part.json.new`, `${this.path}.part.json`);
    this.checkpointAt = performance.now();
  }
}

async function storedBlocks(path: string, identity: PartialFileIdentity, layout: BlockLayout): Promise<BlockSet | undefined> {
  try {
    const { size } = await stat(`${path}.part`);
    const sidecar: unknown = JSON.parse(await readFile(`${path}.part.json`, 'utf8'));
    const fields = new Map<string, unknown>(Object.entries(sidecar ?? {}));
    const blocks = fields.get('blocks');
    const same = Object.entries(identity).every(([name, value]) => fields.get(name) === value);
    if (!same || typeof blocks !== 'string') return undefined;
    const stored = BlockSet.fromBase64(layout.blockCount, blocks);
    return size < layout.endOf(stored) ? undefined : stored;
  } catch {
    // nothing there, or nothing that can be understood: either way the first byte is the place to start
    return undefined;
  }
}
