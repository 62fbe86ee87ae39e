import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

// headers of a single hop, and `expect`, which both servers would answer
const hopHeaders = ['connection', 'keep-alive', 'proxy-connection', 'expect'];

/** Forwards requests to the local AWS unchanged, including the Host header, because the signature covers it. */
export class Gateway {
  private readonly url: URL;
  private readonly agent: Agent;

  /** `caFile` is the certificate authority of a gateway that uses HTTPS. */
  constructor(url: string, caFile?: string) {
    this.url = new URL(url);
    // closes idle sockets before the gateway does, because a request on a closed socket would fail
    const options = { keepAlive: true, timeout: 2_000 };
    this.agent = this.isSecure ? new HttpsAgent({ ...options, ca: caFile && readFileSync(caFile) }) : new Agent(options);
  }

  private get isSecure(): boolean {
    return this.url.protocol === 'https:';
  }

  /** Forwards a request, with a body that has been read or is streamed. */
  forward(request: IncomingMessage, body: Buffer | IncomingMessage): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const upstream = (this.isSecure ? httpsRequest : httpRequest)({
        host: this.url.hostname,
        port: this.url.port,
        agent: this.agent,
        method: request.method,
        path: request.url,
        // the certificate names the gateway and not the host that the client used; an IP address needs no server name
        servername: /^[\d.]+$|^\[/.test(this.url.hostname) ? '' : this.url.hostname,
        setHost: false,
        headers: withoutHopHeaders(request.rawHeaders),
      }, resolve);
      upstream.on('error', reject);
      request.on('close', () => {
        if (!request.complete) upstream.destroy();
      });
      if (Buffer.isBuffer(body)) upstream.end(body);
      else body.pipe(upstream);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

export function withoutHopHeaders(raw: readonly string[]): string[] {
  return raw.filter((_, index) => !hopHeaders.includes(raw[index - (index % 2)].toLowerCase()));
}

/** Streams a response to the client. */
export function pass(answer: IncomingMessage, response: ServerResponse): Promise<void> {
  response.writeHead(answer.statusCode ?? 502, withoutHopHeaders(answer.rawHeaders));
  return new Promise((resolve, reject) => {
    answer.on('error', reject);
    response.on('close', resolve);
    answer.pipe(response);
  });
}

export async function contentOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
