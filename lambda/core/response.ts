import type { CloudFormationCustomResourceResponse } from 'aws-lambda';
import type { Attributes, Event } from './resource-type';
import { MAXIMUM_RESPONSE_BYTES } from '../../src/core/contract';

export type Result = { Status: 'SUCCESS'; Data: Attributes } | { Status: 'FAILED'; Reason: string };

/** Returns the answer to an event. An event with a physical ID keeps it after success and failure. */
export function responseTo(event: Event, result: Result, newId: string): CloudFormationCustomResourceResponse {
  return {
    ...result,
    PhysicalResourceId: 'PhysicalResourceId' in event ? event.PhysicalResourceId : newId,
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
  } as CloudFormationCustomResourceResponse;
}

export function bytesOf(value: object | string): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** Returns the greatest size of the attributes of a successful answer, in bytes of JSON. */
export function roomForAttributes(event: Event, newId: string): number {
  return MAXIMUM_RESPONSE_BYTES - bytesOf(responseTo(event, { Status: 'SUCCESS', Data: {} }, newId)) + bytesOf({});
}
