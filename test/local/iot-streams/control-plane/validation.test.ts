import type { IoTClient } from '@aws-sdk/client-iot';
import {
  CreateStreamCommand, ListStreamsCommand, ListTagsForResourceCommand, TagResourceCommand, UntagResourceCommand, UpdateStreamCommand,
} from '@aws-sdk/client-iot';
import type { ServiceFixture } from '../service-fixture';
import { startFixture } from '../service-fixture';

const arn = 'arn:aws:iot:us-east-1:000000000000:stream/s';

let fixture: ServiceFixture;
let iot: IoTClient;

beforeAll(async () => {
  fixture = await startFixture();
  iot = fixture.client();
  await iot.send(new CreateStreamCommand({ streamId: 's', files: fixture.files, roleArn: fixture.roleArn }));
});

afterAll(() => fixture.stop());

/** Sends a request with the SDK, which validates only required members. */
function create(more: object): Promise<unknown> {
  return iot.send(new CreateStreamCommand({ streamId: 'new', files: fixture.files, roleArn: fixture.roleArn, ...more }));
}

function invalid(message: string): object {
  return { name: 'InvalidRequestException', message, $metadata: { httpStatusCode: 400 } };
}

function violation(value: string, member: string, constraint: string): object {
  return invalid(`1 validation error detected: Value ${value} at '${member}' failed to satisfy constraint: ${constraint}`);
}

const atLeast = (length: number) => `Member must have length greater than or equal to ${length}`;
const atMost = (length: number) => `Member must have length less than or equal to ${length}`;
const pattern = (text: string) => `Member must satisfy regular expression pattern: ${text}`;
const notNull = 'Member must not be null';

function file(fileId: unknown, s3Location: unknown = { bucket: 'bucket', key: 'file' }): object {
  return { fileId, s3Location };
}

const fifty = Array.from({ length: 50 }, (_, fileId) => file(fileId));

describe('valid requests of CreateStream', () => {
  test.each([
    ['an id of 128 characters', { streamId: 'a-Z_9'.padEnd(128, 'x') }],
    ['a description of 2028', { description: 'd'.repeat(2028) }],
    ['fifty files', { files: fifty }],
    ['file numbers from 0 to 255', { files: [file(0), file(255)] }],
    ['fifty tags', { tags: Array.from({ length: 50 }, (_, n) => ({ Key: `key-${n}`, Value: '' })) }],
    ['tags as long as they may be', { tags: [{ Key: 'k'.repeat(128), Value: 'v'.repeat(256) }] }],
    ['a tag without a value', { tags: [{ Key: 'äö ü_.:/=+-@9' }] }],
  ])('CreateStream accepts %s', async (_, more) => {
    await expect(create({ streamId: `taken-${Math.random().toString(36).slice(2)}`, ...more })).resolves.toBeDefined();
  });
});

