import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyPairKeyObjectResult, type KeyPairSyncResult } from 'node:crypto';

const ENCODING = {
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  // the types demand all of them
  privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: undefined, passphrase: undefined },
} as const;

const GENERATORS: Readonly<Record<'P-256' | 'RSA_2048' | 'Ed25519', () => KeyPairSyncResult<string, string>>> = {
  'P-256': () => generateKeyPairSync('ec', { namedCurve: 'P-256', ...ENCODING }),
  'RSA_2048': () => generateKeyPairSync('rsa', { modulusLength: 2048, ...ENCODING }),
  'Ed25519': () => generateKeyPairSync('ed25519', ENCODING),
};

/**
 * Returns new keys, read from their text: generated key objects share a lock with the job that made them, and Node.js 20
 * waits forever if it collects the job during an export.
 */
export function newKeyPair(spec: keyof typeof GENERATORS): KeyPairKeyObjectResult {
  const { publicKey, privateKey } = GENERATORS[spec]();
  return { publicKey: createPublicKey(publicKey), privateKey: createPrivateKey(privateKey) };
}
