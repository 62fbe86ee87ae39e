import type { IncomingHttpHeaders } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { testCertificates } from '../../local/device/support/certificates';

/** The reaction to a request: a status, at once or after some milliseconds; no response; or a closed connection. */
export type Reaction = number | { readonly status: number; readonly after: number } | 'hang' | 'reset';

export interface ReceivedAnswer {
  readonly method?: string;
  readonly url?: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly at: number;
}

export interface Endpoint {
  readonly url: string;
  /** Complete requests, oldest first. */
  readonly received: ReceivedAnswer[];
  /** The reactions to the next requests; afterwards the status is 200. */
  readonly reactions: Reaction[];
  stop(): Promise<void>;
}

/** Starts an HTTPS server that receives answers, as the presigned URL of CloudFormation does. */
export async function startEndpoint(): Promise<Endpoint> {
  const { authority, server: identity } = testCertificates('unused');
  const distrust = trust(authority.certificate);
  const received: ReceivedAnswer[] = [];
  const reactions: Reaction[] = [];
  const server = createServer({ cert: identity.certificate, key: identity.privateKey }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('error', () => undefined);
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url, headers } = request;
      received.push({ method, url, headers, body: Buffer.concat(chunks).toString(), at: Date.now() });
      const reaction = reactions.shift() ?? 200;
      if (reaction === 'hang') return;
      if (reaction === 'reset') request.socket.destroy();
      else if (typeof reaction === 'number') response.writeHead(reaction).end('<Error/>');
      else setTimeout(() => response.writeHead(reaction.status).end(), reaction.after);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    reactions,
    stop: () => new Promise((resolve) => {
      distrust();
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}

/**
 * Makes every TLS client of this process trust one more certificate authority. `fetch` and clients with their own agent have
 * no option for this, and Node.js reads NODE_EXTRA_CA_CERTS before a test runs.
 */
export function trust(authority: string): () => void {
  const { getCACertificates, setDefaultCACertificates }: Partial<typeof tls> = tls;
  // Node.js 20 has neither function; newer releases do not call the function that `trustByConnecting` replaces
  if (!getCACertificates || !setDefaultCACertificates) return trustByConnecting(authority);
  const before = getCACertificates('default');
  setDefaultCACertificates([...before, authority]);
  return () => setDefaultCACertificates(before);
}

function trustByConnecting(authority: string): () => void {
  const original = tls.connect;
  const connect = (options: tls.ConnectionOptions, listener?: () => void) => original({
    ...options, ca: [options.ca ?? [...tls.rootCertificates], authority].flat(),
  }, listener);
  const spy = jest.spyOn(tls, 'connect').mockImplementation(connect as typeof tls.connect);
  return () => spy.mockRestore();
}
