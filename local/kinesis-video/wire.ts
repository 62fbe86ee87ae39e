import { invalid } from './errors';
import type { KinesisVideoRequest, Operation, StorageTier, StreamReference, Tags } from './requests';
import type { JsonObject, StringConstraint } from '../service/violations';
import { readersOf, Violations } from '../service/violations';

const { bodyOf, integerIn, listIn, objectIn, stringIn } = readersOf(invalid);

const operations: readonly Operation[] = [
  'CreateStream', 'DescribeStream', 'ListStreams', 'UpdateStream', 'UpdateDataRetention', 'UpdateStreamStorageConfiguration',
  'DescribeStreamStorageConfiguration', 'TagStream', 'UntagStream', 'ListTagsForStream', 'DeleteStream', 'GetDataEndpoint',
];

const apiNames = [
  'PUT_MEDIA', 'GET_MEDIA', 'LIST_FRAGMENTS', 'GET_MEDIA_FOR_FRAGMENT_LIST', 'GET_HLS_STREAMING_SESSION_URL',
  'GET_DASH_STREAMING_SESSION_URL', 'GET_CLIP', 'GET_IMAGES',
] as const;
const storageTiers: readonly StorageTier[] = ['HOT', 'WARM'];
const retentionChanges = ['INCREASE_DATA_RETENTION', 'DECREASE_DATA_RETENTION'] as const;

const name = { text: '[a-zA-Z0-9_.-]+', expression: /^[a-zA-Z0-9_.-]+$/ };
const streamName: StringConstraint = { min: 1, max: 256, pattern: name };
const deviceName: StringConstraint = { min: 1, max: 128, pattern: name };
const mediaTypeText = '[\\w\\-\\.\\+]+/[\\w\\-\\.\\+]+(,[\\w\\-\\.\\+]+/[\\w\\-\\.\\+]+)*';
const mediaType: StringConstraint = { min: 1, max: 128, pattern: { text: mediaTypeText, expression: new RegExp(`^${mediaTypeText}$`) } };
const kmsKeyId: StringConstraint = { min: 1, max: 2048, pattern: { text: '.+', expression: /^.+$/ } };
const version: StringConstraint = { min: 1, max: 64, pattern: { text: '[a-zA-Z0-9]+', expression: /^[a-zA-Z0-9]+$/ } };
const arnText = 'arn:[a-z\\d-]+:kinesisvideo:[a-z0-9-]+:[0-9]+:[a-z]+/[a-zA-Z0-9_.-]+/[0-9]+';
const streamArn: StringConstraint = { min: 1, max: 1024, pattern: { text: arnText, expression: new RegExp(`^${arnText}$`) } };
const nextToken: StringConstraint = { max: 1024, pattern: { text: '[a-zA-Z0-9+/=]*', expression: /^[a-zA-Z0-9+/=]*$/ } };
const tagKeyText = '^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$';
const tagKey: StringConstraint = { min: 1, max: 128, pattern: { text: tagKeyText, expression: new RegExp(tagKeyText, 'u') } };
const tagValueText = '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*';
const tagValue: StringConstraint = { max: 256, pattern: { text: tagValueText, expression: new RegExp(`^${tagValueText}$`, 'u') } };
const MAXIMUM_HOURS = 2 ** 31 - 1;

/** Returns the operation of a method and a path; undefined if there is none. */
export function operationOf(method: string, path: string): Operation | undefined {
  return method === 'POST' ? operations.find((operation) => path === `/${operation[0].toLowerCase()}${operation.slice(1)}`) : undefined;
}

/**
 * Parses and validates a request.
 * @throws KinesisVideoError InvalidArgumentException
 */
export function parseRequest(operation: Operation, body: string): KinesisVideoRequest {
  const json = bodyOf(body);
  const violations = new Violations(invalid);
  const request = requestOf(operation, json, new Members(json, violations));
  violations.throwIfAny();
  if (operation !== 'CreateStream' && operation !== 'ListStreams') requireOneName(json);
  return request;
}

