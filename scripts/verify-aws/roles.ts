import { CreateRoleCommand, DeleteRoleCommand, DeleteRolePolicyCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import type { ClientOptions, World } from './world';

export interface RoleOptions {
  readonly principal: object;
  readonly statements?: readonly object[];
  /** The condition of the trust policy. */
  readonly condition?: object;
}

export const IOT = { Service: 'iot.amazonaws.com' };

/** Creates a role with one inline policy. */
export async function makeRole(world: World, suffix: string, { principal, statements = [], condition }: RoleOptions): Promise<string> {
  const RoleName = world.name(suffix);
  const document = (statement: readonly object[]) => JSON.stringify({ Version: '2012-10-17', Statement: statement });
  world.cleanUp(`role ${RoleName}`, async () => world.iam.send(new DeleteRoleCommand({ RoleName })));
  const { Role } = await world.iam.send(new CreateRoleCommand({
    RoleName, AssumeRolePolicyDocument: document([{ Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole', Condition: condition }]),
  }));
  if (statements.length > 0) {
    world.cleanUp(`policy of role ${RoleName}`, async () => world.iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: 'it' })));
    await world.iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'it', PolicyDocument: document(statements) }));
  }
  return Role!.Arn!;
}

/** Creates a role with these permissions and returns its credentials. */
export async function makeCaller(world: World, suffix: string, statements: readonly object[]): Promise<NonNullable<ClientOptions['credentials']>> {
  const RoleArn = await makeRole(world, suffix, { principal: { AWS: `arn:${world.partition}:iam::${world.account}:root` }, statements });
  await world.propagate();
  const { Credentials } = await world.sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'verify' }));
  const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials!;
  return { accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey!, sessionToken: SessionToken! };
}

export function allow(actions: readonly string[], resource: string): object {
  return { Effect: 'Allow', Action: actions, Resource: resource };
}
