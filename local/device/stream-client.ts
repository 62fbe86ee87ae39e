import { randomBytes } from 'node:crypto';
import { BlockRequests, answerTimeout, type RequestOptions } from './block-requests';
import type { BlockSet } from './block-set';
import type { BlockLayout, MissingBlocks } from './blocks';
import { Conversation } from './conversation';
import { codecs, type Codec } from './encoding';
import { NoAnswer, ProtocolViolation, StreamRejection } from './errors';
import {
  describeStreamMessage, getStreamMessage, parseDataBlock, parseDescription,
  type DataBlock, type Rejection, type StreamDescription,
} from './messages';
import { streamTopics, type Encoding, type StreamTopics } from './topics';
import type { Transport } from './transport';

export interface StreamClientOptions {
  readonly thingName: string;
  readonly streamId: string;
  /** @default 'cbor' */
  readonly encoding?: Encoding;
  /** The time to wait for an answer before a retry; doubles with every retry without an answer. @default 2000 */
  readonly answerTimeoutMs?: number;
  /** @default 30000, or `answerTimeoutMs` if that is longer */
  readonly maxAnswerTimeoutMs?: number;
  /** The number of retries without any answer. @default 4 */
  readonly retries?: number;
  /** @default 4 */
  readonly requestsInFlight?: number;
  /**
   * For JSON, the guide of AWS requires hexadecimal bitmaps, while existing clients send Base64.
   * @default 'bitmap' for CBOR, 'windows' for JSON, where the encoding of bitmaps is unclear
   */
  readonly missingBlocks?: MissingBlocks;
}

/** Stores the blocks of one file. */
export interface BlockStore {
  readonly layout: BlockLayout;
  readonly stored: BlockSet;
  write(block: number, payload: Uint8Array): Promise<void>;
}

export interface DownloadOptions {
  readonly signal?: AbortSignal;
  readonly onBlock?: () => void;
}

/** The client of the MQTT-based file delivery. */
export class StreamClient {
  private readonly topics: StreamTopics;
  private readonly codec: Codec;
  private readonly requestOptions: RequestOptions;
  private readonly run = randomBytes(6).toString('hex');
  private conversations = 0;
  private subscription?: Promise<void>;

  constructor(private readonly transport: Transport, options: StreamClientOptions) {
    const encoding = options.encoding ?? 'cbor';
    this.topics = streamTopics(options.thingName, options.streamId, encoding);
    this.codec = codecs[encoding];
    const answerTimeoutMs = options.answerTimeoutMs ?? 2_000;
    this.requestOptions = {
      requestsInFlight: options.requestsInFlight ?? 4,
      missingBlocks: options.missingBlocks ?? (encoding === 'cbor' ? 'bitmap' : 'windows'),
      retryOptions: {
        answerTimeoutMs,
        maxAnswerTimeoutMs: options.maxAnswerTimeoutMs ?? Math.max(30_000, answerTimeoutMs),
        retries: options.retries ?? 4,
      },
    };
  }

  async describe(signal?: AbortSignal): Promise<StreamDescription> {
    const { retryOptions } = this.requestOptions;
    return this.converse(async (conversation) => {
      let failure: StreamRejection | undefined;
      for (let round = 0; round <= retryOptions.retries; round++) {
        await conversation.send(this.topics.describe, describeStreamMessage);
        const deadline = performance.now() + answerTimeout(retryOptions, round);
        for (let answer = await nextUntil(
          conversation, deadline, signal,
        ); answer; answer = await nextUntil(conversation, deadline, signal)) {
          if (answer.kind === 'description') return parseDescription(answer.message);
          if (answer.kind === 'rejected') failure = rejected('describing the stream', answer.rejection);
        }
      }
      throw failure ?? conversation.unreadable ?? new NoAnswer('the request to describe the stream', retryOptions.retries + 1, conversation.trouble(), {
        publish: this.topics.describe, subscribe: this.topics.description,
      });
    });
  }

  /** Downloads the blocks that the store does not have, all from one version of the stream. */
  async download(fileId: number, streamVersion: number, store: BlockStore, options: DownloadOptions = {}): Promise<void> {
    const { layout, stored } = store;
    if (stored.full) return;
    await this.converse(async (conversation) => {
      const requests = new BlockRequests(layout, stored, this.requestOptions);
      const what = `the request for blocks of file ${fileId}`;
      let failure: StreamRejection | undefined;
      while (!stored.full) {
        for (const request of requests.due(performance.now())) {
          await conversation.send(this.topics.get, (clientToken) =>
            getStreamMessage({ ...request, clientToken, streamVersion, fileId, blockSize: layout.blockSize }));
        }
        if (requests.exhausted) throw failure ?? conversation.unreadable ?? this.noBlocks(what, conversation);
        const answer = await nextUntil(conversation, requests.nextDeadline(), options.signal);
        if (answer?.kind === 'rejected') failure = rejected(what, answer.rejection);
        if (answer?.kind !== 'data') continue;
        const block = parseDataBlock(answer.message, this.codec);
        checkBlock(block, fileId, layout);
        if (stored.has(block.block)) continue;
        await store.write(block.block, block.payload);
        requests.received(block.block, performance.now());
        options.onBlock?.();
      }
    });
  }

  private async converse<T>(talk: (conversation: Conversation) => Promise<T>): Promise<T> {
    const { description, data, rejected: rejections } = this.topics;
    this.subscription ??= this.transport.subscribe([description, data, rejections]);
    await this.subscription;
    const conversation = new Conversation(this.transport, this.topics, this.codec, `${this.run}-`, this.conversations++);
    try {
      return await talk(conversation);
    } finally {
      conversation.close();
    }
  }

  private noBlocks(what: string, conversation: Conversation): NoAnswer {
    return new NoAnswer(what, this.requestOptions.retryOptions.retries + 1, conversation.trouble(), {
      publish: this.topics.get, subscribe: this.topics.data,
    });
  }
}

async function nextUntil(conversation: Conversation, deadline: number, signal?: AbortSignal) {
  return conversation.next(Math.max(0, deadline - performance.now()), signal);
}

/** Throws a rejection. An internal error of the service may pass, so it is returned and reported only if retries do not help. */
function rejected(request: string, { code, message }: Rejection): StreamRejection {
  const rejection = new StreamRejection(request, code, message);
  if (code === 'InternalError') return rejection;
  throw rejection;
}

function checkBlock({ fileId, block, payload }: DataBlock, expectedFileId: number, layout: BlockLayout): void {
  if (fileId !== expectedFileId) throw new ProtocolViolation(`an answer to a request for file ${expectedFileId} must have blocks of that file`, `a block of file ${fileId}`);
  if (block >= layout.blockCount) {
    throw new ProtocolViolation(`the blocks of file ${fileId} must be numbered from 0 to ${layout.blockCount - 1}`, `block ${block}`);
  }
  if (payload.length !== layout.length(block)) {
    throw new ProtocolViolation(`block ${block} of file ${fileId} must have ${layout.length(block)} bytes`, `${payload.length} bytes`);
  }
}
