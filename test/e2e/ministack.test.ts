import type { ChildProcess } from 'node:child_process';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CloudFormationClient, CreateStackCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, ListRolesCommand, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { IoTClient, AttachPolicyCommand, CreateKeysAndCertificateCommand, CreatePolicyCommand, ListStreamsCommand, ListThingsCommand } from '@aws-sdk/client-iot';
import { IoTDataPlaneClient, PublishCommand } from '@aws-sdk/client-iot-data-plane';
import { CreateKeyCommand, KMSClient, SignCommand } from '@aws-sdk/client-kms';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { connectAsync } from 'mqtt';
import { StreamsByApi } from './support/streams-by-api';
import type { ClientConfiguration } from '../../local/ministack/client-configuration';
import { clientConfiguration } from '../../local/ministack/client-configuration';
import type { MiniStack } from '../../local/ministack/ministack';
import { startMiniStack } from '../../local/ministack/ministack';
import { freePorts } from '../../local/ministack/ports';

const repository = resolve(__dirname, '../..');

type Address = Pick<MiniStack, 'gateway' | 'region' | 'caFile' | 'directory'>;

describe('a running MiniStack', () => {
  let miniStack: MiniStack;
  let client: ClientConfiguration;

  beforeAll(async () => {
    process.env.AWS_PROFILE = 'production';
    miniStack = await startMiniStack({ environment: { GREETING: 'hello' }, region: 'eu-west-1', account: '123456789012' });
    client = clientConfiguration(miniStack);
  });

  afterAll(async () => {
    delete process.env.AWS_PROFILE;
    await miniStack?.stop();
  });

  test('MiniStack has the configured account and region', async () => {
    const { Account } = await new STSClient(client).send(new GetCallerIdentityCommand({}));
    expect(Account).toBe('123456789012');
  });

  test('MiniStack refuses an unknown access key', async () => {
    const stranger = { ...client, credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' } };
    await expect(new IAMClient(stranger).send(new ListRolesCommand({}))).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
  });

  test('MiniStack accepts objects from a client with default configuration', async () => {
    const s3 = new S3Client(client);
    await s3.send(new CreateBucketCommand({ Bucket: 'firmware' }));
    await expect(s3.send(new PutObjectCommand({ Bucket: 'firmware', Key: 'app.bin', Body: 'content' })))
      .resolves.toMatchObject({ $metadata: { httpStatusCode: 200 } });
  });

  test('KMS signs for a role that may use the key with the algorithm, and refuses others', async () => {
    const [iam, kms] = [new IAMClient(client), new KMSClient(client)];
    const newKey = async (KeySpec: 'ECC_NIST_P256' | 'RSA_2048') =>
      (await kms.send(new CreateKeyCommand({ KeySpec, KeyUsage: 'SIGN_VERIFY' }))).KeyMetadata!.Arn!;
    const [ecc, other, rsa] = [await newKey('ECC_NIST_P256'), await newKey('ECC_NIST_P256'), await newKey('RSA_2048')];
    await iam.send(new CreateUserCommand({ UserName: 'signer' }));
    await iam.send(new PutUserPolicyCommand({
      UserName: 'signer',
      PolicyName: 'Sign',
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{
          Effect: 'Allow', Action: 'kms:Sign', Resource: [ecc, rsa], Condition: { StringEquals: { 'kms:SigningAlgorithm': 'ECDSA_SHA_256' } },
        }],
      }),
    }));
    const { AccessKeyId, SecretAccessKey } = (await iam.send(new CreateAccessKeyCommand({ UserName: 'signer' }))).AccessKey!;
    const signer = new KMSClient({ ...client, credentials: { accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey! } });
    const sign = (KeyId: string, SigningAlgorithm: 'ECDSA_SHA_256' | 'RSASSA_PKCS1_V1_5_SHA_256') =>
      signer.send(new SignCommand({ KeyId, Message: Buffer.alloc(32), MessageType: 'DIGEST', SigningAlgorithm }));
    await expect(sign(ecc, 'ECDSA_SHA_256')).resolves.toMatchObject({ Signature: expect.anything() });
    await expect(sign(other, 'ECDSA_SHA_256')).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await expect(sign(rsa, 'RSASSA_PKCS1_V1_5_SHA_256')).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  test('MiniStack passes its environment to the Lambda functions, without that of the user', async () => {
    const environment = JSON.parse(await answerOfFunction(client, 'environment', 'answer(JSON.stringify(process.env))'));
    expect(environment).toMatchObject({
      GREETING: 'hello',
      AWS_REGION: 'eu-west-1',
      AWS_ENDPOINT_URL: miniStack.gateway,
      HOME: miniStack.directory,
    });
    expect(environment).not.toHaveProperty('AWS_PROFILE');
  });

  test('Lambda functions can use the SDK', async () => {
    const identity = await answerOfFunction(client, 'sdk', `
      const { STSClient, GetCallerIdentityCommand } = require('@aws-sdk/client-sts');
      new STSClient({}).send(new GetCallerIdentityCommand({})).then(({ Arn }) => answer(Arn), (error) => answer(String(error)));`);
    expect(identity).toMatch(/^arn:aws:sts::123456789012:assumed-role\/sdk-role\//);
  });

  test('a device receives a message that is published over HTTPS, within its policy', async () => {
    const iot = new IoTClient(client);
    const { certificateArn, certificatePem, keyPair } = await iot.send(new CreateKeysAndCertificateCommand({ setAsActive: true }));
    const arn = 'arn:aws:iot:eu-west-1:123456789012';
    await iot.send(new CreatePolicyCommand({
      policyName: 'device',
      policyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Action: 'iot:Connect', Resource: `${arn}:client/sensor` },
          { Effect: 'Allow', Action: 'iot:Subscribe', Resource: `${arn}:topicfilter/$aws/things/sensor/streams/*` },
          { Effect: 'Allow', Action: 'iot:Receive', Resource: `${arn}:topic/$aws/things/sensor/streams/*` },
        ],
      }),
    }));
    await iot.send(new AttachPolicyCommand({ policyName: 'device', target: certificateArn }));
    const broker = `mqtts://${miniStack.mqttHost}:${miniStack.mqttPort}`;
    const connection = {
      reconnectPeriod: 0, ca: readFileSync(miniStack.caFile), cert: certificatePem, key: keyPair?.PrivateKey,
    };
    await expect(connectAsync(broker, { ...connection, clientId: 'another' }, false)).rejects.toThrow();

    const device = await connectAsync(broker, { ...connection, clientId: 'sensor' }, false);
    try {
      await device.subscribeAsync('$aws/things/sensor/streams/firmware/data/json');
      const received = new Promise<Buffer>((fulfill) => device.once('message', (_topic, payload) => fulfill(payload)));
      const payload = Buffer.alloc(131_072, 'x');
      await new IoTDataPlaneClient(client).send(new PublishCommand({ topic: '$aws/things/sensor/streams/firmware/data/json', payload }));
      await expect(received).resolves.toEqual(payload);
    } finally {
      device.end(true);
    }
  });
});

