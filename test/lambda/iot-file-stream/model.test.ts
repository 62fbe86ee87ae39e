import * as fc from 'fast-check';
import { arnOf } from './doubles';
import { differs } from '../../../lambda/iot-file-stream/difference';
import type { DesiredStream, LiveStream, PinnedFile, Tags } from '../../../lambda/iot-file-stream/model';
import { keysOf, parseStorageLocation, parseStream } from '../../../lambda/iot-file-stream/model';
import { isOwned, isStaleEvent, rememberedEvents, planTags, tagsFor } from '../../../lambda/iot-file-stream/ownership';
import type { TagChange } from '../../../lambda/iot-file-stream/services';
import type { FileProperties, StreamProperties } from '../../../src/iot-file-stream/private/contract';
import {
  asset, declarationOf, fingerprint, identity, keyOf, LOGICAL_ID, objectsProperties, OWNER_TAGS, PREFIX, requestId, sha256,
  STACK, STREAM_ID, streamProperties,
} from '../support/events';

const owner = { stackId: STACK, logicalId: LOGICAL_ID };

function live(overrides: Partial<LiveStream> = {}): LiveStream {
  return {
    streamId: STREAM_ID,
    streamArn: arnOf(STREAM_ID),
    createdAt: 1,
    streamVersion: 3,
    description: 'Shop/Firmware',
    roleArn: 'arn:aws:iam::111122223333:role/Delivery',
    files: [],
    tags: OWNER_TAGS,
    ...overrides,
  };
}

function tagged(tags: Tags): DesiredStream {
  return { ...parseStream(streamProperties()), tags };
}

/** Properties that this library would not synthesise. */
function broken(overrides: Record<string, unknown>): StreamProperties {
  return { ...streamProperties(), ...overrides } as StreamProperties;
}

