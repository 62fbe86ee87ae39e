import { constants, createPublicKey, createVerify, type KeyObject } from 'node:crypto';
import { InvalidOption, reasonOf } from './errors';

/** Signatures of the SHA-256 of a file, in the words of AWS KMS, by the type of key that makes them. */
const ALGORITHMS: Readonly<Record<string, string>> = { ec: 'ECDSA_SHA_256', rsa: 'RSASSA_PKCS1_V1_5_SHA_256' };

/** What a file must be signed with. */
export interface ExpectedSignature {
  /** In Base64; of ECDSA in DER form. */
  readonly signature: string;
  /** @default the one of the key */
  readonly algorithm?: string;
}

/** A public key in PEM form, as a certificate in PEM form, or in DER form (SPKI), as KMS answers it. */
export function parsePublicKey(bytes: Buffer): KeyObject {
  const key = read(bytes);
  if (key.asymmetricKeyType !== undefined && key.asymmetricKeyType in ALGORITHMS) return key;
  throw new InvalidOption(`the public key must be of RSA or of an elliptic curve, received one of type '${key.asymmetricKeyType}'; get it with 'aws kms get-public-key'`);
}

function read(bytes: Buffer): KeyObject {
  try {
    return bytes.includes('-----BEGIN ') ? createPublicKey(bytes) : createPublicKey({ key: bytes, format: 'der', type: 'spki' });
  } catch (error) {
    throw new InvalidOption(`the public key must be in PEM form, or in DER form (SPKI), received ${bytes.length} bytes that are neither (${reasonOf(error)}); `
      + "get it with 'aws kms get-public-key'");
  }
}

/** Whether the owner of the key has signed exactly this content. */
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
