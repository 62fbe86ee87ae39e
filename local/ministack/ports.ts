import { createServer, Server } from 'net';
import { codeOf, messageOf } from './errors';

/** Different ports that nobody listens on at this moment. */
export async function freePorts(host: string, count: number): Promise<number[]> {
  // all at once: one after the other would give the same port again
  const servers = await Promise.all(Array.from({ length: count }, () => listen(host, 0)));
  const ports = servers.map(portOf);
  await Promise.all(servers.map(close));
  return ports;
}

export async function assertPortIsFree(host: string, port: number, purpose: string): Promise<void> {
  try {
    await close(await listen(host, port));
  } catch (error) {
    throw new Error(`${purpose} needs port ${port} of ${host}, but ${obstacle(error)}`, { cause: error });
  }
}

function obstacle(error: unknown): string {
  if (codeOf(error) === 'EADDRINUSE') return 'another program listens there: stop that program, or choose another port';
  if (codeOf(error) === 'EACCES') return 'this user may not listen there: choose a port above 1023';
  return `listening there fails: ${messageOf(error)}`;
}

function listen(host: string, port: number): Promise<Server> {
  return new Promise((fulfill, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => fulfill(server));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((fulfill) => server.close(() => fulfill()));
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error(`a TCP server must have a port, but it has ${address}`);
  return address.port;
}
