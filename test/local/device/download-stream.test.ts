import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { FakeStreamService, type FakeStream, type Faults, type Fields } from './support/fake-stream-service';
import { FakeTransport, reliable, type Network } from './support/fake-transport';
import { random, randomBytesOf } from './support/random';
import { inVirtualTime } from './support/virtual-time';
import { downloadFiles, type DownloadFilesOptions, type DownloadProgress } from '../../../local/device/download-stream';
import type { StreamClientOptions } from '../../../local/device/stream-client';
import { temporaryDirectory } from '../../support/temporary-directory';

const THING = 'sensor-1';
const STREAM = 'MyStack-Firmware-1A2B3C4D';
const TOPICS = `$aws/things/${THING}/streams/${STREAM}`;
/** For tests without answers only, because an answer may take longer on a busy machine. */
const SHORT_TIMEOUTS = { answerTimeoutMs: 20, maxAnswerTimeoutMs: 40, retries: 2 };

const directory = temporaryDirectory();
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const read = (name: string) => readFileSync(join(directory.path, name));

type Options = Partial<StreamClientOptions & DownloadFilesOptions>;

function setUp(
  { stream, faults, network, ...options }: Options & { stream?: Partial<FakeStream>; faults?: Faults; network?: Network } = {},
) {
  const service = new FakeStreamService(
    THING, STREAM, { streamVersion: 3, description: 'firmware', files: new Map([[0, randomBytesOf(1, 10_001)]]), ...stream }, faults);
  const transport = new FakeTransport(service, network ?? reliable);
  const defaults = { thingName: THING, streamId: STREAM, outputDirectory: directory.path, blockSize: 1000, answerTimeoutMs: 20_000 };
  const download = async (more: Options = {}) => downloadFiles(transport, { ...defaults, ...options, ...more });
  return { service, transport, download, gets: () => service.requests.filter((request) => 'f' in request) };
}

