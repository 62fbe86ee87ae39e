import type { App } from 'aws-cdk-lib';
import { CfnOutput, CfnParameter, Duration, Fn, Lazy, RemovalPolicy, Size, Stack, Tags, Token } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { IotFileStreamProps } from '../../src';
import { IotFileStream, StreamFile } from '../../src';
import { file, testStack } from '../support/app';

/*
 * The values that synthesis refuses, with the complete errors, and the extreme values that it accepts. A value that is known
 * only at deployment is accepted, or gives the error that a literal is needed.
 */

type Attempt = (stack: Stack) => unknown;

interface Check {
  readonly refused: readonly (readonly [string, Attempt, string])[];
  readonly accepted: readonly (readonly [string, Attempt])[];
}

const parameter = (stack: Stack, type = 'String') => new CfnParameter(stack, `Parameter${stack.node.children.length}`, { type });
const text = (stack: Stack) => parameter(stack).valueAsString;
const number = (stack: Stack) => parameter(stack, 'Number').valueAsNumber;
const list = (stack: Stack) => parameter(stack, 'CommaDelimitedList').valueAsList;
const lazy = (value: string) => Lazy.string({ produce: () => value });

const create = (stack: Stack, props: Partial<IotFileStreamProps> = {}) =>
  new IotFileStream(stack, 'Firmware', { files: [StreamFile.fromText('a', 'text')], ...props });
const withProps = (props: Partial<IotFileStreamProps>): Attempt => (stack) => create(stack, props);
const withFiles = (...files: StreamFile[]): Attempt => withProps({ files });
const texts = (count: number) => Array.from({ length: count }, (_, index) => StreamFile.fromText(`text${index}`, 'text'));
const named = (fileName: string, fileId?: number) => StreamFile.fromText(fileName, 'text', { fileId });
const vendor = (stack: Stack) => s3.Bucket.fromBucketName(stack, 'Vendor', 'vendor');
const fromVendor = (key: string, options = {}): Attempt => (stack) => create(
  stack, { files: [StreamFile.fromBucket(vendor(stack), key, options)] },
);
const asset = (name: string, bytes: number) => file(name, Buffer.alloc(bytes));
const empty = asset('empty.bin', 0);
const large = asset('large.bin', 1025);
const largest = asset('largest.bin', 24 * 1024 * 1024);
const tooLarge = asset('too-large.bin', 24 * 1024 * 1024 + 1);
const tagged = (...tags: [string, string][]): Attempt => (stack) => {
  const stream = create(stack);
  for (const [key, value] of tags) Tags.of(stream).add(key, value);
};
const manyTags = (count: number) => tagged(...Array.from({ length: count }, (_, index): [string, string] => [`key${index}`, 'value']));
const inIreland = (bucketRegion: string): Attempt => (stack) => {
  const ireland = new Stack(stack.node.root as App, 'Ireland', { env: { region: 'eu-west-1', account: '111111111111' } });
  create(ireland, { bucket: s3.Bucket.fromBucketAttributes(ireland, 'Bucket', { bucketName: 'firmware', region: bucketRegion }) });
};
const bucketWith = (props: s3.BucketProps, change: (bucket: s3.CfnBucket) => void = () => undefined): Attempt => (stack) => {
  const bucket = new s3.Bucket(stack, 'Bucket', props);
  create(stack, { bucket });
  change(bucket.node.defaultChild as s3.CfnBucket);
};
const key = (stack: Stack, removalPolicy?: RemovalPolicy) => new kms.Key(stack, 'Key', { removalPolicy });
const retained = (props: (stack: Stack) => Partial<IotFileStreamProps>): Attempt => (stack) =>
  create(stack, { removalPolicy: RemovalPolicy.RETAIN, ...props(stack) });
const role = (stack: Stack) => new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('iot.amazonaws.com') });
const keptRole = (stack: Stack) => {
  const kept = role(stack);
  kept.applyRemovalPolicy(RemovalPolicy.RETAIN);
  return kept;
};
const arn = (resource: string, service = 'iot') => `arn:aws:${service}:eu-west-1:111111111111:${resource}`;
const byArn = (streamArn: string): Attempt => (stack) => new CfnOutput(create(stack), 'Id', { value: IotFileStream.fromStreamArn(stack, 'Stream', streamArn).streamId });
const byId = (streamId: string): Attempt => (stack) => new CfnOutput(create(stack), 'Arn', { value: IotFileStream.fromStreamId(stack, 'Stream', streamId).streamArn });
const wrongArn = (streamArn: string): [string, Attempt, string] => [`'${streamArn}'`, byArn(streamArn),
  `'streamArn' must be of the form 'arn:<partition>:iot:<region>:<account>:stream/<stream id>', got: '${streamArn}'`];

