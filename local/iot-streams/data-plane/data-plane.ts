import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { IoTDataPlaneClient, PublishCommand } from '@aws-sdk/client-iot-data-plane';
import { connectAsync } from 'mqtt';
import { Delivery } from './delivery';
import type { NetworkFaults } from './network-faults';
import { noNetworkFaults, seededRandom } from './network-faults';
import type { ProtocolOptions } from '../protocol/protocol';
import { REQUEST_FILTERS } from '../protocol/topics';
import type { StreamSource } from '../stream';

export interface DataPlaneOptions extends Pick<ProtocolOptions, 'jsonBitmap'> {
  readonly source: StreamSource;
  /** The broker that devices use. */
  readonly mqttHost: string;
  readonly mqttPort: number;
  /** The URL to which messages are published over HTTPS. */
  readonly gateway: string;
  /** The certificate authorities of broker and gateway. */
  readonly caFile: string;
  readonly region: string;
  /** The seed of the network faults. @default 1 */
  readonly seed?: number;
}

export interface DataPlane {
  /** May be changed at any time. */
  readonly networkFaults: NetworkFaults;
  stop(): Promise<void>;
}

/**
 * Starts the MQTT side of the streams service, which is a client of the devices' broker. It publishes its answers over HTTPS,
 * because no client of the broker may publish on their topics.
 */
export async function startDataPlane(options: DataPlaneOptions): Promise<DataPlane> {
  const { source, jsonBitmap, mqttHost, mqttPort, gateway, region } = options;
  const certificateAuthority = readFileSync(options.caFile);
  // the broker treats a client without a certificate as the root user of the account
  const client = await connectAsync(`mqtts://${mqttHost}:${mqttPort}`, {
    ca: certificateAuthority, clientId: `streams-service-${process.pid}-${Date.now()}`, protocolVersion: 4,
  }, false);
  const agent = new Agent({ ca: certificateAuthority, keepAlive: true });
  const publisher = new IoTDataPlaneClient({
    endpoint: gateway, region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' }, requestHandler: { httpsAgent: agent },
  });
  const networkFaults = noNetworkFaults();
  const delivery = new Delivery({
    source,
    jsonBitmap,
    networkFaults,
    random: seededRandom(options.seed ?? 1),
    async publish({ topic, payload }, abortSignal) {
      await publisher.send(new PublishCommand({ topic, payload, qos: 0 }), { abortSignal });
    },
    report,
  });
  const stop = async (): Promise<void> => {
    const delivered = delivery.stop();
    await client.endAsync(true);
    await delivered;
    publisher.destroy();
    agent.destroy();
  };
  // the client reconnects every second, so only the message is reported, without a stack
  client.on('error', ({ message }) => report(message));
  client.on('message', (topic, payload) => delivery.take({ topic, payload }));
  try {
    await client.subscribeAsync(REQUEST_FILTERS, { qos: 1 });
  } catch (error) {
    await stop();
    throw error;
  }
  return { networkFaults, stop };
}

function report(reason: unknown): void {
  console.error('iot-streams:', reason);
}
