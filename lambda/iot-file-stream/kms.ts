import type { SigningAlgorithmSpec } from '@aws-sdk/client-kms';
import { KMSClient, SignCommand } from '@aws-sdk/client-kms';
import type { Signer } from './services';
import { run } from '../core/call';
import type { ClientOptions } from '../core/credentials';
import type { LogContext } from '../core/log';

export function signer(options: ClientOptions, context: LogContext, abortSignal: AbortSignal): Signer {
  const client = new KMSClient(options);
  return {
    async sign(sha256, { keyArn, algorithm }): Promise<string> {
      const { Signature: signature } = await run(context, `sign with key '${keyArn}'`, () => client.send(new SignCommand({
        KeyId: keyArn, Message: Buffer.from(sha256, 'hex'), MessageType: 'DIGEST', SigningAlgorithm: algorithm as SigningAlgorithmSpec,
      }), { abortSignal }));
      return Buffer.from(signature!).toString('base64');
    },
  };
}