describe('invalid requests of CreateStream', () => {
  const badPattern = '[a-zA-Z0-9_-]+';
  const long = (length: number) => 'x'.repeat(length);

  test.each([
    ['an id of 129 characters', { streamId: long(129) }, violation(`'${long(129)}'`, 'streamId', atMost(128))],
    ['an id with a dot', { streamId: 'a.b' }, violation("'a.b'", 'streamId', pattern(badPattern))],
    ['an id with a slash', { streamId: 'a/b' }, violation("'a/b'", 'streamId', pattern(badPattern))],
    ['an id with a line end', { streamId: 'a\n' }, violation("'a\n'", 'streamId', pattern(badPattern))],
    ['an empty description', { description: '' }, violation("''", 'description', pattern('[^\\p{C}]+'))],
    ['a line end in the description', { description: 'a\nb' }, violation("'a\nb'", 'description', pattern('[^\\p{C}]+'))],
    ['a soft hyphen in the description', { description: 'a\u00adb' }, violation("'a\u00adb'", 'description', pattern('[^\\p{C}]+'))],
    ['a joined emoji in the description', { description: '👩\u200d👧' }, violation("'👩\u200d👧'", 'description', pattern('[^\\p{C}]+'))],
    ['a description of 2029', { description: long(2029) }, violation(`'${long(2029)}'`, 'description', atMost(2028))],
    ['no files', { files: undefined }, violation('null', 'files', notNull)],
    ['an empty list of files', { files: [] }, violation("'[]'", 'files', atLeast(1))],
    ['no role', { roleArn: undefined }, violation('null', 'roleArn', notNull)],
    ['a role of 19 characters', { roleArn: long(19) }, violation(`'${long(19)}'`, 'roleArn', atLeast(20))],
    ['a role of 2049 characters', { roleArn: long(2049) }, violation(`'${long(2049)}'`, 'roleArn', atMost(2048))],
    ['file number 256', { files: [file(256)] },
      violation("'256'", 'files.1.member.fileId', 'Member must have value less than or equal to 255')],
    ['file number -1', { files: [file(-1)] },
      violation("'-1'", 'files.1.member.fileId', 'Member must have value greater than or equal to 0')],
    ['a file without a number', { files: [file(undefined)] }, violation('null', 'files.1.member.fileId', notNull)],
    ['a file number in a string', { files: [file('0')] }, invalid('STRING_VALUE can not be converted to an Integer')],
    ['half a file number', { files: [file(0.5)] }, invalid('NUMBER_VALUE can not be converted to an Integer')],
    ['a file number twice', { files: [file(7), file(7)] }, invalid('Duplicate fileId 7 in files')],
    ['a file without a place', { files: [{ fileId: 0 }] }, violation('null', 'files.1.member.s3Location', notNull)],
    ['a file without a bucket', { files: [file(0, { key: 'k' })] }, violation('null', 'files.1.member.s3Location.bucket', notNull)],
    ['a file without a key', { files: [file(0, { bucket: 'b' })] }, violation('null', 'files.1.member.s3Location.key', notNull)],
    ['an empty bucket', { files: [file(0, { bucket: '', key: 'k' })] }, violation("''", 'files.1.member.s3Location.bucket', atLeast(1))],
    ['an empty key', { files: [file(0, { bucket: 'b', key: '' })] }, violation("''", 'files.1.member.s3Location.key', atLeast(1))],
    ['a tag without a key', { tags: [{ Value: 'v' }] }, violation('null', 'tags.1.member.key', notNull)],
    ['a tag with a key of 129', { tags: [{ Key: long(129) }] }, violation(`'${long(129)}'`, 'tags.1.member.key', atMost(128))],
    ['a tag with a value of 257', { tags: [{ Key: 'k', Value: long(257) }] }, violation(`'${long(257)}'`, 'tags.1.member.value', atMost(256))],
    ['a tag with a key of odd characters', { tags: [{ Key: 'a#' }] },
      violation("'a#'", 'tags.1.member.key', pattern('^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$'))],
    ['a reserved tag', { tags: [{ Key: 'aws:x', Value: 'v' }] }, invalid("Tag key 'aws:x' starts with aws:, which is reserved")],
    ['a tag twice', { tags: [{ Key: 'k' }, { Key: 'k' }] }, invalid("Duplicate tag key 'k' in tags")],
  ])('CreateStream refuses %s', async (_, more, expected) => {
    await expect(create(more)).rejects.toMatchObject(expected);
  });

  test('CreateStream refuses 51 files', async () => {
    await expect(create({ files: [...fifty, file(50)] })).rejects.toMatchObject({
      message: expect.stringMatching(/ at 'files' failed to satisfy constraint: Member must have length less than or equal to 50$/),
    });
  });

  test('CreateStream refuses 51 tags with LimitExceededException', async () => {
    await expect(create({ tags: Array.from({ length: 51 }, (_, n) => ({ Key: `k${n}` })) })).rejects.toMatchObject({
      name: 'LimitExceededException', message: 'A resource can have at most 50 tags', $metadata: { httpStatusCode: 410 },
    });
  });

  test('CreateStream returns several errors in one answer', async () => {
    await expect(create({ streamId: 'a.b', roleArn: 'short' })).rejects.toMatchObject(invalid(
      "2 validation errors detected: Value 'a.b' at 'streamId' failed to satisfy constraint: Member must satisfy regular expression pattern: "
      + "[a-zA-Z0-9_-]+; Value 'short' at 'roleArn' failed to satisfy constraint: Member must have length greater than or equal to 20",
    ));
  });
});