/** An error as the CDK prints it at the end of synthesis. */
const complete = (problem: string, path = 'MyStack/Firmware') => `Validation failed with the following errors:\n  [${path}] ${problem}`;

const LITERAL_STREAM_ID = "'streamId' must be a literal string, got: a token; it is part of the logical ids, so that changing the id creates the new stream before the old one is deleted";
const LITERAL_PREFIX = "'keyPrefix' must be a literal string, got: a token; it is part of the logical ids, so that changing the prefix creates the new storage location before the old one is deleted";
const LITERAL_FILE_ID = "'fileId' must be a literal number, got: a token; devices ask for files by an id that is known at synth";
const PREFIX_CHARACTERS = "'keyPrefix' must consist of letters, digits and any of !_.'()/-, got: 'KEY'; other characters have a meaning in IAM policies or need encoding";
const FORMAT_CHARACTERS = "'description' must not contain control or format characters, got: TEXT; this includes newlines, tabs and joined emoji";
const UNVERSIONED = complete("'bucket' must have versioning enabled, got: 'MyStack/Bucket' without it; add 'versioned: true' to the bucket");
const TAG_KEY = "tag keys must have 1 to 127 letters, digits, spaces and any of _.:/=+-@, and not begin with 'aws:', got: 'KEY'";
const deletedWithItsStack = (property: string, path: string) => complete(
  `'removalPolicy' must not be RETAIN where '${property}' goes with its stack, got: '${path}'; call applyRemovalPolicy(RemovalPolicy.RETAIN) on it`);
const noContent = complete("file 'a' of stream 'MyStack-Firmware-E49298F2' must not be empty, got: 0 bytes; a device cannot download an empty file");

