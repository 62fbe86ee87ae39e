import { Annotations, Lazy, Stack } from 'aws-cdk-lib';
import type { Construct, IConstruct } from 'constructs';

/** A value that is made to change. An export cannot change while it is used, so use in another stack is warned of. */
export function movingValue(owner: Construct, property: string, what: string, value: string): string {
  return Lazy.uncachedString({
    produce: ({ scope: user }) => {
      if (outermostStack(user) !== outermostStack(owner)) {
        Annotations.of(owner).addWarningV2(`cdk-iot-streams:exported${property[0].toUpperCase()}${property.slice(1)}`,
          `'${property}' is used in stack '${Stack.of(user).node.path}': CloudFormation refuses to change an export that is in use, so a deployment `
          + `that moves the ${what} fails; hand it over in an SSM parameter, or put what uses it into a nested stack of this one`);
      }
      return value;
    },
  });
}

function outermostStack(scope: IConstruct): Stack {
  const stack = Stack.of(scope);
  return stack.nestedStackParent ? outermostStack(stack.nestedStackParent) : stack;
}