describe('parseStream', () => {
  test('F18: converts the strings of the properties to numbers, texts and objects, with file ID 0', () => {
    const properties = streamProperties({
      Files: {
        10: { SourceBucket: 'vendor', SourceKey: 'radio/fw.bin' },
        2: asset('application'),
        0: { FileName: 'hello.txt', Text: 'Grüße' },
        255: { SourceBucket: 'vendor', SourceKey: 'radio/fw.bin', SourceVersion: 'x7', Revision: '2' },
      },
      Tags: { team: 'radio' },
    });

    expect(parseStream(properties)).toStrictEqual({
      managementRoleArn: 'arn:aws:iam::111122223333:role/Management',
      bucket: 'storage',
      prefix: PREFIX,
      streamId: STREAM_ID,
      isNewStream: false,
      content: expect.stringMatching(/^[0-9a-f]{64}$/),
      description: 'Shop/Firmware',
      encryption: { algorithm: undefined, key: undefined },
      roleArn: 'arn:aws:iam::111122223333:role/Delivery',
      files: [
        { fileId: 0, key: keyOf('Grüße'), content: { kind: 'text', text: 'Grüße' }, sha256: sha256('Grüße'), size: 7 },
        {
          fileId: 2,
          key: keyOf('application'),
          content: { kind: 'object', bucket: 'staging', key: `${sha256('application')}.bin`, version: undefined },
          sha256: sha256('application'),
          size: 11,
        },
        {
          fileId: 10,
          key: keyOf(declarationOf('vendor', 'radio/fw.bin')),
          content: { kind: 'object', bucket: 'vendor', key: 'radio/fw.bin', version: undefined },
          sha256: undefined,
          size: undefined,
        },
        {
          fileId: 255,
          key: keyOf(declarationOf('vendor', 'radio/fw.bin', 'x7', '2')),
          content: { kind: 'object', bucket: 'vendor', key: 'radio/fw.bin', version: 'x7' },
          sha256: undefined,
          size: undefined,
        },
      ],
      answered: { signatures: [], locations: [] },
      tags: { team: 'radio' },
    });
  });

  test('F57: accepts a text that arrives as it was declared, with any characters', () => {
    const text = 'Grüße, 世界';
    expect(parseStream(streamProperties({ Files: { 0: { Text: text, Sha256: sha256(text), Size: '15' } } })).files).toStrictEqual([
      { fileId: 0, key: keyOf(text), content: { kind: 'text', text }, sha256: sha256(text), size: 15 },
    ]);
  });

  test('F52: ignores properties of a newer release', () => {
    expect(parseStream(broken({ ContractVersion: '9', Compression: 'zstd' }))).toStrictEqual(parseStream(streamProperties()));
  });

  test('passes the encryption on in the form that S3 expects', () => {
    const properties = streamProperties({ ServerSideEncryption: 'aws:kms', EncryptionKey: 'arn:aws:kms:eu-west-1:111122223333:key/k' });

    expect(parseStream(properties).encryption).toStrictEqual({ algorithm: 'aws:kms', key: 'arn:aws:kms:eu-west-1:111122223333:key/k' });
  });

  test('returns no tags if the properties have none', () => {
    expect(parseStream(streamProperties()).tags).toStrictEqual({});
  });

  test.each<[Record<string, unknown>, string]>([
    [{ ManagementRoleArn: undefined }, "property 'ManagementRoleArn' must be a non-empty string, got: undefined"],
    [{ Bucket: '' }, "property 'Bucket' must be a non-empty string, got: \"\""],
    [{ Prefix: 7 }, "property 'Prefix' must be a non-empty string, got: 7"],
    [{ StreamId: undefined }, "property 'StreamId' must be a non-empty string, got: undefined"],
    [{ Description: '' }, "property 'Description' must be a non-empty string, got: \"\""],
    [{ RoleArn: undefined }, "property 'RoleArn' must be a non-empty string, got: undefined"],
    [{ Files: undefined }, "property 'Files' must have at least one file, got: undefined"],
    [{ Files: {} }, "property 'Files' must have at least one file, got: {}"],
    [{ Files: { one: { Text: 'one' } } }, "property 'Files' must be a whole number, got: \"one\""],
    [{ Files: { '-1': { Text: 'one' } } }, "property 'Files' must be a whole number, got: \"-1\""],
    [{ Files: { 7: { Text: '' } } }, 'file 7 must not be empty, got: 0 bytes; a device cannot download an empty file'],
    // F57: some tools replace characters outside of ASCII with question marks
    [
      { Files: { 0: { Text: 'Gr??e', Sha256: sha256('Grüße') } } },
      `the text of file 0 must have the SHA-256 ${sha256('Grüße')}, got: ${sha256('Gr??e')}; it was changed between synthesis and deployment, `
        + 'as some tools change characters outside of ASCII: put it into a file and use StreamFile.fromAsset',
    ],
    [{ Files: { 0: { Text: 'one', SigningKeyArn: 'arn' } } }, "property 'SigningAlgorithm' must be a non-empty string, got: undefined"],
    [
      { Files: { 0: { Text: 'one', SigningAlgorithm: 'ECDSA_SHA_256' } } },
      "property 'SigningKeyArn' must be a non-empty string, got: undefined",
    ],
    [
      { Files: { 0: { Text: 'one', SigningKeyArn: 'arn', SigningAlgorithm: 'SM2DSA' } } },
      "property 'SigningAlgorithm' must be 'ECDSA_SHA_256' or 'RSASSA_PKCS1_V1_5_SHA_256', got: \"SM2DSA\"",
    ],
    [{ AnsweredLocations: ['one'] }, "property 'AnsweredLocations' must be a whole number, got: \"one\""],
    [{ AnsweredLocations: ['7'] }, "property 'AnsweredLocations' must name files of 0, got: 7"],
    [
      { Files: { 0: { Text: 'one' }, 3: { Text: 'two' } }, AnsweredLocations: ['7'] },
      "property 'AnsweredLocations' must name files of 0, 3, got: 7",
    ],
    [{ AnsweredSignatures: ['0'] }, "property 'AnsweredSignatures' must name files of none, got: 0"],
    [{ Files: { 0: {} } }, "property 'SourceBucket' must be a non-empty string, got: undefined"],
    [{ Files: { 0: { SourceBucket: 'vendor' } } }, "property 'SourceKey' must be a non-empty string, got: undefined"],
    [{ Files: { 0: { ...asset('x'), Size: '1e3' } } }, "property 'Size' must be a whole number, got: \"1e3\""],
  ])('refuses the properties %j', (overrides, message) => {
    expect(() => parseStream(broken(overrides))).toThrow(new Error(message));
  });

  test('uses one key for equal content and different keys for different declarations', () => {
    const key = (file: FileProperties) => parseStream(streamProperties({ Files: { 0: file } })).files[0].key;
    const declarations: FileProperties[] = [
      { SourceBucket: 'a', SourceKey: 'b' },
      { SourceBucket: 'a', SourceKey: 'b', SourceVersion: 'c' },
      { SourceBucket: 'a', SourceKey: 'b', Revision: 'c' },
      { SourceBucket: 'ab', SourceKey: 'c' },
      { SourceBucket: 'a', SourceKey: 'bc' },
    ];

    expect(key({ Text: 'same' })).toBe(key(asset('same')));
    expect(key({ Text: 'same', FileName: 'one' })).toBe(key({ Text: 'same', FileName: 'two' }));
    expect(new Set(declarations.map(key)).size).toBe(declarations.length);
  });
});