describe('the start of MiniStack', () => {
  test('the start fails with advice if a port is in use', async () => {
    const [port] = await freePorts('127.0.0.1', 1);
    const server = createServer();
    await new Promise<void>((fulfill) => server.listen(port, '127.0.0.1', fulfill));
    try {
      await expect(startMiniStack({ mqttPort: port })).rejects.toHaveProperty('message',
        `the MQTT broker needs port ${port} of 127.0.0.1, but another program listens there: stop that program, or choose another port`);
    } finally {
      server.close();
    }
  });

  test('the start shows the end of the log if MiniStack fails, and leaves nothing behind', async () => {
    const parentDirectory = join(repository, '.local/failing');
    await expect(startMiniStack({ parentDirectory, environment: { MINISTACK_SSL_KEY: '/nowhere' } })).rejects.toHaveProperty('message',
      'MiniStack must start, but it ended with exit code 1; its log ends with\nERROR: MINISTACK_SSL_KEY path not found: /nowhere');
    expect(processesIn(parentDirectory)).toEqual([]);
  });

  test('the start fails after its timeout', async () => {
    const start = startMiniStack({ startTimeoutMs: 4_000, environment: { IOT_MTLS_ENABLED: '0' } });
    await expect(start).rejects.toThrow(/^MiniStack must start, but it does not answer after 4 seconds; its log ends with\n[^]*Running on https/);
  });
});

