import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { run } from './call';
import type { LogContext } from './log';

/** What every client is made with. */
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

/** Many streams deploy at once, and the quotas of the stream calls are a few a second: throttling is the normal case. */
const CLIENT_OPTIONS: ClientOptions = {
  maxAttempts: 12,
  // without throwing, a request that hangs is only warned of
  requestHandler: { connectionTimeout: 5_000, requestTimeout: 60_000, throwOnRequestTimeout: true },
};

const SESSION_SECONDS = 900; // the shortest that STS gives; three times the Lambda's own time

/** Assumes a management role, each time for fresh credentials. */
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
