import type * as kms from 'aws-cdk-lib/aws-kms';
import type { BoundSigning } from './private/bound-file';
import { KMS_SIGNING_OPTIONS, PARAMETERS } from './private/input';
import { signingKeyOf } from './private/signing-keys';
import { checkedStruct } from '../core/input';

/**
 * The algorithm of a signature, as AWS KMS names it. Both sign the SHA-256 of the file.
 */
export enum SigningAlgorithm {
  /**
   * ECDSA, with the signature in DER form. The key spec is ECC_NIST_P256, which AWS's OTA libraries require, or
   * ECC_SECG_P256K1.
   */
  ECDSA_SHA_256 = 'ECDSA_SHA_256',

  /**
   * RSA with the padding of PKCS #1 v1.5. The key spec is RSA_2048, RSA_3072 or RSA_4096.
   */
  RSASSA_PKCS1_V1_5_SHA_256 = 'RSASSA_PKCS1_V1_5_SHA_256',
}

/**
 * Options of `FileSigning.kmsKey()`.
 */
export interface KmsSigningOptions {
  /**
   * The algorithm of the signature. The key must support it. If it does not, synth fails for a key of this app, and the
   * deployment fails for an imported key.
   *
   * Source of the supported algorithms: https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-choose-key-spec.html
   *
   * @default SigningAlgorithm.ECDSA_SHA_256
   */
  readonly algorithm?: SigningAlgorithm;
}

/**
 * Signs a file, so that devices can verify that nobody has changed it.
 *
 * @example
 * const key = new kms.Key(this, 'CodeSigning', {
 *   keySpec: kms.KeySpec.ECC_NIST_P256,
 *   keyUsage: kms.KeyUsage.SIGN_VERIFY,
 * });
 * const firmware = new IotFileStream(this, 'Firmware', {
 *   files: [StreamFile.fromAsset('build/app.bin', { signing: FileSigning.kmsKey(key) })],
 * });
 * new CfnOutput(this, 'Signature', { value: firmware.signature('app.bin') });
 */
export abstract class FileSigning {
  /**
   * Signs with an asymmetric key of AWS KMS, whose private part never leaves KMS. The deployment signs the SHA-256 of the
   * file once for each content, key, algorithm and storage location, and keeps the signature.
   *
   * The key must be in the region of the stream and have the key usage SIGN_VERIFY. A key that is known to differ is an error
   * at synth. An alias stands for its key. An alias that is imported by its name alone is an error at synth. The policy of a
   * key of another account must allow `kms:Sign`; the warning `cdk-iot-streams:signingKeyOfAnotherAccount` prints the
   * statement.
   *
   * @param key the key that signs
   * @param options the algorithm
   */
  public static kmsKey(key: kms.IKey, options: KmsSigningOptions = {}): FileSigning {
    PARAMETERS.signingKey('key', key);
    const { algorithm = SigningAlgorithm.ECDSA_SHA_256 } = checkedStruct('options', options, KMS_SIGNING_OPTIONS);
    return new KmsSigning({ key: signingKeyOf(key), algorithm });
  }

  /** @internal */
  public abstract get _signing(): BoundSigning;

  /** @internal */
  protected constructor() {}
}

class KmsSigning extends FileSigning {
  public constructor(public readonly _signing: BoundSigning) {
    super();
  }
}
