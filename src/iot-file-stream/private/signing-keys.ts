import { Annotations, Stack, Token } from 'aws-cdk-lib';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { BoundSigning } from './bound-file';
import { ECDSA_SHA_256, RSASSA_PKCS1_V1_5_SHA_256 } from './contract';
import { keyBehind } from '../../core/encryption-key';
import { renderedProperties } from '../../core/rendered-properties';
import { resourceOf } from '../../core/resource-of';

/*
 * What must be true of the keys that sign. https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-choose-key-spec.html
 */

/** By algorithm, the specs of the keys that support it, with the characters that a signature of theirs has in Base64. */
const SPECS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  // DER: at most 72 bytes
  [ECDSA_SHA_256]: { ECC_NIST_P256: 96, ECC_SECG_P256K1: 96 },
  [RSASSA_PKCS1_V1_5_SHA_256]: { RSA_2048: 344, RSA_3072: 512, RSA_4096: 684 },
};

/** Returns the key itself: IAM decides by its ARN. */
export function signingKeyOf(given: kms.IKey): kms.IKey {
  const key = keyBehind(given);
  const isAlias = key !== undefined && !Token.isUnresolved(key.keyArn) && key.keyArn.includes(':alias/');
  if (key !== undefined && !isAlias) return key;
  throw new Error(`'key' must be a key whose ARN is known, got: ${isAlias ? `'${key.keyArn}'` : `alias '${(given as kms.IAlias).aliasName}'`}; `
    + 'IAM does not match the ARN of an alias: import the key itself with kms.Key.fromKeyArn, or its alias with kms.Alias.fromAliasAttributes');
}

/** Across accounts, the policy of the role is half of what it takes. */
export function warnOfOtherAccount(scope: Construct, { key, algorithm }: BoundSigning): void {
  const { account } = Stack.of(scope);
  if (Token.isUnresolved(account) || Token.isUnresolved(key.env.account) || account === key.env.account) return;
  const statement = {
    Effect: 'Allow',
    // the account's number is right in every partition
    Principal: { AWS: account },
    Action: 'kms:Sign',
    Resource: '*',
    Condition: { StringEquals: { 'kms:SigningAlgorithm': algorithm } },
  };
  Annotations.of(scope).addWarningV2('cdk-iot-streams:signingKeyOfAnotherAccount',
    `'signing' uses key '${key.node.path}' of account '${key.env.account}': the policy of that key must contain ${JSON.stringify(statement)}`);
}

/** Says which keys of this app cannot sign as they are asked to, with everything that overrides and aspects made of them. */
export function signingKeyProblems(signings: readonly BoundSigning[]): string[] {
  return [...new Set(signings.flatMap(({ key, algorithm }) => {
    const { spec, usage } = declared(key);
    const specs = Object.keys(SPECS[algorithm]);
    return [
      ...usage !== undefined && usage !== 'SIGN_VERIFY' ? [
        `'signing' must use a key with 'keyUsage' SIGN_VERIFY, got: '${key.node.path}' with ${usage}; KMS cannot change the usage of a key: make another key`,
      ] : [],
      ...spec !== undefined && !specs.includes(spec) ? [
        `'signing' must use a key with 'keySpec' ${specs.join(' or ')} for ${algorithm}, got: '${key.node.path}' with ${spec}; `
        + 'take the algorithm that the key supports, or a key of such a spec',
      ] : [],
    ];
  }))];
}

/** The greatest number of characters that a signature has in Base64. */
export function signatureLength({ key, algorithm }: BoundSigning): number {
  const lengths = SPECS[algorithm];
  return lengths[declared(key).spec ?? ''] ?? Math.max(...Object.values(lengths));
}

/** Undefined where the app does not make the key, or the deployment resolves the value. */
function declared(key: kms.IKey): { spec?: string; usage?: string } {
  const resource = resourceOf(key, 'AWS::KMS::Key');
  if (!resource) return {};
  const { KeySpec: spec = 'SYMMETRIC_DEFAULT', KeyUsage: usage = 'ENCRYPT_DECRYPT' } = renderedProperties(resource);
  const literal = (value: unknown) => typeof value === 'string' ? value : undefined;
  return { spec: literal(spec), usage: literal(usage) };
}
