import type { AddressInfo } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import type { Identity } from './certificates';
import type { Message } from './fake-stream-service';

export interface MqttEndpointOptions {
  readonly server: Identity;
  readonly authority: Identity;
  readonly publish: (topic: string, payload: Buffer) => Message[];
  /** Replaces the policy of a device; a refusal closes the connection, as AWS IoT does. */
  readonly allow?: (action: 'connect' | 'subscribe' | 'publish', what: string) => boolean;
}

const CONNECT = 1, PUBLISH = 3, SUBSCRIBE = 8, PINGREQ = 12;

/** The part of an MQTT 3.1.1 broker that one device needs, with mutual TLS on a real socket. */
export class MqttEndpoint {
  static async start(options: MqttEndpointOptions): Promise<MqttEndpoint> {
    const endpoint = new MqttEndpoint(options);
    await new Promise<void>((resolve) => endpoint.server.listen(0, '127.0.0.1', resolve));
    return endpoint;
  }

  readonly clientIds: string[] = [];
  readonly commonNames: string[] = [];
  private readonly server: Server;
  private readonly sockets = new Set<TLSSocket>();

  private constructor(private readonly options: MqttEndpointOptions) {
    const { server, authority } = options;
    this.server = createServer(
      { key: server.privateKey, cert: server.certificate, ca: authority.certificate, requestCert: true, rejectUnauthorized: true },
      (socket) => this.serve(socket));
    this.server.on('tlsClientError', () => {});
  }

  get address(): string {
    return `localhost:${(this.server.address() as AddressInfo).port}`;
  }

  /** Closes every connection, like a network failure. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private serve(socket: TLSSocket): void {
    this.sockets.add(socket);
    this.commonNames.push(String(socket.getPeerCertificate().subject.CN));
    const subscriptions = new Set<string>();
    let buffer = Buffer.alloc(0);
    socket.on('error', () => {});
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('data', (chunk: Buffer) => {
      buffer = Buffer.concat([buffer, chunk]);
      for (let packet = readPacket(buffer); packet; packet = readPacket(buffer)) {
        buffer = buffer.subarray(packet.size);
        this.handle(socket, subscriptions, packet.type, packet.body);
      }
    });
  }

  private handle(socket: TLSSocket, subscriptions: Set<string>, type: number, body: Buffer): void {
    const allow = this.options.allow ?? (() => true);
    if (type === CONNECT) {
      const clientId = readString(body, 10).text;
      this.clientIds.push(clientId);
      if (allow('connect', clientId)) socket.write(Buffer.from([0x20, 2, 0, 0]));
      else socket.destroy();
    } else if (type === SUBSCRIBE) {
      const filters = readFilters(body);
      if (!filters.every((filter) => allow('subscribe', filter))) return void socket.destroy();
      for (const filter of filters) subscriptions.add(filter);
      socket.write(Buffer.concat([Buffer.from([0x90, 2 + filters.length]), body.subarray(0, 2), Buffer.alloc(filters.length)]));
    } else if (type === PUBLISH) {
      const { text: topic, end } = readString(body, 0);
      if (!allow('publish', topic)) return void socket.destroy();
      for (const answer of this.options.publish(topic, body.subarray(end))) {
        if (subscriptions.has(answer.topic)) socket.write(publishPacket(answer));
      }
    } else if (type === PINGREQ) {
      socket.write(Buffer.from([0xd0, 0]));
    }
  }
}

function readPacket(buffer: Buffer): { readonly type: number; readonly body: Buffer; readonly size: number } | undefined {
  let length = 0;
  for (let i = 1; i < Math.min(buffer.length, 5); i++) {
    length += buffer[i] % 128 * 128 ** (i - 1);
    if (buffer[i] >= 128) continue;
    const size = 1 + i + length;
    return buffer.length < size ? undefined : { type: Math.floor(buffer[0] / 16), body: buffer.subarray(1 + i, size), size };
  }
  return undefined;
}

function readString(body: Buffer, start: number): { readonly text: string; readonly end: number } {
  const end = start + 2 + body.readUInt16BE(start);
  return { text: body.subarray(start + 2, end).toString(), end };
}

function readFilters(body: Buffer): string[] {
  const filters: string[] = [];
  for (let position = 2; position < body.length;) {
    const { text, end } = readString(body, position);
    filters.push(text);
    position = end + 1;
  }
  return filters;
}

function publishPacket({ topic, payload }: Message): Buffer {
  const name = Buffer.from(topic);
  const length: number[] = [];
  for (let rest = 2 + name.length + payload.length; rest > 0 || length.length === 0; rest = Math.floor(rest / 128)) {
    length.push(rest % 128 + (rest >= 128 ? 128 : 0));
  }
  return Buffer.concat([Buffer.from([0x30, ...length, Math.floor(name.length / 256), name.length % 256]), name, payload]);
}
