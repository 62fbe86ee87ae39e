import { parseArgs } from 'util';
import { LocalAws, LocalAwsOptions, startLocalAws } from './local-aws';
import { messageOf } from './ministack/errors';

const help = `Starts an AWS on this machine, with IoT streams, and keeps it until Ctrl-C. Everything in it is then gone.

Usage: npm run local -- [options]

  --region NAME        the region it is (us-east-1)
  --account NUMBER     the account it is (000000000000)
  --gateway-port N     of every service but those below (a free one)
  --iot-port N         of AWS IoT's control plane, with streams (a free one)
  --mqtt-port N        of the MQTT broker for devices (a free one)
  --first-version N    of a new stream, 0 or 1 (1)
  --help               this text

It prints one line of JSON with the addresses, then the lines to paste into another shell.
`;

/** A wrong command line. */
class WrongUsage extends Error {}

async function main(commandLine: readonly string[]): Promise<void> {
  const options = parseOptions(commandLine);
  if (!options) {
    process.stdout.write(help);
    return;
  }
  // from now on: whoever is impatient during the start must not leave anything behind either
  const interrupted = untilInterrupted();
  const started = startLocalAws(options);
  const localAws = await Promise.race([started, interrupted]);
  if (localAws === undefined) {
    // MiniStack ends with this process
    process.exit(130);
  }
  process.stdout.write(announcement(localAws));
  process.stderr.write('the local AWS runs; end it with Ctrl-C\n');
  const wanted = await Promise.race([interrupted.then(() => true), localAws.ended.then(() => false)]);
  if (wanted) process.stderr.write('the local AWS ends …\n');
  else process.stderr.write(`MiniStack must run until Ctrl-C, but it ended by itself; its log ends with\n${await localAws.miniStack.logTail()}\n`);
  await localAws.stop();
  process.exitCode = wanted ? 0 : 1;
}

function parseOptions(commandLine: readonly string[]): LocalAwsOptions | undefined {
  const values = parse(commandLine);
  if (values.help) return undefined;
  return {
    region: values.region,
    account: values.account === undefined ? undefined : parseAccount(values.account),
    gatewayPort: parsePort('gateway-port', values['gateway-port']),
    iotPort: parsePort('iot-port', values['iot-port']),
    mqttPort: parsePort('mqtt-port', values['mqtt-port']),
    streams: values['first-version'] === undefined ? {} : { firstVersion: parseVersion(values['first-version']) },
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
        'first-version': text,
        'help': { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new WrongUsage(`${messageOf(error)}\n\n${help}`);
  }
}

function parseAccount(text: string): string {
  if (!/^\d{12}$/.test(text)) throw new WrongUsage(`--account must be 12 digits, got '${text}': for example --account 123456789012`);
  return text;
}

function parsePort(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535) throw new WrongUsage(`--${option} must be a number from 1 to 65535, got '${text}': leave it out for a free port`);
  return port;
}

function parseVersion(text: string): 0 | 1 {
  if (text === '0') return 0;
  if (text === '1') return 1;
  throw new WrongUsage(`--first-version must be 0 or 1, got '${text}': leave it out for 1`);
}

function untilInterrupted(): Promise<undefined> {
  return new Promise((fulfill) => {
    // once: whoever presses Ctrl-C again does not want to wait
    process.once('SIGINT', () => fulfill(undefined));
    process.once('SIGTERM', () => fulfill(undefined));
    process.once('SIGHUP', () => fulfill(undefined));
    // `tsx` passes signals on to this process, but one that kills `tsx` outright would leave this process to itself
    const parent = process.ppid;
    setInterval(() => process.ppid === parent || fulfill(undefined), 500).unref();
  });
}

function announcement({ endpoints, environment }: LocalAws): string {
  const exports = Object.entries(environment).map(([name, value]) => `export ${name}='${value}'`);
  return [
    JSON.stringify(endpoints),
    // each of them would win over the credentials below
    'unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SESSION_TOKEN',
    ...exports,
    '',
  ].join('\n');
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${messageOf(error)}\n`);
  // whatever else already runs ends with this process
  process.exit(error instanceof WrongUsage ? 2 : 1);
});
