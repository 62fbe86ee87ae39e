import type {
  CreateStreamRequest, ListStreamsRequest, Operation, S3Location, StreamFile, StreamsRequest, Tag, TagResourceRequest, UntagResourceRequest,
  UpdateStreamRequest,
} from '../requests';
import type { JsonObject, StringConstraint } from './validation';
import { bodyOf, integerIn, invalid, listIn, objectOf, stringIn, Violations } from './validation';

/** An HTTP request of the API, of which only the route is known. */
export interface WireRequest {
  readonly operation: Operation;
  /** The stream ID in the path, decoded; empty if the route has none. */
  readonly streamId: string;
  readonly query: URLSearchParams;
  readonly body: string;
}

const streamIdConstraint: StringConstraint = { min: 1, max: 128, pattern: { text: '[a-zA-Z0-9_-]+', expression: /^[a-zA-Z0-9_-]+$/ } };
const descriptionConstraint: StringConstraint = { max: 2028, pattern: { text: '[^\\p{C}]+', expression: /^[^\p{C}]+$/u } };
const roleArnConstraint: StringConstraint = { min: 20, max: 2048 };
const tagKeyText = '^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$';
const tagKeyConstraint: StringConstraint = { min: 1, max: 128, pattern: { text: tagKeyText, expression: new RegExp(tagKeyText, 'u') } };
const tagValueConstraint: StringConstraint = { max: 256 };

/** Returns the operation of a method and a path; undefined if the API of streams and tags has none. */
export function routeOf(method: string, path: string): { operation: Operation; streamId: string } | undefined {
  const [, collection, id, ...more] = path.split('/');
  if (more.length > 0) return undefined;
  if (id === undefined || id === '') {
    const operation = routes[`${method} /${collection}`];
    return operation && { operation, streamId: '' };
  }
  const operation = collection === 'streams' ? streamRoutes[method] : undefined;
  return operation && { operation, streamId: decoded(id) };
}

/**
 * Parses and validates a request.
 * @throws ServiceError InvalidRequestException
 */
export function parseRequest(wire: WireRequest): StreamsRequest {
  switch (wire.operation) {
    case 'CreateStream': return createStream(wire.streamId, bodyOf(wire.body));
    case 'UpdateStream': return updateStream(wire.streamId, bodyOf(wire.body));
    case 'DescribeStream':
    case 'DeleteStream': return { operation: wire.operation, streamId: checkedStreamId(wire.streamId) };
    case 'ListStreams': return listStreams(wire.query);
    case 'TagResource': return tagResource(bodyOf(wire.body));
    case 'UntagResource': return untagResource(bodyOf(wire.body));
    case 'ListTagsForResource': return { operation: wire.operation, resourceArn: checkedResourceArn(wire.query.get('resourceArn') ?? undefined) };
  }
}

const routes: Readonly<Record<string, Operation | undefined>> = {
  'GET /streams': 'ListStreams',
  'POST /tags': 'TagResource',
  'GET /tags': 'ListTagsForResource',
  'POST /untag': 'UntagResource',
};

const streamRoutes: Readonly<Record<string, Operation | undefined>> = {
  POST: 'CreateStream',
  PUT: 'UpdateStream',
  GET: 'DescribeStream',
  DELETE: 'DeleteStream',
};

function createStream(streamId: string, json: JsonObject): CreateStreamRequest {
  const violations = new Violations();
  violations.string(streamId, 'streamId', streamIdConstraint);
  const description = violations.string(stringIn(json, 'description'), 'description', descriptionConstraint);
  const files = violations.required(filesIn(json, violations), 'files');
  const roleArn = violations.required(violations.string(stringIn(json, 'roleArn'), 'roleArn', roleArnConstraint), 'roleArn');
  const tags = tagsIn(json, violations) ?? [];
  violations.throwIfAny();
  return { operation: 'CreateStream', streamId, ...(description === undefined ? {} : { description }), files: files!, roleArn: roleArn!, tags };
}

function updateStream(streamId: string, json: JsonObject): UpdateStreamRequest {
  const violations = new Violations();
  violations.string(streamId, 'streamId', streamIdConstraint);
  const description = violations.string(stringIn(json, 'description'), 'description', descriptionConstraint);
  const files = filesIn(json, violations);
  const roleArn = violations.string(stringIn(json, 'roleArn'), 'roleArn', roleArnConstraint);
  violations.throwIfAny();
  return {
    operation: 'UpdateStream',
    streamId,
    ...(description === undefined ? {} : { description }),
    ...(files === undefined ? {} : { files }),
    ...(roleArn === undefined ? {} : { roleArn }),
  };
}

