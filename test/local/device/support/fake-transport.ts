import type { FakeStreamService, Message } from './fake-stream-service';
import type { MessageListener, Transport } from '../../../../local/device/transport';

/** Returns the delays of the copies of a message in milliseconds; none if it is lost. */
export type Network = (message: Message) => readonly number[];

export const reliable: Network = () => [0];

export class FakeTransport implements Transport {
  readonly subscriptions: string[] = [];
  private readonly listeners = new Set<MessageListener>();

  constructor(private readonly service: FakeStreamService, private readonly network: Network = reliable) {}

  async subscribe(topics: readonly string[]): Promise<void> {
    this.subscriptions.push(...topics);
  }

  async publish(topic: string, payload: Uint8Array): Promise<void> {
    this.carry({ topic, payload: Buffer.from(payload) }, (request) => {
      for (const answer of this.service.answer(request.topic, request.payload)) this.carry(answer, (message) => this.deliver(message));
    });
  }

  onMessage(listener: MessageListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  trouble(): string | undefined {
    return undefined;
  }

  async close(): Promise<void> {
    this.listeners.clear();
  }

  deliver(message: Message): void {
    if (!this.subscriptions.includes(message.topic)) return;
    for (const listener of this.listeners) listener(message.topic, message.payload);
  }

  private carry(message: Message, arrive: (message: Message) => void): void {
    for (const delay of this.network(message)) {
      if (delay === 0) setImmediate(() => arrive(message));
      else setTimeout(() => arrive(message), delay).unref();
    }
  }
}
