import { IAMClient } from '@aws-sdk/client-iam';
import type { KinesisVideo, KinesisVideoOptions } from './service';
import { startKinesisVideo } from './service';
import { IamRoleDirectory } from '../iam/iam-role-directory';
import { clientConfiguration } from '../ministack/client-configuration';
import { DeviceSessions } from '../ministack/device-sessions';
import type { MiniStack } from '../ministack/ministack';

export interface LocalKinesisVideoOptions extends Pick<KinesisVideoOptions, 'sessions' | 'port' | 'delays'> {
  readonly miniStack: MiniStack;
}

/** Starts the control plane of Kinesis Video Streams next to MiniStack, for Lambda functions, devices and the root user. */
export async function startLocalKinesisVideo({ miniStack, sessions, ...options }: LocalKinesisVideoOptions): Promise<KinesisVideo> {
  const iam = new IAMClient(clientConfiguration(miniStack));
  const devices = new DeviceSessions(miniStack.deviceSessionsDirectory);
  const { region, account } = miniStack;
  const service = await startKinesisVideo({
    ...options,
    region,
    account,
    roles: new IamRoleDirectory(iam),
    sessions: { sessionOf: async (accessKeyId) => await sessions.sessionOf(accessKeyId) ?? await devices.sessionOf(accessKeyId) },
  });
  return {
    ...service,
    stop: async () => {
      await service.stop();
      iam.destroy();
    },
  };
}
