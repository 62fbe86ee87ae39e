import { IoTClient } from '@aws-sdk/client-iot';
import { allow, InMemoryObjects, InMemoryRoles, InMemorySessions, iotTrust, REGION } from './in-memory';
import type { ServiceSettings, ServiceDependencies, StreamsControl } from '../../../local/iot-streams/streams-service';
import { startStreamsControl } from '../../../local/iot-streams/streams-service';

type Credentials = ReturnType<InMemorySessions['assume']>;

/** The service on a real socket, with roles, objects and sessions in memory. */
export interface ServiceFixture {
  readonly service: StreamsControl;
  readonly roles: InMemoryRoles;
  readonly objects: InMemoryObjects;
  readonly sessions: InMemorySessions;
  /** In milliseconds since 1970; a test may change it. */
  clock: number;
  /** A role that AWS IoT can assume and that may read every object of `bucket`. */
  readonly roleArn: string;
  /** The least files for CreateStream: one of three bytes. */
  readonly files: { fileId: number; s3Location: { bucket: string; key: string; version?: string } }[];
  client(credentials?: Credentials): IoTClient;
  stop(): Promise<void>;
}

export async function startFixture(
  settings: ServiceSettings = {}, more: Pick<ServiceDependencies, 'gateway' | 'dataEndpoint'> = {},
): Promise<ServiceFixture> {
  const roles = new InMemoryRoles();
  const objects = new InMemoryObjects();
  const sessions = new InMemorySessions();
  const roleArn = roles.put('Delivery', [iotTrust], [allow(['s3:GetObject', 's3:GetObjectVersion'], 'arn:aws:s3:::bucket/*')]);
  const version = objects.put('bucket', 'file', 'abc');
  const clients: IoTClient[] = [];
  const fixture = { clock: Date.parse('2026-11-21T12:00:00.250Z') };
  const service = await startStreamsControl({ roles, objects, sessions, ...more }, { now: () => fixture.clock, ...settings });
  return Object.assign(fixture, {
    service,
    roles,
    objects,
    sessions,
    roleArn,
    files: [{ fileId: 0, s3Location: { bucket: 'bucket', key: 'file', version } }],
    client: (credentials?: Credentials) => {
      const client = new IoTClient({
        endpoint: service.url, region: REGION, maxAttempts: 1, credentials: credentials ?? { accessKeyId: 'test', secretAccessKey: 'test' },
      });
      clients.push(client);
      return client;
    },
    stop: async () => {
      clients.forEach((client) => client.destroy());
      await service.stop();
    },
  });
}
