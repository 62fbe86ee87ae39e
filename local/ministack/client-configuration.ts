import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import type { MiniStack } from './ministack';
import { rootCredentials } from './ministack';

/** What every client of the JavaScript SDK takes to speak to MiniStack as root, whatever the environment of this process says. */
export interface ClientConfiguration {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly requestHandler: { readonly httpsAgent: Agent };
}

export function clientConfiguration(miniStack: Pick<MiniStack, 'gateway' | 'region' | 'caFile'>): ClientConfiguration {
  return {
    endpoint: miniStack.gateway,
    region: miniStack.region,
    credentials: rootCredentials,
    // NODE_EXTRA_CA_CERTS is read when a process starts, and this one may have started before the certificate was made
    requestHandler: { httpsAgent: new Agent({ ca: readFileSync(miniStack.caFile) }) },
  };
}
