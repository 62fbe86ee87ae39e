import { TransientFailure } from './call';
import type { Clock } from './iam-propagation';
import { retryWhileIamPropagates } from './iam-propagation';
import type { LogContext } from './log';
import { log } from './log';
import { expiryOf } from './presigned-url';
import type { Attributes, Event, Registry, ResourceType } from './resource-type';

/** The dependencies of the router, which passes an event to its resource type. */
export interface RouterDependencies {
  readonly registry: Registry;
  readonly clock: Clock;
}

export async function route(event: Event, signal: AbortSignal, { registry, clock }: RouterDependencies): Promise<Attributes> {
  const context = logContextOf(event, registry);
  const type = registry[event.ResourceType];
  if (!type) return leaveUnknown(event, context);
  if (event.RequestType === 'Delete' && event.PhysicalResourceId !== type.physicalId(event)) {
    // the ID of a failed Create, or one that CloudFormation invented for a cancelled Create. A later Create may have succeeded,
    // so this Delete removes nothing; the Delete of the storage location removes what the failed Create left
    log({ ...context, call: 'delete', status: 'left alone: not created' });
    return {};
  }
  // the URL is a credential, so only its expiry is passed on
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

/** A rollback restores this handler before it deletes resources of types that only a newer release has. */
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
