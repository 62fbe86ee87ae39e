import type { Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { Way } from './doubles';
import { World } from './doubles';
import { route } from '../../../lambda/core/router';
import { objectStore } from '../../../lambda/iot-file-stream/s3';
import { close, listen } from '../../../local/listening';
import type { StreamProperties } from '../../../src/iot-file-stream/private/contract';
import { withEnvironment } from '../support/environment';
import {
  asset, createEvent, keyOf, PREFIX, requestId, sha256, signatureKeyOf, STACK, STREAM_ID, streamProperties, updateEvent,
} from '../support/events';
import { captureLog } from '../support/log-lines';
import { registryOf } from '../support/resource-types';

/*
 * The duration of an event is the number of calls that wait for each other, times the duration of a call. These tests count
 * the rounds of calls and not the time.
 */

const FILES = 10;
const CONTENTS = Array.from({ length: FILES }, (_, number) => `app ${number}`);
const TEN_ASSETS = streamProperties({ Files: Object.fromEntries(CONTENTS.map((content, fileId) => [fileId, asset(content)])) });

captureLog();

/** Every call takes one round, and concurrent calls share a round. */
class Rounds {
  readonly calls: string[][] = [];
  private waiting: { name: string; arrive: () => void }[] = [];

  readonly way: Way = (name, perform) => new Promise((resolve, reject) => {
    // by then all promises have settled, so every concurrent call has been made
    if (this.waiting.length === 0) setImmediate(() => this.next());
    this.waiting.push({ name, arrive: () => { Promise.resolve().then(perform).then(resolve, reject); } });
  });

  private next(): void {
    const arriving = this.waiting;
    this.waiting = [];
    this.calls.push(arriving.map(({ name }) => name));
    for (const { arrive } of arriving) arrive();
  }
}

function worldOf(checksums: 'whole' | 'none'): World {
  const world = new World();
  world.makeBucket('staging');
  world.makeBucket('storage', { checksums });
  for (const content of CONTENTS) world.put('staging', `${sha256(content)}.bin`, content);
  return world;
}

async function roundsOf(event: Parameters<typeof route>[0], world: World): Promise<string[][]> {
  const rounds = new Rounds();
  await route(event, new AbortController().signal, {
    registry: registryOf((managementRoleArn) => rounds.way(`assume ${managementRoleArn}`, () => world.connect(rounds.way))),
    clock: { now: Date.now, sleep: () => Promise.reject(new Error('nothing has to wait')) },
  });
  return rounds.calls;
}

const ASSUME = [`assume ${TEN_ASSETS.ManagementRoleArn}`];
const READ_STATE = [`describe ${STREAM_ID}`, `list storage/${PREFIX}`];
const COPY = CONTENTS.map((content) => `write storage/${keyOf(content)}`);

describe('a stream of ten files', () => {
  test('creates a stream of ten files in four rounds of calls: assume the role, read the state, copy, create', async () => {
    expect(await roundsOf(createEvent(TEN_ASSETS), worldOf('whole'))).toStrictEqual([ASSUME, READ_STATE, COPY, [`create ${STREAM_ID}`]]);
  });

  test('creates a stream of ten files in one more round if S3 returns no checksums, to check the copies', async () => {
    const [assume, state, copy, check, create, ...rest] = await roundsOf(createEvent(TEN_ASSETS), worldOf('none'));

    expect([assume, state, copy, create, rest]).toStrictEqual([ASSUME, READ_STATE, COPY, [`create ${STREAM_ID}`], []]);
    expect(check).toHaveLength(FILES);
    for (const call of check) expect(call).toMatch(/^inspect storage\//);
  });

  test('replaces one of ten files in five rounds and checks the reused files while it copies the new one', async () => {
    const world = worldOf('whole');
    await roundsOf(createEvent(TEN_ASSETS), world);
    const properties = { ...TEN_ASSETS, Files: { ...TEN_ASSETS.Files, 3: { Text: 'new' } } };

    const rounds = await roundsOf(updateEvent(properties, TEN_ASSETS, { requestId: requestId(2) }), world);

    expect(rounds.map((calls) => calls.length)).toStrictEqual([1, 2, 1, FILES, 1]);
    expect([rounds[2], rounds[4]]).toStrictEqual([[`tag ${STREAM_ID}`], [`update ${STREAM_ID}`]]);
  });
});

describe('a stream of ten signed files', () => {
  const keyArn = 'arn:aws:kms:eu-west-1:111122223333:key/5b1d7a30-9c7c-11f0-8f3c-0a1b2c3d4e5f';
  const signing = { SigningKeyArn: keyArn, SigningAlgorithm: 'ECDSA_SHA_256' };
  const signed = (properties: StreamProperties): StreamProperties => ({
    ...properties, Files: Object.fromEntries(Object.entries(properties.Files).map(([fileId, file]) => [fileId, { ...file, ...signing }])),
  });
  const SIGN = CONTENTS.map(() => `sign with ${keyArn}`);
  const KEEP = CONTENTS.map((content) => `keep storage/${signatureKeyOf(sha256(content), keyArn)}`);

  test('creates a stream of ten signed files in one more round and signs known content while it copies it', async () => {
    const [assume, state, first, keep, create, ...rest] = await roundsOf(createEvent(signed(TEN_ASSETS)), worldOf('whole'));

    expect([assume, state, keep, create, rest]).toStrictEqual([ASSUME, READ_STATE, KEEP, [`create ${STREAM_ID}`], []]);
    expect([...first].sort()).toStrictEqual([...COPY, ...SIGN].sort());
  });

  test('creates a stream of ten signed objects in one more round and signs them while it reads their sizes', async () => {
    const world = worldOf('whole');
    world.makeBucket('vendor');
    for (const content of CONTENTS) world.put('vendor', content, content);
    const files = Object.fromEntries(CONTENTS.map((content, fileId) => [fileId, { SourceBucket: 'vendor', SourceKey: content }]));
    const unsigned = streamProperties({ Files: files });

    const rounds = await roundsOf(createEvent(signed(unsigned)), world);

    const withoutSignatures = 1 + 1 + 1 + 1 + 1; // assume the role, read the state, copy, read the sizes, create
    expect(rounds.map((calls) => calls.length)).toStrictEqual([1, 2, FILES, 2 * FILES, FILES, 1]);
    expect(rounds).toHaveLength(withoutSignatures + 1);
  });

  test('updates the tags of a stream of ten signed files without a call to KMS, and reads signatures while it checks files', async () => {
    const world = worldOf('whole');
    await roundsOf(createEvent(signed(TEN_ASSETS)), world);

    const rounds = await roundsOf(updateEvent({ ...signed(TEN_ASSETS), Tags: { team: 'radio' } }, signed(TEN_ASSETS), { requestId: requestId(2) }), world);

    expect(rounds.map((calls) => calls.length)).toStrictEqual([1, 2, 1, 2 * FILES]);
    expect(rounds.flat().filter((call) => /^(sign|keep|update) /.test(call))).toStrictEqual([]);
  });
});

describe('the client of S3', () => {
  const MOST_FILES = 50;
  let server: Server;
  let url: string;
  let waiting: ServerResponse[];
  let restore: () => void;

  beforeAll(async () => {
    waiting = [];
    // responds only when all requests have arrived, so sequential copies would never end
    server = createServer((request, response) => {
      request.resume();
      waiting.push(response);
      if (waiting.length < MOST_FILES) return;
      for (const each of waiting) each.writeHead(200, { 'x-amz-version-id': 'v1' }).end('<CopyObjectResult><ETag>"e"</ETag></CopyObjectResult>');
    });
    url = await listen(server);
    restore = withEnvironment({ AWS_ENDPOINT_URL_S3: url, AWS_REGION: 'eu-west-1' });
  });

  afterAll(async () => {
    restore();
    await close(server);
  });

  test('makes as many copies at the same time as a stream can have files', async () => {
    const store = objectStore(
      {
        maxAttempts: 1,
        requestHandler: { connectionTimeout: 0, requestTimeout: 0, throwOnRequestTimeout: true },
        credentials: { accessKeyId: 'test', secretAccessKey: 'test', sessionToken: 'test' },
      },
      { stack: STACK, logicalId: 'Firmware', streamId: STREAM_ID },
      new AbortController().signal,
    );

    const copies = await Promise.all(Array.from({ length: MOST_FILES }, (_, number) =>
      store.write({ kind: 'object', bucket: 'staging', key: `${number}.bin` }, 'storage', `${number}`)));

    expect(copies).toStrictEqual(Array.from({ length: MOST_FILES }, () => ({ version: 'v1', checksum: undefined })));
  });
});
