import type { KeyObject } from 'node:crypto';
import { constants, createECDH, privateEncrypt, randomBytes } from 'node:crypto';

/*
 * What KMS does with `MessageType: DIGEST`: it signs a SHA-256 as it is. Node.js only signs messages, so the two schemes
 * are made of its parts here; that the result is right, its own `verify` says of the message.
 */

/** The order of the curve P-256, https://csrc.nist.gov/pubs/sp/800/186/final. */
const ORDER = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');
/** Says that 32 bytes of SHA-256 follow: RFC 8017, section 9.2. */
const DIGEST_INFO = Buffer.from('3031300d060960864801650304020105000420', 'hex');

/** Signs a SHA-256 with a private key of P-256 or of RSA: DER, or PKCS #1 v1.5. */
export function signDigest(digest: Buffer, privateKey: KeyObject): Buffer {
  return privateKey.asymmetricKeyType === 'rsa'
    ? privateEncrypt({ key: privateKey, padding: constants.RSA_PKCS1_PADDING }, Buffer.concat([DIGEST_INFO, digest]))
    : signWithCurve(digest, privateKey);
}

function signWithCurve(digest: Buffer, privateKey: KeyObject): Buffer {
  const secret = integerOf(Buffer.from(privateKey.export({ format: 'jwk' }).d!, 'base64url'));
  const nonce = randomBytes(32);
  const curve = createECDH('prime256v1');
  curve.setPrivateKey(nonce);
  const r = integerOf(curve.getPublicKey().subarray(1, 33)) % ORDER;
  const s = inverse(integerOf(nonce)) * (integerOf(digest) + r * secret) % ORDER;
  const parts = Buffer.concat([derOf(r), derOf(s)]);
  return Buffer.concat([Buffer.from([0x30, parts.length]), parts]);
}

function integerOf(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString('hex')}`);
}

/** By Fermat: the order is a prime. */
function inverse(value: bigint): bigint {
  let result = 1n;
  let square = value % ORDER;
  for (let exponent = ORDER - 2n; exponent > 0n; exponent /= 2n) {
    if (exponent % 2n === 1n) result = result * square % ORDER;
    square = square * square % ORDER;
  }
  return result;
}

function derOf(value: bigint): Buffer {
  const digits = value.toString(16);
  const bytes = Buffer.from(digits.padStart(digits.length + digits.length % 2, '0'), 'hex');
  // a first bit that is set would say that the number is negative
  const content = bytes[0] >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes;
  return Buffer.concat([Buffer.from([0x02, content.length]), content]);
}
