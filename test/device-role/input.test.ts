import type { Stack } from 'aws-cdk-lib';
import { DeviceRole } from '../../src';
import type { Attempt, Table } from '../support/input-table';
import { checkTable, DURATION, EMPTY_ID, optional, OPTIONS, ROLE, SCOPE, TEXT } from '../support/input-table';

const create = (stack: Stack, props: object = {}) => new DeviceRole(stack, 'Camera', props);
const role = (property: string): Attempt => (stack, value) => create(stack, { [property]: value });

const TABLE: Table = {
  'DeviceRoleProps.credentialDuration': [optional(DURATION), role('credentialDuration')],
  'DeviceRoleProps.roleAliasName': [
    optional(TEXT), role('roleAliasName'), "'roleAliasName' must have 1 to 128 letters, digits and any of _=,@-, got: ''",
  ],
  'DeviceRoleProps.role': [optional(ROLE), role('role')],
  'DeviceRole.constructor(scope)': [SCOPE, (_stack, scope) => new DeviceRole(scope, 'Camera')],
  'DeviceRole.constructor(id)': [TEXT, (stack, id) => new DeviceRole(stack, id), EMPTY_ID],
  'DeviceRole.constructor(props)': [OPTIONS, create],
};

checkTable('device-role', TABLE, []);
