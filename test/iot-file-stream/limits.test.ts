import type { App } from 'aws-cdk-lib';
import { Aspects, CfnParameter, CfnResource, Fn, Lazy, LegacyStackSynthesizer, NestedStack, Stack, Stage, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { IotFileStreamProps } from '../../src';
import { IotFileStream, StreamFile } from '../../src';
import { testStack } from '../support/app';

/*
 * Limits that depend on the rendered template: the greatest size is accepted, and one more is an error at synth.
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

/** Finds the greatest accepted size, and returns the errors at this size and at one more; `tooMuch` is a refused size. */
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

describe('the texts of a stream, at most 64 KiB', () => {
  const tooMany = (got: number) => ['[MyStack/Firmware] the texts of stream \'firmware\' must have at most 65536 bytes, '
    + `got: ${got}; put the larger ones into files and use StreamFile.fromAsset`];

  test('counts the UTF-8 bytes of all texts of a stream together', () => {
    expect(errors(texts('ü'.repeat(16_384), 'u'.repeat(32_768)))).toEqual([]);
    expect(errors(texts('ü'.repeat(16_384), 'u'.repeat(32_769)))).toEqual(tooMany(65_537));
  });

  test('counts the bytes of JSON files', () => {
    expect(errors(json('u'.repeat(65_534)))).toEqual([]);
    expect(errors(json('u'.repeat(65_535)))).toEqual(tooMany(65_537));
  });

  test('counts the resolved bytes of lazy texts', () => {
    expect(errors(texts(Lazy.string({ produce: () => 'u'.repeat(65_536) })))).toEqual([]);
    expect(errors(texts(Lazy.string({ produce: () => 'u'.repeat(65_537) })))).toEqual(tooMany(65_537));
  });

  test.each([
    ['the region', 14, (_stack: Stack) => Token.asString({ Ref: 'AWS::Region' })],
    ['the account', 12, (_stack: Stack) => Fn.sub('${AWS::AccountId}')],
    ['a reference in a longer text', 4 + 12, (_stack: Stack) => Fn.sub('for ${AWS::AccountId}')],
    ['the name of a bucket', 63, (stack: Stack) => new s3.Bucket(stack, 'Bucket').bucketName],
    ['the ARN of a bucket', 83, (stack: Stack) => new s3.Bucket(stack, 'Bucket').bucketArn],
    ['a parameter', 128, (stack: Stack) => parameter(stack)],
    ['an attribute', 128, (stack: Stack) => new kms.Key(stack, 'Key').keyArn],
    ['a function over lists', 128, (stack: Stack) => Fn.join(',', Fn.split('-', parameter(stack)))],
    ['a list', 128, (stack: Stack) => Fn.join(',', new CfnParameter(stack, 'List', { type: 'CommaDelimitedList' }).valueAsList)],
    ['a substitution with variables', 128, (stack: Stack) => Fn.sub('${name}', { name: parameter(stack) })],
  ])('counts a token in a text with its longest value: %s', (_what, length, token) => {
    const withToken = (literal: number): Contents => (stack) => texts('u'.repeat(literal) + token(stack))(stack);
    expect(errors(withToken(65_536 - length))).toEqual([]);
    expect(errors(withToken(65_537 - length))).toEqual(tooMany(65_537));
  });
});

describe('the event of an update, at most 256 KiB with old and new properties', () => {
  test('counts the escaped length of texts in the event of an update', () => {
    const quotes = (count: number): Contents => texts('"'.repeat(count));
    const { last, before, after } = boundary(quotes, 65_536, 4);
    expect(last).toBeGreaterThan(60_000);
    expect(before).toEqual([]);
    expect(after).toEqual(["[MyStack/Firmware] an update of stream 'firmware', with old and new properties, must have at most 262144 bytes, "
      + 'got: 262148; put the larger texts into files and use StreamFile.fromAsset, or make two streams of it']);
  });
});

describe('the inline policies of a role, at most 10,240 characters', () => {
  const vendorFiles = (stack: Stack, characters: number, bucket = s3.Bucket.fromBucketName(stack, 'Vendor', 'vendor')) =>
    Array.from({ length: 50 }, (_, index) => StreamFile.fromBucket(bucket, `${index}/`.padEnd(index ? 130 : characters, 'x'), { fileName: `${index}` }));
  const tooLong = (role: string) => [`[MyStack/Firmware] the inline policies of role '${role}' must have at most 10240 characters, `
    + 'got: 10241; shorten the keys of the source objects, or divide the files among several streams'];

  test('counts the inline policies of the management role', () => {
    const { before, after } = boundary((characters) => (stack) => stream(stack, { files: vendorFiles(stack, characters) }), 1000);
    expect(before).toEqual([]);
    expect(after).toEqual(tooLong('FirmwareStoragefc73bfdbManagementRole5A3EBAEA'));
  });

  test('counts a separate policy with key permissions of the management role', () => {
    const vendor = (stack: Stack) => s3.Bucket.fromBucketAttributes(stack, 'Vendor', { bucketName: 'vendor', encryptionKey: new kms.Key(stack, 'Key') });
    const { last } = boundary((characters) => (stack) => stream(stack, { files: vendorFiles(stack, characters) }), 1000);
    const [withKey] = errors((stack) => stream(stack, { files: vendorFiles(stack, last, vendor(stack)) }));
    expect(withKey).toMatch(/^\[MyStack\/Firmware\] the inline policies of role 'FirmwareStoragefc73bfdbManagementRole5A3EBAEA' .* got: 104\d\d;/);
  });

  test.each<[string, string, (stack: Stack) => iam.IRole]>([
    ['of the stack', 'Role1ABCC5F0', (stack) => new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('iot.amazonaws.com') })],
    ['imported by its ARN', 'reader', (stack) => iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::111111111111:role/path/reader')],
    ['imported by its name', 'reader', (stack) => iam.Role.fromRoleName(stack, 'Role', 'reader')],
  ])('counts the policies of many streams on one role %s', (_what, name, create) => {
    const shared = (count: number): Contents => (stack) => {
      const role = create(stack);
      new iam.User(stack, 'Somebody').addToPolicy(new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: [role.roleArn] }));
      for (let index = 0; index < count; index++) stream(stack, { role }, `Firmware${index}`);
    };
    expect(errors(shared(30))).toEqual([]);
    expect(errors(shared(31))).toEqual([expect.stringMatching(
      new RegExp(`^\\[MyStack/Firmware0\\] the inline policies of role '${name}' must have at most 10240 characters, got: 10\\d\\d\\d; `))]);
  });

  test('does not count the policies of a role that is known only at deployment', () => {
    expect(errors((stack) => stream(stack, { role: iam.Role.fromRoleArn(stack, 'Role', parameter(stack)) }))).toEqual([]);
  });
});

