import type { Duration } from 'aws-cdk-lib';
import { Token } from 'aws-cdk-lib';
import { itemsOf } from '../../core/written-values';

/** Limits of CreateStream: https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_CreateStream.html */
const MAXIMUM_STREAM_NAME_LENGTH = 256;
const MAXIMUM_DEVICE_NAME_LENGTH = 128;
const MAXIMUM_MEDIA_TYPE_LENGTH = 128;
/** Ten years: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-kinesisvideo-stream.html */
const MAXIMUM_RETENTION_HOURS = 87_600;

const MEDIA_TYPES = /^[\w.+-]+\/[\w.+-]+(,[\w.+-]+\/[\w.+-]+)*$/;
const STREAM_ARN = /^arn:[a-z\d-]+:kinesisvideo:[a-z0-9-]+:\d{12}:stream\/[a-zA-Z0-9_.-]{1,256}\/\d+$/;

export function validateStreamName(streamName: string | undefined): void {
  validateName('streamName', streamName, MAXIMUM_STREAM_NAME_LENGTH);
}

export function validateDeviceName(deviceName: string | undefined): void {
  validateName('deviceName', deviceName, MAXIMUM_DEVICE_NAME_LENGTH);
}

function validateName(property: string, name: string | undefined, maximum: number): void {
  if (name === undefined || Token.isUnresolved(name)) return;
  if (name.length < 1 || name.length > maximum) throw new Error(`'${property}' must have 1 to ${maximum} characters, got: ${name.length}`);
  // anchored, as the service's pattern is not in CloudFormation's schema: 'a b' would fail at the deployment
  if (!/^[a-zA-Z0-9_.-]+$/.test(name)) throw new Error(`'${property}' must consist of letters, digits, '_', '.' and '-', got: '${name}'`);
}

export function validateMediaType(mediaType: string | undefined): void {
  if (mediaType === undefined || Token.isUnresolved(mediaType)) return;
  if (mediaType.length < 1 || mediaType.length > MAXIMUM_MEDIA_TYPE_LENGTH) {
    throw new Error(`'mediaType' must have 1 to ${MAXIMUM_MEDIA_TYPE_LENGTH} characters, got: ${mediaType.length}`);
  }
  if (!MEDIA_TYPES.test(mediaType)) {
    throw new Error(`'mediaType' must be of the form 'type/subtype' or 'type/subtype,type/subtype', got: '${mediaType}'`);
  }
}

/** Limits of TagStream: https://docs.aws.amazon.com/kinesisvideostreams/latest/dg/API_TagStream.html */
const MAXIMUM_TAGS = 50;
const MAXIMUM_TAG_KEY_LENGTH = 128;
const MAXIMUM_TAG_VALUE_LENGTH = 256;
const TAG_CHARACTERS = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** Of tags as they are rendered: what the deployment resolves is no string. */
export function tagProblems(rendered: unknown): string[] {
  const tags = itemsOf(rendered);
  return [
    ...tags.length > MAXIMUM_TAGS ? [`a stream must have at most ${MAXIMUM_TAGS} tags, got: ${tags.length}`] : [],
    ...tags.flatMap(({ Key, Value }) => tagProblem(Key, Value) ?? []),
  ];
}

function tagProblem(key: unknown, value: unknown): string | undefined {
  if (typeof key !== 'string') return undefined;
  if (key.length < 1 || key.length > MAXIMUM_TAG_KEY_LENGTH || !TAG_CHARACTERS.test(key) || /^aws:/i.test(key)) {
    return `tag keys must have 1 to ${MAXIMUM_TAG_KEY_LENGTH} letters, digits, spaces and any of _.:/=+-@, and not begin with 'aws:', got: '${key}'`;
  }
  if (typeof value !== 'string') return undefined;
  if (value.length > MAXIMUM_TAG_VALUE_LENGTH || !TAG_CHARACTERS.test(value)) {
    return `tag values must have at most ${MAXIMUM_TAG_VALUE_LENGTH} letters, digits, spaces and any of _.:/=+-@, got: '${value}' for '${key}'`;
  }
  return undefined;
}

export function validateMetricName(metricName: string): void {
  if (metricName === '') throw new Error('\'metricName\' must not be empty, got: \'\'; name a metric, such as \'GetMedia.Requests\'');
}

/** Returns the whole hours of a retention. */
export function retentionInHours(retention: Duration): number {
  if (retention.isUnresolved()) return retention.toHours();
  const hours = retention.toHours({ integral: false });
  if (!Number.isInteger(hours) || hours < 0 || hours > MAXIMUM_RETENTION_HOURS) {
    throw new Error(`'retention' must be a whole number of hours between 0 and ${MAXIMUM_RETENTION_HOURS}, got: ${hours} hours`);
  }
  return hours;
}

export function validateStreamArn(streamArn: string): void {
  if (!Token.isUnresolved(streamArn) && !STREAM_ARN.test(streamArn)) {
    throw new Error(`'streamArn' must be of the form 'arn:<partition>:kinesisvideo:<region>:<account>:stream/<stream name>/<creation time>', got: '${streamArn}'`);
  }
}
