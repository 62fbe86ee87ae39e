export type MessageListener = (topic: string, payload: Uint8Array) => void;

/** The little that the download needs of MQTT. A message may be lost, late or doubled; the download copes with it. */
export interface Transport {
  subscribe(topics: readonly string[]): Promise<void>;
  publish(topic: string, payload: Uint8Array): Promise<void>;
  /** Returns the function that ends the listening. */
  onMessage(listener: MessageListener): () => void;
  /** The last thing that went wrong with the connection, for the message of an error. */
  trouble(): string | undefined;
  close(): Promise<void>;
}
