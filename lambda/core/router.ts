import { TransientFailure } from './call';
import type { Clock } from './iam-propagation';
import { retryWhileIamPropagates } from './iam-propagation';
import type { LogContext } from './log';
import { log } from './log';
import { expiryOf } from './presigned-url';
import type { Attributes, Event, Registry, ResourceType } from './resource-type';

/** Brings an event to the resource type that it is for. */
export interface RouterDependencies {
  readonly registry: Registry;
  readonly clock: Clock;
}

export async function route(event: Event, signal: AbortSignal, { registry, clock }: RouterDependencies): Promise<Attributes> {
  const context = logContextOf(event, registry);
  const type = registry[event.ResourceType];
  if (!type) return leaveUnknown(event, context);
  if (event.RequestType === 'Delete' && event.PhysicalResourceId !== type.physicalId(event)) {
    // a Create that failed, or an id that CloudFormation made up for one that it cancelled: what such a Create has left
    // is removed with the stream's storage, and the id may meanwhile belong to a later Create that succeeded
    log({ ...context, call: 'delete', status: 'left alone: not created' });
    return {};
  }
  // the address itself is a credential: nothing behind this line reads it
  const invocation = { context, signal, expiry: expiryOf(event.ResponseURL), found: new Set<string>() };
  try {
    return await retryWhileIamPropagates(() => operationOf(type, event)(event, invocation), type.errors, signal, clock);
  } catch (error) {
    if (error instanceof TransientFailure && error.settleFor) return error.settleFor;
    throw error;
  }
}

function operationOf(type: ResourceType, { RequestType }: Event) {
  return { Create: type.create, Update: type.update, Delete: type.delete }[RequestType];
}

/** A rollback restores this handler before it deletes what a newer release has created. */
function leaveUnknown(event: Event, context: LogContext): Attributes {
  if (event.RequestType !== 'Delete') throw new Error(`resource type '${event.ResourceType}' is unknown to this version of the handler`);
  log({ ...context, call: 'delete', status: `left alone: unknown type ${event.ResourceType}` });
  return {};
}

export function logContextOf(event: Event, registry: Registry): LogContext {
  return { stack: event.StackId, logicalId: event.LogicalResourceId, streamId: registry[event.ResourceType]?.subject(event) };
}

export function physicalIdOf(event: Event, registry: Registry): string {
  return registry[event.ResourceType]?.physicalId(event) ?? event.LogicalResourceId;
}