describe.each(['json', 'cbor'] as const)('in %s', (encoding) => {
  test.each([256, 1001, 4096, 131_072])('downloads every file in blocks of %i bytes', async (blockSize) => {
    const files = new Map([[0, randomBytesOf(1, 300_001)], [7, Buffer.alloc(0)], [255, randomBytesOf(2, 256)]]);
    const { download } = setUp({ stream: { files }, encoding, blockSize });

    const downloaded = await download();

    expect(downloaded).toMatchObject({ streamId: STREAM, streamVersion: 3, description: 'firmware', restarts: 0 });
    expect(downloaded.files).toEqual([...files].map(([fileId, bytes]) => ({
      fileId,
      fileName: `${STREAM}-${fileId}`,
      path: join(directory.path, `${STREAM}-${fileId}`),
      size: bytes.length,
      sha256: sha256(bytes),
      streamVersion: 3,
      resumedBytes: 0,
      seconds: expect.any(Number),
    })));
    for (const [fileId, bytes] of files) expect(read(`${STREAM}-${fileId}`).equals(bytes)).toBe(true);
    expect(readdirSync(directory.path)).toHaveLength(3);
  });

  test('downloads the largest file of a stream', async () => {
    const content = Buffer.alloc(24 * 1024 * 1024, 'cdk');
    const { download } = setUp({ stream: { files: new Map([[0, content]]) }, encoding, blockSize: 65_536 });

    await expect(download()).resolves.toMatchObject({ files: [{ sha256: sha256(content) }] });
  });

  test('sends version, file, block size, first block and number of blocks in every request', async () => {
    const { download, gets, service } = setUp({ encoding });

    await download();

    expect(service.requests[0]).toEqual({ c: expect.stringMatching(/^[0-9a-f]{12}-0-0$/) });
    expect(gets()).toEqual([{ c: expect.stringMatching(/^[0-9a-f]{12}-1-0$/), s: 3, f: 0, l: 1000, o: 0, n: 11 }]);
  });

  test('downloads the file or fails with a reason if messages are lost, duplicated, delayed and reordered', async () => {
    let complete = 0;
    await fc.assert(fc.asyncProperty(fc.record({
      seed: fc.nat(),
      fileSize: fc.nat(40_000),
      blockSize: fc.integer({ min: 256, max: 3000 }),
      loss: fc.double({ min: 0, max: 0.6, noNaN: true }),
      doubling: fc.double({ min: 0, max: 0.5, noNaN: true }),
      delay: fc.integer({ min: 0, max: 8 }),
      requestsInFlight: fc.integer({ min: 1, max: 5 }),
      missingBlocks: fc.constantFrom('bitmap' as const, 'windows' as const),
    }), async ({ seed, fileSize, blockSize, loss, doubling, delay, requestsInFlight, missingBlocks }) => {
      const content = randomBytesOf(seed, fileSize);
      const next = random(seed);
      const network: Network = () => next() < loss ? [] : Array.from(
        { length: next() < doubling ? 2 : 1 }, () => 1 + Math.floor(next() * (delay + 1)),
      );
      const { download } = setUp({
        stream: { files: new Map([[0, content]]) },
        network,
        encoding,
        blockSize,
        requestsInFlight,
        missingBlocks,
        answerTimeoutMs: 6,
        maxAnswerTimeoutMs: 30,
        retries: 8,
      });

      const result = await inVirtualTime(async () => download().catch((error: Error) => error));

      if (result instanceof Error) {
        expect(result.message).toMatch(/^the request .* must be answered, got: nothing after asking 9 times; check the stream id/);
        return;
      }
      complete++;
      expect(result.files[0].sha256).toBe(sha256(content));
      expect(read(`${STREAM}-0`).equals(content)).toBe(true);
    }), { numRuns: 100 });
    expect(complete).toBeGreaterThan(25);
  });

  test.each([1, 2, 5])('restarts when the stream is updated before request %i', async (request) => {
    const [before, after] = [randomBytesOf(1, 600_000), randomBytesOf(2, 500_000)];
    let requests = 0;
    const { download, service } = setUp({
      stream: { files: new Map([[0, before]]) },
      encoding,
      blockSize: 16_384,
      faults: {
        beforeGet: () => {
          if (++requests !== request) return;
          service.stream.streamVersion = 4;
          service.stream.files.set(0, after);
        },
      },
      // delays blocks, so that some of the old version arrive after the restart
      network: ({ topic }) => topic.includes('/data/') ? [5] : [0],
    });
    const reasons: string[] = [];

    const downloaded = await download({ onRestart: (reason) => reasons.push(reason.message) });

    expect(downloaded).toMatchObject(
      { streamVersion: 4, restarts: 1, files: [{ size: 500_000, sha256: sha256(after), streamVersion: 4 }] },
    );
    expect(reasons).toEqual([
      'the request for blocks of file 0 was rejected with VersionMismatch (The stream version does not match); '
      + 'describe the stream and ask for the version it has now',
    ]);
  });
});

test('fails if the stream has another version than required, and does not restart', async () => {
  const onRestart = jest.fn();
  const { download } = setUp({ stream: { streamVersion: 3 } });
  await expect(download({ streamVersion: 2, onRestart })).rejects.toThrow('was rejected with VersionMismatch');
  expect(onRestart).not.toHaveBeenCalled();
  await expect(download({ streamVersion: 3 })).resolves.toMatchObject({ streamVersion: 3 });
});

