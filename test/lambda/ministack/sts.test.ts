import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { assume } from '../../../lambda/core/credentials';
import { close, listen } from '../../../local/listening';
import { clientConfiguration } from '../../../local/ministack/client-configuration';
import type { MiniStack } from '../../../local/ministack/ministack';
import { rootCredentials, startMiniStack } from '../../../local/ministack/ministack';
import { trust } from '../support/endpoint';
import { withEnvironment } from '../support/environment';
import { STACK } from '../support/events';
import { captureLog } from '../support/log-lines';

const ROLE = 'arn:aws:iam::000000000000:role/Management';
const subject = { stack: STACK, logicalId: 'Firmware1A2B', streamId: 'Firmware' };
const anyString = expect.any(String) as string;
const log = captureLog();
const { signal } = new AbortController();

describe('the calls to MiniStack', () => {
  let miniStack: MiniStack;
  let distrust: () => void;
  let restore: () => void;

  beforeAll(async () => {
    miniStack = await startMiniStack();
    distrust = trust(readFileSync(miniStack.caFile, 'utf8'));
    restore = withEnvironment({
      AWS_ENDPOINT_URL: miniStack.gateway,
      AWS_REGION: miniStack.region,
      AWS_ACCESS_KEY_ID: rootCredentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: rootCredentials.secretAccessKey,
    });
    const iam = new IAMClient(clientConfiguration(miniStack));
    await iam.send(new CreateRoleCommand({
      RoleName: 'Management',
      AssumeRolePolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::000000000000:root' }, Action: 'sts:AssumeRole' }],
      }),
    }));
    iam.destroy();
  }, 120_000);

  afterAll(async () => {
    restore();
    distrust();
    await miniStack.stop();
  });

  async function sessionOf(
    credentials: { accessKeyId: string; secretAccessKey: string; sessionToken: string },
  ): Promise<string | undefined> {
    const sts = new STSClient({ ...clientConfiguration(miniStack), credentials });
    const { Arn } = await sts.send(new GetCallerIdentityCommand({}));
    sts.destroy();
    return Arn;
  }

  test('assume returns client options with credentials of the role and retries for throttling', async () => {
    const options = await assume(ROLE, subject, signal);

    expect(options).toStrictEqual({
      maxAttempts: 12,
      requestHandler: { connectionTimeout: 5_000, requestTimeout: 60_000, throwOnRequestTimeout: true },
      credentials: { accessKeyId: anyString, secretAccessKey: anyString, sessionToken: anyString },
    });
    expect(await sessionOf(options.credentials!)).toBe('arn:aws:sts::000000000000:assumed-role/Management/Firmware1A2B');
    expect(log.lines()).toStrictEqual([{ ...subject, call: `assume role '${ROLE}'`, attempt: 1, status: 'ok' }]);
    expect(log.text()).not.toContain(options.credentials!.secretAccessKey);
  });

  test('F13: assume returns fresh credentials each time', async () => {
    const [first, second] = await Promise.all([assume(ROLE, subject, signal), assume(ROLE, subject, signal)]);

    expect(first.credentials?.accessKeyId).not.toBe(second.credentials?.accessKeyId);
  });

  test.each([
    ['longest', 'L'.repeat(255), 'L'.repeat(64)], ['shortest', 'F', 'F-'],
  ])('assume names the session after the resource, with the %s logical ID', async (_, logicalId, session) => {
    const { credentials } = await assume(ROLE, { ...subject, logicalId }, signal);

    expect(await sessionOf(credentials!)).toBe(`arn:aws:sts::000000000000:assumed-role/Management/${session}`);
  });

  test('F53: assume fails with AccessDenied and names the role that it may not assume', async () => {
    await expect(assume(`${ROLE}2`, subject, signal)).rejects.toMatchObject({
      code: 'AccessDenied', message: expect.stringMatching(new RegExp(`^failed to assume role '${ROLE}2': .+ \\(AccessDenied\\)$`)) as string,
    });
  });
});

describe('the calls to an STS that records its requests', () => {
  let server: Server;
  let url: string;
  let asked: URLSearchParams[];
  let restore: () => void;

  beforeEach(async () => {
    asked = [];
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        asked.push(new URLSearchParams(Buffer.concat(chunks).toString()));
        response.writeHead(200, { 'content-type': 'text/xml' }).end(`<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
          <Credentials><AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>
          <Expiration>2100-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`);
      });
    });
    url = await listen(server);
    restore = withEnvironment({
      AWS_ENDPOINT_URL: url,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    });
  });

  afterEach(async () => {
    restore();
    await close(server);
  });

  test('assume asks for the shortest session that STS allows', async () => {
    expect((await assume(ROLE, subject, signal)).credentials).toStrictEqual({ accessKeyId: 'ASIA1', secretAccessKey: 'secret', sessionToken: 'token' });

    expect(asked.map((parameters) => Object.fromEntries(parameters))).toStrictEqual([
      { Action: 'AssumeRole', Version: '2011-06-15', RoleArn: ROLE, RoleSessionName: 'Firmware1A2B', DurationSeconds: '900' },
    ]);
  });

  test('F50: assume makes no call after the signal is aborted', async () => {
    await expect(assume(ROLE, subject, AbortSignal.abort())).rejects.toMatchObject({ code: 'AbortError' });
    expect(asked).toStrictEqual([]);
  });
});