test('parseStorageLocation reads the storage location from the properties of both resource types', () => {
  const location = { managementRoleArn: 'arn:aws:iam::111122223333:role/Management', bucket: 'storage', prefix: PREFIX };

  expect(parseStorageLocation(objectsProperties())).toStrictEqual(location);
  expect(parseStorageLocation(streamProperties())).toStrictEqual(location);
});

describe('differs', () => {
  const pinned: PinnedFile[] = [
    { fileId: 0, bucket: 'storage', key: 'a', version: 'v1' },
    { fileId: 2, bucket: 'storage', key: 'b', version: 'v2' },
    { fileId: 10, bucket: 'storage', key: 'b', version: 'v2' },
  ];
  const desired = parseStream(streamProperties());

  test('F17: sorts the files by their numeric IDs', () => {
    const files = Object.fromEntries(['10', '9', '2'].map((fileId) => [fileId, { Text: fileId }]));

    expect(parseStream(streamProperties({ Files: files })).files.map(({ fileId }) => fileId)).toStrictEqual([2, 9, 10]);
  });

  test('F17: finds no difference between the same files in different orders', () => {
    fc.assert(fc.property(fc.shuffledSubarray(pinned, { minLength: 3 }), fc.shuffledSubarray(pinned, { minLength: 3 }), (a, b) => {
      expect(differs(live({ files: a }), desired, b)).toBe(false);
    }));
  });

  test('F17: finds no difference if only tags or version differ', () => {
    expect(differs(live({ files: pinned, tags: { other: 'tag' }, streamVersion: 9 }), desired, pinned)).toBe(false);
  });

  test.each<[string, Partial<LiveStream>]>([
    ['the description', { description: 'other' }],
    ['a description that was never set', { description: undefined }],
    ['the role', { roleArn: 'other' }],
    ['a file ID', { files: [{ ...pinned[0], fileId: 1 }, pinned[1], pinned[2]] }],
    ['the bucket of a file', { files: [{ ...pinned[0], bucket: 'other' }, pinned[1], pinned[2]] }],
    ['the key of a file', { files: [{ ...pinned[0], key: 'other' }, pinned[1], pinned[2]] }],
    ['the object version of a file', { files: [{ ...pinned[0], version: 'other' }, pinned[1], pinned[2]] }],
    ['fewer files', { files: pinned.slice(1) }],
    ['more files', { files: [...pinned, { ...pinned[0], fileId: 11 }] }],
  ])('finds a difference in %s', (_, change) => {
    expect(differs(live({ files: pinned, ...change }), desired, pinned)).toBe(true);
  });
});

describe('isOwned', () => {
  test('recognises the owner only if the stack and the logical ID are the same', () => {
    expect(isOwned(OWNER_TAGS, owner)).toBe(true);
    expect(isOwned({ ...OWNER_TAGS, team: 'radio' }, owner)).toBe(true);
    expect(isOwned({}, owner)).toBe(false);
    expect(isOwned({ ...OWNER_TAGS, 'cdk-iot-streams:resource': 'Renamed' }, owner)).toBe(false);
    expect(isOwned({ ...OWNER_TAGS, 'cdk-iot-streams:stack': `${STACK}0` }, owner)).toBe(false);
  });
});

