import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { run } from './call';
import type { LogContext } from './log';

/** The options of every client. */
export interface ClientOptions {
  readonly maxAttempts: number;
  readonly requestHandler: { readonly connectionTimeout: number; readonly requestTimeout: number; readonly throwOnRequestTimeout: boolean };
  readonly credentials?: Credentials;
}

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** Twelve attempts, because AWS IoT allows few calls a second and many streams are deployed at once. */
const CLIENT_OPTIONS: ClientOptions = {
  maxAttempts: 12,
  // without throwOnRequestTimeout, the SDK only logs a warning about a request that hangs
  requestHandler: { connectionTimeout: 5_000, requestTimeout: 60_000, throwOnRequestTimeout: true },
};

const SESSION_SECONDS = 900; // the shortest duration of STS, three times the timeout of the Lambda function

/** Assumes a management role and returns client options with fresh credentials. */
export async function assume(roleArn: string, context: LogContext, abortSignal: AbortSignal): Promise<ClientOptions> {
  const client = new STSClient(CLIENT_OPTIONS);
  const { Credentials: issued } = await run(context, `assume role '${roleArn}'`, () => client.send(new AssumeRoleCommand({
    RoleArn: roleArn,
    RoleSessionName: context.logicalId.slice(0, 64).padEnd(2, '-'),
    DurationSeconds: SESSION_SECONDS,
  }), { abortSignal }));
  return {
    ...CLIENT_OPTIONS,
    credentials: {
      accessKeyId: issued!.AccessKeyId!,
      secretAccessKey: issued!.SecretAccessKey!,
      sessionToken: issued!.SessionToken!,
    },
  };
}
