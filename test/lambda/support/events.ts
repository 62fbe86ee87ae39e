import { createHash } from 'node:crypto';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import type { EventIdentity } from '../../../lambda/iot-file-stream/ownership';
import type { StreamRequest } from '../../../lambda/iot-file-stream/stream-resource';
import type { FileProperties, ObjectsProperties, StreamProperties } from '../../../src/iot-file-stream/private/contract';
import {
  CONTRACT_VERSION, OBJECTS_RESOURCE_TYPE, STREAM_RESOURCE_TYPE,
} from '../../../src/iot-file-stream/private/contract';

export const STACK = 'arn:aws:cloudformation:eu-west-1:111122223333:stack/Shop/5b1d7a30-9c7c-11f0-8f3c-0a1b2c3d4e5f';
export const LOGICAL_ID = 'Firmware1A2B3C4D';
export const STREAM_ID = 'Shop-Firmware';
export const PREFIX = 'iot/Shop-Firmware/5b1d7a30-9c7c-11f0-8f3c-0a1b2c3d4e5f-0a1b2c3d/';
export const OWNER_TAGS = { 'cdk-iot-streams:stack': STACK, 'cdk-iot-streams:resource': LOGICAL_ID };

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The fingerprint by which a stream remembers the key of a tag that a template has set. */
export function fingerprint(tagKey: string): string {
  return createHash('sha256').update(tagKey).digest('base64url').slice(0, 5);
}

/** The object key of a content or of a declaration. */
export function keyOf(text: string): string {
  return `${PREFIX}00000000/${sha256(text)}`;
}

export function declarationOf(bucket: string, key: string, version = '', revision = ''): string {
  return JSON.stringify([bucket, key, version, revision]);
}

/** The object key of a file's signature. */
export function signatureKeyOf(digits: string, keyArn: string, algorithm = 'ECDSA_SHA_256', generation = '00000000'): string {
  return `${PREFIX}${generation}/${sha256(JSON.stringify([digits, keyArn, algorithm]))}`;
}

/** The properties of a local file, which is in the staging bucket under its hash. */
export function asset(text: string): FileProperties {
  return { FileName: 'app.bin', Sha256: sha256(text), Size: String(Buffer.byteLength(text)), SourceBucket: 'staging', SourceKey: `${sha256(text)}.bin` };
}

export function streamProperties(overrides: Partial<StreamProperties> = {}): StreamProperties {
  return {
    ContractVersion: CONTRACT_VERSION,
    ManagementRoleArn: 'arn:aws:iam::111122223333:role/Management',
    Bucket: 'storage',
    Prefix: PREFIX,
    StreamId: STREAM_ID,
    Description: 'Shop/Firmware',
    RoleArn: 'arn:aws:iam::111122223333:role/Delivery',
    Files: { 0: { Text: 'one' } },
    ...overrides,
  };
}

export function objectsProperties(overrides: Partial<ObjectsProperties> = {}): ObjectsProperties {
  const { ContractVersion, ManagementRoleArn, Bucket, Prefix, StreamId } = streamProperties();
  return { ContractVersion, ManagementRoleArn, Bucket, Prefix, StreamId, ...overrides };
}

/** The n-th request ID, as long as those of CloudFormation. */
export function requestId(n: number): string {
  return `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
}

export function streamRequest(n: number, properties: StreamProperties, oldProperties?: StreamProperties): StreamRequest {
  return { ...identity(n), found: new Set(), properties, oldProperties, room: 3_600 };
}

/** The identity of the n-th event, whose presigned URL does not say when it was sent. */
export function identity(n: number): EventIdentity {
  return { owner: { stackId: STACK, logicalId: LOGICAL_ID }, requestId: requestId(n) };
}

export const RESPONSE_URL = 'https://cloudformation.example/answer?X-Amz-Signature=secret';

const SERVICE_TOKEN = 'arn:aws:lambda:eu-west-1:111122223333:function:Handler';

export interface EventOptions {
  readonly requestId?: string;
  readonly resourceType?: string;
  readonly logicalId?: string;
  readonly physicalId?: string;
  readonly responseUrl?: string;
}

type AnyProperties = Partial<StreamProperties>;

/** An event as CloudFormation sends it. */
export function createEvent(properties: AnyProperties, options: EventOptions = {}): CloudFormationCustomResourceEvent {
  return { RequestType: 'Create', ...common(properties, options) };
}

export function updateEvent(properties: AnyProperties, old: AnyProperties, options: EventOptions = {}): CloudFormationCustomResourceEvent {
  return {
    RequestType: 'Update',
    ...common(properties, options),
    PhysicalResourceId: options.physicalId ?? STREAM_ID,
    OldResourceProperties: { ServiceToken: SERVICE_TOKEN, ...old },
  };
}

export function deleteEvent(properties: AnyProperties, options: EventOptions = {}): CloudFormationCustomResourceEvent {
  return { RequestType: 'Delete', ...common(properties, options), PhysicalResourceId: options.physicalId ?? STREAM_ID };
}

function common(properties: AnyProperties, options: EventOptions) {
  return {
    ServiceToken: SERVICE_TOKEN,
    ResponseURL: options.responseUrl ?? RESPONSE_URL,
    StackId: STACK,
    RequestId: options.requestId ?? requestId(1),
    LogicalResourceId: options.logicalId ?? LOGICAL_ID,
    ResourceType: options.resourceType ?? STREAM_RESOURCE_TYPE,
    ResourceProperties: { ServiceToken: SERVICE_TOKEN, ...properties },
  };
}

export const objectsResource = { resourceType: OBJECTS_RESOURCE_TYPE, logicalId: 'FirmwarePlaceObjects', physicalId: `storage/${PREFIX}` };
