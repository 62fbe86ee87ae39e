import { Stack, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

const NAMES = Symbol.for('cdk-iot-streams.names');

/**
 * Throws where another construct of the stack has the name already: one of the two would fail at the deployment. Kept on the
 * stack, not in the process: two apps in one process have nothing to do with each other.
 */
export function validateUnique(scope: Construct, property: string, plural: string, name: string | undefined): void {
  if (name === undefined || Token.isUnresolved(name)) return;
  const stack: Stack & { [NAMES]?: Map<string, string> } = Stack.of(scope);
  const owners = stack[NAMES] ??= new Map();
  const key = `${property} ${name}`;
  const owner = owners.get(key);
  if (owner !== undefined) throw new Error(`duplicate '${property}' '${name}': '${owner}' has it already; ${plural} must be unique within an account and region`);
  owners.set(key, scope.node.path);
}
