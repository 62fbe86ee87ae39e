import { createHash, verify } from 'node:crypto';
import { signDigest } from './sign-digest';
import { newKeyPair } from '../../support/key-pair';

const sha256 = (text: string) => createHash('sha256').update(text).digest();

test.each([
  ['P-256', newKeyPair('P-256')],
  ['RSA', newKeyPair('RSA_2048')],
])('signDigest with %s returns a valid signature of the message', (_, { privateKey, publicKey }) => {
  // often enough to meet numbers of every encoded length
  for (let number = 0; number < 300; number++) {
    const message = `message ${number}`;
    const signature = signDigest(sha256(message), privateKey);

    expect(verify('sha256', Buffer.from(message), publicKey, signature)).toBe(true);
    expect(verify('sha256', Buffer.from('other'), publicKey, signature)).toBe(false);
  }
});
