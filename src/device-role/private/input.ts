import { duration, role, scope } from '../../core/cdk-input';
import type { Rule, Rules } from '../../core/input';
import { optional, text } from '../../core/input';
import type { DeviceRoleProps } from '../device-role';

/* What the public properties and parameters take. Limits on what a value says are beside the construct. */

/** Parameters, by name. */
export const PARAMETERS = { id: text, scope } satisfies Readonly<Record<string, Rule>>;

export const DEVICE_ROLE_PROPS: Rules<DeviceRoleProps> = {
  credentialDuration: optional(duration),
  roleAliasName: optional(text),
  role: optional(role),
};
