import type { Advice } from '../core/error-advice';
import { AFTER_PROPAGATION, DENIED } from '../core/error-advice';

/** KMS is eventually consistent: for some seconds it may not find a new key, or still report a key as disabled. */
const NOT_READY = ['NotFoundException', 'DisabledException', 'KMSInvalidStateException'];
export const KMS_TRANSIENT = [...NOT_READY, 'KMSInternalException', 'DependencyTimeoutException', 'KeyUnavailableException'];

const SIGNING_DENIED = [
  AFTER_PROPAGATION, 'the management role must have a statement that allows kms:Sign on exactly this key, with the algorithm as condition',
  'kms:SigningAlgorithm, and the key\'s policy must let the account\'s IAM policies decide or allow it too;',
  'a permissions boundary or service control policy must not forbid it',
].join(' ');

export const KMS_ADVICE: readonly Advice[] = [
  [DENIED, SIGNING_DENIED, 'failed to sign '],
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
