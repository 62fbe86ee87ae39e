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
 * The requests of one purpose and their answers. Every request has a token of its own with a common prefix, so that answers
 * to other clients of the same thing, or to an earlier attempt for an older version, are not accepted.
 */
export class Conversation {
  private readonly inbox = new Inbox<Answer>();
  private readonly stopListening: () => void;
  private requests = 0;
  private lastTrouble?: string;
  private lastUnreadable?: ProtocolViolation;
  private readonly tokenPrefix: string;

  /** @param clientPrefix how the tokens of all conversations of this client begin */
  constructor(
    private readonly transport: Transport,
    private readonly topics: StreamTopics,
    private readonly codec: Codec,
    private readonly clientPrefix: string,
    number: number,
  ) {
    this.tokenPrefix = `${clientPrefix}${number}-`;
    this.stopListening = transport.onMessage((topic, payload) => this.receive(topic, payload));
  }

  async send(topic: string, message: (clientToken: string) => RequestMessage): Promise<void> {
    const payload = this.codec.encode(message(`${this.tokenPrefix}${this.requests++}`));
    try {
      await this.transport.publish(topic, payload);
    } catch (error) {
      // treated like a lost message: the request is sent again after the timeout, when the connection may work again
      this.noteTrouble(this.transport.trouble() ?? `publishing failed: ${reasonOf(error)}`);
    }
  }

  async next(timeoutMs: number, signal?: AbortSignal): Promise<Answer | undefined> {
    return this.inbox.next(timeoutMs, signal);
  }

  /** Returns a possible reason for missing answers. */
  trouble(): string | undefined {
    return this.lastTrouble ?? this.transport.trouble();
  }

  /** The last unreadable message on a topic of this client. It may be for another client, so it is reported only if no answer arrives. */
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
      // the service omits the token if it cannot read a request, so this rejection may be for another client: it does not end the
      // download, but is reported if no answer arrives
      const { code, message: reason } = parseRejection(message);
      this.noteTrouble(`a rejection without a client token said ${code} (${reason})`);
      return;
    }
    if (!token?.startsWith(this.tokenPrefix)) {
      // a network may deliver an answer late or twice, when its conversation has ended
      if (token?.startsWith(this.clientPrefix)) return;
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

/** Removes control characters, because the error of a parser quotes its input, which a terminal might execute. */
function printable(text: string): string {
  return text.replace(/\p{C}/gu, '?');
}
