import type { Way } from './doubles';
import { failing, refused, waiting, World } from './doubles';
import { CallFailed } from '../../../lambda/core/call';
import { route } from '../../../lambda/core/router';
import type { StreamProperties } from '../../../src/iot-file-stream/private/contract';
import {
  asset, createEvent, declarationOf, deleteEvent, keyOf, objectsProperties, objectsResource, PREFIX, requestId, sha256, signatureKeyOf,
  STACK, STREAM_ID, streamProperties, updateEvent,
} from '../support/events';
import { captureLog } from '../support/log-lines';
import { registryOf } from '../support/resource-types';

/*
 * Signed files: in any order of events, the returned signature is valid for the bytes that the stream names and changes only
 * with content, key or algorithm, and the handler calls KMS only if there is no stored signature.
 */

const KEY_ARN = 'arn:aws:kms:eu-west-1:111122223333:key/5b1d7a30-9c7c-11f0-8f3c-0a1b2c3d4e5f';
const OTHER_KEY_ARN = 'arn:aws:kms:eu-west-1:111122223333:key/00000000-9c7c-11f0-8f3c-0a1b2c3d4e5f';
const SIGN = `sign with ${KEY_ARN}`;
const signing = (keyArn = KEY_ARN) => ({ SigningKeyArn: keyArn, SigningAlgorithm: 'ECDSA_SHA_256' });
const text = (content: string, keyArn = KEY_ARN) => ({ Text: content, ...signing(keyArn) });
const one = (content = 'one', keyArn = KEY_ARN) => streamProperties({ Files: { 0: text(content, keyArn) }, AnsweredSignatures: ['0'] });
const VENDOR = { SourceBucket: 'vendor', SourceKey: 'fw.bin', ...signing() };
const vendor = (more = {}) => streamProperties({ Files: { 0: { ...VENDOR, ...more } }, AnsweredSignatures: ['0'] });
const VENDOR_DIGITS = sha256(declarationOf('vendor', 'fw.bin'));

captureLog();

let world: World;
let events: number;

beforeEach(() => {
  world = new World();
  events = 0;
  for (const bucket of ['storage', 'elsewhere', 'staging', 'vendor']) world.makeBucket(bucket);
});

type Event = Parameters<typeof route>[0];

/** Handles an event with a clock that advances without waiting. */
async function handle(event: Event, way?: Parameters<World['connect']>[0]) {
  let time = 0;
  return route(event, new AbortController().signal, {
    registry: registryOf(async () => world.connect(way)),
    clock: { now: () => time, sleep: async (milliseconds) => { time += milliseconds; } },
  });
}

function next(): { requestId: string } {
  events += 1;
  return { requestId: requestId(events) };
}

const create = (properties: StreamProperties) => handle(createEvent(properties, next()));
const update = (properties: StreamProperties, old: StreamProperties) => handle(updateEvent(properties, old, next()));
const signs = () => world.calls.filter((call) => call.startsWith('sign '));
const keys = (bucket = 'storage') => world.contents(bucket).map((object) => object.split('@')[0]);

