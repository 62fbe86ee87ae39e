import type { ChildProcess } from 'node:child_process';
import { execFile, spawn } from 'node:child_process';
import { open, appendFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import { promisify } from 'node:util';
import { codeOf, messageOf } from './errors';
import { assertPortIsFree, freePorts } from './ports';
import { ensurePython } from './python-environment';

export interface MiniStackOptions {
  /** Additional environment variables for MiniStack and its Lambda functions. */
  readonly environment?: Readonly<Record<string, string>>;
  /** @default 'us-east-1' */
  readonly region?: string;
  /** @default '000000000000' */
  readonly account?: string;
  /** @default a free one */
  readonly gatewayPort?: number;
  /** @default a free one */
  readonly mqttPort?: number;
  /** The port of the credentials provider for devices. @default a free port */
  readonly credentialsPort?: number;
  /** The parent of MiniStack's temporary directory. @default the system's directory for temporary files */
  readonly parentDirectory?: string;
  /** @default 60000 */
  readonly startTimeoutMs?: number;
}

export interface MiniStack {
  /** The URL of every service except IoT streams. */
  readonly gateway: string;
  readonly mqttHost: string;
  readonly mqttPort: number;
  /** `host:port` of the credentials provider for devices, with mutual TLS. */
  readonly credentialsEndpoint: string;
  /** The directory in which the credentials provider records the sessions of devices. */
  readonly deviceSessionsDirectory: string;
  /** A PEM file with the certificate authorities of the gateway and the MQTT broker. */
  readonly caFile: string;
  /** The directory of its log and other files; deleted when it stops. */
  readonly directory: string;
  readonly region: string;
  readonly account: string;
  /** Fulfilled when the process has ended, on request or by itself. */
  readonly ended: Promise<void>;
  logTail(): Promise<string>;
  /** Ends MiniStack and its Lambda functions, and removes its directory. */
  stop(): Promise<void>;
}

interface Settings {
  readonly python: string;
  readonly directory: string;
  readonly region: string;
  readonly account: string;
  readonly gatewayPort: number;
  readonly mqttPort: number;
  readonly credentialsPort: number;
  readonly environment: Readonly<Record<string, string>>;
}

/** The credentials of MiniStack's root user. */
export const rootCredentials = { accessKeyId: 'test', secretAccessKey: 'test' };

/**
 * An IP address instead of `localhost`, because the SDKs would put the bucket into the host name (`bucket.localhost`), which
 * most systems do not resolve.
 */
export const localHost = '127.0.0.1';

const execute = promisify(execFile);
const repository = resolve(__dirname, '../..');
const logTailLines = 40;
const stopTimeoutMs = 5_000;

export async function startMiniStack(options: MiniStackOptions = {}): Promise<MiniStack> {
  const ports = await choosePorts(options);
  const python = await ensurePython();
  const directory = await makeDirectory(options.parentDirectory ?? tmpdir());
  const settings: Settings = {
    python,
    directory,
    region: options.region ?? 'us-east-1',
    account: options.account ?? '000000000000',
    environment: options.environment ?? {},
    ...ports,
  };
  await execute(python, [join(__dirname, 'certificate.py'), directory, localHost, 'localhost', '*.localhost']);
  const server = await spawnServer(settings);
  const miniStack = describe(settings, server);
  try {
    await untilReady(miniStack, server, options.startTimeoutMs ?? 60_000);
    return miniStack;
  } catch (error) {
    const logTail = await miniStack.logTail();
    await miniStack.stop();
    throw new Error(`MiniStack must start, but ${messageOf(error)}; its log ends with\n${logTail}`, { cause: error });
  }
}

async function choosePorts(options: MiniStackOptions): Promise<Pick<Settings, 'gatewayPort' | 'mqttPort' | 'credentialsPort'>> {
  if (options.gatewayPort !== undefined) await assertPortIsFree(localHost, options.gatewayPort, 'the gateway');
  if (options.mqttPort !== undefined) await assertPortIsFree(localHost, options.mqttPort, 'the MQTT broker');
  if (options.credentialsPort !== undefined) await assertPortIsFree(localHost, options.credentialsPort, 'the credentials provider');
  const [gatewayPort, mqttPort, credentialsPort] = await freePorts(localHost, 3);
  return {
    gatewayPort: options.gatewayPort ?? gatewayPort,
    mqttPort: options.mqttPort ?? mqttPort,
    credentialsPort: options.credentialsPort ?? credentialsPort,
  };
}

async function makeDirectory(parent: string): Promise<string> {
  await mkdir(parent, { recursive: true });
  return mkdtemp(join(parent, 'local-aws-'));
}

async function spawnServer(settings: Settings): Promise<ChildProcess> {
  const log = await open(logFile(settings.directory), 'w');
  try {
    return spawn(settings.python, [join(__dirname, 'serve.py'), settings.directory], {
      cwd: settings.directory,
      env: processEnvironment(settings),
      // MiniStack ends when its standard input ends, which also happens when this process is killed
      stdio: ['pipe', log.fd, log.fd],
      // a separate process group, which includes the Lambda functions, so that all of them can be ended together
      detached: true,
    });
  } finally {
    await log.close();
  }
}

/** The environment of MiniStack, without the user's credentials, profiles, proxies and trust stores for the real AWS. */
function processEnvironment(settings: Settings): Record<string, string> {
  return {
    // Lambda functions run with the first `node` in the path
    PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
    // keeps MiniStack and its Lambda functions from reading the user's ~/.aws
    HOME: settings.directory,
    TMPDIR: settings.directory,
    PYTHONUNBUFFERED: '1',
    AUTH: 'true',
    // the policy of the bootstrap bucket denies plain HTTP
    USE_SSL: '1',
    MINISTACK_SSL_CERT: join(settings.directory, 'server.pem'),
    MINISTACK_SSL_KEY: join(settings.directory, 'server.key'),
    BIND_HOST: localHost,
    MINISTACK_HOST: localHost,
    GATEWAY_PORT: String(settings.gatewayPort),
    IOT_MTLS_PORT: String(settings.mqttPort),
    CREDENTIALS_PORT: String(settings.credentialsPort),
    DEVICE_SESSIONS: deviceSessions(settings.directory),
    SFTP_ENABLED: '0',
    MINISTACK_REGION: settings.region,
    MINISTACK_ACCOUNT_ID: settings.account,
    // MiniStack would remove the containers of every other MiniStack on this machine
    DOCKER_HOST: `unix://${join(settings.directory, 'no-docker.sock')}`,
    // the runtime of AWS Lambda contains the SDK, this one does not
    NODE_PATH: join(repository, 'node_modules'),
    ...settings.environment,
  };
}

function describe(settings: Settings, server: ChildProcess): MiniStack {
  const ended = new Promise<void>((fulfill) => {
    server.once('exit', fulfill);
    server.once('error', fulfill);
  }).then(() => signalGroup(server, 'SIGKILL'));
  let stopped: Promise<void> | undefined;
  return {
    gateway: `https://${localHost}:${settings.gatewayPort}`,
    mqttHost: localHost,
    mqttPort: settings.mqttPort,
    credentialsEndpoint: `${localHost}:${settings.credentialsPort}`,
    deviceSessionsDirectory: deviceSessions(settings.directory),
    caFile: join(settings.directory, 'ca.pem'),
    directory: settings.directory,
    region: settings.region,
    account: settings.account,
    ended,
    logTail: () => tail(logFile(settings.directory), logTailLines),
    stop: () => stopped ??= stop(settings, server, ended),
  };
}

async function stop(settings: Settings, server: ChildProcess, ended: Promise<void>): Promise<void> {
  server.stdin?.end();
  const timeout = new AbortController();
  const killed = sleep(stopTimeoutMs, undefined, { signal: timeout.signal })
    .then(() => signalGroup(server, 'SIGKILL'), () => undefined);
  await Promise.race([ended, killed]);
  timeout.abort();
  await ended;
  await rm(settings.directory, { recursive: true, force: true, maxRetries: 3 });
}

function signalGroup(server: ChildProcess, signal: NodeJS.Signals): void {
  if (server.pid === undefined) return;
  try {
    process.kill(-server.pid, signal);
  } catch (error) {
    // the process group has ended
    if (codeOf(error) !== 'ESRCH') throw error;
  }
}

async function untilReady(miniStack: MiniStack, server: ChildProcess, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  const until = async (condition: () => Promise<unknown>): Promise<void> => {
    while (!await condition().then(() => true, () => false)) {
      if (server.exitCode !== null) throw new Error(`it ended with exit code ${server.exitCode}`);
      if (server.signalCode !== null) throw new Error(`${server.signalCode} ended it`);
      if (Date.now() > deadline) throw new Error(`it does not answer after ${timeoutMs / 1_000} seconds`);
      await sleep(100);
    }
  };
  await until(() => download(`${miniStack.gateway}/_ministack/health`, miniStack.caFile));
  await appendFile(miniStack.caFile, await download(`${miniStack.gateway}/_ministack/iot/ca.pem`, miniStack.caFile));
  // MiniStack ignores that another process uses the port of its broker, so the certificate is checked
  await until(() => shakeHands(miniStack.mqttHost, miniStack.mqttPort, miniStack.caFile));
}

async function shakeHands(host: string, port: number, caFile: string): Promise<void> {
  const ca = await readFile(caFile);
  return new Promise((fulfill, reject) => {
    const socket = connect({ host, port, ca, timeout: 5_000 }, () => {
      socket.destroy();
      fulfill();
    });
    socket.once('timeout', () => socket.destroy(new Error(`${host}:${port} does not answer`)));
    socket.once('error', reject);
  });
}

async function download(url: string, caFile: string): Promise<Buffer> {
  const ca = await readFile(caFile);
  return new Promise((fulfill, reject) => {
    const request = get(url, { ca, agent: false, timeout: 5_000 }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => response.statusCode === 200
        ? fulfill(Buffer.concat(chunks))
        : reject(new Error(`${url} must answer 200, but it answers ${response.statusCode}`)));
    });
    request.on('timeout', () => request.destroy(new Error(`${url} does not answer`)));
    request.on('error', reject);
  });
}

function deviceSessions(directory: string): string {
  return join(directory, 'device-sessions');
}

function logFile(directory: string): string {
  return join(directory, 'ministack.log');
}

async function tail(file: string, lines: number): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-lines).join('\n');
}