describe('the rendered template', () => {
  const refused = ["[MyStack/Firmware] the texts of stream 'firmware' must have at most 65536 bytes, got: 65537; put the larger ones into files and use StreamFile.fromAsset"];

  test('checks the limits with the overrides of the app', () => {
    expect(errors((stack) => {
      (stream(stack, {}).node.defaultChild as CfnResource).addPropertyOverride('Files.0.Text', 'u'.repeat(65_537));
    })).toEqual(refused);
  });

  test('checks the limits with the changes of the last aspect', () => {
    expect(errors((stack) => {
      stream(stack, {});
      Aspects.of(stack.node.root).add({
        visit: (node) => {
          if (CfnResource.isCfnResource(node) && node.cfnResourceType === 'Custom::IotFileStream') node.addPropertyOverride('Files.0.Text', 'u'.repeat(65_537));
        },
      }, { priority: 1000 });
    })).toEqual(refused);
  });

  test('checks the limits in a stage and in a nested stack', () => {
    const tooMuch = (stack: Stack) => texts('u'.repeat(65_537))(stack);
    const message = (path: string, id: string) => `[${path}/Firmware] the texts of stream '${id}' must have at most 65536 bytes, got: 65537; put the larger ones into files and use StreamFile.fromAsset`;
    expect(errors((stack) => tooMuch(new NestedStack(stack, 'Nested')))).toEqual([message('MyStack/Nested', 'firmware')]);
    expect(errors((stack) => tooMuch(new Stack(new Stage(stack.node.root, 'Prod'), 'Inner')))).toEqual([message('Prod/Inner', 'firmware')]);
  });

  test('checks the limits of every stack and reports each', () => {
    expect(errors((stack) => [stack, new Stack(stack.node.root as App, 'Other')].forEach(texts('u'.repeat(65_537))))).toEqual([
      ...refused, refused[0].replace('MyStack', 'Other'),
    ]);
  });

  test('does not check the limits if the validation of the CDK is skipped', () => {
    const stack = testStack();
    texts('u'.repeat(65_537))(stack);
    expect(() => (stack.node.root as App).synth({ skipValidation: true })).not.toThrow();
  });

  test('does not check the limits if the synthesizer writes no template', () => {
    const synthesizer = new class extends LegacyStackSynthesizer {
      synthesize() {}
    }();
    expect(errors((stack) => {
      const bucket = new s3.Bucket(stack, 'Bucket');
      stream(stack, { bucket, files: [StreamFile.fromText('text', 'u'.repeat(65_537))] });
    }, { synthesizer })).toEqual([]);
  });

  test('leaves the warning about a template above 1,000,000 bytes to the CDK', () => {
    const stack = testStack();
    for (let index = 0; index < 16; index++) stream(stack, { files: [StreamFile.fromText('text', 'u'.repeat(61_000))] }, `Firmware${index}`);
    const { messages } = (stack.node.root as App).synth().getStackByName('MyStack');
    expect(messages.map(({ entry }) => entry.data)).toContainEqual(expect.stringContaining('Template size exceeds limit'));
  });
});

describe('the 500 resources of a stack', () => {
  const many = (count: number): Contents => (stack) => {
    for (let index = 0; index < count; index++) stream(stack, {}, `Firmware${index}`);
  };

  test('accepts 123 streams in a stack, and the CDK refuses one more', () => {
    expect(errors(many(123), { suppressTemplateIndentation: true })).toEqual([]);
    expect(errors(many(124), { suppressTemplateIndentation: true })).toEqual([
      expect.stringContaining("Number of resources in stack 'MyStack': 502 is greater than allowed maximum of 500"),
    ]);
  });
});
