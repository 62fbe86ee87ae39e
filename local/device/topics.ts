export type Encoding = 'json' | 'cbor';

export interface StreamTopics {
  readonly describe: string;
  readonly description: string;
  readonly get: string;
  readonly data: string;
  readonly rejected: string;
}

export function streamTopics(thingName: string, streamId: string, encoding: Encoding): StreamTopics {
  const topic = (name: string) => `$aws/things/${thingName}/streams/${streamId}/${name}/${encoding}`;
  return {
    describe: topic('describe'),
    description: topic('description'),
    get: topic('get'),
    data: topic('data'),
    rejected: topic('rejected'),
  };
}
