import { parseArgs } from 'node:util';
import type { JsonBitmap } from './iot-streams/protocol/bitmap';
import type { LocalAwsOptions } from './local-aws';
import { messageOf } from './ministack/errors';

export const help = `Starts an AWS on this machine, with IoT streams and Kinesis Video.
Ctrl-C stops it and deletes everything in it.

Usage: npm run local -- [options]

  --region NAME           region (us-east-1)
  --account NUMBER        account (000000000000)
  --gateway-port N        port of every service but those below (a free one)
  --iot-port N            port of AWS IoT's control plane, with streams (a free one)
  --mqtt-port N           port of the MQTT broker for devices (a free one)
  --kinesis-video-port N  port of Kinesis Video's control plane (a free one)
  --credentials-port N    port of the credentials provider for devices (a free one)
  --first-version N       version of a new stream, 0 or 1 (1)
  --json-bitmap FORM      form of the bitmaps in JSON requests, hex or base64
                          (base64; one that is valid as hex too is rejected)
  --help                  print this text

It prints one line of JSON with the addresses, then the lines to paste into
another shell.
`;

/** A wrong command line. */
export class WrongUsage extends Error {}

/** Undefined for a call for help. */
export function parseOptions(commandLine: readonly string[]): LocalAwsOptions | undefined {
  const values = parse(commandLine);
  if (values.help) return undefined;
  return {
    region: values.region,
    account: values.account === undefined ? undefined : parseAccount(values.account),
    gatewayPort: parsePort('gateway-port', values['gateway-port']),
    iotPort: parsePort('iot-port', values['iot-port']),
    mqttPort: parsePort('mqtt-port', values['mqtt-port']),
    kinesisVideoPort: parsePort('kinesis-video-port', values['kinesis-video-port']),
    credentialsPort: parsePort('credentials-port', values['credentials-port']),
    streams: {
      ...values['first-version'] === undefined ? {} : { firstVersion: parseVersion(values['first-version']) },
      ...values['json-bitmap'] === undefined ? {} : { jsonBitmap: parseJsonBitmap(values['json-bitmap']) },
    },
  };
}

function parse(commandLine: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...commandLine],
      options: {
        'region': text,
        'account': text,
        'gateway-port': text,
        'iot-port': text,
        'mqtt-port': text,
        'kinesis-video-port': text,
        'credentials-port': text,
        'first-version': text,
        'json-bitmap': text,
        'help': { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new WrongUsage(`${messageOf(error)}\n\n${help}`);
  }
}

function parseAccount(text: string): string {
  if (!/^\d{12}$/.test(text)) throw new WrongUsage(`--account must be 12 digits, got: '${text}': for example --account 123456789012`);
  return text;
}

function parsePort(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535) throw new WrongUsage(`--${option} must be a number from 1 to 65535, got: '${text}': leave it out for a free port`);
  return port;
}

function parseVersion(text: string): 0 | 1 {
  if (text === '0') return 0;
  if (text === '1') return 1;
  throw new WrongUsage(`--first-version must be 0 or 1, got: '${text}': leave it out for 1`);
}

function parseJsonBitmap(text: string): JsonBitmap {
  if (text === 'hex' || text === 'base64') return text;
  throw new WrongUsage(`--json-bitmap must be hex or base64, got: '${text}': leave it out if your devices send no bitmaps in JSON`);
}