describe('the signature of a file', () => {
  test('signs the bytes that the stream names so that Node.js can verify the signature', async () => {
    const { Signature0, StreamVersion, SignedRevision } = await create(one());

    expect(world.keys.verifies(KEY_ARN, Signature0, 'one')).toBe(true);
    expect(world.keys.verifies(KEY_ARN, Signature0, 'two')).toBe(false);
    expect(StreamVersion).toBe('1');
    expect(SignedRevision).toMatch(/^[0-9a-f]{8}$/);
  });

  test('signs with RSA if the file asks for it', async () => {
    const { Signature0 } = await create(streamProperties({
      Files: { 0: { Text: 'one', SigningKeyArn: KEY_ARN, SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256' } }, AnsweredSignatures: ['0'],
    }));
    expect(Buffer.from(Signature0, 'base64')).toHaveLength(256);
    expect(world.keys.verifies(KEY_ARN, Signature0, 'one')).toBe(true);
  });

  test('signs the SHA-256 of a local file, and of an object the SHA-256 that S3 states for the copy', async () => {
    world.put('staging', `${sha256('app')}.bin`, 'app');
    world.put('vendor', 'fw.bin', 'firmware');

    const { Signature0, Signature7 } = await create(streamProperties({
      Files: { 0: { ...asset('app'), ...signing() }, 7: VENDOR }, AnsweredSignatures: ['0', '7'],
    }));

    expect(world.keys.verifies(KEY_ARN, Signature0, 'app')).toBe(true);
    expect(world.keys.verifies(KEY_ARN, Signature7, 'firmware')).toBe(true);
  });

  test('signs before it creates the stream, and never afterwards', async () => {
    await create(one());
    expect(world.calls.indexOf(SIGN)).toBeLessThan(world.calls.indexOf(`create ${STREAM_ID}`));
    expect(world.calls.indexOf(SIGN)).toBeGreaterThan(0);
  });

  test('returns only the signatures that the properties ask for, and stores all of them', async () => {
    const properties = streamProperties({ Files: { 0: text('one'), 1: text('two') }, AnsweredSignatures: ['1'] });
    const attributes = await create(properties);
    expect(Object.keys(attributes).sort()).toStrictEqual(
      ['FileSize0', 'FileSize1', 'Signature1', 'SignedRevision', 'StreamArn', 'StreamId', 'StreamVersion']);
    expect(keys()).toHaveLength(4);
  });

  test('signs files with equal content and key once', async () => {
    const { Signature0, Signature1 } = await create(
      streamProperties({ Files: { 0: text('one'), 1: text('one') }, AnsweredSignatures: ['0', '1'] }));
    expect(Signature0).toBe(Signature1);
    expect(signs()).toStrictEqual([SIGN]);
  });

  test('returns no signed revision and stores no signature for a stream without signed files', async () => {
    const attributes = await create(streamProperties());
    expect(Object.keys(attributes)).not.toContain('SignedRevision');
    expect(signs()).toStrictEqual([]);
    expect(keys()).toStrictEqual([keyOf('one')]);
  });
});

describe('F80: a stored signature', () => {
  test('F80: reuses a stored signature without KMS if content and key are unchanged', async () => {
    const first = await create(one());
    world.keys.errors.set(KEY_ARN, 'DisabledException');
    world.calls.length = 0;

    const again = await update({ ...one(), Tags: { team: 'radio' } }, one());

    expect(again).toStrictEqual(first);
    expect(signs()).toStrictEqual([]);
    expect(world.calls.filter((call) => /^(keep|update|create) /.test(call))).toStrictEqual([]);
  });

  test('F80: restores the signature of the previous content at a rollback although its key has been disabled', async () => {
    const first = await create(one());
    const second = await update(one('two'), one());
    expect(second.Signature0).not.toBe(first.Signature0);
    world.keys.errors.set(KEY_ARN, 'KMSInvalidStateException');

    const { Signature0, SignedRevision } = await update(one(), one('two'));

    expect(Signature0).toBe(first.Signature0);
    expect(SignedRevision).not.toBe(first.SignedRevision);
    expect(world.download(STREAM_ID)).toStrictEqual({ 0: 'one' });
  });

  test('F80: deletes a signature that neither the new nor the old properties name', async () => {
    await create(one());
    await update(one('two'), one());
    await update(one('three'), one('two'));
    expect(keys().sort()).toStrictEqual(['two', 'three'].flatMap((content) => [keyOf(content), signatureKeyOf(sha256(content), KEY_ARN)]).sort());
  });

  test('F80: signs again with another key without changing the stream or its version', async () => {
    const first = await create(one());
    const second = await update(one('one', OTHER_KEY_ARN), one());

    expect(world.keys.verifies(OTHER_KEY_ARN, second.Signature0, 'one')).toBe(true);
    expect(second).toStrictEqual({ ...first, Signature0: second.Signature0, SignedRevision: second.SignedRevision });
    expect(second.SignedRevision).not.toBe(first.SignedRevision);

    expect(await update(one(), one('one', OTHER_KEY_ARN))).toStrictEqual(first);
  });

  test('F80: signs again if somebody has deleted the signature', async () => {
    const first = await create(one());
    const { objects } = world.bucket('storage');
    objects.splice(objects.findIndex(({ key }) => key !== keyOf('one')), 1);

    const second = await update({ ...one(), Tags: { team: 'radio' } }, one());

    expect(second.StreamVersion).toBe(first.StreamVersion);
    expect(second.Signature0).not.toBe(first.Signature0);
    expect(world.keys.verifies(KEY_ARN, second.Signature0, 'one')).toBe(true);
  });

  test.each([
    ['no JSON', 'x'], ['null', 'null'], ['a list', '[]'],
    ['the SHA-256 of other bytes', JSON.stringify({ Sha256: sha256('two'), Signature: 'QQ==' })],
    ['a number instead of a signature', JSON.stringify({ Sha256: sha256('one'), Signature: 7 })],
  ])('F80: replaces a stored signature that contains %s', async (_what, content) => {
    const key = signatureKeyOf(sha256('one'), KEY_ARN);
    world.put('storage', key, content);
    world.put('storage', key, content);

    const { Signature0 } = await create(one());

    expect(world.keys.verifies(KEY_ARN, Signature0, 'one')).toBe(true);
    expect(keys().filter((each) => each === key)).toHaveLength(1);
    expect(world.calls.filter((call) => call.startsWith('read '))).toStrictEqual([`read storage/${key}@v1`, `read storage/${key}@v2`]);
  });

  test('F80: ignores a signature of another owner below the prefix', async () => {
    const digits = signatureKeyOf(sha256('one'), KEY_ARN).slice(-64);
    const stranger = `${PREFIX}notes/of/somebody/${digits}`;
    world.put('storage', stranger, JSON.stringify({ Sha256: sha256('one'), Signature: 'QQ==' }));
    const { Signature0 } = await create(one());
    expect(world.keys.verifies(KEY_ARN, Signature0, 'one')).toBe(true);
    expect(keys()).toContain(stranger);
    expect(world.calls.filter((call) => call.startsWith('read ') && call.includes(stranger))).toStrictEqual([]);
  });

  test('F80: signs again if a lost object has been replaced by a copy with other bytes', async () => {
    world.put('vendor', 'fw.bin', 'firmware');
    await create(vendor());
    const { objects } = world.bucket('storage');
    objects.splice(objects.findIndex(({ key }) => key === `${PREFIX}00000000/${VENDOR_DIGITS}`), 1);
    world.put('vendor', 'fw.bin', 'newer firmware');

    const { Signature0 } = await update({ ...vendor(), Tags: { team: 'radio' } }, vendor());

    expect(world.download(STREAM_ID)).toStrictEqual({ 0: 'newer firmware' });
    expect(world.keys.verifies(KEY_ARN, Signature0, 'newer firmware')).toBe(true);
    expect(keys().filter((key) => key === signatureKeyOf(VENDOR_DIGITS, KEY_ARN))).toHaveLength(1);
  });

  test('F47: does not sign a copy whose bytes differ from the synthesised ones', async () => {
    world.put('staging', `${sha256('app')}.bin`, 'ape');

    await expect(create(streamProperties({ Files: { 0: { ...asset('app'), ...signing() } } }))).rejects.toThrow(`must have the SHA-256 ${sha256('app')}`);

    // what was synthesised is signed while it is copied
    expect(signs()).toHaveLength(1);
    const kept = world.read({ bucket: 'storage', key: signatureKeyOf(sha256('app'), KEY_ARN) }).toString();
    expect(JSON.parse(kept)).toHaveProperty('Sha256', sha256('app'));
  });

  test('F80: finds a signature behind a delete marker by its version', async () => {
    const first = await create(one());
    world.putDeleteMarker('storage', signatureKeyOf(sha256('one'), KEY_ARN));
    expect(await update({ ...one(), Tags: { team: 'radio' } }, one())).toStrictEqual(first);
  });

  test('F80: signs again in another storage location', async () => {
    await create(one());
    const moved = { ...one(), Bucket: 'elsewhere', Prefix: `elsewhere/${PREFIX}` };
    const { Signature0 } = await update(moved, one());
    expect(world.keys.verifies(KEY_ARN, Signature0, 'one')).toBe(true);
    expect(signs()).toHaveLength(2);
    // the Delete of the old storage location deletes its signature
    expect(keys()).toContain(signatureKeyOf(sha256('one'), KEY_ARN));
  });

  test('F80: deletes the signature with the storage location, without KMS', async () => {
    await create(one());
    world.calls.length = 0;

    await handle(deleteEvent(one(), next()));
    await handle(deleteEvent(objectsProperties(), { ...objectsResource, ...next() }));

    expect(keys()).toStrictEqual([]);
    expect(world.streams.ids()).toStrictEqual([]);
    expect(signs()).toStrictEqual([]);
  });
});

describe('F81: two concurrent deliveries of an event', () => {
  test('F81: both deliveries use the signature that was stored first', async () => {
    const event = createEvent(one(), next());
    const second = handle(event, waiting(3, async () => { await handle(event).catch(() => undefined); }));

    const { Signature0 } = await second;
    const kept = keys().filter((key) => key === signatureKeyOf(sha256('one'), KEY_ARN));
    expect(kept).toHaveLength(1);
    expect(JSON.parse(world.read({ bucket: 'storage', key: kept[0] }).toString())).toStrictEqual({ Sha256: sha256('one'), Signature: Signature0 });
  });

  test.each(Array.from({ length: 6 }, (_, index) => index + 1))('F81: both deliveries return the same signature if the second runs before call %i of the first', async (number) => {
    const event = createEvent(one(), next());
    let first: Record<string, string> | undefined;
    const second = await handle(event, waiting(number, async () => { first = await handle(event); }));
    expect(second.Signature0).toBe(first!.Signature0);
    expect(second.SignedRevision).toBe(first!.SignedRevision);
  });

  test.each(['PreconditionFailed', 'ConditionalRequestConflict'])('F81: fails with advice if the conditional write keeps failing with %s', async (code) => {
    await expect(handle(createEvent(one(), next()), async (call, perform) => {
      if (call.startsWith('keep ')) throw new CallFailed(code, 'no', 'write', {});
      return perform();
    })).rejects.toMatchObject({
      message: `another delivery of this event signed at the same time, and keeps its signature in '${signatureKeyOf(sha256('one'), KEY_ARN)}': deploy again`,
      cause: { code },
    });
    expect(world.streams.ids()).toStrictEqual([]);
  });

  test('F81: fails with the error of the write if a signature cannot be stored', async () => {
    await expect(handle(createEvent(one(), next()), async (call, perform) => {
      if (call.startsWith('keep ')) throw new CallFailed('NoSuchBucket', 'gone', 'write', {});
      return perform();
    })).rejects.toThrow(/^failed to write: gone \(NoSuchBucket\)/);
  });

  test.each(Array.from({ length: 8 }, (_, index) => index + 1))('F81: stores one valid signature if the response to call %i is lost', async (number) => {
    const { Signature0 } = await handle(createEvent(one(), next()), failing.after(number));
    expect(world.keys.verifies(KEY_ARN, Signature0, 'one')).toBe(true);
    expect(keys().filter((key) => key === signatureKeyOf(sha256('one'), KEY_ARN))).toHaveLength(1);
  });
});

describe('signed files with NEW_STREAM', () => {
  const generation = (properties: StreamProperties): StreamProperties => ({ ...properties, UpdateStrategy: 'NEW_STREAM' });
  const A = generation(one('a'));
  const B = generation(one('b'));

  test('finds the previous stream and its signature at a rollback with NEW_STREAM', async () => {
    const first = await create(A);
    await update(B, A);
    world.keys.errors.set(KEY_ARN, 'DisabledException');
    expect(await update(A, B)).toStrictEqual(first);
  });

  test('signs with another key in the same generation, and restores the old signature at a rollback without KMS', async () => {
    const first = await create(A);
    const other = generation(one('a', OTHER_KEY_ARN));
    const second = await update(other, A);
    expect(second.StreamId).toBe(first.StreamId);
    world.keys.errors.set(KEY_ARN, 'DisabledException');
    expect(await update(A, other)).toStrictEqual(first);
  });

  test('reuses the signature of an unchanged file in a new generation', async () => {
    const both = (content: string) => generation(streamProperties({ Files: { 0: text('same'), 1: text(content) }, AnsweredSignatures: ['0', '1'] }));
    const first = await create(both('a'));
    const second = await update(both('b'), both('a'));
    expect(second.StreamId).not.toBe(first.StreamId);
    expect(second.Signature0).toBe(first.Signature0);
    expect(second.Signature1).not.toBe(first.Signature1);
    expect(signs()).toHaveLength(3);
  });

  test('stores a reused signature in the new generation too, so that it is there after the earlier generation has been deleted', async () => {
    const partly = (content: string) => generation(streamProperties({ Files: { 0: text('same'), 1: { Text: content } }, AnsweredSignatures: ['0'] }));
    const { Signature0 } = await create(partly('a'));
    world.keys.errors.set(KEY_ARN, 'DisabledException');

    await update(partly('b'), partly('a'));
    await update(partly('c'), partly('b'));

    expect(await update(partly('d'), partly('c'))).toMatchObject({ Signature0 });
  });

  test('keeps the signatures of a generation that an OTA update uses', async () => {
    const { StreamId } = await create(A);
    world.streams.attached.add(StreamId);
    await update(B, A);
    await update(generation(one('c')), B);
    const ofA = keys().filter((key) => key.startsWith(`${PREFIX}${StreamId.slice(-8)}/`));
    expect(ofA).toHaveLength(2);
  });
});

describe('F82: a KMS key that cannot sign', () => {
  test.each([
    ['DisabledException', 'the signing key must be enabled to sign a new content: enable it, cancel its deletion, or sign with another key'],
    ['KMSInvalidStateException', 'the signing key must be enabled to sign a new content: enable it, cancel its deletion, or sign with another key'],
    ['NotFoundException', 'the signing key must exist in the region of the stream: look at the key that the file names'],
    ['InvalidKeyUsageException', 'the signing key must be of key usage SIGN_VERIFY, and of a spec that fits the algorithm: '
      + 'ECC_NIST_P256, or RSA for RSASSA_PKCS1_V1_5_SHA_256'],
  ])('F82: %s fails the deployment with advice before the stream is created', async (code, advice) => {
    world.keys.errors.set(KEY_ARN, code);
    await expect(create(one())).rejects.toHaveProperty(
      'message', `failed to sign with key '${KEY_ARN}': ${KEY_ARN} does not sign (${code}); ${advice}`);
    expect(world.streams.ids()).toStrictEqual([]);
  });

  test.each(['AccessDeniedException', 'NotFoundException', 'DisabledException', 'KMSInvalidStateException', 'KMSInternalException', 'DependencyTimeoutException'])(
    'F82: %s is retried, because keys and permissions need seconds to propagate', async (code) => {
      world.keys.errors.set(KEY_ARN, code);
      let waits = 0;
      await expect(route(createEvent(one(), next()), new AbortController().signal, {
        registry: registryOf(async () => world.connect()),
        clock: { now: () => 0, sleep: async () => { if (++waits === 3) world.keys.errors.clear(); } },
      })).resolves.toMatchObject({ StreamId: STREAM_ID });
      expect(signs()).toHaveLength(4);
    });

  test('F82: names the key policy and the role as possible causes of a missing permission', async () => {
    world.keys.errors.set(KEY_ARN, 'AccessDeniedException');
    await expect(create(one())).rejects.toHaveProperty('message', `failed to sign with key '${KEY_ARN}': ${KEY_ARN} does not sign (AccessDeniedException); `
      + 'still denied after 90 seconds, so this is not IAM propagation delay; the management role must have a statement that allows kms:Sign on exactly '
      + "this key, with the algorithm as condition kms:SigningAlgorithm, and the key's policy must let the account's IAM policies decide or allow it too; "
      + 'a permissions boundary or service control policy must not forbid it');
  });

  test('F82: gives the general advice if another service denies a call', async () => {
    const way: Way = async (call, perform) => {
      if (call.startsWith('create ')) throw refused('AccessDeniedException', 'not authorized to perform: iot:CreateStream', call);
      return perform();
    };
    await expect(handle(createEvent(one(), next()), way)).rejects.toThrow(/\(AccessDeniedException\); .* check for \(1\) a missing permission/);
  });

  test('F82: keeps a stored signature of other bytes if KMS cannot sign', async () => {
    world.put('vendor', 'fw.bin', 'firmware');
    const kept = signatureKeyOf(VENDOR_DIGITS, KEY_ARN);
    world.put('storage', kept, JSON.stringify({ Sha256: sha256('other bytes'), Signature: 'c2lnbmF0dXJl' }));
    world.keys.errors.set(KEY_ARN, 'DisabledException');

    await expect(create(vendor())).rejects.toThrow('DisabledException');

    expect(keys()).toContain(kept);
  });

  test('F82: leaves the stream, its version and its signature unchanged if KMS cannot sign in an update', async () => {
    const first = await create(one());
    world.keys.errors.set(KEY_ARN, 'DisabledException');
    await expect(update(one('two'), one())).rejects.toThrow('DisabledException');
    expect(world.streams.get(STREAM_ID)).toMatchObject({ streamVersion: 1 });
    expect(world.download(STREAM_ID)).toStrictEqual({ 0: 'one' });
    expect(await update(one(), one('two'))).toStrictEqual(first);
  });
});

test.each(['in parts', 'none'] as const)(
  'F83: refuses to sign an object whose complete SHA-256 S3 does not state (%s), and creates no stream', async (checksums) => {
    world.makeBucket('storage', { checksums });
    world.put('vendor', 'fw.bin', 'firmware');
    await expect(create(vendor())).rejects.toThrow(new Error(
      `file 0 cannot be signed: S3 must state the SHA-256 of the whole object 's3://storage/${PREFIX}00000000/${VENDOR_DIGITS}', got: none; `
      + 'take StreamFile.fromAsset, whose SHA-256 is known at synthesis'));
    expect(world.streams.ids()).toStrictEqual([]);
    expect(signs()).toStrictEqual([]);
  });

test('stores one copy and one signature for a signed and an unsigned file of the same object', async () => {
  world.put('vendor', 'fw.bin', 'firmware');
  const { SigningKeyArn: _key, SigningAlgorithm: _algorithm, ...plain } = VENDOR;
  const properties = streamProperties({ Files: { 0: plain, 1: VENDOR }, AnsweredSignatures: ['1'] });
  const first = await create(properties);
  expect(world.keys.verifies(KEY_ARN, first.Signature1, 'firmware')).toBe(true);
  expect(await update({ ...properties, Tags: { team: 'radio' } }, properties)).toStrictEqual(first);
});

test('inspects an existing copy only if it must be signed', async () => {
  world.put('vendor', 'fw.bin', 'firmware');
  const unsigned = streamProperties({ Files: { 0: { SourceBucket: 'vendor', SourceKey: 'fw.bin' } } });
  await create(unsigned);
  world.calls.length = 0;
  await update({ ...unsigned, Tags: { team: 'radio' } }, unsigned);
  expect(world.calls.filter((call) => call.startsWith('inspect'))).toStrictEqual([]);

  const { Signature0, StreamVersion } = await update(vendor(), unsigned);
  expect(world.keys.verifies(KEY_ARN, Signature0, 'firmware')).toBe(true);
  expect(StreamVersion).toBe('1');
});

describe('the location of a file', () => {
  test('returns the locations that the properties ask for, as the stream names them', async () => {
    const attributes = await create(streamProperties({ Files: { 0: { Text: 'one' }, 3: { Text: 'two' } }, AnsweredLocations: ['3'] }));
    const [, { key, version }] = world.streams.get(STREAM_ID)!.files;
    expect(attributes).toMatchObject({ ObjectKey3: key, ObjectVersion3: version });
    expect(Object.keys(attributes)).not.toContain('ObjectKey0');
    expect(Object.keys(attributes)).not.toContain('SignedRevision');
  });
});

describe('F84: the size of the answer', () => {
  const files = Object.fromEntries(Array.from({ length: 10 }, (_, fileId) => [fileId, {
    Text: `content ${fileId}`, SigningKeyArn: KEY_ARN, SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256',
  }]));
  const advice = 'ask for fewer signatures and locations: signature(), fileLocation() and job documents ask for those of their files';

  test('F84: refuses an answer that would be too large before any call', async () => {
    const properties = streamProperties({ Files: files, AnsweredSignatures: Object.keys(files) });
    const error: Error = await create(properties).then(() => { throw new Error('made'); }, (reason) => reason);
    expect(error.message).toMatch(new RegExp(`^the attributes of the stream must have at most \\d{4} bytes, got: \\d{4}; ${advice.replace(/[()]/g, '\\$&')}$`));
    expect(world.calls).toStrictEqual([]);
  });

  test('F84: refuses an answer that turns out to be too large before the stream is created', async () => {
    const ids = Object.keys(files).slice(0, 6);
    const located = streamProperties({ Files: files, AnsweredSignatures: ids, AnsweredLocations: ids.slice(0, 4) });
    jest.spyOn(world.keys, 'serve').mockImplementation((call) => ({
      sign: () => call('sign', () => Buffer.alloc(512).toString('base64')),
    }));
    await expect(create(located)).rejects.toThrow(advice);
    expect(world.streams.ids()).toStrictEqual([]);
  });

  test('F84: fits the largest accepted attributes into an answer of 4,096 bytes', async () => {
    const attributes = await create(streamProperties({ Files: files, AnsweredSignatures: Object.keys(files).slice(0, 6) }));
    const response = {
      Status: 'SUCCESS', Data: attributes, PhysicalResourceId: STREAM_ID, StackId: STACK, RequestId: requestId(1), LogicalResourceId: 'Firmware1A2B3C4D',
    };
    expect(Buffer.byteLength(JSON.stringify(response))).toBeLessThanOrEqual(4096);
  });
});