describe('tagsFor', () => {
  test('always sets the owner tags of the resource, even if the user sets the same keys', () => {
    expect(tagsFor(tagged({ 'cdk-iot-streams:stack': 'mine', 'cdk-iot-streams:resource': 'mine' }), owner, requestId(1))).toMatchObject(OWNER_TAGS);
  });

  test("adds fingerprints of the user's tag keys that fit into one tag", () => {
    expect(tagsFor(tagged({ team: 'radio' }), owner, requestId(1))).toStrictEqual({
      ...OWNER_TAGS, 'team': 'radio', 'cdk-iot-streams:requests': requestId(1), 'cdk-iot-streams:tags': fingerprint('team'),
    });

    const many = Object.fromEntries(Array.from({ length: 46 }, (_, index) => [`${index}`.padEnd(128, '-'), 'x']));
    expect(tagsFor(tagged(many), owner, requestId(1))['cdk-iot-streams:tags']).toHaveLength(230);
  });

  test('adds no fingerprints if the user sets no tags', () => {
    expect(tagsFor(tagged({}), owner, requestId(1))).toStrictEqual({ ...OWNER_TAGS, 'cdk-iot-streams:requests': requestId(1) });
  });

  test("returns the same tags in any order of the user's tags", () => {
    expect(tagsFor(tagged({ team: 'radio', floor: '2' }), owner, requestId(1))).toStrictEqual(tagsFor(tagged({ floor: '2', team: 'radio' }), owner, requestId(1)));
  });
});

describe('F51: the requests that a stream remembers', () => {
  test('F51: an event is stale if the stream remembers a newer one', () => {
    const stream = live({ tags: { 'cdk-iot-streams:requests': `${requestId(1)} ${requestId(2)}` } });

    expect(isStaleEvent(stream, identity(1))).toBe(true);
    expect(isStaleEvent(stream, identity(2))).toBe(false);
    expect(isStaleEvent(stream, identity(3))).toBe(false);
    expect(isStaleEvent(live({ tags: {} }), identity(1))).toBe(false);
    expect(isStaleEvent(live({ tags: {} }), { owner, requestId: '' })).toBe(false);
  });

  test('F51: rememberedEvents puts the current event last, even if another stream has processed a later one', () => {
    const stream = (...numbers: number[]) => live({ tags: { 'cdk-iot-streams:requests': numbers.map(requestId).join(' ') } });

    expect(rememberedEvents([stream(1, 2), stream(1, 3)], identity(2))).toBe([1, 3, 2].map(requestId).join(' '));
  });

  test('F54: an event is stale if it was sent earlier, or in the same second and processed earlier', () => {
    const stream = live({ tags: { 'cdk-iot-streams:requests': `1000 ${requestId(1)} ${requestId(2)}` } });
    const isStale = (n: number, expiry?: number) => isStaleEvent(stream, { ...identity(n), expiry });

    expect(isStale(3, 999)).toBe(true);
    expect(isStale(3, 1000)).toBe(false);
    expect(isStale(3, 1001)).toBe(false);
    expect(isStale(3)).toBe(false);
    expect(isStale(1, 1000)).toBe(true);
    expect(isStale(2, 1000)).toBe(false);
    expect(isStaleEvent(live({ tags: { 'cdk-iot-streams:requests': requestId(1) } }), { ...identity(3), expiry: 1 })).toBe(false);
  });

  test('F54: rememberedEvents keeps the time of the newest event of all streams', () => {
    const stream = (memory: string) => live({ tags: { 'cdk-iot-streams:requests': memory } });

    expect(rememberedEvents([stream(`1000 ${requestId(1)}`), stream(requestId(2))], identity(3))).toBe(`1000 ${requestId(1)} ${requestId(2)} ${requestId(3)}`);
    expect(rememberedEvents([stream(`1000 ${requestId(1)}`), stream(`1002 ${requestId(2)}`)], { ...identity(3), expiry: 1001 }))
      .toBe(`1002 ${requestId(1)} ${requestId(2)} ${requestId(3)}`);
    expect(rememberedEvents([], { ...identity(3), expiry: 1001 })).toBe(`1001 ${requestId(3)}`);
  });

  test('F51: tagsFor keeps the last six requests, which fit into one tag', () => {
    fc.assert(fc.property(fc.uniqueArray(fc.uuid(), { minLength: 1, maxLength: 20 }), (requests) => {
      const tags = requests.reduce<Record<string, string>>((before, request) => (
        tagsFor(tagged({}), owner, rememberedEvents([live({ tags: before })], { owner, requestId: request, expiry: 1_795_757_400 }))), {});

      expect(tags['cdk-iot-streams:requests'].length).toBeLessThanOrEqual(255);
      expect(tags).toStrictEqual({ ...OWNER_TAGS, 'cdk-iot-streams:requests': `1795757400 ${requests.slice(-6).join(' ')}` });
    }));
  });
});

