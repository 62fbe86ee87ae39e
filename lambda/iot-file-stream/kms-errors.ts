import type { Advice } from '../core/error-advice';

/** KMS is eventually consistent: for moments it does not know a key that was made, or that a key was enabled again. */
const NOT_READY = ['NotFoundException', 'DisabledException', 'KMSInvalidStateException'];
export const KMS_TRANSIENT = [...NOT_READY, 'KMSInternalException', 'DependencyTimeoutException', 'KeyUnavailableException'];

export const KMS_ADVICE: readonly Advice[] = [
  [['NotFoundException'], 'the signing key must exist in the region of the stream: look at the key that the file names'],
  [
    ['DisabledException', 'KMSInvalidStateException'],
    'the signing key must be enabled to sign a new content: enable it, cancel its deletion, or sign with another key',
  ],
  [
    ['InvalidKeyUsageException', 'UnsupportedOperationException'],
    'the signing key must be of key usage SIGN_VERIFY, and of a spec that fits the algorithm: ECC_NIST_P256, or RSA for RSASSA_PKCS1_V1_5_SHA_256',
  ],
];
