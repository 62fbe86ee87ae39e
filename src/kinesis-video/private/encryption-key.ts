import { Annotations, Stack, Stage, Token } from 'aws-cdk-lib';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { shortHashOf } from '../../core/digest';
import { keyBehind } from '../../core/encryption-key';

/**
 * Stands in the logical id for the key. It is made of the key's ARN, or of how the deployment resolves the ARN, and not of a
 * path from the root: another key is another stream, but an app that is rearranged has the streams that it had.
 */
export function keyHash(stream: Construct, key: kms.IKey | undefined): string {
  return shortHashOf(key === undefined ? '' : identity(stream, keyBehind(key) ?? key));
}

function identity(stream: Construct, key: kms.IKey): string {
  if (!Token.isUnresolved(key.keyArn)) return key.keyArn;
  const stack = Stack.of(key);
  const elsewhere = stack === Stack.of(stream) ? [] : [pathInStage(stack)];
  return JSON.stringify([...elsewhere, stack.resolve(key.keyArn)]);
}

function pathInStage(stack: Stack): string {
  return stack.node.path.slice(Stage.of(stack)!.node.path.length).replace(/^\//, '');
}

/** Says that the grantee is not allowed to use a key that is known by an alias alone. */
export function warnOfUnknownKey(scope: Construct, key: kms.IKey, action: string): void {
  Annotations.of(scope).addWarningV2('cdk-iot-streams:unknownKey',
    `the key behind alias '${(key as kms.IAlias).aliasName}' is unknown, so a grant on the stream does not include it: import the key itself, with kms.Key.fromKeyArn or `
    + `kms.Alias.fromAliasAttributes; or allow the grantee ${action} on its ARN`);
}