function requestOf(operation: Operation, json: JsonObject, members: Members): KinesisVideoRequest {
  switch (operation) {
    case 'CreateStream': return {
      operation,
      streamName: members.text('StreamName', streamName, true),
      ...members.metadata(),
      ...members.optional('kmsKeyId', members.string('KmsKeyId', kmsKeyId)),
      dataRetentionInHours: members.integer('DataRetentionInHours', 0) ?? 0,
      storageTier: members.storageTier(false),
      tags: json.Tags === undefined ? {} : members.tags(),
    };
    case 'ListStreams': return {
      operation,
      ...members.optional('maxResults', members.integer('MaxResults', 1, 10_000)),
      ...members.optional('nextToken', members.string('NextToken', nextToken)),
      nameBeginsWith: members.beginning(),
    };
    case 'UpdateStream': return { operation, ...members.stream(), ...members.metadata(), currentVersion: members.text('CurrentVersion', version, true) };
    case 'UpdateDataRetention': return {
      operation,
      ...members.stream(),
      currentVersion: members.text('CurrentVersion', version, true),
      change: members.oneOf('Operation', retentionChanges) ?? 'INCREASE_DATA_RETENTION',
      hours: members.required('DataRetentionChangeInHours', members.integer('DataRetentionChangeInHours', 1)) ?? 0,
    };
    case 'UpdateStreamStorageConfiguration': return {
      operation, ...members.stream(), currentVersion: members.text('CurrentVersion', version, true), storageTier: members.storageTier(true),
    };
    case 'TagStream': return { operation, ...members.stream(), tags: members.tags() };
    case 'UntagStream': return { operation, ...members.stream(), tagKeys: members.tagKeys() };
    case 'DeleteStream': return {
      operation, streamArn: members.text('StreamARN', streamArn, true), ...members.optional('currentVersion', members.string('CurrentVersion', version)),
    };
    case 'GetDataEndpoint': return { operation, ...members.stream(), apiName: members.oneOf('APIName', apiNames) ?? '' };
    default: return { operation, ...members.stream() };
  }
}

function requireOneName({ StreamName, StreamARN }: JsonObject): void {
  if (StreamName === undefined && StreamARN === undefined) throw invalid('You must specify either the StreamName or the StreamARN');
}

/** Reads the members of one request. Their names begin with a capital in requests, and with a small letter in error messages. */
class Members {
  constructor(private readonly json: JsonObject, private readonly violations: Violations) {}

  string(member: string, constraint: StringConstraint, json: JsonObject = this.json): string | undefined {
    return this.violations.string(stringIn(json, member), inMessages(member), constraint);
  }

  /** Returns a member; an empty text if it is required and missing, in which case the request is refused. */
  text(member: string, constraint: StringConstraint, isRequired: boolean, json: JsonObject = this.json): string {
    const value = this.string(member, constraint, json);
    if (isRequired) this.required(member, value);
    return value ?? '';
  }

  integer(member: string, min: number, max: number = MAXIMUM_HOURS): number | undefined {
    return this.violations.integer(integerIn(this.json, member), inMessages(member), min, max);
  }

  required<T>(member: string, value: T | undefined): T | undefined {
    return this.violations.required(value, inMessages(member));
  }

  oneOf<T extends string>(member: string, allowed: readonly T[], json: JsonObject = this.json): T | undefined {
    const value = this.required(member, stringIn(json, member));
    return this.violations.oneOf(value, inMessages(member), allowed);
  }

  optional<TName extends string, T>(key: TName, value: T | undefined): { [name in TName]?: T } {
    return value === undefined ? {} : { [key]: value } as { [name in TName]?: T };
  }

  stream(): StreamReference {
    return {
      ...this.optional('streamName', this.string('StreamName', streamName)), ...this.optional('streamArn', this.string('StreamARN', streamArn)),
    };
  }

  metadata(): { deviceName?: string; mediaType?: string } {
    return { ...this.optional('deviceName', this.string('DeviceName', deviceName)), ...this.optional('mediaType', this.string('MediaType', mediaType)) };
  }

  storageTier(isRequired: boolean): StorageTier {
    const configuration = objectIn(this.json, 'StreamStorageConfiguration');
    if (isRequired) this.required('StreamStorageConfiguration', configuration);
    return (configuration && this.oneOf('DefaultStorageTier', storageTiers, configuration)) ?? 'HOT';
  }

  tags(): Tags {
    const given = this.required('Tags', objectIn(this.json, 'Tags'));
    const entries = Object.keys(given ?? {}).map((key): [string, string] => {
      this.violations.string(key, 'tags.key', tagKey);
      return [key, this.violations.string(stringIn(given!, key), 'tags.value', tagValue) ?? ''];
    });
    if (given) this.violations.list(entries, 'tags', 1, 50);
    return Object.fromEntries(entries);
  }

  tagKeys(): string[] {
    const keys = this.violations.list(this.required('TagKeyList', listIn(this.json, 'TagKeyList')), 'tagKeyList', 1, 50) ?? [];
    return keys.map((item, index) => this.violations.string(stringIn({ item }, 'item'), `tagKeyList.${index + 1}.member`, tagKey) ?? '');
  }

  beginning(): string {
    const condition = objectIn(this.json, 'StreamNameCondition');
    if (!condition) return '';
    this.oneOf('ComparisonOperator', ['BEGINS_WITH'], condition);
    return this.text('ComparisonValue', streamName, true, condition);
  }
}

function inMessages(member: string): string {
  return `${member[0].toLowerCase()}${member.slice(1)}`;
}
