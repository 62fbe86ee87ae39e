import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { IAMClient } from '@aws-sdk/client-iam';
import { S3Client } from '@aws-sdk/client-s3';
import { S3ObjectStore } from './s3-object-store';
import type { ServiceSettings, StreamsControl } from './streams-service';
import { startStreamsControl } from './streams-service';
import { Gateway } from '../aws-proxy/gateway';
import type { SessionDirectory } from '../aws-proxy/sessions';
import { IamRoleDirectory } from '../iam/iam-role-directory';

export interface StreamsServiceOptions extends ServiceSettings {
  /** The HTTPS URL of the local AWS. */
  readonly gateway: string;
  /** The certificate authority of the gateway. */
  readonly caFile: string;
  /** The sessions of access keys, which the proxy in front of STS records. */
  readonly sessions: SessionDirectory;
  /** The `host:port` that DescribeEndpoint returns. @default the answer of the gateway */
  readonly dataEndpoint?: string;
  /** The `host:port` that DescribeEndpoint returns for the credentials provider. @default the answer of the gateway */
  readonly credentialsEndpoint?: string;
}

/** Starts the streams service of a local AWS. */
export async function startStreamsService(options: StreamsServiceOptions): Promise<StreamsControl> {
  const { gateway: endpoint, caFile, sessions, dataEndpoint, credentialsEndpoint, region = 'us-east-1' } = options;
  const agent = new Agent({ ca: readFileSync(caFile), keepAlive: true, timeout: 2_000 });
  const client = {
    endpoint, region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' }, requestHandler: { httpsAgent: agent },
  };
  const gateway = new Gateway(endpoint, caFile);
  const control = await startStreamsControl({
    roles: new IamRoleDirectory(new IAMClient(client)),
    objects: new S3ObjectStore(new S3Client({ ...client, forcePathStyle: true })),
    sessions,
    gateway,
    ...(dataEndpoint === undefined ? {} : { dataEndpoint }),
    ...(credentialsEndpoint === undefined ? {} : { credentialsEndpoint }),
  }, options);
  return {
    ...control,
    stop: async () => {
      await control.stop();
      gateway.close();
      agent.destroy();
    },
  };
}