describe('files of one version', () => {
  test('downloads a complete file again if the stream is updated during the next file', async () => {
    let updated = false;
    const { download, service } = setUp({
      stream: { files: new Map([[0, Buffer.from('old')], [1, Buffer.from('OLD')], [2, Buffer.from('gone')]]) },
      faults: {
        beforeGet: ({ f }) => {
          if (f !== 2 || updated) return;
          updated = true;
          service.stream.streamVersion++;
          service.stream.files = new Map([[0, Buffer.from('new')], [1, Buffer.from('NEW')]]);
        },
      },
    });

    await download();

    expect(readdirSync(directory.path)).toEqual([`${STREAM}-0`, `${STREAM}-1`]);
    expect(`${read(`${STREAM}-0`)} ${read(`${STREAM}-1`)}`).toBe('new NEW');
  });

  test('creates no file before all files are complete', async () => {
    const { download } = setUp({
      stream: { files: new Map([[0, Buffer.from('first')], [1, Buffer.from('second')]]) },
      faults: { tamper: (kind, answer, { f }) => kind === 'data' && f === 1 ? [] : [answer] },
      ...SHORT_TIMEOUTS,
    });

    await expect(download()).rejects.toThrow('the request for blocks of file 1 must be answered');

    expect(existsSync(join(directory.path, `${STREAM}-0`))).toBe(false);
    await expect(setUp({ stream: { files: new Map([[0, Buffer.from('first')], [1, Buffer.from('second')]]) } }).download())
      .resolves.toMatchObject({ files: [{ resumedBytes: 5 }, { resumedBytes: 0 }] });
  });

  test('gives up if the stream is updated all the time', async () => {
    const { download, service } = setUp({ faults: { beforeGet: () => { service.stream.streamVersion++; } } });
    const onRestart = jest.fn();

    await expect(download({ maxRestarts: 2, onRestart })).rejects.toThrow('was rejected with VersionMismatch');

    expect(onRestart).toHaveBeenCalledTimes(2);
    expect(readdirSync(directory.path)).toEqual([]);
  });
});

describe('an interrupted download', () => {
  async function interrupt(): Promise<void> {
    const controller = new AbortController();
    const { download } = setUp({ signal: controller.signal, requestsInFlight: 1 });
    const onProgress = ({ receivedBytes }: DownloadProgress) => { if (receivedBytes === 4000) controller.abort(); };
    await expect(download({ onProgress })).rejects.toThrow('This operation was aborted');
    expect(readdirSync(directory.path)).toEqual(['.iot-streams-incomplete']);
    expect(readdirSync(join(directory.path, '.iot-streams-incomplete'))).toEqual([`${STREAM}-0.json`, `${STREAM}-0.part`]);
  }

  test('resumes an interrupted download', async () => {
    await interrupt();
    const { download, gets } = setUp();
    const progress: number[] = [];

    const { files: [file] } = await download({ onProgress: ({ receivedBytes }) => progress.push(receivedBytes) });

    expect(file).toMatchObject({ resumedBytes: 4000, sha256: sha256(randomBytesOf(1, 10_001)) });
    expect(gets()).toMatchObject([{ o: 4, n: 7 }]);
    expect(progress).toEqual([4000, 5000, 6000, 7000, 8000, 9000, 10_000, 10_001]);
    expect(readdirSync(directory.path)).toEqual([`${STREAM}-0`]);
  });

  test.each<[string, Options & { stream?: Partial<FakeStream> }]>([
    ['the stream has another version', { stream: { streamVersion: 4 } }],
    ['the file has another size', { stream: { files: new Map([[0, randomBytesOf(1, 9_999)]]) } }],
    ['the blocks have another size', { blockSize: 999 }],
  ])('restarts an interrupted download from the first byte if %s', async (_, options) => {
    await interrupt();
    const { download, gets } = setUp(options);

    const { files: [file] } = await download();

    expect(file.resumedBytes).toBe(0);
    expect(gets()).toMatchObject([{ o: 0, n: expect.any(Number) }]);
    expect(file.sha256).toBe(sha256(randomBytesOf(1, file.size)));
  });

  test('stops at once if it is aborted before it begins', async () => {
    await expect(setUp().download({ signal: AbortSignal.abort() })).rejects.toThrow('This operation was aborted');
  });

  test('stops while it waits for an answer', async () => {
    const controller = new AbortController();
    const { download } = setUp({ network: () => [] });
    setTimeout(() => controller.abort(), 20);

    await expect(download({ signal: controller.signal })).rejects.toThrow('This operation was aborted');
  });
});

