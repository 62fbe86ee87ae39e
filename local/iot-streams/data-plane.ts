import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { IoTDataPlaneClient, PublishCommand } from '@aws-sdk/client-iot-data-plane';
import { connectAsync } from 'mqtt';
import { arrivals, goodLine, LineFaults, seededRandom } from './line';
import { answer, Message, ProtocolOptions } from './protocol/protocol';
import { REQUEST_FILTERS } from './protocol/topics';
import { StreamSource } from './stream';

export interface DataPlaneOptions extends ProtocolOptions {
  readonly source: StreamSource;
  /** The broker that devices use. */
  readonly mqttHost: string;
  readonly mqttPort: number;
  /** Where messages are published by HTTPS. */
  readonly gateway: string;
  /** The certificate authorities of broker and gateway. */
  readonly caFile: string;
  readonly region: string;
  /** Of the bad line, where there is one. @default 1 */
  readonly seed?: number;
}

export interface DataPlane {
  /** May be changed at any time. */
  readonly line: LineFaults;
  stop(): Promise<void>;
}

/**
 * The MQTT side of the streams service: one more client of the broker that the devices use. Its answers go by HTTPS: no
 * client of the broker may publish on their topics.
 */
export async function startDataPlane(options: DataPlaneOptions): Promise<DataPlane> {
  const certificateAuthority = readFileSync(options.caFile);
  const agent = new Agent({ ca: certificateAuthority, keepAlive: true });
  const publisher = new IoTDataPlaneClient({
    endpoint: options.gateway, region: options.region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' }, requestHandler: { httpsAgent: agent },
  });
  const line = goodLine();
  const random = seededRandom(options.seed ?? 1);
  const stopped = new AbortController();
  const underWay = new Set<Promise<void>>();

  const publish = async ({ topic, payload }: Message, delay: number) => {
    if (delay > 0) await sleep(delay, undefined, { signal: stopped.signal });
    await publisher.send(new PublishCommand({ topic, payload, qos: 0 }), { abortSignal: stopped.signal });
  };
  const serve = async (request: Message) => {
    for (const message of await answer(request, options.source, options)) {
      // one after the other, in order; only what the line delays is overtaken
      for (const delay of arrivals(line, random)) await (delay > 0 ? track(publish(message, delay)) : publish(message, 0));
    }
  };
  const track = (work: Promise<void>) => {
    const done = work.catch((error: Error) => {
      if (!stopped.signal.aborted) process.stderr.write(`streams service: an answer was not published: ${error.message}\n`);
    }).finally(() => underWay.delete(done));
    underWay.add(done);
  };

  // the broker serves a client without certificate as root of the account
  const client = await connectAsync(`mqtts://${options.mqttHost}:${options.mqttPort}`, {
    ca: certificateAuthority, clientId: `streams-service-${process.pid}-${Date.now()}`, protocolVersion: 4,
  }, false);
  client.on('error', (error) => process.stderr.write(`streams service: ${error.message}\n`));
  client.on('message', (topic, payload) => track(serve({ topic, payload })));
  await client.subscribeAsync(REQUEST_FILTERS, { qos: 1 });

  return {
    line,
    async stop() {
      stopped.abort();
      await client.endAsync(true);
      await Promise.all(underWay);
      publisher.destroy();
      agent.destroy();
    },
  };
}
