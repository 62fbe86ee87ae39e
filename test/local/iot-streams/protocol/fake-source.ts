import { createHash } from 'node:crypto';
import { decode } from 'cbor-x';
import type { Message, ProtocolOptions } from '../../../../local/iot-streams/protocol/protocol';
import { answer } from '../../../../local/iot-streams/protocol/protocol';
import type { StreamFileRecord, StreamRecord, StreamSource } from '../../../../local/iot-streams/stream';

export type Fields = Readonly<Record<string, unknown>>;

/** Streams in memory, without a control plane. */
export class FakeSource implements StreamSource {
  /** If set, every read throws it. */
  failure?: Error;
  private readonly streams = new Map<string, StreamRecord>();
  private readonly contents = new Map<string, Uint8Array>();

  put(streamId: string, files: Readonly<Record<number, Uint8Array>>, more: Partial<StreamRecord> = {}): void {
    const records = Object.entries(files).map(([fileId, bytes]): StreamFileRecord => {
      this.contents.set(`${streamId}/${fileId}`, bytes);
      return { fileId: Number(fileId), bucket: 'bucket', key: `${streamId}/${fileId}`, size: bytes.length, eTag: '"e"' };
    });
    const streamArn = `arn:aws:iot:us-east-1:000000000000:stream/${streamId}`;
    this.streams.set(streamId, { streamId, streamArn, streamVersion: 1, roleArn: 'arn:aws:iam::000000000000:role/r', files: records, ...more });
  }

  find(streamId: string): StreamRecord | undefined {
    return this.streams.get(streamId);
  }

  read(_stream: StreamRecord, file: StreamFileRecord, start: number, end: number): Promise<Uint8Array> {
    return this.failure ? Promise.reject(this.failure) : Promise.resolve(this.contents.get(file.key)!.subarray(start, end));
  }
}

export function topicOf(streamId: string, lastLevels: string): string {
  return `$aws/things/thing/streams/${streamId}/${lastLevels}`;
}

/** An answer with the last levels of its topic and its fields. */
export interface Answer {
  readonly on: string;
  readonly fields: Fields;
  readonly payload: Buffer;
}

export async function ask(source: StreamSource, topic: string, payload: Uint8Array | string, options?: ProtocolOptions): Promise<Answer[]> {
  const answers: Message[] = await answer({ topic, payload: Buffer.from(payload) }, source, options);
  return answers.map((message) => ({
    on: message.topic.split('/').slice(-2).join('/'),
    fields: message.topic.endsWith('json') ? JSON.parse(Buffer.from(message.payload).toString()) : decode(message.payload),
    payload: Buffer.from(message.payload),
  }));
}

/** The greatest size of a file of a stream. */
export const MAXIMUM_FILE_BYTES = 24 * 1024 * 1024;

let sequence: Buffer | undefined;

/** Returns the first bytes of a random sequence, which is created once and must not be changed. */
export function content(length: number): Buffer {
  sequence ??= createHash('shake256', { outputLength: MAXIMUM_FILE_BYTES }).update('content').digest();
  return sequence.subarray(0, length);
}
