import { HELP, parseArguments } from '../../../local/device/arguments';

const REQUIRED = ['--endpoint', 'localhost:8883', '--thing', 'sensor-1', '--cert', 'c.pem', '--key', 'k.pem', '--stream', 'firmware'];
const HEX = '0123456789abcdef'.repeat(4);

test('parseArguments reads the shortest command line', () => {
  expect(parseArguments(REQUIRED)).toEqual({
    endpoint: 'localhost:8883',
    thingName: 'sensor-1',
    streamId: 'firmware',
    certificatePath: 'c.pem',
    privateKeyPath: 'k.pem',
    certificateAuthorityPath: undefined,
    encoding: 'cbor',
    blockSize: undefined,
    fileIds: undefined,
    fileNames: {},
    sha256: {},
    publicKeyPath: undefined,
    signatures: {},
    outputDirectory: '.',
    answerTimeoutMs: undefined,
    retries: undefined,
  });
});

test('parseArguments reads the longest command line', () => {
  expect(parseArguments([
    ...REQUIRED, '--ca', 'ca.pem', '--encoding', 'json', '--block-size', '1001', '--file', '0', '--file', '7=radio=fw.bin', '--sha256', `0=${HEX}`,
    '--sha256', `7=${HEX.toUpperCase()}`, '--public-key', 'signing.pem', '--signature', '0=MEUCIQ+/', '--signature', '7=MEQCIA==', '--output', 'out', '--timeout', '0.5', '--retries', '0',
  ])).toMatchObject({
    certificateAuthorityPath: 'ca.pem',
    encoding: 'json',
    blockSize: 1001,
    fileIds: [0, 7],
    fileNames: { 7: 'radio=fw.bin' },
    sha256: { 0: HEX, 7: HEX },
    publicKeyPath: 'signing.pem',
    signatures: { 0: { signature: 'MEUCIQ+/' }, 7: { signature: 'MEQCIA==' } },
    outputDirectory: 'out',
    answerTimeoutMs: 500,
    retries: 0,
  });
});

test('parseArguments ignores other options in a request for help', () => {
  expect(parseArguments(['--help'])).toBeUndefined();
});

test('the help contains every option', () => {
  for (const option of [
    'endpoint', 'thing', 'cert', 'key', 'ca', 'stream', 'encoding', 'block-size', 'file', 'sha256', 'public-key', 'signature', 'output', 'timeout', 'retries', 'help',
  ]) expect(HELP).toMatch(new RegExp(`^  --${option} `, 'm'));
});

test.each(['endpoint', 'thing', 'cert', 'key', 'stream'])('parseArguments requires --%s', (option) => {
  const index = REQUIRED.indexOf(`--${option}`);
  const argv = [...REQUIRED.slice(0, index), ...REQUIRED.slice(index + 2)];
  expect(() => parseArguments(argv)).toThrow(new RegExp(`^--${option} must be given, got: nothing; for example --${option} [^ ]+$`));
});

test.each([
  [['--encoding', 'xml'], "--encoding must be json or cbor, got: 'xml'; cbor is the smaller one"],
  [['--block-size', '4k'], "--block-size must be a whole number, got: '4k'; give digits only"],
  [['--retries', '1.5'], "--retries must be a whole number, got: '1.5'; give digits only"],
  [['--timeout', '0'], "--timeout must be a number of seconds above 0, got: '0'; for example 2 or 0.5"],
  [['--timeout', 'soon'], "--timeout must be a number of seconds above 0, got: 'soon'; for example 2 or 0.5"],
  [['--file', 'app.bin'], "--file must be a file id, or a file id and a name, got: 'app.bin'; for example --file 0 or --file 0=app.bin"],
  [['--sha256', HEX], `--sha256 must be a file id and 64 hexadecimal digits, got: '${HEX}'; for example --sha256 0=9f86d0…`],
  [['--sha256', '0=abc'], "--sha256 must be a file id and 64 hexadecimal digits, got: '0=abc'; for example --sha256 0=9f86d0…"],
  [['--public-key', 'a.pem', '--signature', 'MEUC'], "--signature must be a file id and a signature in Base64, got: 'MEUC'; for example --signature 0=MEUCIQ…"],
  [['--signature', '0=MEUC'], "--signature must come with --public-key, got: it alone; the key is what 'aws kms get-public-key' answers"],
  [['--colour'], "the command line must have only options that --help lists, got: Unknown option '--colour'"],
  [['stray'], "the command line must have only options that --help lists, got: Unexpected argument 'stray'. This command does not take positional arguments"],
])('parseArguments refuses %p', (more, reason) => {
  expect(() => parseArguments([...REQUIRED, ...more])).toThrow(reason);
});
