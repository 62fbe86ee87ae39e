import type { KeyObject } from 'node:crypto';
import { createSign } from 'node:crypto';
import { isSigned, parsePublicKey } from '../../../local/device/signatures';
import { newKeyPair } from '../../support/key-pair';

const CONTENT = Buffer.from('firmware');
const ec = () => newKeyPair('P-256');
const rsa = () => newKeyPair('RSA_2048');
const sign = (key: KeyObject, content = CONTENT) => createSign('sha256').update(content).sign(key, 'base64');
async function* chunks(content: Buffer): AsyncGenerator<Buffer> {
  yield content.subarray(0, 3);
  yield content.subarray(3);
}

describe.each([['ECDSA_SHA_256', ec], ['RSASSA_PKCS1_V1_5_SHA_256', rsa]])('%s', (algorithm, generate) => {
  const { publicKey, privateKey } = generate();
  const signature = sign(privateKey);

  test('accepts content that was signed with the key', async () => {
    await expect(isSigned(chunks(CONTENT), publicKey, { signature, algorithm })).resolves.toBe(true);
    await expect(isSigned(chunks(CONTENT), publicKey, { signature })).resolves.toBe(true);
  });

  test('refuses other content, the signature of another key or content, another algorithm, and an invalid signature', async () => {
    await expect(isSigned(chunks(Buffer.from('firmwarE')), publicKey, { signature })).resolves.toBe(false);
    for (const other of [sign(generate().privateKey), sign(privateKey, Buffer.from('other')), '', 'AAAA', 'none']) {
      await expect(isSigned(chunks(CONTENT), publicKey, { signature: other })).resolves.toBe(false);
    }
    await expect(isSigned(chunks(CONTENT), publicKey, { signature, algorithm: 'RSASSA_PSS_SHA_256' })).resolves.toBe(false);
  });

  test.each(['pem', 'der'] as const)('parses a public key in the form %s', (format) => {
    const exported = Buffer.from(publicKey.export({ format, type: 'spki' } as never) as string);
    expect(parsePublicKey(exported).equals(publicKey)).toBe(true);
  });
});

test('refuses a public key of another type', () => {
  const { publicKey } = newKeyPair('Ed25519');
  expect(() => parsePublicKey(Buffer.from(publicKey.export({ format: 'pem', type: 'spki' })))).toThrow(
    "the public key must be of RSA or of an elliptic curve, got: one of type 'ed25519'; get it with 'aws kms get-public-key'");
});

test.each(['none', '-----BEGIN PUBLIC KEY-----\nnone\n-----END PUBLIC KEY-----'])('refuses the public key %p', (text) => {
  expect(() => parsePublicKey(Buffer.from(text))).toThrow(new RegExp(`^the public key must be in PEM form, or in DER form \\(SPKI\\), got: ${text.length} bytes that are neither`));
});

