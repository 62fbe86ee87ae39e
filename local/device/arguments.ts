import { parseArgs } from 'node:util';
import { InvalidOption, reasonOf } from './errors';
import type { ExpectedSignature } from './signatures';
import type { Encoding } from './topics';

/** The command line, checked, with the names of files in place of their contents. */
export interface DeviceArguments {
  readonly endpoint: string;
  readonly thingName: string;
  readonly streamId: string;
  readonly certificatePath: string;
  readonly privateKeyPath: string;
  readonly certificateAuthorityPath?: string;
  readonly encoding: Encoding;
  readonly blockSize?: number;
  readonly fileIds?: readonly number[];
  readonly fileNames: Readonly<Record<number, string>>;
  readonly sha256: Readonly<Record<number, string>>;
  readonly publicKeyPath?: string;
  readonly signatures: Readonly<Record<number, ExpectedSignature>>;
  readonly outputDirectory: string;
  readonly answerTimeoutMs?: number;
  readonly retries?: number;
}

export const HELP = `Downloads the files of an AWS IoT stream over MQTT, as a device does.

Usage: npm run device -- --endpoint HOST[:PORT] --thing NAME
         --cert FILE --key FILE --stream ID [options]

Connection:
  --endpoint HOST[:PORT]  MQTT endpoint of the account or of another broker
                          (port 8883)
  --thing NAME            name of the thing; also the MQTT client ID
  --cert FILE             certificate of the device, PEM
  --key FILE              private key of the device, PEM
  --ca FILE               certificate authority of the endpoint, PEM
                          (those that Node.js trusts)

Download:
  --stream ID             ID of the stream
  --file ID[=NAME]        download only this file, under this name; repeatable
                          (all files, each as <stream>-<id>)
  --output DIR            directory for the files (the current directory)
  --encoding json|cbor    encoding of the messages (cbor)
  --block-size N          bytes per block, 256 to 131072 (16384)
  --timeout SECONDS       wait for the first answer; doubles after each round
                          without one, up to 30 seconds (2)
  --retries N             repeated requests without an answer (4)

Verification:
  --sha256 ID=HEX         SHA-256 that this file must have; repeatable
  --public-key FILE       public key that must verify every file,
                          PEM or DER (SPKI)
  --signature ID=BASE64   signature of the SHA-256 of this file; repeatable

  --help                  print this text

To continue an interrupted download, run the same command again. Incomplete
files are kept in the directory .iot-streams-incomplete below DIR.
Pass the SHA-256 of the job: without it, the command cannot know whether the
stream still delivers the files of that job.
With --public-key, a file whose signature is missing or wrong is deleted.

Exit code: 0 if every file is complete and verified, 1 if not,
           2 for a wrong command line, 130 after Ctrl-C

Examples:

  # from AWS; 'aws iot describe-endpoint --endpoint-type iot:Data-ATS'
  # prints the endpoint
  npm run device -- --endpoint abc-ats.iot.eu-west-1.amazonaws.com \\
    --thing sensor-1 --cert device.pem.crt --key device.pem.key \\
    --stream MyStack-Firmware-1A2B3C4D

  # from a local broker: one file, in JSON, verified
  npm run device -- --endpoint localhost:8883 --thing sensor-1 \\
    --cert device.crt --key device.key --ca ca.crt \\
    --stream MyStack-Firmware-1A2B3C4D --file 0=app.bin \\
    --encoding json --sha256 0=9f86d081884c7d65...
`;

