import { randomInt } from 'node:crypto';
import type { Server } from 'node:net';
import { createServer } from 'node:net';
import { codeOf, messageOf } from './errors';

/**
 * Below the ephemeral ports of common systems, because another connection could use an ephemeral port before the intended
 * server listens on it.
 */
const range = { from: 20_000, to: 32_768 };

/** Returns different ports that are currently free. */
export async function freePorts(host: string, count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = randomInt(range.from, range.to);
    if (await isFree(host, port)) ports.add(port);
  }
  return [...ports];
}

async function isFree(host: string, port: number): Promise<boolean> {
  try {
    await close(await listen(host, port));
    return true;
  } catch (error) {
    if (codeOf(error) === 'EADDRINUSE') return false;
    throw error;
  }
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
