export type MessageListener = (topic: string, payload: Uint8Array) => void;

/** The part of MQTT that the download needs. Messages may be lost, late or duplicated. */
export interface Transport {
  subscribe(topics: readonly string[]): Promise<void>;
  publish(topic: string, payload: Uint8Array): Promise<void>;
  /** Returns a function that removes the listener. */
  onMessage(listener: MessageListener): () => void;
  /** Returns the last error of the connection, for error messages. */
  trouble(): string | undefined;
  close(): Promise<void>;
}