/** Undefined for a call for help. */
export function parseArguments(argv: readonly string[]): DeviceArguments | undefined {
  const values = read(argv);
  if (values.help) return undefined;
  const files = (values.file ?? []).map(parseFile);
  return {
    endpoint: required(values.endpoint, 'endpoint', 'abc-ats.iot.eu-west-1.amazonaws.com:8883'),
    thingName: required(values.thing, 'thing', 'sensor-1'),
    streamId: required(values.stream, 'stream', 'MyStack-Firmware-1A2B3C4D'),
    certificatePath: required(values.cert, 'cert', 'device.pem.crt'),
    privateKeyPath: required(values.key, 'key', 'device.pem.key'),
    certificateAuthorityPath: values.ca,
    encoding: parseEncoding(values.encoding ?? 'cbor'),
    blockSize: values['block-size'] === undefined ? undefined : parseNumber(values['block-size'], 'block-size'),
    fileIds: files.length === 0 ? undefined : files.map((file) => file.fileId),
    fileNames: Object.fromEntries(files.flatMap(({ fileId, fileName }) => fileName === undefined ? [] : [[fileId, fileName]])),
    sha256: Object.fromEntries((values.sha256 ?? []).map(parseSha256)),
    publicKeyPath: values['public-key'],
    signatures: parseSignatures(values.signature, values['public-key']),
    outputDirectory: values.output ?? '.',
    answerTimeoutMs: values.timeout === undefined ? undefined : parseSeconds(values.timeout) * 1000,
    retries: values.retries === undefined ? undefined : parseNumber(values.retries, 'retries'),
  };
}

function read(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        'endpoint': { type: 'string' },
        'thing': { type: 'string' },
        'cert': { type: 'string' },
        'key': { type: 'string' },
        'ca': { type: 'string' },
        'stream': { type: 'string' },
        'encoding': { type: 'string' },
        'block-size': { type: 'string' },
        'file': { type: 'string', multiple: true },
        'sha256': { type: 'string', multiple: true },
        'public-key': { type: 'string' },
        'signature': { type: 'string', multiple: true },
        'output': { type: 'string' },
        'timeout': { type: 'string' },
        'retries': { type: 'string' },
        'help': { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new InvalidOption(`the command line must have only options that --help lists, got: ${reasonOf(error)}`);
  }
}

function required(value: string | undefined, option: string, example: string): string {
  if (value) return value;
  throw new InvalidOption(`--${option} must be given, got: nothing; for example --${option} ${example}`);
}

function parseEncoding(value: string): Encoding {
  if (value === 'json' || value === 'cbor') return value;
  throw new InvalidOption(`--encoding must be json or cbor, got: '${value}'; cbor is the smaller one`);
}

function parseNumber(value: string, option: string): number {
  if (/^\d{1,9}$/.test(value)) return Number(value);
  throw new InvalidOption(`--${option} must be a whole number, got: '${value}'; give digits only`);
}

function parseSeconds(value: string): number {
  if (/^\d{1,6}(\.\d{1,3})?$/.test(value) && Number(value) > 0) return Number(value);
  throw new InvalidOption(`--timeout must be a number of seconds above 0, got: '${value}'; for example 2 or 0.5`);
}

function parseFile(value: string): { readonly fileId: number; readonly fileName?: string } {
  const match = /^(\d{1,3})(?:=(.+))?$/.exec(value);
  if (!match) throw new InvalidOption(`--file must be a file id, or a file id and a name, got: '${value}'; for example --file 0 or --file 0=app.bin`);
  return { fileId: Number(match[1]), fileName: match[2] };
}

function parseSha256(value: string): [number, string] {
  const match = /^(\d{1,3})=([0-9a-fA-F]{64})$/.exec(value);
  if (!match) throw new InvalidOption(`--sha256 must be a file id and 64 hexadecimal digits, got: '${value}'; for example --sha256 0=9f86d0…`);
  return [Number(match[1]), match[2].toLowerCase()];
}

function parseSignatures(values: readonly string[] | undefined, publicKeyPath: string | undefined): Record<number, ExpectedSignature> {
  if (values && publicKeyPath === undefined) throw new InvalidOption("--signature must come with --public-key, got: it alone; the key is what 'aws kms get-public-key' answers");
  return Object.fromEntries((values ?? []).map(parseSignature));
}

function parseSignature(value: string): [number, ExpectedSignature] {
  const match = /^(\d{1,3})=([0-9a-zA-Z+/]+={0,2})$/.exec(value);
  if (!match) throw new InvalidOption(`--signature must be a file id and a signature in Base64, got: '${value}'; for example --signature 0=MEUCIQ…`);
  return [Number(match[1]), { signature: match[2] }];
}
