import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { IoTClient } from '@aws-sdk/client-iot';
import {
  AttachPolicyCommand, AttachThingPrincipalCommand, CreateKeysAndCertificateCommand, CreatePolicyCommand, CreateThingCommand,
  DeleteCertificateCommand, DeletePolicyCommand, DeleteThingCommand, DetachPolicyCommand, DetachThingPrincipalCommand,
  UpdateCertificateCommand,
} from '@aws-sdk/client-iot';
import type { MqttTransportOptions } from './device/mqtt-transport';
import type { LocalAws } from './local-aws';

/** A registered device with its certificate and key. */
export interface Thing {
  readonly thingName: string;
  readonly certificateFile: string;
  readonly keyFile: string;
  /** Deletes thing and certificate, and the policy if it was created for them. */
  remove(): Promise<void>;
}

export interface ThingOptions {
  readonly thingName: string;
  /** An IoT policy document, or the name of an existing policy. */
  readonly policy: object | string;
  /** The directory for certificate and key. */
  readonly directory: string;
}

export async function createThing(client: IoTClient, { thingName, policy, directory }: ThingOptions): Promise<Thing> {
  const policyName = typeof policy === 'string' ? policy : `${thingName}-streams`;
  await client.send(new CreateThingCommand({ thingName }));
  const issued = await client.send(new CreateKeysAndCertificateCommand({ setAsActive: true }));
  const [principal, certificateId] = [issued.certificateArn!, issued.certificateId!];
  if (typeof policy !== 'string') await client.send(new CreatePolicyCommand({ policyName, policyDocument: JSON.stringify(policy) }));
  await client.send(new AttachPolicyCommand({ policyName, target: principal }));
  await client.send(new AttachThingPrincipalCommand({ thingName, principal }));
  await mkdir(directory, { recursive: true });
  const [certificateFile, keyFile] = [join(directory, `${thingName}.crt`), join(directory, `${thingName}.key`)];
  await writeFile(certificateFile, issued.certificatePem!);
  await writeFile(keyFile, issued.keyPair!.PrivateKey!, { mode: 0o600 });
  return {
    thingName,
    certificateFile,
    keyFile,
    async remove() {
      await client.send(new DetachThingPrincipalCommand({ thingName, principal }));
      await client.send(new DetachPolicyCommand({ policyName, target: principal }));
      await client.send(new UpdateCertificateCommand({ certificateId, newStatus: 'INACTIVE' }));
      await client.send(new DeleteCertificateCommand({ certificateId }));
      if (typeof policy !== 'string') await client.send(new DeletePolicyCommand({ policyName }));
      await client.send(new DeleteThingCommand({ thingName }));
    },
  };
}

/** Returns the options to connect a thing to the local broker. */
export async function connectionOf(
  { thingName, certificateFile, keyFile }: Omit<Thing, 'remove'>, { endpoints }: Pick<LocalAws, 'endpoints'>,
): Promise<MqttTransportOptions> {
  const [certificate, privateKey, certificateAuthority] = await Promise.all(
    [certificateFile, keyFile, endpoints.ca].map((file) => readFile(file)),
  );
  return { endpoint: endpoints.mqtt, thingName, certificate, privateKey, certificateAuthority };
}

/**
 * Returns the policy that a device needs to download one stream: to connect as itself and to use the topics of the stream.
 * https://docs.aws.amazon.com/iot/latest/developerguide/mqtt-based-file-delivery-managing.html
 */
export function streamPolicy(streamId: string, { region, account }: { region: string; account: string }): object {
  const arn = (kind: string, name: string) => `arn:aws:iot:${region}:${account}:${kind}/${name}`;
  const topics = `$aws/things/\${iot:Connection.Thing.ThingName}/streams/${streamId}/*`;
  return {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: 'iot:Connect', Resource: arn('client', '${iot:Connection.Thing.ThingName}') },
      { Effect: 'Allow', Action: ['iot:Publish', 'iot:Receive'], Resource: arn('topic', topics) },
      { Effect: 'Allow', Action: 'iot:Subscribe', Resource: arn('topicfilter', topics) },
    ],
  };
}
