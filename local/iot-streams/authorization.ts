import { ServiceError } from './errors';
import { StreamsRequest, Tag } from './requests';
import { StreamStore } from './store';
import { AccessRequest, decide, RequestContext } from '../iam/evaluator';
import { Role } from '../iam/role-directory';

/** The rights that a request needs, in the order in which they are asked for. */
export function rightsFor(request: StreamsRequest, store: StreamStore): AccessRequest[] {
  const on = (action: string, resource: string, context: RequestContext = {}): AccessRequest => ({ action, resource, context });
  switch (request.operation) {
    case 'CreateStream': {
      const streamArn = store.arnOf(request.streamId);
      const tags = requestTags(request.tags);
      return [
        on('iot:CreateStream', streamArn, tags),
        // not in AWS's authorization reference, yet in its guide to streams
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

/**
 * Refuses what the policies of the caller's role do not allow.
 * @throws ServiceError AccessDeniedException, in the words of AWS
 */
export function authorize(rights: readonly AccessRequest[], role: Role, sessionArn: string, region: string): void {
  const [, , , , account] = sessionArn.split(':');
  for (const right of rights) {
    const context: RequestContext = {
      'aws:PrincipalArn': role.roleArn,
      'aws:PrincipalAccount': account,
      'aws:ResourceAccount': account,
      'aws:RequestedRegion': region,
      // the clear channel is this machine's; on AWS there is no other than TLS
      'aws:SecureTransport': 'true',
      'aws:SourceArn': undefined,
      'aws:SourceAccount': undefined,
      ...right.context,
    };
    const decision = decide({ ...right, context }, role);
    if (!decision.allowed) {
      const what = `User: ${sessionArn} is not authorized to perform: ${right.action} on resource: ${right.resource}`;
      throw new ServiceError('AccessDeniedException', `${what} ${decision.because}`);
    }
  }
}

/** The stream that an ARN names; empty where it names another thing. */
export function streamIdIn(resourceArn: string): string {
  return /^arn:[^:]+:iot:[^:]+:[^:]+:stream\/([^/:]+)$/.exec(resourceArn)?.[1] ?? '';
}

// no iam:PassedToService among the keys: nobody says in public whether streams have it, and the evaluator refuses it
function passRole(roleArn: string): AccessRequest {
  return { action: 'iam:PassRole', resource: roleArn, context: {} };
}

function requestTags(tags: readonly Tag[]): RequestContext {
  return Object.fromEntries(tags.map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value]));
}

function resourceTags(streamId: string, store: StreamStore): RequestContext {
  return Object.fromEntries([...store.find(streamId)?.tags ?? []].map(([key, value]) => [`aws:ResourceTag/${key}`, value]));
}