describe('expected digests', () => {
  test('accepts the expected SHA-256 in small and capital letters', async () => {
    const expected = sha256(randomBytesOf(1, 10_001));
    await expect(setUp().download({ sha256: { 0: expected.toUpperCase() } })).resolves.toMatchObject({ files: [{ sha256: expected }] });
  });

  test('removes a file with another SHA-256, so that no run resumes it', async () => {
    const received = sha256(randomBytesOf(1, 10_001));

    await expect(setUp().download({ sha256: { 0: 'ab'.repeat(32) } })).rejects.toThrow(
      `file 0 must have the SHA-256 ${'ab'.repeat(32)}, got: ${received}; what was downloaded is removed, so the next run starts from the first byte`);

    expect(readdirSync(directory.path)).toEqual([]);
  });

  test('keeps an existing file if the new one has another SHA-256', async () => {
    writeFileSync(join(directory.path, `${STREAM}-0`), 'earlier');

    await expect(setUp().download({ sha256: { 0: 'ab'.repeat(32) } })).rejects.toThrow('must have the SHA-256');

    expect(read(`${STREAM}-0`).toString()).toBe('earlier');
  });
});

describe('rejections of the service', () => {
  test.each([
    ['ResourceNotFound', 'check the stream id, the file id, and that the object version still exists in S3'],
    ['Unauthorized', 'check that the role of the stream may read the object version in S3'],
    ['ETagMismatch', 'the object in S3 was overwritten after the stream was made: update the stream'],
    ['BlockSizeOutOfBounds', 'ask for blocks of 256 to 131072 bytes'],
    ['InvalidRequest', 'check the request against the limits of the service'],
  ])('ends the download after %s, with advice', async (code, remedy) => {
    const { download, gets } = setUp({ faults: { reject: (request) => 'f' in request ? [code, 'the reason'] : undefined } });

    await expect(download()).rejects.toThrow(`the request for blocks of file 0 was rejected with ${code} (the reason); ${remedy}`);

    expect(gets()).toHaveLength(1);
  });

  test('ends the download if the stream does not exist', async () => {
    await expect(setUp({ streamId: 'other' }).download()).rejects.toThrow(
      'describing the stream was rejected with ResourceNotFound (Stream not found); '
      + 'check the stream id, the file id, and that the object version still exists in S3');
  });

  test('retries after an internal error', async () => {
    const { download, service } = setUp({
      faults: { reject: () => service.requests.length % 2 === 1 ? ['InternalError'] : undefined }, answerTimeoutMs: 100,
    });

    await expect(download()).resolves.toMatchObject({ files: [{ sha256: sha256(randomBytesOf(1, 10_001)) }] });

    expect(service.requests.length).toBeGreaterThanOrEqual(4);
  });

  test.each([
    ['describing the stream', () => true],
    ['the request for blocks of file 0', (request: object) => 'f' in request],
  ])('reports an internal error if it persists: %s', async (what, affects) => {
    const { download } = setUp({ faults: { reject: (request) => affects(request) ? ['InternalError'] : undefined }, ...SHORT_TIMEOUTS });

    await expect(download()).rejects.toThrow(`${what} was rejected with InternalError (no message); try again later`);
  });

  test('reports a rejection without a token only if no answer arrives', async () => {
    const { download, transport } = setUp({
      encoding: 'json',
      faults: { tamper: (kind, answer) => kind === 'data' ? [] : [answer] },
      ...SHORT_TIMEOUTS,
    });
    const anonymous = Buffer.from('{"code":"InvalidJson","o":"InvalidJson","message":"Invalid JSON message","m":"Invalid JSON message"}');

    await expect(download({ onProgress: () => setImmediate(() => transport.deliver({ topic: `${TOPICS}/rejected/json`, payload: anonymous })) })).rejects.toThrow(
      'the request for blocks of file 0 must be answered, got: nothing after asking 3 times '
      + '(a rejection without a client token said InvalidJson (Invalid JSON message)); '
      + `check the stream id, and that the policy of the device allows publishing to '${TOPICS}/get/json' and receiving from '${TOPICS}/data/json'`);
  });
});

