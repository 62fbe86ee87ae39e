import { request } from 'node:https';
import {
  CreateStackCommand, DeleteStackCommand, waitUntilStackCreateComplete, waitUntilStackDeleteComplete,
} from '@aws-sdk/client-cloudformation';
import {
  AttachPolicyCommand, AttachThingPrincipalCommand, CreateKeysAndCertificateCommand, CreatePolicyCommand,
  CreateThingCommand, DeleteCertificateCommand, DeletePolicyCommand, DeleteThingCommand, DescribeEndpointCommand,
  DetachPolicyCommand, DetachThingPrincipalCommand, UpdateCertificateCommand,
} from '@aws-sdk/client-iot';
import type { Finding, Question } from '../question';
import { shown, told } from '../question';
import { allow, makeRole } from '../roles';
import type { World } from '../world';

interface Device {
  readonly thingName: string;
  readonly certificate: string;
  readonly privateKey: string;
}

const TRUST = { Service: 'credentials.iot.amazonaws.com' };

/** Creates a device that may use every role alias of the account. */
async function makeDevice(world: World, suffix: string): Promise<Device> {
  const { iot } = world;
  const [thingName, policyName] = [world.name(suffix), world.name(suffix)];
  const policyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [allow(['iot:AssumeRoleWithCertificate'], world.arn('iot', 'rolealias/*'))] });
  world.cleanUp(`thing ${thingName}`, async () => iot.send(new DeleteThingCommand({ thingName })));
  await iot.send(new CreateThingCommand({ thingName }));
  world.cleanUp(`policy ${policyName}`, async () => iot.send(new DeletePolicyCommand({ policyName })));
  await iot.send(new CreatePolicyCommand({ policyName, policyDocument }));
  const issued = await iot.send(new CreateKeysAndCertificateCommand({ setAsActive: true }));
  const { certificateArn: principal, certificateId, certificatePem, keyPair } = issued;
  world.cleanUp(`certificate ${certificateId}`, async () => {
    await iot.send(new UpdateCertificateCommand({ certificateId, newStatus: 'INACTIVE' }));
    await iot.send(new DeleteCertificateCommand({ certificateId }));
  });
  world.cleanUp(`policy of certificate ${certificateId}`, async () => iot.send(new DetachPolicyCommand({ policyName, target: principal })));
  await iot.send(new AttachPolicyCommand({ policyName, target: principal }));
  world.cleanUp(`thing of certificate ${certificateId}`, async () => iot.send(new DetachThingPrincipalCommand({ thingName, principal })));
  await iot.send(new AttachThingPrincipalCommand({ thingName, principal }));
  return { thingName, certificate: certificatePem!, privateKey: keyPair!.PrivateKey! };
}

/** Returns the status with which the credentials provider answers a device. */
async function exchanged(world: World, { thingName, certificate, privateKey }: Device, roleAlias: string): Promise<number> {
  const { endpointAddress } = await world.iot.send(new DescribeEndpointCommand({ endpointType: 'iot:CredentialProvider' }));
  const [hostname, port = '443'] = endpointAddress!.split(':');
  return new Promise((resolve, reject) => {
    request({
      hostname,
      port,
      path: `/role-aliases/${roleAlias}/credentials`,
      headers: { 'x-amzn-iot-thingname': thingName },
      cert: certificate,
      key: privateKey,
      ca: world.certificateAuthority,
    }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode!));
    }).on('error', reject).end();
  });
}

/** Creates a role alias with CloudFormation, as DeviceRole does. */
async function makeRoleAlias(world: World, suffix: string, roleArn: string): Promise<string> {
  const { cloudFormation: client } = world;
  const [StackName, roleAlias] = [world.name(suffix), world.name(suffix)];
  const waiting = { client, maxWaitTime: 300, minDelay: 1, maxDelay: 5 };
  const properties = { RoleAlias: roleAlias, RoleArn: roleArn, CredentialDurationSeconds: 900 };
  world.cleanUp(`stack ${StackName}`, async () => {
    await client.send(new DeleteStackCommand({ StackName }));
    await waitUntilStackDeleteComplete(waiting, { StackName });
  });
  await client.send(new CreateStackCommand({
    StackName, TemplateBody: JSON.stringify({ Resources: { Alias: { Type: 'AWS::IoT::RoleAlias', Properties: properties } } }),
  }));
  await waitUntilStackCreateComplete(waiting, { StackName });
  return roleAlias;
}

async function withTrust(world: World, suffix: string, condition?: object): Promise<number> {
  const roleArn = await makeRole(world, suffix, { principal: TRUST, condition });
  await world.propagate();
  return exchanged(world, await makeDevice(world, suffix), await makeRoleAlias(world, suffix, roleArn));
}

async function conditions(world: World): Promise<Finding> {
  const account = { StringEquals: { 'aws:SourceAccount': world.account } };
  const source = (resource: string) => ({ ArnLike: { 'aws:SourceArn': world.arn('iot', resource) } });
  const answers = [
    `aws:SourceAccount: status ${await withTrust(world, 'device-account', account)}`,
    `aws:SourceArn of AWS IoT: status ${await withTrust(world, 'device-iot', source('*'))}`,
    `aws:SourceArn of the alias: status ${await withTrust(world, 'device-alias', source(`rolealias/${world.name('device-alias')}`))}`,
  ];
  return told(answers.join('; '));
}

export const DEVICE_ROLE_QUESTIONS: readonly Question[] = [
  {
    fact: 'whether a device gets credentials for a role that credentials.iot.amazonaws.com may assume',
    assumption: 'yes: this is the trust policy of DeviceRole',
    ask: async (world) => {
      const status = await withTrust(world, 'device');
      return shown(status === 200, `status ${status}`);
    },
  },
  {
    fact: 'which conditions of a trust policy credentials.iot.amazonaws.com fulfils',
    assumption: 'nothing: the trust policy of DeviceRole has no condition',
    ask: conditions,
  },
];
