import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import { InvalidOption, reasonOf } from './errors';
import type { MessageListener, Transport } from './transport';

export interface MqttTransportOptions {
  /** `host` or `host:port`. @default port 8883 */
  readonly endpoint: string;
  /** Also the MQTT client ID, as device policies usually require. */
  readonly thingName: string;
  /** PEM. */
  readonly certificate: string | Buffer;
  /** PEM. */
  readonly privateKey: string | Buffer;
  /** PEM. @default the certificate authorities that Node.js trusts; those of AWS IoT are among them */
  readonly certificateAuthority?: string | Buffer;
  /** @default 10000 */
  readonly connectTimeoutMs?: number;
}

export async function connectTransport(options: MqttTransportOptions): Promise<Transport> {
  const { host, port } = parseEndpoint(options.endpoint);
  const clientOptions: IClientOptions = {
    protocolVersion: 4,
    clientId: options.thingName,
    key: options.privateKey,
    cert: options.certificate,
    ca: options.certificateAuthority,
    // on this port AWS IoT distinguishes MQTT from HTTPS by the protocol name
    ALPNProtocols: port === 443 ? ['x-amzn-mqtt-ca'] : undefined,
    connectTimeout: options.connectTimeoutMs ?? 10_000,
    // after a reconnection the download decides which requests are still needed, so none are queued
    queueQoSZero: false,
    clean: true,
  };
  try {
    const client = await connectAsync(`mqtts://${host.includes(':') ? `[${host}]` : host}:${port}`, clientOptions, false);
    return new MqttTransport(client, options.endpoint);
  } catch (error) {
    throw new Error(`connecting to ${options.endpoint} as '${options.thingName}' failed: ${reasonOf(error)}; `
      + 'check the address, that the certificate is active and its policy allows iot:Connect for this client id, and the certificate authority', { cause: error });
  }
}

export function parseEndpoint(endpoint: string): { readonly host: string; readonly port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:[\]/]+))(?::(\d{1,5}))?$/.exec(endpoint);
  const port = Number(match?.[3] ?? 8883);
  if (!match || port < 1 || port > 65_535) {
    throw new InvalidOption(`the endpoint must be a host, or a host and a port with a colon in between, got: '${endpoint}'; for example abc-ats.iot.eu-west-1.amazonaws.com:8883`);
  }
  return { host: match[1] ?? match[2], port };
}

class MqttTransport implements Transport {
  private lastTrouble?: string;

  constructor(private readonly client: MqttClient, private readonly endpoint: string) {
    client.on('close', () => this.lastTrouble = `the connection to ${endpoint} was closed by the other side, as happens where a policy does not allow a request, or where another connection uses the same client id`);
    client.on('error', (error) => this.lastTrouble = `the connection to ${endpoint} failed: ${reasonOf(error)}`);
  }

  async subscribe(topics: readonly string[]): Promise<void> {
    try {
      await this.client.subscribeAsync([...topics], { qos: 1 });
    } catch (error) {
      throw new Error(`subscribing to ${topics.map((topic) => `'${topic}'`).join(', ')} at ${this.endpoint} failed: ${reasonOf(error)}; `
        + 'check that the policy of the device allows iot:Subscribe for these topic filters and iot:Receive for these topics', { cause: error });
    }
  }

  async publish(topic: string, payload: Uint8Array): Promise<void> {
    await this.client.publishAsync(topic, Buffer.from(payload), { qos: 0 });
  }

  onMessage(listener: MessageListener): () => void {
    const onMessage = (topic: string, payload: Buffer) => listener(topic, payload);
    this.client.on('message', onMessage);
    return () => this.client.off('message', onMessage);
  }

  trouble(): string | undefined {
    return this.lastTrouble;
  }

  async close(): Promise<void> {
    await this.client.endAsync(true);
  }
}