function listStreams(query: URLSearchParams): ListStreamsRequest {
  const violations = new Violations();
  const text = query.get('maxResults');
  if (text !== null && !/^-?\d+$/.test(text)) throw invalid('STRING_VALUE can not be converted to an Integer');
  const order = query.get('isAscendingOrder') ?? 'false';
  if (order !== 'true' && order !== 'false') throw invalid('STRING_VALUE can not be converted to a Boolean');
  const maxResults = violations.integer(text === null ? undefined : Number(text), 'maxResults', 1, 250);
  const nextToken = query.get('nextToken') ?? undefined;
  violations.throwIfAny();
  return {
    operation: 'ListStreams',
    ...(maxResults === undefined ? {} : { maxResults }),
    ...(nextToken === undefined ? {} : { nextToken }),
    ascendingOrder: order === 'true',
  };
}

function tagResource(json: JsonObject): TagResourceRequest {
  const violations = new Violations();
  const resourceArn = violations.required(stringIn(json, 'resourceArn'), 'resourceArn');
  const tags = violations.required(tagsIn(json, violations), 'tags');
  violations.throwIfAny();
  return { operation: 'TagResource', resourceArn: resourceArn!, tags: tags! };
}

function untagResource(json: JsonObject): UntagResourceRequest {
  const violations = new Violations();
  const resourceArn = violations.required(stringIn(json, 'resourceArn'), 'resourceArn');
  const tagKeys = violations.required(listIn(json, 'tagKeys'), 'tagKeys')?.map((item, index) => {
    const key = stringIn({ item }, 'item');
    return violations.required(violations.string(key, `tagKeys.${index + 1}.member`, tagKeyConstraint), `tagKeys.${index + 1}.member`) ?? '';
  });
  violations.throwIfAny();
  return { operation: 'UntagResource', resourceArn: resourceArn!, tagKeys: tagKeys! };
}

function filesIn(json: JsonObject, violations: Violations): readonly StreamFile[] | undefined {
  const files = violations.list(listIn(json, 'files'), 'files', 1, 50)?.map((item, index): StreamFile => {
    const file = objectOf(item);
    const member = `files.${index + 1}.member`;
    // the model requires neither, but a file without ID or location cannot be delivered, so the service probably refuses it
    const fileId = violations.required(violations.integer(integerIn(file, 'fileId'), `${member}.fileId`, 0, 255), `${member}.fileId`);
    const s3Location = violations.required(file.s3Location ?? undefined, `${member}.s3Location`);
    return {
      fileId: fileId ?? 0,
      s3Location: s3Location === undefined ? { bucket: '', key: '' } : locationOf(objectOf(s3Location), `${member}.s3Location`, violations),
    };
  });
  const twice = files?.find(({ fileId }, index) => files.findIndex((other) => other.fileId === fileId) !== index);
  if (twice) throw invalid(`Duplicate fileId ${twice.fileId} in files`);
  return files;
}

function locationOf(json: JsonObject, member: string, violations: Violations): S3Location {
  const bucket = violations.required(violations.string(stringIn(json, 'bucket'), `${member}.bucket`, { min: 1 }), `${member}.bucket`);
  const key = violations.required(violations.string(stringIn(json, 'key'), `${member}.key`, { min: 1 }), `${member}.key`);
  const version = stringIn(json, 'version');
  return { bucket: bucket ?? '', key: key ?? '', ...(version === undefined ? {} : { version }) };
}

function tagsIn(json: JsonObject, violations: Violations): readonly Tag[] | undefined {
  const tags = listIn(json, 'tags')?.map((item, index): Tag => {
    const tag = objectOf(item);
    const member = `tags.${index + 1}.member`;
    const key = violations.required(violations.string(stringIn(tag, 'Key'), `${member}.key`, tagKeyConstraint), `${member}.key`);
    const value = violations.string(stringIn(tag, 'Value'), `${member}.value`, tagValueConstraint);
    return { Key: key ?? '', Value: value ?? '' };
  });
  const reserved = tags?.find(({ Key }) => Key.toLowerCase().startsWith('aws:'));
  if (reserved) throw invalid(`Tag key '${reserved.Key}' starts with aws:, which is reserved`);
  const twice = tags?.find(({ Key }, index) => tags.findIndex((other) => other.Key === Key) !== index);
  if (twice) throw invalid(`Duplicate tag key '${twice.Key}' in tags`);
  return tags;
}

function checkedStreamId(streamId: string): string {
  const violations = new Violations();
  violations.string(streamId, 'streamId', streamIdConstraint);
  violations.throwIfAny();
  return streamId;
}

function checkedResourceArn(resourceArn: string | undefined): string {
  const violations = new Violations();
  violations.required(resourceArn, 'resourceArn');
  violations.throwIfAny();
  return resourceArn!;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // kept undecoded, because the validation of the stream ID refuses it
    return text;
  }
}
