import type { CloudFormationCustomResourceResponse } from 'aws-lambda';
import type { Attributes, Event } from './resource-type';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html */
export const MAXIMUM_RESPONSE_BYTES = 4096;

export type Result = { Status: 'SUCCESS'; Data: Attributes } | { Status: 'FAILED'; Reason: string };

/** What CloudFormation is told. An event that names a physical id keeps it, whatever happens. */
export function responseTo(event: Event, result: Result, newId: string): CloudFormationCustomResourceResponse {
  return {
    ...result,
    PhysicalResourceId: 'PhysicalResourceId' in event ? event.PhysicalResourceId : newId,
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
  } as CloudFormationCustomResourceResponse;
}

export function bytesOf(value: object): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** How many bytes the attributes of a successful answer may have, as JSON. */
export function roomForAttributes(event: Event, newId: string): number {
  return MAXIMUM_RESPONSE_BYTES - bytesOf(responseTo(event, { Status: 'SUCCESS', Data: {} }, newId)) + bytesOf({});
}