const checks: Readonly<Record<string, Check>> = {
  'number of files': {
    refused: [
      ['none', withFiles(), "'files' must contain 1 to 50 files, got: 0"],
      ['51', withFiles(...texts(51)), "'files' must contain 1 to 50 files, got: 51"],
    ],
    accepted: [['1', withFiles(...texts(1))], ['50', withFiles(...texts(50))]],
  },
  'fileId': {
    refused: [
      ...[-1, 256, 1.5, NaN].map((id): [string, Attempt, string] => [
        `${id}`, () => named('a', id), `'fileId' must be an integer between 0 and 255, got: ${id}`,
      ]),
      ['a token', (stack) => named('a', number(stack)), LITERAL_FILE_ID],
      ['a lazy number', () => named('a', Lazy.number({ produce: () => 1 })), LITERAL_FILE_ID],
      ['a duplicate', withFiles(named('a', 1), named('b', 1)), "duplicate 'fileId' 1 in 'files': ids must be unique within a stream"],
      ['IDs for some of the files', withFiles(named('a', 1), named('b')), "'fileId' must be given for all files or for none, got: 1 of 2"],
    ],
    accepted: [['0 and 255', withFiles(named('a', 0), named('b', 255))], ['none', withFiles(named('a'), named('b'))]],
  },
  'fileName': {
    refused: [
      ['a duplicate', withFiles(named('a'), named('a')),
        "duplicate 'fileName' 'a' in 'files': names must be unique within a stream; give one of the files another 'fileName'"],
      ['an empty one', () => named(''), "'fileName' must not be empty, got: ''; omit it to use the default"],
    ],
    accepted: [
      ['two files of one path with different names', withFiles(...['a', 'b'].map((fileName) => StreamFile.fromAsset(large, { fileName })))],
      ['a token', (stack) => create(stack, { files: [named(text(stack)), named(text(stack))] })],
      ['a lazy string', withFiles(named(lazy('a')), named('a'))],
    ],
  },
  'path': {
    refused: [
      ['a missing file', withFiles(StreamFile.fromAsset('/nowhere/app.bin')), "'path' must name a file, got: '/nowhere/app.bin', which does not exist"],
      ['a directory', withFiles(StreamFile.fromAsset('/')), "'path' must name a file, got: '/', which is not a regular file"],
      ['an empty file', withFiles(StreamFile.fromAsset(empty)),
        `'path' must name a file with content, got: '${empty}' with 0 bytes; a device cannot download an empty file`],
      ['a token', (stack) => StreamFile.fromAsset(text(stack)), "'path' must be a literal string, got: a token; local files are read at synth"],
      ['a lazy string', () => StreamFile.fromAsset(lazy(large)), "'path' must be a literal string, got: a token; local files are read at synth"],
    ],
    accepted: [['a file of one byte', withFiles(StreamFile.fromAsset(asset('byte.bin', 1)))]],
  },
  'maxFileSize': {
    refused: [
      ['24 MiB and a byte by default', withFiles(StreamFile.fromAsset(tooLarge)),
        `'path' must name a file of at most 25165824 bytes, got: '${tooLarge}' with 25165825 bytes; `
        + "AWS IoT delivers at most 24 MiB a file: split it, or raise 'maxFileSize' if your account's quota is higher"],
      ['a byte more than the limit', withProps({ files: [StreamFile.fromAsset(large)], maxFileSize: Size.kibibytes(1) }),
        `'path' must name a file of at most 1024 bytes, got: '${large}' with 1025 bytes; `
        + "AWS IoT delivers at most 24 MiB a file: split it, or raise 'maxFileSize' if your account's quota is higher"],
      ['a token', (stack) => create(stack, { files: [StreamFile.fromAsset(large)], maxFileSize: Size.mebibytes(number(stack)) }),
        "'maxFileSize' must be a literal size, got: a token; local files are measured at synth"],
    ],
    accepted: [
      ['24 MiB by default', withFiles(StreamFile.fromAsset(largest))],
      ['exactly the limit', withProps({ files: [StreamFile.fromAsset(large)], maxFileSize: Size.bytes(1025) })],
    ],
  },
  'streamId': {
    refused: [
      ['an empty one', withProps({ streamId: '' }), "'streamId' must have 1 to 128 characters, got: 0"],
      ['129 characters', withProps({ streamId: 'x'.repeat(129) }), "'streamId' must have 1 to 128 characters, got: 129"],
      ['a slash', withProps({ streamId: 'a/b' }), "'streamId' must consist of letters, digits, '_' and '-', got: 'a/b'"],
      ['the form of a generation', withProps({ streamId: 'fw--firmware' }), "'streamId' must not end with '--' and 8 characters, got: 'fw--firmware'; "
        + 'this suffix is reserved for UpdateStrategy.NEW_STREAM; permissions for the stream without the suffix would also cover this one'],
      ['a token', (stack) => create(stack, { streamId: text(stack) }), LITERAL_STREAM_ID],
      ['a lazy string', withProps({ streamId: lazy('a') }), LITERAL_STREAM_ID],
      ['a number of the deployment', (stack) => create(stack, { streamId: Token.asString(number(stack)) }), LITERAL_STREAM_ID],
      ['two streams with one ID in a stack', (stack) => {
        create(stack, { streamId: 'same' });
        new IotFileStream(stack, 'Second', { files: texts(1), streamId: 'same' });
      }, "duplicate 'streamId' 'same': 'MyStack/Firmware' has it already; ids must be unique within an account and region"],
    ],
    accepted: [
      ['128 characters', withProps({ streamId: 'x'.repeat(128) })],
      ['every kind of character', withProps({ streamId: 'aZ09_-' })],
      ['two dashes in front of more or fewer than eight characters', withProps({ streamId: 'fw--radio-2' })],
      ['nine characters', withProps({ streamId: 'firmwares' })],
      ['one ID in two stacks', (stack) => {
        create(stack, { streamId: 'same' });
        create(new Stack(stack.node.root as App, 'Other'), { streamId: 'same' });
      }],
    ],
  },
  'description': {
    refused: [
      ['an empty one', withProps({ description: '' }), "'description' must have 1 to 2028 characters, got: 0"],
      ['2,029 characters', withProps({ description: 'x'.repeat(2029) }), "'description' must have 1 to 2028 characters, got: 2029"],
      ['a newline', withProps({ description: 'a\nb' }), FORMAT_CHARACTERS.replace('TEXT', '"a\\nb"')],
      ['a tab', withProps({ description: 'a\tb' }), FORMAT_CHARACTERS.replace('TEXT', '"a\\tb"')],
      ['a joined emoji', withProps({ description: '👩\u200d🚀' }), FORMAT_CHARACTERS.replace('TEXT', '"👩\u200d🚀"')],
    ],
    accepted: [
      ['2,028 characters', withProps({ description: 'x'.repeat(2028) })],
      ['an emoji', withProps({ description: '🚀 für alle' })],
      ['a token', (stack) => create(stack, { description: text(stack) })],
      ['a number of the deployment', (stack) => create(stack, { description: Token.asString(number(stack)) })],
      ['an element of a list token', (stack) => create(stack, { description: Fn.select(0, list(stack)) })],
      ['a lazy string', withProps({ description: lazy('late') })],
    ],
  },
  'keyPrefix': {
    refused: [
      ['no closing slash', withProps({ keyPrefix: 'a' }), "'keyPrefix' must end with '/', got: 'a'"],
      ['a part of two dots', withProps({ keyPrefix: 'a/../' }), "'keyPrefix' must not have empty parts, '.' or '..', got: 'a/../'"],
      ['a part of one dot', withProps({ keyPrefix: './a/' }), "'keyPrefix' must not have empty parts, '.' or '..', got: './a/'"],
      ['an empty part', withProps({ keyPrefix: 'a//' }), "'keyPrefix' must not have empty parts, '.' or '..', got: 'a//'"],
      ['a leading slash', withProps({ keyPrefix: '/a/' }), "'keyPrefix' must not have empty parts, '.' or '..', got: '/a/'"],
      ...['a*/', 'a?/', 'a${b}/', 'ü/', 'a b/'].map((keyPrefix): [string, Attempt, string] => [
        `'${keyPrefix}'`, withProps({ keyPrefix }), PREFIX_CHARACTERS.replace('KEY', () => keyPrefix),
      ]),
      ['one that makes keys of 1,025 bytes', withProps({ keyPrefix: `${'a'.repeat(900)}/`, streamId: 'abcd' }),
        "'keyPrefix' must leave object keys at most 1024 bytes, got: 1025; shorten it by 1"],
      ['a token', (stack) => create(stack, { keyPrefix: `${text(stack)}/` }), LITERAL_PREFIX],
      ['a lazy string', withProps({ keyPrefix: lazy('a/') }), LITERAL_PREFIX],
    ],
    accepted: [
      ['nothing', withProps({ keyPrefix: '' })],
      ['parts with dots', withProps({ keyPrefix: 'v1.2/..a/b!_\'()-/' })],
      ['one that makes keys of 1,024 bytes', withProps({ keyPrefix: `${'a'.repeat(899)}/`, streamId: 'abcd' })],
    ],
  },
  'bucket': {
    refused: [
      ['one without versioning', bucketWith({}), UNVERSIONED],
      ['one whose versioning is suspended later', bucketWith({ versioned: true }, (bucket) => {
        bucket.addPropertyOverride('VersioningConfiguration.Status', 'Suspended');
      }), UNVERSIONED],
      ['one of another region', inIreland('us-east-1'),
        "'bucket' must be in the region of the stream, 'eu-west-1', got: 'Ireland/Bucket' in 'us-east-1'; take a bucket of that region"],
      ['one with a default retention', bucketWith({ versioned: true, objectLockDefaultRetention: s3.ObjectLockRetention.governance(Duration.days(1)) }),
        complete("'bucket' must not have a default retention of Object Lock, got: 'MyStack/Bucket' with one; "
          + 'the objects of the stream could not be deleted: use another bucket')],
    ],
    accepted: [
      ['one with versioning', bucketWith({ versioned: true })],
      ['one whose versioning is enabled later', bucketWith({}, (bucket) => { bucket.versioningConfiguration = { status: 'Enabled' }; })],
      ['one whose versioning is known only at deployment', bucketWith({}, (bucket) => {
        bucket.versioningConfiguration = { status: text(bucket.stack) };
      })],
      ['one with Object Lock but no default retention', bucketWith({ versioned: true, objectLockEnabled: true })],
      ['one of the same region', inIreland('eu-west-1')],
      ['one of a region that is known only at deployment', (stack) =>
        create(stack, { bucket: s3.Bucket.fromBucketAttributes(stack, 'Bucket', { bucketName: text(stack), region: text(stack) }) })],
    ],
  },
  'key of a source': {
    refused: [
      ['an empty one', fromVendor(''), "'key' must have 1 to 1024 bytes, got: 0"],
      ['1,026 bytes', fromVendor('ü'.repeat(513)), "'key' must have 1 to 1024 bytes, got: 1026"],
    ],
    accepted: [
      ['1,024 bytes', fromVendor('ü'.repeat(512))],
      ['characters with a meaning in policies', fromVendor('a*b?c${d}')],
      ['a token', (stack) => fromVendor(text(stack))(stack)],
      ['a lazy string', fromVendor(lazy('fw.bin'))],
    ],
  },
  'objectVersion and revision': {
    refused: [['an empty version', fromVendor('fw.bin', { objectVersion: '' }), "'objectVersion' must not be empty, got: ''; omit it to use the current version"]],
    accepted: [
      ['tokens', (stack) => fromVendor('fw.bin', { objectVersion: text(stack), revision: text(stack) })(stack)],
      ['the version null of an object that is older than versioning', fromVendor('fw.bin', { objectVersion: 'null' })],
      ['an empty revision', fromVendor('fw.bin', { revision: '' })],
    ],
  },
  'content of texts': {
    refused: [
      ['an empty one', withFiles(StreamFile.fromText('a', '')), noContent],
      ['one that resolves to an empty text', withFiles(StreamFile.fromText('a', lazy(''))), noContent],
      ['the JSON value undefined', withFiles(StreamFile.fromJson('a', undefined)), noContent],
      ['a JSON value that resolves to undefined', withFiles(StreamFile.fromJson('a', Lazy.any({ produce: () => undefined }))), noContent],
    ],
    accepted: [
      ['a space', withFiles(StreamFile.fromText('a', ' '))],
      ['the JSON value of an empty text', withFiles(StreamFile.fromJson('a', ''))],
      ['the JSON value null', withFiles(StreamFile.fromJson('a', null))],
      ['string, number and list tokens', (stack) => create(stack, {
        files: [
          StreamFile.fromText('text', `${text(stack)} ${Token.asString(number(stack))} ${Fn.join(',', list(stack))}`),
          StreamFile.fromJson('json', { text: text(stack), number: number(stack), list: list(stack), lazy: Lazy.any({ produce: () => [1] }) }),
        ],
      })],
    ],
  },
  'tags': {
    refused: [
      ['47', manyTags(47), complete("a stream must have at most 46 tags, got: 47; this library uses four of the service's 50")],
      ['the key of an ownership tag', tagged(['cdk-iot-streams:stack', 'mine']),
        complete("tag keys must not begin with 'cdk-iot-streams:', got: 'cdk-iot-streams:stack'; this prefix is reserved for ownership tags")],
      ['a key of AWS', tagged(['aws:team', 'radio']), complete(TAG_KEY.replace('KEY', 'aws:team'))],
      ['a key of AWS in capitals', tagged(['AWS:team', 'radio']), complete(TAG_KEY.replace('KEY', 'AWS:team'))],
      ['a key of 128 characters', tagged(['k'.repeat(128), 'radio']), complete(TAG_KEY.replace('KEY', 'k'.repeat(128)))],
      ['an asterisk in a key', tagged(['team*', 'radio']), complete(TAG_KEY.replace('KEY', 'team*'))],
      ['a value of 256 characters', tagged(['team', 'v'.repeat(256)]), complete("tag values must have at most 255 characters, got: 256 for 'team'")],
      ['parentheses in a value', tagged(['team', 'radio (EU)']),
        complete("tag values must have letters, digits, spaces and any of _.:/=+-@, got: 'radio (EU)' for 'team'")],
      ['a newline in a value', tagged(['team', 'radio\n']),
        complete("tag values must have letters, digits, spaces and any of _.:/=+-@, got: 'radio\n' for 'team'")],
    ],
    accepted: [
      ['46', manyTags(46)],
      ['a key of 127 characters, a value of 255', tagged(['k'.repeat(127), 'v'.repeat(255)])],
      ['letters, digits and spaces of any script, and every other character that is allowed', tagged(['Größe 2_.:/=+-@', 'Größe 2_.:/=+-@'])],
      ['an empty value', tagged(['team', ''])],
      ['a token as value', (stack) => tagged(['team', text(stack)])(stack)],
      ['lazy strings', tagged([lazy('team'), lazy('radio')])],
    ],
  },
  'removalPolicy RETAIN': {
    refused: [
      ['with a role that is deleted', retained((stack) => ({ role: role(stack) })), deletedWithItsStack('role', 'MyStack/Role')],
      ['with a bucket that is deleted', retained((stack) => ({ bucket: new s3.Bucket(stack, 'Bucket', { versioned: true, removalPolicy: RemovalPolicy.DESTROY }) })),
        deletedWithItsStack('bucket', 'MyStack/Bucket')],
      ['with a key that is deleted', retained((stack) => ({
        bucket: new s3.Bucket(stack, 'Bucket', { versioned: true, encryptionKey: key(stack, RemovalPolicy.DESTROY) }),
      })), deletedWithItsStack('bucket.encryptionKey', 'MyStack/Key')],
    ],
    accepted: [
      ['with the default bucket and roles', retained(() => ({}))],
      ['with a role and a bucket that are retained', retained((stack) => ({
        role: keptRole(stack), bucket: new s3.Bucket(stack, 'Bucket', { versioned: true, encryptionKey: key(stack) }),
      }))],
      ['with an imported role', retained((stack) => ({ role: iam.Role.fromRoleName(stack, 'Role', 'reader') }))],
      ['DESTROY with a role that is deleted', (stack) => create(stack, { role: role(stack), removalPolicy: RemovalPolicy.DESTROY })],
    ],
  },
  'fromStreamArn': {
    refused: [
      wrongArn(arn('thing/firmware')), wrongArn(arn('stream/firmware', 's3')), wrongArn(arn('stream/')), wrongArn(arn('stream/a/b')),
      wrongArn(arn(`stream/${'x'.repeat(129)}`)), wrongArn('arn:aws:iot::111111111111:stream/firmware'), wrongArn('arn:aws:iot:eu-west-1::stream/firmware'),
      wrongArn('firmware'), wrongArn(''),
    ],
    accepted: [
      ...['aws', 'aws-cn', 'aws-us-gov', 'aws-iso-b', 'aws-eusc'].map((partition): [string, Attempt] => [partition, byArn(arn('stream/firmware').replace('aws', partition))]),
      ['a token', (stack) => byArn(text(stack))(stack)],
      ['tokens within', (stack) => byArn(stack.formatArn({ service: 'iot', resource: 'stream', resourceName: text(stack) }))(stack)],
    ],
  },
  'fromStreamId': {
    refused: [
      ['an empty one', byId(''), "'streamId' must have 1 to 128 characters, got: 0"],
      ['a slash', byId('a/b'), "'streamId' must consist of letters, digits, '_' and '-', got: 'a/b'"],
    ],
    accepted: [['a literal', byId('firmware')], ['a token', (stack) => byId(text(stack))(stack)], ['a lazy string', byId(lazy('a'))]],
  },
};

const synthesise = (attempt: Attempt) => () => {
  const stack = testStack();
  attempt(stack);
  Template.fromStack(stack);
};
const refused = Object.entries(checks).flatMap(([what, check]) => check.refused.map((rest) => [what, ...rest] as const));
const accepted = Object.entries(checks).flatMap(([what, check]) => check.accepted.map((rest) => [what, ...rest] as const));

test.each(refused)('%s: refuses %s', (_what, _case, attempt, message) => {
  expect(synthesise(attempt)).toThrow(new Error(message));
});

test.each(accepted)('%s: accepts %s', (_what, _case, attempt) => {
  expect(synthesise(attempt)).not.toThrow();
});

test('fileId refuses an unknown file name', () => {
  const stream = create(testStack(), { files: [named('a'), named('b')] });
  expect(stream.fileId('b')).toBe(1);
  expect(() => stream.fileId('c')).toThrow(new Error("'fileName' must be one of 'a', 'b', got: 'c'"));
});
