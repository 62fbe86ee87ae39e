/** https://docs.aws.amazon.com/iot/latest/developerguide/reserved-topics.html */

export type Encoding = 'json' | 'cbor';
export type Operation = 'describe' | 'get';
export type Reply = 'description' | 'data' | 'rejected';

/** The request in the topic of a message. */
export interface RequestTopic {
  readonly thingName: string;
  readonly streamId: string;
  /** Undefined if the topic names no existing operation. */
  readonly operation?: Operation;
  readonly encoding?: Encoding;
}

export const REQUEST_FILTERS = ['$aws/things/+/streams/+/describe/+', '$aws/things/+/streams/+/get/+'];

export function parseTopic(topic: string): RequestTopic | undefined {
  const match = /^\$aws\/things\/([^/]+)\/streams\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(topic);
  if (!match) return undefined;
  const [, thingName, streamId, operation, encoding] = match;
  return {
    thingName,
    streamId,
    operation: operation === 'describe' || operation === 'get' ? operation : undefined,
    encoding: encoding === 'json' || encoding === 'cbor' ? encoding : undefined,
  };
}

export function replyTopic({ thingName, streamId }: RequestTopic, reply: Reply, encoding: Encoding): string {
  return `$aws/things/${thingName}/streams/${streamId}/${reply}/${encoding}`;
}
