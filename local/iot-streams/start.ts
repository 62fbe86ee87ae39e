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
  /** Where the local AWS listens, by HTTPS. */
  readonly gateway: string;
  /** The certificate authority of the gateway. */
  readonly caFile: string;
  /** Whose access keys there are: what the proxy before STS has seen. */
  readonly sessions: SessionDirectory;
  /** What DescribeEndpoint answers, `host:port`. @default what the gateway answers */
  readonly dataEndpoint?: string;
  /** What DescribeEndpoint answers for the credentials provider, `host:port`. @default what the gateway answers */
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
