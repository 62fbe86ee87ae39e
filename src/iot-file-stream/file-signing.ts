import type * as kms from 'aws-cdk-lib/aws-kms';
import type { BoundSigning } from './private/bound-file';
import { KMS_SIGNING_OPTIONS, PARAMETERS } from './private/input';
import { signingKeyOf } from './private/signing-keys';
import { checkedStruct } from '../core/input';

/**
 * The algorithm of a signature, in the words of KMS. Both sign the SHA-256 of the file.
 */
export enum SigningAlgorithm {
  /**
   * ECDSA, the signature in DER form, as AWS's OTA libraries verify it. For keys of spec ECC_NIST_P256, which those libraries
   * need, and ECC_SECG_P256K1.
   */
  ECDSA_SHA_256 = 'ECDSA_SHA_256',

  /**
   * RSA with the padding of PKCS #1 v1.5. For keys of spec RSA_2048, RSA_3072 and RSA_4096.
   */
  RSASSA_PKCS1_V1_5_SHA_256 = 'RSASSA_PKCS1_V1_5_SHA_256',
}

/**
 * Options of `FileSigning.kmsKey()`.
 */
export interface KmsSigningOptions {
  /**
   * The algorithm of the signature. One that the key does not support is an error at synth where the app makes the key, else
   * the deployment fails.
   *
   * Source of what a key supports: https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-choose-key-spec.html
   *
   * @default SigningAlgorithm.ECDSA_SHA_256
   */
  readonly algorithm?: SigningAlgorithm;
}

/**
 * Signs a file, so that devices can tell that nobody has changed it.
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
   * Signs with an asymmetric key of AWS KMS, whose private part never leaves KMS. The deployment signs the SHA-256 of what
   * devices receive, once for each content, key and storage location, and keeps the signature.
   *
   * The key must be of the stream's region and of usage SIGN_VERIFY; what is known to be otherwise at synth is an error there.
   * An alias stands for its key; one that is imported by its name alone is an error at synth. The policy of a key of another
   * account must allow `kms:Sign`, as the warning `cdk-iot-streams:signingKeyOfAnotherAccount` says.
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