describe('invalid requests of UpdateStream', () => {
  test.each([
    ['an empty list of files', { files: [] }, violation("'[]'", 'files', atLeast(1))],
    ['an empty description', { description: '' }, violation("''", 'description', pattern('[^\\p{C}]+'))],
    ['a short role', { roleArn: 'short' }, violation("'short'", 'roleArn', atLeast(20))],
    ['a file number in a string', { files: [file('1')] }, invalid('STRING_VALUE can not be converted to an Integer')],
  ])('UpdateStream refuses %s', async (_, more, expected) => {
    await expect(iot.send(new UpdateStreamCommand({ streamId: 's', ...(more as object) }))).rejects.toMatchObject(expected);
  });
});

describe('invalid requests of ListStreams', () => {
  test.each([
    [0, violation("'0'", 'maxResults', 'Member must have value greater than or equal to 1')],
    [251, violation("'251'", 'maxResults', 'Member must have value less than or equal to 250')],
    [1.5, invalid('STRING_VALUE can not be converted to an Integer')],
  ])('ListStreams refuses %s results in a page', async (maxResults, expected) => {
    await expect(iot.send(new ListStreamsCommand({ maxResults }))).rejects.toMatchObject(expected);
  });
});

describe('tags', () => {
  const tag = (...tags: { Key: string; Value?: string }[]) => iot.send(new TagResourceCommand({ resourceArn: arn, tags }));
  const untag = (...tagKeys: string[]) => iot.send(new UntagResourceCommand({ resourceArn: arn, tagKeys }));
  const list = async (resourceArn = arn) => (await iot.send(new ListTagsForResourceCommand({ resourceArn }))).tags;

  afterEach(async () => {
    await untag(...(await list() ?? []).map(({ Key }) => Key!));
  });

  test('TagResource and UntagResource add, replace and remove tags, with case-sensitive keys and the same version', async () => {
    await tag({ Key: 'a', Value: '1' }, { Key: 'A', Value: '2' });
    await tag({ Key: 'a', Value: '3' }, { Key: 'b' });
    expect(await list()).toEqual([{ Key: 'a', Value: '3' }, { Key: 'A', Value: '2' }, { Key: 'b', Value: '' }]);
    await untag('A', 'never-there');
    expect(await list()).toEqual([{ Key: 'a', Value: '3' }, { Key: 'b', Value: '' }]);
    expect(fixture.service.store.find('s')?.streamVersion).toBe(1);
  });

  test('TagResource refuses more than fifty tags', async () => {
    await tag(...Array.from({ length: 50 }, (_, n) => ({ Key: `k${n}` })));
    await expect(tag({ Key: 'one-more' })).rejects.toMatchObject({ name: 'LimitExceededException', message: 'A resource can have at most 50 tags' });
    await expect(tag({ Key: 'k0', Value: 'replaced' })).resolves.toBeDefined();
  });

  test.each([
    ['of a stream that does not exist', `${arn}-other`, {
      name: 'ResourceNotFoundException', message: `Resource ${arn}-other does not exist`, $metadata: { httpStatusCode: 404 },
    }],
    ['of a stream in another region', arn.replace('us-east-1', 'eu-west-1'), { name: 'ResourceNotFoundException' }],
    ['of something that is not an ARN', 's', invalid("'s' is not the ARN of a stream")],
  ])('refuses tags %s', async (_, resourceArn, expected) => {
    await expect(list(resourceArn)).rejects.toMatchObject(expected);
    await expect(iot.send(new TagResourceCommand({ resourceArn, tags: [] }))).rejects.toMatchObject(expected);
    await expect(iot.send(new UntagResourceCommand({ resourceArn, tagKeys: [] }))).rejects.toMatchObject(expected);
  });

  test('UntagResource validates the keys', async () => {
    await expect(untag('')).rejects.toMatchObject({
      message: "1 validation error detected: Value '' at 'tagKeys.1.member' failed to satisfy constraint: Member must have length greater than or equal to 1",
    });
  });
});
