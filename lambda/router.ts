import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { Attributes, NEVER_MADE, NothingMade } from './custom-resource';
import { log, Subject } from './log';
import * as objectsResource from './objects-resource';
import { Clock, whileIamSpreads } from './patience';
import * as streamResource from './stream-resource';
import { Services } from './stream-resource';
import { OBJECTS_RESOURCE_TYPE, ObjectsProperties, PlaceProperties, STREAM_RESOURCE_TYPE, StreamProperties } from '../src/private/contract';

/** Brings an event to the resource it is for, and its services to both. */
export interface Router {
  /** Services in the name of an operator role, with fresh credentials each time. */
  readonly connect: (operatorRoleArn: string, subject: Subject, signal: AbortSignal) => Promise<Services>;
  readonly clock: Clock;
}

type Event = CloudFormationCustomResourceEvent;

export async function route(event: Event, signal: AbortSignal, router: Router): Promise<Attributes> {
  const { OperatorRoleArn: roleArn } = event.ResourceProperties as unknown as PlaceProperties;
  const subject = subjectOf(event);
  let hasBegun = false;
  const work = resourceOf(event, subject, () => { hasBegun = true; });
  if (!work) return {};
  const attempt = async () => work(await router.connect(roleArn, subject, signal));
  if (wasNeverMade(event)) return unhindered(attempt, subject);
  try {
    return await whileIamSpreads(attempt, signal, router.clock);
  } catch (error) {
    throw event.RequestType === 'Create' && !hasBegun ? new NothingMade(error) : error;
  }
}

function wasNeverMade(event: Event): boolean {
  return event.RequestType === 'Delete' && event.PhysicalResourceId === NEVER_MADE;
}

/** There is nothing to remove, unless the Create was delivered twice: one look, and what hindered the Create hinders no rollback. */
async function unhindered(attempt: () => Promise<Attributes>, subject: Subject): Promise<Attributes> {
  try {
    return await attempt();
  } catch {
    log({ ...subject, call: 'delete', status: 'left alone: never made' });
    return {};
  }
}

/** What there is to do; undefined where nothing is. */
function resourceOf(event: Event, subject: Subject, begins: () => void): ((services: Services) => Promise<Attributes>) | undefined {
  if (event.ResourceType === STREAM_RESOURCE_TYPE) {
    const request = {
      owner: { stackId: event.StackId, logicalId: event.LogicalResourceId },
      requestId: event.RequestId,
      properties: event.ResourceProperties as unknown as StreamProperties,
      oldProperties: 'OldResourceProperties' in event ? event.OldResourceProperties as unknown as StreamProperties : undefined,
      begins,
    };
    return event.RequestType === 'Delete'
      ? async (services) => { await streamResource.remove(request, services); return {}; }
      : async (services) => ({ ...await streamResource.converge(request, services) });
  }
  if (event.ResourceType === OBJECTS_RESOURCE_TYPE) {
    const properties = event.ResourceProperties as unknown as ObjectsProperties;
    const known = 'PhysicalResourceId' in event ? event.PhysicalResourceId : undefined;
    return event.RequestType === 'Delete'
      ? async (services) => { await objectsResource.remove(properties, event.StackId, services); return {}; }
      : async (services) => { await objectsResource.check(properties, known, services.objects); return {}; };
  }
  // a rollback puts this handler back before it deletes what a newer release had made
  if (event.RequestType !== 'Delete') throw new Error(`resource type '${event.ResourceType}' is unknown to this version of the handler`);
  log({ ...subject, call: 'delete', status: `left alone: unknown type ${event.ResourceType}` });
  return undefined;
}

export function subjectOf(event: Event): Subject {
  const { StreamId: streamId } = event.ResourceProperties as unknown as StreamProperties;
  return { stack: event.StackId, logicalId: event.LogicalResourceId, streamId };
}

export function physicalId(event: Event): string {
  const properties = event.ResourceProperties as unknown as StreamProperties;
  return event.ResourceType === OBJECTS_RESOURCE_TYPE ? objectsResource.physicalIdOf(properties) : properties.StreamId ?? event.LogicalResourceId;
}
