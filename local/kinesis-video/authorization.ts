import type { KinesisVideoRequest, StreamReference, Tags } from './requests';
import type { StreamState } from './streams';
import type { RequestContext } from '../iam/evaluator';
import type { Right } from '../service/callers';

export interface AuthorizationOptions {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  readonly now: () => number;
  find(streamName: string): StreamState | undefined;
}

/** Returns the permission that a request needs: the action with its name, on the stream. */
export function rightFor(request: KinesisVideoRequest, options: AuthorizationOptions): Right {
  const action = `kinesisvideo:${request.operation}`;
  if (request.operation === 'ListStreams') return { action, resource: '*', context: noTags };
  const streamName = request.operation === 'CreateStream' ? request.streamName : nameIn(request);
  const stream = options.find(streamName);
  const resource = stream?.streamArn ?? arnOf(streamName, options);
  const requestTags = 'tags' in request ? tagKeys('aws:RequestTag', request.tags) : {};
  return {
    action,
    resource,
    context: { ...noTags, ...requestTags, ...tagKeys('aws:ResourceTag', stream?.tags ?? {}) },
    // the message contains the name or ARN of the request: https://github.com/awslabs/amazon-kinesis-video-streams-producer-sdk-cpp/issues/351
    resourceInMessage: 'streamArn' in request && request.streamArn ? request.streamArn : streamName,
  };
}

/** Returns the name of the stream of a request. */
export function nameIn({ streamName, streamArn }: StreamReference): string {
  return streamName ?? streamArn!.split('/')[1];
}

/** Returns the ARN of a stream that is created now. It ends with the time of creation in milliseconds, which has 13 digits. */
export function arnOf(streamName: string, { partition, region, account, now }: Omit<AuthorizationOptions, 'find'>): string {
  return `arn:${partition}:kinesisvideo:${region}:${account}:stream/${streamName}/${now()}`;
}

/** Only a session of a device defines this key. */
const noTags: RequestContext = { 'credentials-iot:ThingName': undefined };

function tagKeys(prefix: string, tags: Tags): RequestContext {
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [`${prefix}/${key}`, value]));
}