describe('messages that are not an answer to a request', () => {
  test.each<[string, (answer: Fields) => Fields, string]>([
    ['a lost client token', ({ c: _token, ...answer }) => answer, 'none'],
    ['a token that is no text', (answer) => ({ ...answer, c: 7 }), 'none'],
    ['a token of another request', (answer) => ({ ...answer, c: 'other' }), "'other'"],
  ])('reports another message if no answer arrives: %s', async (_what, change, received) => {
    const { download } = setUp({ faults: { tamper: (kind, answer) => [kind === 'data' ? change(answer) : answer] }, ...SHORT_TIMEOUTS });

    await expect(download()).rejects.toThrow(`a message on '${TOPICS}/data/cbor' must have the client token of a request, got: ${received}; `
      + 'start over, and report it to whoever runs the endpoint if it happens again');
  });

  test('ignores other messages if the answer arrives', async () => {
    const { download } = setUp({ faults: { tamper: (_kind, answer) => [{ ...answer, c: 'other' }, answer, { ...answer, c: 'other' }] } });

    await expect(download()).resolves.toMatchObject({ files: [{ sha256: sha256(randomBytesOf(1, 10_001)) }] });
  });

  test('ignores answers to the request before, which arrive late', async () => {
    const { download } = setUp({
      network: ({ topic }) => topic.includes('/description/') ? [0, 1, 5] : topic.includes('/data/') ? [] : [0], ...SHORT_TIMEOUTS,
    });

    await expect(download()).rejects.toThrow('the request for blocks of file 0 must be answered, got: nothing after asking 3 times; check');
  });

  test('removes control characters from unreadable messages in errors', async () => {
    const garbage = { topic: `${TOPICS}/description/json`, payload: Buffer.from('\u001b[2J\n') };
    const device = setUp({
      encoding: 'json',
      faults: {
        tamper: () => {
          setImmediate(() => device.transport.deliver(garbage));
          return [];
        },
      },
      ...SHORT_TIMEOUTS,
    });

    await expect(device.download()).rejects.toThrow(/^a message on '.*' must be readable, got: 5 bytes \([^\p{C}]+\); start over/u);
  });
});

describe('missing answers', () => {
  test('fails if the description is not answered', async () => {
    const { download, service } = setUp({ network: ({ topic }) => topic.includes('/description/') ? [] : [0], ...SHORT_TIMEOUTS });

    await expect(download()).rejects.toThrow(
      'the request to describe the stream must be answered, got: nothing after asking 3 times; '
      + `check the stream id, and that the policy of the device allows publishing to '${TOPICS}/describe/cbor' and receiving from '${TOPICS}/description/cbor'`);

    expect(new Set(service.requests.map(({ c }) => c)).size).toBe(3);
  });

  test('fails if nothing can be published', async () => {
    const { download, transport } = setUp(SHORT_TIMEOUTS);
    jest.spyOn(transport, 'publish').mockRejectedValue(new Error('No connection to broker'));

    await expect(download()).rejects.toThrow('got: nothing after asking 3 times (publishing failed: No connection to broker); check');
  });

  test('fails if the answers cannot be read', async () => {
    const { download, transport } = setUp({ encoding: 'json', ...SHORT_TIMEOUTS });
    jest.spyOn(transport, 'publish').mockImplementation(async () => transport.deliver({ topic: `${TOPICS}/description/json`, payload: Buffer.from('{') }));

    await expect(download()).rejects.toMatchObject({
      name: 'ProtocolViolation', message: expect.stringContaining(`a message on '${TOPICS}/description/json' must be readable, got: 1 bytes (`),
    });
  });
});

test('continues after an unreadable message if other answers arrive', async () => {
  const { download, transport } = setUp({ encoding: 'json' });
  const publish = transport.publish.bind(transport);
  jest.spyOn(transport, 'publish').mockImplementation(async (topic, payload) => {
    transport.deliver({ topic: `${TOPICS}/data/json`, payload: Buffer.from('{') });
    await publish(topic, payload);
  });
  await expect(download()).resolves.toMatchObject({ files: [{ sha256: sha256(randomBytesOf(1, 10_001)) }] });
});