describe('the end of MiniStack', () => {
  const cleanUp: (() => unknown)[] = [];

  afterEach(async () => {
    for (const step of cleanUp.splice(0)) await step();
  });

  test('stop leaves nothing behind, not even a busy Lambda function', async () => {
    const miniStack = await startMiniStack();
    cleanUp.push(miniStack.stop);
    await startBusyFunction(miniStack);
    await miniStack.stop();
    await expectNothingOf(miniStack);
    await miniStack.ended;
    // a second call succeeds as well
    await miniStack.stop();
  });

  test('the Lambda functions end if MiniStack is killed', async () => {
    const miniStack = await startMiniStack();
    cleanUp.push(miniStack.stop);
    await startBusyFunction(miniStack);
    const [server] = processesIn(miniStack.directory).filter(({ command }) => command.includes('serve.py'));
    process.kill(server.id, 'SIGKILL');
    await miniStack.ended;
    await untilNone(() => processesIn(miniStack.directory));
    await miniStack.stop();
    await expectNothingOf(miniStack);
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)('MiniStack ends with the %s that ends its parent', async (signal) => {
    const { program, line } = await startProgram('test/local/ministack/start-and-wait.ts');
    const address: Address = JSON.parse(line);
    cleanUp.push(() => program.kill('SIGKILL'));
    await startBusyFunction(address);
    program.kill(signal);
    await expectNothingOf(address);
  });
});

describe('npm run local', () => {
  test('npm run local prints addresses and environment, serves streams, and ends after Ctrl-C', async () => {
    const [gatewayPort, iotPort, mqttPort] = await freePorts('127.0.0.1', 3);
    const { program, line, output } = await startProgram('local/start.ts', '--region', 'eu-west-1',
      '--gateway-port', `${gatewayPort}`, '--iot-port', `${iotPort}`, '--mqtt-port', `${mqttPort}`);
    try {
      const { ca, ...endpoints } = JSON.parse(line);
      expect(endpoints).toEqual({
        gateway: `https://127.0.0.1:${gatewayPort}`,
        iot: `http://127.0.0.1:${iotPort}`,
        mqtt: `127.0.0.1:${mqttPort}`,
        kinesisVideo: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
        credentials: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      });
      expect(output().split('\n').slice(1)).toEqual([
        'unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SESSION_TOKEN',
        `export AWS_ENDPOINT_URL='${endpoints.gateway}'`,
        `export AWS_ENDPOINT_URL_IOT='${endpoints.iot}'`,
        `export AWS_ENDPOINT_URL_KINESIS_VIDEO='${endpoints.kinesisVideo}'`,
        `export AWS_CA_BUNDLE='${ca}'`,
        `export NODE_EXTRA_CA_CERTS='${ca}'`,
        "export AWS_ACCESS_KEY_ID='test'",
        "export AWS_SECRET_ACCESS_KEY='test'",
        "export AWS_REGION='eu-west-1'",
        "export AWS_DEFAULT_REGION='eu-west-1'",
        "export CDK_DEFAULT_ACCOUNT='000000000000'",
        "export CDK_DEFAULT_REGION='eu-west-1'",
        '',
      ]);
      const iot = new IoTClient({ endpoint: endpoints.iot, region: 'eu-west-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
      await expect(iot.send(new ListStreamsCommand({}))).resolves.toMatchObject({ streams: [] });
      await expect(iot.send(new ListThingsCommand({}))).resolves.toMatchObject({ things: [] });

      const exitCode = new Promise((fulfill) => program.once('exit', fulfill));
      program.kill('SIGINT');
      await expect(exitCode).resolves.toBe(0);
      await expectNothingIn(dirname(ca));
    } finally {
      program.kill('SIGKILL');
    }
  });

  test.each([
    ['hex', '0x05'],
    ['base64', 'BQ=='],
  ])('npm run local with --json-bitmap %s accepts the bitmap %s of a device', async (form, bitmap) => {
    const { program, line } = await startProgram('local/start.ts', '--json-bitmap', form);
    try {
      const { ca, ...endpoints } = JSON.parse(line);
      const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
      const streams = await StreamsByApi.create({
        clientConfiguration: clientConfiguration({ gateway: endpoints.gateway, region: 'us-east-1', caFile: ca }),
        iotClientConfiguration: { endpoint: endpoints.iot, region: 'us-east-1', credentials },
        account: '000000000000',
        region: 'us-east-1',
      }, 'bitmaps');
      await streams.put('firmware', Buffer.alloc(1_024));
      const request = { c: 'token', f: 0, l: 256, o: 0, n: 2, b: bitmap };
      await expect(blocksFor(request, 'firmware', { ...endpoints, ca })).resolves.toEqual([0, 2]);
    } finally {
      program.kill('SIGKILL');
      await untilNone(() => processesIn(dirname(JSON.parse(line).ca)));
    }
  });
});

/** Returns the indexes of the blocks that answer a request in JSON. */
async function blocksFor(
  request: object, streamId: string, { mqtt, ca }: { readonly mqtt: string; readonly ca: string },
): Promise<number[]> {
  // the broker treats a client without a certificate as the root user of the account
  const client = await connectAsync(`mqtts://${mqtt}`, { ca: readFileSync(ca), clientId: 'device', reconnectPeriod: 0 }, false);
  const topic = (name: string) => `$aws/things/device/streams/${streamId}/${name}/json`;
  const blocks: number[] = [];
  try {
    await client.subscribeAsync([topic('data'), topic('rejected')], { qos: 1 });
    const answered = new Promise<void>((fulfill) => client.on('message', (name, payload) => {
      const { i, o, m } = JSON.parse(payload.toString());
      blocks.push(name === topic('data') ? i : `${o}: ${m}`);
      if (blocks.length === 2) fulfill();
    }));
    await client.publishAsync(topic('get'), JSON.stringify(request));
    await answered;
    return blocks;
  } finally {
    client.end(true);
  }
}

async function startProgram(file: string, ...commandLine: string[]): Promise<{
  program: ChildProcess; line: string; output: () => string;
}> {
  const program = spawn(process.execPath, ['--import', 'tsx', join(repository, file), ...commandLine], { stdio: ['ignore', 'pipe', 'inherit'] });
  const chunks: string[] = [];
  program.stdout.setEncoding('utf8').on('data', (chunk) => chunks.push(chunk));
  const output = () => chunks.join('');
  await until(() => output().includes('\n') || program.exitCode !== null, 60_000);
  return { program, line: output().split('\n')[0], output };
}

function expectNothingOf({ directory }: Address): Promise<void> {
  return expectNothingIn(directory);
}

async function expectNothingIn(directory: string): Promise<void> {
  await untilNone(() => processesIn(directory));
  await untilNone(() => existsSync(directory) ? [directory] : []);
}

async function untilNone(list: () => unknown[]): Promise<void> {
  await until(() => list().length === 0, 60_000);
  expect(list()).toEqual([]);
}

async function until(condition: () => boolean, timeoutMs: number): Promise<void> {
  for (const deadline = Date.now() + timeoutMs; !condition() && Date.now() < deadline;) await sleep(20);
}

/** Returns the processes of MiniStack and its Lambda functions, whose commands contain the directory. */
function processesIn(directory: string): { id: number; command: string }[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,args='], { encoding: 'utf8' }).split('\n');
  return lines.filter((line) => line.includes(directory)).map((line) => {
    const [id, ...command] = line.trim().split(/\s+/);
    return { id: Number(id), command: command.join(' ') };
  });
}

/** Starts a Lambda function that never ends by itself, not even at the end of its standard input. */
async function startBusyFunction(address: Address): Promise<void> {
  await answerOfFunction(clientConfiguration(address), 'busy', "setInterval(() => undefined, 1000); answer('busy')");
  expect(processesIn(address.directory).map(({ command }) => command).join()).toContain('_worker.js');
}

/** Runs code as a custom resource in a Lambda function, and returns the text that the code passes to `answer(text)`. */
async function answerOfFunction(client: ClientConfiguration, name: string, code: string): Promise<string> {
  const cloudFormation = new CloudFormationClient(client);
  await cloudFormation.send(new CreateStackCommand({ StackName: name, TemplateBody: JSON.stringify(templateOf(name, code)), Capabilities: ['CAPABILITY_NAMED_IAM'] }));
  for (;;) {
    const [stack] = (await cloudFormation.send(new DescribeStacksCommand({ StackName: name }))).Stacks ?? [];
    if (stack?.StackStatus === 'CREATE_COMPLETE') return stack.Outputs?.[0]?.OutputValue ?? '';
    if (stack?.StackStatus !== 'CREATE_IN_PROGRESS') throw new Error(`${stack?.StackStatus}: ${stack?.StackStatusReason}`);
    await sleep(100);
  }
}

function templateOf(name: string, code: string): object {
  return {
    Resources: {
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: {
          RoleName: `${name}-role`,
          AssumeRolePolicyDocument: {
            Version: '2012-10-17',
            Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } }],
          },
        },
      },
      Function: {
        Type: 'AWS::Lambda::Function',
        Properties: {
          FunctionName: name,
          Handler: 'index.handler',
          Runtime: 'nodejs22.x',
          Timeout: 60,
          Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
          Code: { ZipFile: functionOf(code) },
        },
      },
      Resource: { Type: 'Custom::Question', Properties: { ServiceToken: { 'Fn::GetAtt': ['Function', 'Arn'] } } },
    },
    Outputs: { Answer: { Value: { 'Fn::GetAtt': ['Resource', 'Answer'] } } },
  };
}

function functionOf(code: string): string {
  return `
    exports.handler = (event) => new Promise((fulfill, reject) => {
      const answer = (Answer) => {
        const { StackId, RequestId, LogicalResourceId } = event;
        const body = JSON.stringify({ Status: 'SUCCESS', StackId, RequestId, LogicalResourceId, PhysicalResourceId: 'one', Data: { Answer } });
        require('https').request(event.ResponseURL, { method: 'PUT' }, () => fulfill()).on('error', reject).end(body);
      };
      ${code}
    });`;
}
