import type { Codec, RequestMessage } from './encoding';
import { ProtocolViolation, reasonOf } from './errors';
import { Inbox } from './inbox';
import { clientTokenOf, parseRejection, type Rejection } from './messages';
import type { StreamTopics } from './topics';
import type { Transport } from './transport';

export type Answer =
  | { readonly kind: 'description' | 'data'; readonly message: unknown }
  | { readonly kind: 'rejected'; readonly rejection: Rejection };

/**
 * Requests of one purpose and their answers. Every request has a token of its own below one prefix, so that neither
 * another client of the same thing nor an earlier attempt of this one, for an older version, can slip blocks in.
 */
export class Conversation {
  private readonly inbox = new Inbox<Answer>();
  private readonly stopListening: () => void;
  private requests = 0;
  private lastTrouble?: string;
  private lastUnreadable?: ProtocolViolation;

  constructor(
    private readonly transport: Transport,
    private readonly topics: StreamTopics,
    private readonly codec: Codec,
    private readonly tokenPrefix: string,
  ) {
    this.stopListening = transport.onMessage((topic, payload) => this.receive(topic, payload));
  }

  async send(topic: string, message: (clientToken: string) => RequestMessage): Promise<void> {
    const payload = this.codec.encode(message(`${this.tokenPrefix}${this.requests++}`));
    try {
      await this.transport.publish(topic, payload);
    } catch (error) {
      // as good as lost on the way: the timeout asks again, and the connection may be back by then
      this.noteTrouble(this.transport.trouble() ?? `publishing failed: ${reasonOf(error)}`);
    }
  }

  async next(timeoutMs: number, signal?: AbortSignal): Promise<Answer | undefined> {
    return this.inbox.next(timeoutMs, signal);
  }

  /** What may explain a silence. */
  trouble(): string | undefined {
    return this.lastTrouble ?? this.transport.trouble();
  }

  /** The last message on a topic of ours that is no answer to a request. It may be a stranger's, so it counts only if no answer comes. */
  get unreadable(): ProtocolViolation | undefined {
    return this.lastUnreadable;
  }

  noteTrouble(trouble: string): void {
    this.lastTrouble = trouble;
  }

  close(): void {
    this.stopListening();
  }

  private receive(topic: string, payload: Uint8Array): void {
    const { description, data, rejected } = this.topics;
    if (topic !== description && topic !== data && topic !== rejected) return;
    const message = this.decode(topic, payload);
    if (message === undefined) return;
    const token = clientTokenOf(message);
    if (topic === rejected && token === undefined) {
      // the service leaves the token out when it could not read the request, so this may be for us or for a stranger:
      // too little to give up, but it explains a silence
      const { code, message: reason } = parseRejection(message);
      this.noteTrouble(`a rejection without a client token said ${code} (${reason})`);
      return;
    }
    if (!token?.startsWith(this.tokenPrefix)) {
      this.lastUnreadable = new ProtocolViolation(`a message on '${topic}' must have the client token of a request`, token === undefined ? 'none' : `'${token}'`);
      return;
    }
    this.inbox.push(topic === rejected
      ? { kind: 'rejected', rejection: parseRejection(message) }
      : { kind: topic === data ? 'data' : 'description', message });
  }

  private decode(topic: string, payload: Uint8Array): unknown {
    try {
      return this.codec.decode(payload);
    } catch (error) {
      this.lastUnreadable = new ProtocolViolation(`a message on '${topic}' must be readable`, `${payload.length} bytes (${printable(reasonOf(error))})`);
      return undefined;
    }
  }
}

/** A parser quotes what it could not read: to a terminal, that may be commands. */
function printable(text: string): string {
  return text.replace(/\p{C}/gu, '?');
}
