import type { KeyObject } from 'node:crypto';
import { constants, privateEncrypt } from 'node:crypto';
import { p256 } from '@noble/curves/p256';

/** The DER prefix of a SHA-256: RFC 8017, section 9.2. */
const DIGEST_INFO = Buffer.from('3031300d060960864801650304020105000420', 'hex');

/**
 * Signs a SHA-256 as KMS does with `MessageType: DIGEST`, with a P-256 key (DER) or an RSA key (PKCS #1 v1.5).
 * Node.js itself signs messages only.
 */
export function signDigest(digest: Buffer, privateKey: KeyObject): Buffer {
  if (privateKey.asymmetricKeyType === 'rsa') {
    return privateEncrypt({ key: privateKey, padding: constants.RSA_PKCS1_PADDING }, Buffer.concat([DIGEST_INFO, digest]));
  }
  const secret = Buffer.from(privateKey.export({ format: 'jwk' }).d!, 'base64url');
  // random, so that each signature differs, as those of KMS do
  return Buffer.from(p256.sign(digest, secret, { prehash: false, extraEntropy: true, lowS: false }).toDERRawBytes());
}
