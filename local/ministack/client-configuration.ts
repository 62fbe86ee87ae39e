import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import type { MiniStack } from './ministack';
import { rootCredentials } from './ministack';

/** The configuration of clients of the JavaScript SDK for MiniStack's root user, independent of the environment of this process. */
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
    // Node.js reads NODE_EXTRA_CA_CERTS when the process starts, which may be before the certificate exists
    requestHandler: { httpsAgent: new Agent({ ca: readFileSync(miniStack.caFile) }) },
  };
}
