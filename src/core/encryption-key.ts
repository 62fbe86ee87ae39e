import type * as kms from 'aws-cdk-lib/aws-kms';

/** IAM decides by the ARN of a key: the ARN of an alias in a policy allows nothing. Undefined if nobody knows the key. */
export function keyBehind(key: kms.IKey): kms.IKey | undefined {
  return 'aliasName' in key ? targetOf(key as kms.IAlias) : key;
}

function targetOf(alias: kms.IAlias): kms.IKey | undefined {
  try {
    return keyBehind(alias.aliasTargetKey);
  } catch {
    // how the CDK says that an alias was imported by its name alone
    return undefined;
  }
}
