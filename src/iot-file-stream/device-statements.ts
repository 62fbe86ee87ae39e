import type { IResource } from 'aws-cdk-lib';
import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { GENERATION_LENGTH, GENERATION_SEPARATOR } from './private/contract';
import { watchPolicies } from './private/device-policies';
import { DEVICE_STATEMENTS_OPTIONS } from './private/input';
import { validateThingName } from './private/validation';
import { checkedStruct } from '../core/input';

/**
 * The encoding of the messages between a device and AWS IoT.
 */
export enum StreamEncoding {
  /** JSON text. Blocks are encoded in Base64. */
  JSON = 'json',

  /** Binary messages, which are about a quarter shorter. */
  CBOR = 'cbor',
}

/**
 * Options of `deviceStatements()`.
 */
export interface DeviceStatementsOptions {
  /**
   * The name of the thing, for a policy of one device: 1 to 128 letters, digits, ':', '_' and '-', or one policy variable
   * such as '${iot:ClientId}'. Anything else is an error at synth. It is the MQTT client ID and part of the topics.
   *
   * Source of the limit: https://docs.aws.amazon.com/iot/latest/apireference/API_CreateThing.html
   *
   * @default '${iot:Connection.Thing.ThingName}', so that one policy serves all devices that connect as a thing to which
   * their certificate is attached
   */
  readonly thingName?: string;

  /**
   * The encoding of all messages of the devices. If it is given, the statements list the topics that a device may publish
   * and subscribe to, instead of one pattern. A device that uses the other encoding for any message, such as a description
   * in JSON, is then disconnected. The list needs most of the 2,048 characters of a policy document, so it is for one
   * stream.
   *
   * @default - both encodings, with one pattern for each stream
   */
  readonly encoding?: StreamEncoding;
}

const REQUESTS = ['describe', 'get'];
const ANSWERS = ['description', 'data', 'rejected'];

/**
 * What the devices of a stream must be allowed, and nothing on the topics of another one.
 *
 * @internal
 */
export function deviceStatements(stream: IResource, streamId: string, options: DeviceStatementsOptions): iam.PolicyStatement[] {
  const { thingName = '${iot:Connection.Thing.ThingName}', encoding } = checkedStruct('options', options, DEVICE_STATEMENTS_OPTIONS);
  validateThingName(thingName);
  watchPolicies(stream);
  const { region, account } = stream.env;
  const allow = (actions: string[], resource: string, names: string[]) => new iam.PolicyStatement({
    actions: actions.map((action) => `iot:${action}`),
    resources: names.map((resourceName) => Stack.of(stream).formatArn({ service: 'iot', region, account, resource, resourceName })),
  });
  const topics = (...names: string[]) => names.map((name) => `$aws/things/${thingName}/streams/${name}`);
  // '?' stands for a slash too: without an end after it, 'x--abc/data' would pass for a generation of 'x'. No such end can be
  // written for 'x/#', so a device may not subscribe to it for the stream either: a change of the strategy must disconnect nobody
  const generation = `${streamId}${GENERATION_SEPARATOR}${'?'.repeat(GENERATION_LENGTH)}`;
  const ofBoth = (...names: string[]) => topics(...[streamId, generation].flatMap((id) => names.map((name) => `${id}/${name}`)));
  const exact = (names: string[]) => ofBoth(...names.map((name) => `${name}/${encoding}`));
  return [
    allow(['Connect'], 'client', [thingName]),
    ...encoding ? [
      allow(['Publish'], 'topic', topics(...REQUESTS.map((name) => `${streamId}/${name}/${encoding}`))),
      // nothing is received that was not subscribed to
      allow(['Receive'], 'topic', topics(`${streamId}/*`)),
      allow(['Publish', 'Receive'], 'topic', topics(`${generation}/*/${encoding}`)),
      allow(['Subscribe'], 'topicfilter', exact(ANSWERS)),
    ] : [
      allow(['Publish', 'Receive'], 'topic', topics(`${streamId}/*`, `${generation}/*/????`)),
      allow(['Subscribe'], 'topicfilter', ofBoth('*/????')),
    ],
  ];
}
