import { Encoder } from 'cbor-x';
import type { Transport } from '../../../local/device/transport';

const cbor = new Encoder({ useRecords: false, mapsAsObjects: true });

/** The size of the buffer in AWS's library, which copies names without a length check. */
const NAME_LENGTH = 44;
const BLOCK_SIZE = 4096;
const PATIENCE_MILLIS = 5_000;

/**
 * A device that behaves like AWS's file streams library for C: it takes the size from its job, requests one block at a time,
 * never describes the stream, ignores rejections, always requests version 1 in JSON, and sends the characters 'MQ==' as bitmap
 * in CBOR.
 */
export class EmbeddedClient {
  private readonly topic: (name: string) => string;

  constructor(private readonly transport: Transport, thingName: string, streamName: string, private readonly encoding: 'json' | 'cbor') {
    if (streamName.length > NAME_LENGTH) throw new Error(`stack buffer overflow: the name has ${streamName.length} characters`);
    this.topic = (name) => `$aws/things/${thingName}/streams/${streamName}/${name}/${encoding}`;
  }

  async download(fileId: number, fileSize: number): Promise<Buffer> {
    await this.transport.subscribe([this.topic('data')]);
    const blocks: Buffer[] = [];
    while (blocks.length * BLOCK_SIZE < fileSize) blocks.push(await this.block(fileId, blocks.length));
    return Buffer.concat(blocks);
  }

  private async block(fileId: number, block: number): Promise<Buffer> {
    let timer: NodeJS.Timeout;
    let stopListening: () => void;
    const answer = new Promise<Buffer>((fulfill, reject) => {
      timer = setTimeout(() => reject(new Error(`no block ${block}`)), PATIENCE_MILLIS);
      stopListening = this.transport.onMessage((topic, payload) => {
        if (topic !== this.topic('data')) return;
        const { f, i, l, p } = this.decode(Buffer.from(payload));
        if (f === fileId && i === block && l === p.length) fulfill(p);
      });
    });
    try {
      await this.transport.publish(this.topic('get'), this.request(fileId, block));
      return await answer;
    } finally {
      clearTimeout(timer!);
      stopListening!();
    }
  }

  private request(f: number, o: number): Buffer {
    return this.encoding === 'json'
      ? Buffer.from(`{"s": 1,"f":${f},"l":${BLOCK_SIZE},"o":${o},"n":1}`)
      : cbor.encode({ c: 'rdy', f, l: BLOCK_SIZE, o, b: Buffer.from('MQ=='), n: 1 });
  }

  private decode(payload: Buffer): { f: number; i: number; l: number; p: Buffer } {
    if (this.encoding === 'cbor') return cbor.decode(payload);
    const message = JSON.parse(payload.toString());
    return { ...message, p: Buffer.from(message.p, 'base64') };
  }
}
