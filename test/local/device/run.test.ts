import { spawn } from 'node:child_process';
import { createHash, createSign } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { testCertificates } from './support/certificates';
import { FakeStreamService, type Faults } from './support/fake-stream-service';
import { MqttEndpoint } from './support/mqtt-endpoint';
import { randomBytesOf } from './support/random';
import { HELP } from '../../../local/device/arguments';
import { run } from '../../../local/device/run';
import { newKeyPair } from '../../support/key-pair';
import { temporaryDirectory } from '../../support/temporary-directory';

const THING = 'sensor-1';
const STREAM = 'MyStack-Firmware-1A2B3C4D';
const content = randomBytesOf(1, 100_001);
const digest = createHash('sha256').update(content).digest('hex');
const { authority, server, device } = testCertificates(THING);
const directory = temporaryDirectory();

let endpoint: MqttEndpoint | undefined;
afterEach(async () => {
  await endpoint?.stop();
  endpoint = undefined;
});

class Screen extends Writable {
  text = '';

  constructor(readonly isTTY = false) {
    super();
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** Creates a stream with a file and an empty file, and the command line to download it. */
async function commandLine(faults: Faults = {}): Promise<{ argv: string[]; output: string; service: FakeStreamService }> {
  const files = new Map([[0, content], [1, Buffer.alloc(0)]]);
  const service = new FakeStreamService(THING, STREAM, { streamVersion: 3, description: 'firmware', files }, faults);
  endpoint = await MqttEndpoint.start({ server, authority, publish: (topic, payload) => service.answer(topic, payload) });
  const file = (name: string, text: string) => {
    writeFileSync(join(directory.path, name), text);
    return join(directory.path, name);
  };
  const output = join(directory.path, 'out');
  return {
    output,
    service,
    argv: [
      '--endpoint', endpoint.address, '--thing', THING, '--stream', STREAM, '--output', output,
      '--cert', file('device.crt', device.certificate), '--key', file('device.key', device.privateKey), '--ca', file('ca.crt', authority.certificate),
    ],
  };
}

async function execute(argv: readonly string[], { isTTY = false, signal = new AbortController().signal } = {}) {
  const [stdout, stderr] = [new Screen(isTTY), new Screen()];
  const code = await run(argv, { stdout, stderr, signal });
  return { code, stdout: stdout.text, stderr: stderr.text };
}

test('prints the progress in lines without a terminal', async () => {
  const { argv, output } = await commandLine();

  const { code, stdout, stderr } = await execute([...argv, '--file', '0=app.bin', '--file', '1', '--sha256', `0=${digest}`]);

  expect([code, stderr]).toEqual([0, '']);
  expect(stdout.replace(/\d+\.\d\d s/g, '# s').split('\n')).toEqual([
    `stream ${STREAM} version 3: 2 files, firmware`,
    'file 0 app.bin: 0 % (0 of 100001 bytes)',
    expect.stringMatching(/^file 0 app.bin: 25 % /),
    expect.stringMatching(/^file 0 app.bin: 50 % /),
    expect.stringMatching(/^file 0 app.bin: 75 % /),
    'file 0 app.bin: 100 % (100001 of 100001 bytes)',
    `file 1 ${STREAM}-1: 100 % (0 of 0 bytes)`,
    `file 0 ${join(output, 'app.bin')}, 100001 bytes, sha256 ${digest} (as expected), version 3, # s`,
    `file 1 ${join(output, `${STREAM}-1`)}, 0 bytes, sha256 ${createHash('sha256').digest('hex')}, version 3, # s`,
    '',
  ]);
  expect(readFileSync(join(output, 'app.bin')).equals(content)).toBe(true);
});

test('draws a progress bar on a terminal', async () => {
  const { argv } = await commandLine();

  const { code, stdout } = await execute(argv, { isTTY: true });

  expect(code).toBe(0);
  expect(stdout).toMatch(/100 % \[=+\] 100001 of 100001 bytes, 0 s left, file 0 MyStack-Firmware-1A2B3C4D-0/);
  expect(stdout).toMatch(/100 % \[=+\] 0 of 0 bytes, 0 s left, file 1 MyStack-Firmware-1A2B3C4D-1/);
});

test.each([true, false])('prints that it restarts after an update (terminal: %p)', async (isTTY) => {
  const { argv, service } = await commandLine({ beforeGet: () => { service.stream.streamVersion = 4; } });

  const { code, stdout } = await execute(argv, { isTTY });

  expect(code).toBe(0);
  expect(stdout).toContain('the stream was updated during the download: starting again\n');
  expect(stdout).toContain(`stream ${STREAM} version 4: 2 files, firmware\n`);
});

test('exits with code 1 after a wrong digest', async () => {
  const { argv } = await commandLine();

  await expect(execute([...argv, '--sha256', `0=${'ab'.repeat(32)}`])).resolves.toMatchObject({
    code: 1,
    stderr: `error: file 0 must have the SHA-256 ${'ab'.repeat(32)}, got: ${digest}; `
      + 'what was downloaded is removed, so the next run starts from the first byte\n',
  });
});

describe('the option --public-key', () => {
  const { publicKey, privateKey } = newKeyPair('P-256');
  const signature = createSign('sha256').update(content).sign(privateKey, 'base64');

  async function signed(signatures: readonly string[], key: Buffer | string = publicKey.export({ format: 'pem', type: 'spki' })) {
    const { argv, output } = await commandLine();
    const path = join(directory.path, 'signing.pem');
    writeFileSync(path, key);
    const result = await execute([...argv, '--file', '0=app.bin', '--public-key', path, ...signatures.flatMap((each) => ['--signature', each])]);
    return { ...result, output };
  }

  test('keeps a file with a valid signature', async () => {
    const { code, stdout, output } = await signed([`0=${signature}`]);
    expect(code).toBe(0);
    expect(stdout).toContain(`sha256 ${digest}, signed, version 3`);
    expect(readFileSync(join(output, 'app.bin')).equals(content)).toBe(true);
  });

  test('removes a file with an invalid signature and exits with code 1', async () => {
    const other = newKeyPair('P-256').privateKey;
    const { code, stderr, output } = await signed([`0=${createSign('sha256').update(content).sign(other, 'base64')}`]);
    expect([code, stderr]).toEqual([1, 'error: file 0 must be signed with the private key that belongs to the given public key, got: a file that is not: '
      + 'its content or its signature was changed, or another key has signed it; what was downloaded is removed, so the next run starts from the first byte\n']);
    expect(existsSync(output)).toBe(true);
    expect(readdirSync(output)).toEqual([]);
  });

  test('downloads no file without a given signature and exits with code 2', async () => {
    await expect(signed([])).resolves.toMatchObject({
      code: 2, stderr: 'error: every file must have a signature where a public key is given, got: none for file 0; give it, or download other files\n',
    });
  });

  test('exits with code 2 for an invalid public key', async () => {
    await expect(signed([`0=${signature}`], 'none')).resolves.toMatchObject({ code: 2, stderr: expect.stringMatching(/^error: the public key must be in PEM form/) });
  });
});

test('exits with code 1 after a rejection', async () => {
  const { argv } = await commandLine({ reject: () => ['Unauthorized', 'no'] });

  await expect(execute(argv)).resolves.toMatchObject({
    code: 1,
    stderr: 'error: describing the stream was rejected with Unauthorized (no); check that the role of the stream may read the object version in S3\n',
  });
});

test('exits with code 2 for a wrong command line', async () => {
  await expect(execute([])).resolves.toEqual({
    code: 2, stdout: '', stderr: 'error: --endpoint must be given, got: nothing; for example --endpoint abc-ats.iot.eu-west-1.amazonaws.com:8883\n',
  });
});

test('exits with code 2 for a missing certificate', async () => {
  const { argv } = await commandLine();

  await expect(execute([...argv, '--cert', '/nowhere.crt'])).resolves.toEqual({
    code: 2,
    stdout: '',
    stderr: "error: --cert must name a file that can be read, got: '/nowhere.crt' (ENOENT: no such file or directory, open '/nowhere.crt')\n",
  });
});

test('exits with code 0 after --help', async () => {
  await expect(execute(['--help'])).resolves.toEqual({ code: 0, stdout: HELP, stderr: '' });
});

test('keeps an incomplete file for the next run after Ctrl-C', async () => {
  let withheld = 60_000;
  const { argv, output } = await commandLine({ tamper: (kind, answer) => kind !== 'data' || (withheld -= Number(answer.l)) > 0 ? [answer] : [] });
  const main = join(__dirname, '../../../local/device/main.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', main, ...argv, '--timeout', '60'], { cwd: join(__dirname, '../../..') });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
    if (stdout.includes('25 %')) child.kill('SIGINT');
  });
  child.stderr.on('data', (chunk) => { stderr += chunk; });
  const [code] = await once(child, 'exit');

  expect([code, stderr]).toEqual([130, 'interrupted; to continue, run the same command again\n']);
  expect(readdirSync(join(output, '.iot-streams-incomplete'))).toEqual([`${STREAM}-0.json`, `${STREAM}-0.part`]);
  withheld = Infinity;
  await expect(execute(argv)).resolves.toMatchObject({ code: 0, stdout: expect.stringMatching(/, \d+ bytes of an earlier run\n/) });
}, 30_000);