test.each([
  ['json', '{"c":"TOKEN","s":[18446744073709551616,{"n":1}],"r":[]}'],
  ['json', `{"c":"TOKEN","s":${'['.repeat(5_000)}${']'.repeat(5_000)},"r":[]}`],
  ['json', `{"c":"TOKEN","s":1,"r":${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}}`],
] as const)('fails with a protocol violation after an answer in %s that is nested or has too large integers', async (encoding, text) => {
  const { download, transport } = setUp({ encoding });
  jest.spyOn(transport, 'publish').mockImplementation(async (_, payload) => {
    const { c } = JSON.parse(Buffer.from(payload).toString());
    transport.deliver({ topic: `${TOPICS}/description/json`, payload: Buffer.from(text.replace('TOKEN', c)) });
  });
  await expect(download()).rejects.toMatchObject({ name: 'ProtocolViolation' });
});

test.each([
  ['a list with a 64-bit integer', '811bffffffffffffffff'],
  ['a map with a 64-bit integer', 'a161611bffffffffffffffff'],
  ['a 64-bit integer', '1bffffffffffffffff'],
  ['5,000 lists', `${'81'.repeat(5_000)}00`],
  ['5,000 maps', `${'a16161'.repeat(5_000)}00`],
  ['5,000 tags', `${'c1'.repeat(5_000)}00`],
])('fails with a protocol violation after %s in a CBOR answer', async (_, item) => {
  const { download, transport } = setUp();
  jest.spyOn(transport, 'publish').mockImplementation(async (__, payload) => {
    // the request is {c: token}, and the answer is the same map with 's' and 'r'
    const answer = Buffer.concat([Buffer.of(0xa3), Buffer.from(payload).subarray(1), Buffer.from(`6173${item}617280`, 'hex')]);
    transport.deliver({ topic: `${TOPICS}/description/cbor`, payload: answer });
  });
  await expect(download()).rejects.toMatchObject({ name: 'ProtocolViolation', message: expect.stringMatching(/^'s' of a description must be an integer/) });
});

test('accepts an answer timeout that is longer than the default maximum', async () => {
  const { download, transport } = setUp({ answerTimeoutMs: 60_000, retries: 0 });
  const waits: number[] = [];
  const later = jest.spyOn(global, 'setTimeout').mockImplementation(((call: () => void, millis: number) => {
    waits.push(millis);
    return setImmediate(call);
  }) as unknown as typeof setTimeout);
  const publish = jest.spyOn(transport, 'publish').mockResolvedValue();
  await expect(download()).rejects.toThrow('got: nothing after asking 1 times');
  later.mockRestore();
  publish.mockRestore();
  expect(Math.round(Math.max(...waits) / 1000)).toBe(60);
});

test('accepts file names that look like temporary files', async () => {
  const names = ['app.bin', 'app.bin.part', 'app.bin.part.json', 'app.bin.json', 'app.bin.new', 'app.bin.part.json.new'];
  const files = new Map(names.map((_, fileId) => [fileId, randomBytesOf(fileId + 1, 3_000 + fileId)]));
  const { download } = setUp({ stream: { files } });
  await download({ fileNames: Object.fromEntries(names.entries()) });
  expect(readdirSync(directory.path).sort()).toEqual([...names].sort());
  for (const [fileId, name] of names.entries()) expect(read(name).equals(files.get(fileId)!)).toBe(true);
});

test('does not use a file of an earlier download as a temporary file', async () => {
  writeFileSync(join(directory.path, 'app.bin.part'), 'finished');
  writeFileSync(join(directory.path, 'app.bin.json'), 'finished');
  await setUp().download({ fileNames: { 0: 'app.bin' } });
  expect([read('app.bin.part').toString(), read('app.bin.json').toString()]).toEqual(['finished', 'finished']);
});