describe('F28: planTags', () => {
  const wanted = (tags: Tags) => tagsFor(tagged(tags), owner, requestId(1));
  const after = (before: Tags, { set, remove }: TagChange) => (
    { ...Object.fromEntries(Object.entries(before).filter(([key]) => !remove.includes(key))), ...set });

  test('F28: sets new and changed tags and removes those that only the previous template had', () => {
    const before = { ...wanted({ kept: '1', changed: '1', gone: '1' }), strangers: '1' };
    const tags = wanted({ kept: '1', changed: '2', added: '1' });

    expect(planTags(live({ tags: before }), tags)).toStrictEqual({
      set: { 'changed': '2', 'added': '1', 'cdk-iot-streams:tags': tags['cdk-iot-streams:tags'] }, remove: ['gone'],
    });
  });

  test('F28: removes the tag with the fingerprints together with the last tag of the user', () => {
    expect(planTags(live({ tags: wanted({ team: 'radio' }) }), wanted({}))).toStrictEqual({ set: {}, remove: ['team', 'cdk-iot-streams:tags'] });
  });

  test('F28: does not remove a tag that somebody has already removed', () => {
    const { team, ...before } = wanted({ team: 'radio', floor: '2' });

    expect(planTags(live({ tags: before }), wanted({ floor: '2' }))).toStrictEqual({ set: { 'cdk-iot-streams:tags': fingerprint('floor') }, remove: [] });
  });

  test("F28: treats tag keys like 'constructor' as ordinary keys", () => {
    expect(planTags(live({ tags: wanted({}) }), wanted({ constructor: 'a' })))
      .toStrictEqual({ set: { 'constructor': 'a', 'cdk-iot-streams:tags': fingerprint('constructor') }, remove: [] });
    expect(planTags(live({ tags: wanted({ toString: 'b' }) }), wanted({}))).toStrictEqual({ set: {}, remove: ['toString', 'cdk-iot-streams:tags'] });
  });

  test('F28: never changes an owner tag or a tag of another owner, and reaches the desired tags after any history', () => {
    const tagsOf = (...keys: string[]) => fc.dictionary(fc.constantFrom(...keys), fc.constantFrom('1', '2'), { noNullPrototype: true });
    const users = tagsOf('a', 'b', 'c', 'toString');
    const strangers = tagsOf('a', 'b', 'toString', 'constructor', 'theirs');

    fc.assert(fc.property(strangers, fc.array(users, { minLength: 1 }), (others, history) => {
      const changes: TagChange[] = [];
      const tags = history.reduce<Tags>((before, desired) => {
        changes.push(planTags(live({ tags: before }), wanted(desired)));
        return after(before, changes.at(-1)!);
      }, { ...others, ...OWNER_TAGS });

      const everDesired = history.flatMap((desired) => Object.keys(desired));
      const theirs = Object.fromEntries(Object.entries(others).filter(([key]) => !everDesired.includes(key)));
      expect(tags).toStrictEqual({ ...theirs, ...wanted(history.at(-1)!) });
      for (const { set, remove } of changes) {
        for (const key of [...Object.keys(OWNER_TAGS), ...Object.keys(theirs)]) expect([...Object.keys(set), ...remove]).not.toContain(key);
      }
    }));
  });
});

describe('keysOf', () => {
  const stream = parseStream(streamProperties({ Files: { 0: { Text: 'one' }, 1: { Text: 'two' } } }));

  test('returns the keys of the files in the storage location', () => {
    expect(keysOf(stream, stream)).toStrictEqual([keyOf('one'), keyOf('two')]);
  });

  test('F30: returns no keys for a stream in another storage location', () => {
    expect(keysOf(stream, { ...stream, bucket: 'other' })).toStrictEqual([]);
    expect(keysOf(stream, { ...stream, prefix: 'other/' })).toStrictEqual([]);
  });
});
