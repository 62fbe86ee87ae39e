import type { AccessRequest, RequestContext } from '../../iam/evaluator';
import type { StreamsRequest, Tag } from '../requests';
import type { StreamStore } from '../store';

/** Returns the permissions that a request needs, in the order of their checks. */
export function rightsFor(request: StreamsRequest, store: StreamStore): AccessRequest[] {
  const on = (action: string, resource: string, context: RequestContext = {}): AccessRequest => ({ action, resource, context });
  switch (request.operation) {
    case 'CreateStream': {
      const streamArn = store.arnOf(request.streamId);
      const tags = requestTags(request.tags);
      return [
        on('iot:CreateStream', streamArn, tags),
        // missing in AWS's authorization reference, but in its guide to streams
        ...(request.tags.length > 0 ? [on('iot:TagResource', streamArn, tags)] : []),
        passRole(request.roleArn),
      ];
    }
    case 'UpdateStream': return [
      on('iot:UpdateStream', store.arnOf(request.streamId), resourceTags(request.streamId, store)),
      ...(request.roleArn === undefined ? [] : [passRole(request.roleArn)]),
    ];
    case 'DescribeStream':
    case 'DeleteStream': return [on(`iot:${request.operation}`, store.arnOf(request.streamId), resourceTags(request.streamId, store))];
    case 'ListStreams': return [on('iot:ListStreams', '*')];
    case 'TagResource': return [on('iot:TagResource', request.resourceArn, {
      ...requestTags(request.tags), ...resourceTags(streamIdIn(request.resourceArn), store),
    })];
    case 'UntagResource':
    case 'ListTagsForResource': return [
      on(`iot:${request.operation}`, request.resourceArn, resourceTags(streamIdIn(request.resourceArn), store)),
    ];
  }
}

/** Returns the stream ID in an ARN; empty for an ARN of another resource. */
export function streamIdIn(resourceArn: string): string {
  return /^arn:[^:]+:iot:[^:]+:[^:]+:stream\/([^/:]+)$/.exec(resourceArn)?.[1] ?? '';
}

// iam:PassedToService is undocumented for streams, so it is not defined and the evaluator refuses policies with it
function passRole(roleArn: string): AccessRequest {
  return { action: 'iam:PassRole', resource: roleArn, context: {} };
}

function requestTags(tags: readonly Tag[]): RequestContext {
  return Object.fromEntries(tags.map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value]));
}

function resourceTags(streamId: string, store: StreamStore): RequestContext {
  return Object.fromEntries([...store.find(streamId)?.tags ?? []].map(([key, value]) => [`aws:ResourceTag/${key}`, value]));
}