describe('answers to other clients', () => {
  const strangers: Faults['tamper'] = (_kind, answer) => {
    const lie = { ...answer, s: 9, f: 9, i: 0, l: 3, p: Buffer.from('lie'), r: [], o: 'Unauthorized', m: 'not you' };
    return [{ ...lie, c: 'rdy' }, { ...lie, c: undefined }, { ...lie, c: `${String(answer.c).slice(0, 12)}-9-0` }, answer];
  };

  test.each(['json', 'cbor'] as const)('ignores answers to other clients, in %s', async (encoding) => {
    await expect(setUp({ encoding, faults: { tamper: strangers } }).download())
      .resolves.toMatchObject({ streamVersion: 3, files: [{ sha256: sha256(randomBytesOf(1, 10_001)) }] });
  });

  test('ignores messages on other topics', async () => {
    const { download, transport } = setUp({ encoding: 'json' });
    const notMine = `$aws/things/${THING}/streams/other/description/json`;
    await transport.subscribe([notMine]);

    await expect(download({ onDescription: () => transport.deliver({ topic: notMine, payload: Buffer.from('{}') }) })).resolves.toMatchObject({ streamVersion: 3 });
  });
});

describe('answers that contradict the protocol', () => {
  test.each([
    [{ f: 1 }, 'an answer to a request for file 0 must have blocks of that file, got: a block of file 1'],
    [{ i: 11 }, 'the blocks of file 0 must be numbered from 0 to 10, got: block 11'],
    [{ p: Buffer.from('ab'), l: 2 }, 'block 0 of file 0 must have 1000 bytes, got: 2 bytes'],
    [{ l: 1 }, "'p' of block 0 of file 0 must be as long as its 'l' says, 1 bytes, got: 1000 bytes"],
    [{ i: 10 }, 'block 10 of file 0 must have 1 bytes, got: 1000 bytes'],
  ])('fails after the answer %p', async (lie, reason) => {
    const { download } = setUp({ faults: { tamper: (kind, answer) => [kind === 'data' ? { ...answer, ...lie } : answer] } });

    await expect(download()).rejects.toThrow(`${reason}; start over, and report it to whoever runs the endpoint if it happens again`);
  });
});

describe('options', () => {
  const two = { stream: { files: new Map([[0, Buffer.from('a')], [1, Buffer.from('b')]]) } };

  test('downloads the selected files with the given names', async () => {
    const { files } = await setUp(two).download({ fileIds: [1, 1], fileNames: { 1: 'app.bin' } });

    expect(files).toMatchObject([{ fileId: 1, fileName: 'app.bin' }]);
    expect(readdirSync(directory.path)).toEqual(['app.bin']);
  });

  test('creates the output directory', async () => {
    await setUp(two).download({ outputDirectory: join(directory.path, 'a', 'b') });

    expect(readdirSync(join(directory.path, 'a', 'b'))).toEqual([`${STREAM}-0`, `${STREAM}-1`]);
  });

  test.each<[Options, string]>([
    [{ fileIds: [7] }, "the file id must be one of the stream's, got: 7; the stream has 0, 1"],
    [{ fileNames: { 0: '../x' } }, "a file name must be a plain name, got: '../x'; choose the directory by the output directory"],
    [{ fileNames: { 0: '..' } }, "a file name must be a plain name, got: '..'; choose the directory by the output directory"],
    [{ fileNames: { 0: 'App', 1: 'app' } }, "every file must have a name of its own, got: 'app' twice; give another name to one of them"],
    [{ fileNames: { 1: '.IoT-streams-incomplete' } },
      "a file name must not be that of the directory for incomplete files, got: '.iot-streams-incomplete'; give it another name"],
    [{ fileNames: { 0: 'x', 1: 'x' } }, "every file must have a name of its own, got: 'x' twice; give another name to one of them"],
    [{ fileIds: [1], sha256: { 0: 'ab'.repeat(32) } }, 'an expected SHA-256 must be for a file that is downloaded, got: one for file 0; the files are 1'],
    [{ blockSize: 255 }, 'the block size must be an integer from 256 to 131072, got: 255; 16384 suits most devices'],
  ])('refuses the options %p', async (options, reason) => {
    await expect(setUp(two).download(options)).rejects.toThrow(reason);
    expect(readdirSync(directory.path)).toEqual([]);
  });
});
