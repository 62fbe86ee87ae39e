import { App, CfnParameter, Fn, Lazy, NestedStack, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { IotFileStream, IotFileStreamProps, StreamFile } from '../../src';
import { testStack } from '../support/app';

/*
 * Limits that only the rendered template can tell: the greatest that passes, and one more, which is an error at synth.
 */

type Contents = (stack: Stack) => unknown;

function errors(contents: Contents, props = {}): string[] {
  const stack = testStack(props);
  contents(stack);
  try {
    (stack.node.root as App).synth();
    return [];
  } catch (error) {
    return (error as Error).message.split('\n  ').filter((line) => line !== 'Validation failed with the following errors:');
  }
}

/** What is said at the greatest size that passes, and at one more; a size of `tooMuch` does not pass. */
function boundary(at: (size: number) => Contents, tooMuch: number, step = 1): { last: number; before: string[]; after: string[] } {
  const [, maximum, actual] = /at most (\d+) \w+, got: (\d+);/.exec(errors(at(tooMuch))[0])!.map(Number);
  const last = tooMuch - Math.ceil((actual - maximum) / step);
  return { last, before: errors(at(last)), after: errors(at(last + 1)) };
}

const stream = (stack: Stack, props: Partial<IotFileStreamProps>, id = 'Firmware') =>
  new IotFileStream(stack, id, { files: [StreamFile.fromText('a', 'text')], streamId: id.toLowerCase(), ...props });
const texts = (...contents: string[]): Contents => (stack) =>
  stream(stack, { files: contents.map((content, index) => StreamFile.fromText(`text${index}`, content)) });
const parameter = (stack: Stack) => new CfnParameter(stack, 'Parameter').valueAsString;
const json = (value: unknown): Contents => (stack) => stream(stack, { files: [StreamFile.fromJson('config.json', value)] });

describe('texts: 64 KiB a stream', () => {
  const tooMany = (got: number) => ['[MyStack/CdkIotStreamsHandler] the texts of stream \'firmware\' must have at most 65536 bytes, '
    + `got: ${got}; put the larger ones into files and use StreamFile.fromAsset`];

  test('of all files together, in UTF-8', () => {
    expect(errors(texts('ü'.repeat(16_384), 'u'.repeat(32_768)))).toEqual([]);
    expect(errors(texts('ü'.repeat(16_384), 'u'.repeat(32_769)))).toEqual(tooMany(65_537));
  });

  test('as JSON', () => {
    expect(errors(json('u'.repeat(65_534)))).toEqual([]);
    expect(errors(json('u'.repeat(65_535)))).toEqual(tooMany(65_537));
  });

  test('that are lazy: as long as they turn out to be', () => {
    expect(errors(texts(Lazy.string({ produce: () => 'u'.repeat(65_536) })))).toEqual([]);
    expect(errors(texts(Lazy.string({ produce: () => 'u'.repeat(65_537) })))).toEqual(tooMany(65_537));
  });

  test.each([
    ['the region', 14, (_stack: Stack) => Token.asString({ Ref: 'AWS::Region' })],
    ['the account', 12, (_stack: Stack) => Fn.sub('${AWS::AccountId}')],
    ['a name in a text', 4 + 12, (_stack: Stack) => Fn.sub('for ${AWS::AccountId}')],
    ['the name of a bucket', 63, (stack: Stack) => new s3.Bucket(stack, 'Bucket').bucketName],
    ['the ARN of a bucket', 83, (stack: Stack) => new s3.Bucket(stack, 'Bucket').bucketArn],
    ['a parameter', 128, (stack: Stack) => parameter(stack)],
    ['an attribute', 128, (stack: Stack) => new kms.Key(stack, 'Key').keyArn],
    ['a function over lists', 128, (stack: Stack) => Fn.join(',', Fn.split('-', parameter(stack)))],
    ['a list', 128, (stack: Stack) => Fn.join(',', new CfnParameter(stack, 'List', { type: 'CommaDelimitedList' }).valueAsList)],
    ['a substitution with variables', 128, (stack: Stack) => Fn.sub('${name}', { name: parameter(stack) })],
  ])('a token counts as the longest that it can stand for: %s', (_what, length, token) => {
    const withToken = (literal: number): Contents => (stack) => texts('u'.repeat(literal) + token(stack))(stack);
    expect(errors(withToken(65_536 - length))).toEqual([]);
    expect(errors(withToken(65_537 - length))).toEqual(tooMany(65_537));
  });
});

describe('an update of a stream: an event of 256 KiB with old and new properties', () => {
  test('counts what escaping adds to texts', () => {
    const quotes = (count: number): Contents => texts('"'.repeat(count));
    const { last, before, after } = boundary(quotes, 65_536, 4);
    expect(last).toBeGreaterThan(60_000);
    expect(before).toEqual([]);
    expect(after).toEqual(["[MyStack/CdkIotStreamsHandler] an update of stream 'firmware', with old and new properties, must have at most 262144 bytes, "
      + 'got: 262146; put the larger texts into files and use StreamFile.fromAsset, or make two streams of it']);
  });
});

describe('the inline policies of a role: 10,240 characters', () => {
  const vendorFiles = (stack: Stack, characters: number, bucket = s3.Bucket.fromBucketName(stack, 'Vendor', 'vendor')) =>
    Array.from({ length: 50 }, (_, index) => StreamFile.fromBucket(bucket, `${index}/`.padEnd(index ? 130 : characters, 'x'), { fileName: `${index}` }));
  const tooLong = (role: string) => [`[MyStack/CdkIotStreamsHandler] the inline policies of role '${role}' must have at most 10240 characters, `
    + 'got: 10241; shorten the keys of the source objects, or divide the files among several streams'];

  test('what the operator reads', () => {
    const { before, after } = boundary((characters) => (stack) => stream(stack, { files: vendorFiles(stack, characters) }), 1000);
    expect(before).toEqual([]);
    expect(after).toEqual(tooLong('FirmwareStoragefc73bfdbManagementRole5A3EBAEA'));
  });

  test('with what it may do with keys, a policy beside that of the role', () => {
    const vendor = (stack: Stack) => s3.Bucket.fromBucketAttributes(stack, 'Vendor', { bucketName: 'vendor', encryptionKey: new kms.Key(stack, 'Key') });
    const { last } = boundary((characters) => (stack) => stream(stack, { files: vendorFiles(stack, characters) }), 1000);
    const [withKey] = errors((stack) => stream(stack, { files: vendorFiles(stack, last, vendor(stack)) }));
    expect(withKey).toMatch(/^\[MyStack\/CdkIotStreamsHandler\] the inline policies of role 'FirmwareStoragefc73bfdbManagementRole5A3EBAEA' .* got: 104\d\d;/);
  });

  test.each<[string, string, (stack: Stack) => iam.IRole]>([
    ['of the stack', 'Role1ABCC5F0', (stack) => new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('iot.amazonaws.com') })],
    ['known by its ARN', 'reader', (stack) => iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::111111111111:role/path/reader')],
    ['known by its name', 'reader', (stack) => iam.Role.fromRoleName(stack, 'Role', 'reader')],
  ])('what many streams read with one role %s', (_what, name, create) => {
    const shared = (count: number): Contents => (stack) => {
      const role = create(stack);
      new iam.User(stack, 'Somebody').addToPolicy(new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: [role.roleArn] }));
      for (let index = 0; index < count; index++) stream(stack, { role }, `Firmware${index}`);
    };
    expect(errors(shared(30))).toEqual([]);
    expect(errors(shared(31))).toEqual([expect.stringMatching(
      new RegExp(`^\\[MyStack/CdkIotStreamsHandler\\] the inline policies of role '${name}' must have at most 10240 characters, got: 10\\d\\d\\d; `))]);
  });

  test('a role that only the deployment knows is not counted', () => {
    expect(errors((stack) => stream(stack, { role: iam.Role.fromRoleArn(stack, 'Role', parameter(stack)) }))).toEqual([]);
  });
});

