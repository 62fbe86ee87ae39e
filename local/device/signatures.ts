import { constants, createPublicKey, createVerify, type KeyObject } from 'node:crypto';
import { InvalidOption, reasonOf } from './errors';

/** The signing algorithms by type of key, with the names of AWS KMS. */
const ALGORITHMS: Readonly<Record<string, string>> = { ec: 'ECDSA_SHA_256', rsa: 'RSASSA_PKCS1_V1_5_SHA_256' };

/** The signature that a file must have. */
export interface ExpectedSignature {
  /** In Base64; an ECDSA signature is in DER form. */
  readonly signature: string;
  /** @default the algorithm of the key */
  readonly algorithm?: string;
}

/** Parses a public key in PEM form, a certificate in PEM form, or a public key in DER form (SPKI), as KMS returns it. */
export function parsePublicKey(bytes: Buffer): KeyObject {
  const key = read(bytes);
  if (key.asymmetricKeyType !== undefined && key.asymmetricKeyType in ALGORITHMS) return key;
  throw new InvalidOption(`the public key must be of RSA or of an elliptic curve, got: one of type '${key.asymmetricKeyType}'; get it with 'aws kms get-public-key'`);
}

function read(bytes: Buffer): KeyObject {
  try {
    return bytes.includes('-----BEGIN ') ? createPublicKey(bytes) : createPublicKey({ key: bytes, format: 'der', type: 'spki' });
  } catch (error) {
    throw new InvalidOption(`the public key must be in PEM form, or in DER form (SPKI), got: ${bytes.length} bytes that are neither (${reasonOf(error)}); `
      + "get it with 'aws kms get-public-key'");
  }
}

/** Whether the signature of the content is valid for the key. */
export async function isSigned(
  content: AsyncIterable<Uint8Array>, key: KeyObject, { signature, algorithm = algorithmOf(key) }: ExpectedSignature,
): Promise<boolean> {
  if (algorithm !== algorithmOf(key)) return false;
  const verification = createVerify('sha256');
  for await (const chunk of content) verification.update(chunk);
  return verification.verify({ key, dsaEncoding: 'der', padding: constants.RSA_PKCS1_PADDING }, signature, 'base64');
}

function algorithmOf({ asymmetricKeyType }: KeyObject): string {
  return ALGORITHMS[`${asymmetricKeyType}`];
}
