import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IoTClient, ListStreamsCommand } from '@aws-sdk/client-iot';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { SingleBar } from 'cli-progress';
import { cdk } from './cdk';
import { downloadStream } from './device/download-stream';
import type { LocalAws } from './local-aws';
import { startLocalAws } from './local-aws';
import type { Thing } from './thing';
import { connectionOf, createThing, streamPolicy } from './thing';

/* The main job as something to watch: deploy a stream, download it as a device, update it, delete everything. */

const MEBIBYTE = 1024 * 1024;
/** What the CLI prints of each asset, of each resource that has only begun, and of outputs, which the demo prints itself. */
const ROUTINE = new RegExp([
  '_IN_PROGRESS', ': (start|success): ', '^Trusted accounts', '^Using default execution policy', '^Stack ARN', '^arn:',
  'creating CloudFormation changeset', ': (deploying|destroying)\\.\\.\\.', '(Synthesis|Deployment) time', '^Outputs:', '^\\S+ = ',
].join('|'));
/** `Stack | 1/12 | 9:41:00 AM | STATUS | Type | path (logical ID)`; the CLI does not expect every event that MiniStack counts. */
const RESOURCE = /^\S+ \| +[\d/]+ \| [\d:]+ [AP]M \| (\w+) +\| (\S+) +\| (\S+)/;
/** The SDK's reminder that a version of Node.js ends, from each process once. */
const QUIET_SDK = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };
const STACK = 'Firmware';

let step = 0;
function title(text: string): void {
  console.log(`\n\x1b[1m${++step}. ${text}\x1b[0m`);
}

function tell(text: string): void {
  console.log(`   ${text}`);
}

async function main(aws: LocalAws, directory: string): Promise<void> {
  const firmware = join(directory, 'app.bin');
  const outputsFile = join(directory, 'outputs.json');
  const options = { environment: { ...aws.environment, ...QUIET_SDK }, outputDirectory: join(directory, 'cdk.out'), onOutput: echo };
  const run = (...command: string[]) => cdk(command, { ...options, app: 'examples/firmware/app.ts', context: { firmware } });
  const deploy = async () => {
    await run('deploy', STACK, '--require-approval', 'never', '--progress', 'events', '--outputs-file', outputsFile);
    const { StreamId: streamId, StreamVersion: streamVersion } = JSON.parse(await readFile(outputsFile, 'utf8'))[STACK];
    tell(`stream ${streamId}, version ${streamVersion}`);
    return { streamId, streamVersion } as { streamId: string; streamVersion: string };
  };
  const build = async (size: number) => {
    const content = randomBytes(size);
    await writeFile(firmware, content);
    return createHash('sha256').update(content).digest('hex');
  };

  title('A new account: cdk bootstrap');
  await cdk(['bootstrap', `aws://${aws.account}/${aws.region}`], options);

  title('A firmware of 5 MiB: cdk deploy');
  const first = await build(5 * MEBIBYTE);
  const created = await deploy();

  title('A device downloads it over MQTT, with a policy for this stream alone');
  const iot = new IoTClient(aws.iotClientConfiguration);
  const thing = await createThing(iot, { thingName: 'demo-device', policy: streamPolicy(created.streamId, aws), directory });
  const download = () => receive(aws, thing, created.streamId, directory);
  same(first, await download());

  title('The firmware changes: cdk deploy');
  const second = await build(6 * MEBIBYTE);
  const updated = await deploy();
  if (Number(updated.streamVersion) !== Number(created.streamVersion) + 1) {
    throw new Error(`the version must have moved by one, got: ${created.streamVersion}, then ${updated.streamVersion}`);
  }

  title('The device downloads the new one');
  same(second, await download());

  title('cdk destroy');
  await run('destroy', STACK, '--force');
  await thing.remove();
  const { streams = [] } = await iot.send(new ListStreamsCommand({}));
  const { Buckets: buckets = [] } = await new S3Client(aws.clientConfiguration).send(new ListBucketsCommand({}));
  const left = buckets.map(({ Name }) => Name!).filter((name) => !name.startsWith('cdk-'));
  if (streams.length + left.length > 0) throw new Error(`nothing must be left, got: ${JSON.stringify([streams, left])}`);
  tell('nothing is left: no stream, and no bucket except the CDK\'s own');
}

async function receive(aws: LocalAws, device: Omit<Thing, 'remove'>, streamId: string, directory: string): Promise<string> {
  const bar = new SingleBar({ format: '   {bar} {percentage} % of {megabytes} MiB', barCompleteChar: '█', barIncompleteChar: '░', noTTYOutput: true, notTTYSchedule: 500 });
  const { files: [file] } = await downloadStream({
    ...await connectionOf(device, aws),
    streamId,
    outputDirectory: join(directory, 'device'),
    blockSize: 32 * 1024,
    onDescription: ({ files: [{ fileSize }] }) => bar.start(fileSize, 0, { megabytes: (fileSize / MEBIBYTE).toFixed(1) }),
    onProgress: ({ receivedBytes }) => bar.update(receivedBytes),
  });
  bar.stop();
  tell(`version ${file.streamVersion}, ${file.size.toLocaleString('en')} bytes in ${file.seconds.toFixed(1)} s; SHA-256:`);
  return file.sha256;
}

function same(expected: string, received: string): void {
  tell(`built:    ${expected}`);
  tell(`received: ${received}`);
  if (expected !== received) throw new Error('the device must have the bytes of the build');
}

/** The CLI's lines, set apart from ours; a deployment fits a screen of 80 columns and 24 lines. */
function echo(text: string): void {
  const lines = text.split('\n').map((line) => line.trim()).filter((line) => line !== '' && !ROUTINE.test(line));
  process.stdout.write(lines.map((line) => `   \x1b[2m| ${fitting(withoutLogicalId(line))}\x1b[0m\n`).join(''));
}

function withoutLogicalId(line: string): string {
  const resource = RESOURCE.exec(line);
  if (!resource) return line;
  const [, status, type, path] = resource;
  return `${status.padEnd(15)} ${type.padEnd(30)} ${path}`;
}

function fitting(line: string): string {
  const width = (process.stdout.columns ?? 100) - '   | '.length;
  return line.length > width ? `${line.slice(0, width - 1)}…` : line;
}

async function demo(): Promise<void> {
  if (!existsSync(join(__dirname, '..', 'assets', 'lambda', 'index', 'index.js'))) throw new Error('the handler is not bundled: start it with npm run demo');
  Object.assign(process.env, QUIET_SDK);
  title('An AWS on this machine, with policies evaluated');
  const start = Date.now();
  const directory = await mkdtemp(join(tmpdir(), 'cdk-iot-streams-demo-'));
  const aws = await startLocalAws();
  const stop = async () => {
    await aws.stop();
    await rm(directory, { recursive: true, force: true });
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop().finally(() => process.exit(130)));
  try {
    tell(`gateway: ${aws.endpoints.gateway}`);
    tell(`streams: ${aws.endpoints.iot}`);
    tell(`MQTT:    ${aws.endpoints.mqtt}`);
    await main(aws, directory);
    console.log(`\nDone in ${Math.round((Date.now() - start) / 1000)} s.`);
  } finally {
    await stop();
  }
}

demo().catch((error: Error) => {
  console.error(`\n${error.message}`);
  process.exitCode = 1;
});