describe('the template: 1,000,000 bytes', () => {
  const full = (characters: number): Contents => (stack) => {
    for (let index = 0; index < 15; index++) {
      stream(stack, { files: [StreamFile.fromText('text', 'u'.repeat(index ? 61_000 : characters))] }, `Firmware${index}`);
    }
  };

  test('as it is written, with its indentation or without', () => {
    const { last, before, after } = boundary(full, 60_000);
    expect(before).toEqual([]);
    expect(after).toEqual(["[MyStack/CdkIotStreamsHandler] the template of stack 'MyStack' must have at most 1000000 bytes, got: 1000001; "
      + "set 'suppressTemplateIndentation' of the stack, or put some of its streams into another one"]);
    expect(errors(full(last + 1), { suppressTemplateIndentation: true })).toEqual([]);
  });

  test('a nested stack has its own', () => {
    expect(errors((stack) => ['One', 'Two'].forEach((id) => full(1000)(new NestedStack(stack, id))))).toEqual([]);
  });
});

describe('500 resources a stack', () => {
  const many = (count: number): Contents => (stack) => {
    for (let index = 0; index < count; index++) stream(stack, {}, `Firmware${index}`);
  };

  test('hold 123 streams; the CDK itself refuses one more', () => {
    expect(errors(many(123), { suppressTemplateIndentation: true })).toEqual([]);
    expect(errors(many(124), { suppressTemplateIndentation: true })).toEqual([
      expect.stringContaining("Number of resources in stack 'MyStack': 502 is greater than allowed maximum of 500"),
    ]);
  });

  test('are more than an indented template holds: about 110 streams', () => {
    expect(errors(many(110))).toEqual([]);
    expect(errors(many(120))).toEqual([expect.stringContaining('must have at most 1000000 bytes')]);
  });
});
