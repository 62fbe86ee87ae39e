import { Annotations, AspectPriority, Aspects, IAspect, IResource, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as iot from 'aws-cdk-lib/aws-iot';
import { IConstruct } from 'constructs';
import { GENERATION_LENGTH, GENERATION_SEPARATOR } from './private/contract';
import { DEVICE_STATEMENTS_OPTIONS } from './private/input';
import { validateThingName } from './private/validation';
import { checkedStruct } from '../core/input';
import { longest } from '../core/longest';

/**
 * The form of the messages between a device and AWS IoT.
 */
export enum StreamEncoding {
  /** Text; blocks travel in Base64. */
  JSON = 'json',

  /** Binary, a third shorter. */
  CBOR = 'cbor',
}

/**
 * Options of `deviceStatements()`.
 */
export interface DeviceStatementsOptions {
  /**
   * The thing that the device is, for a policy of its own: 1 to 128 letters, digits, ':', '_' and '-', or one policy variable
   * such as '${iot:ClientId}'; anything else is an error at synth. It is the MQTT client id and part of the topics.
   *
   * Source of the limit: https://docs.aws.amazon.com/iot/latest/apireference/API_CreateThing.html
   *
   * @default '${iot:Connection.Thing.ThingName}', so that one policy serves all devices that connect as a thing to which
   * their certificate is attached
   */
  readonly thingName?: string;

  /**
   * The encoding that the devices speak. Where it is named, the statements list the exact topics instead of a pattern:
   * what a device may publish it may not subscribe to, and the other way round. That takes most of the 2,048 characters
   * of a policy document, so it is for one stream.
   *
   * @default - both, by one pattern a stream
   */
  readonly encoding?: StreamEncoding;
}

const REQUESTS = ['describe', 'get'];
const ANSWERS = ['description', 'data', 'rejected'];
/** Without whitespace: https://docs.aws.amazon.com/iot/latest/apireference/API_CreatePolicy.html */
const MAXIMUM_POLICY_LENGTH = 2048;

/**
 * What the devices of a stream must be allowed, and nothing on the topics of another one.
 *
 * @internal
 */
export function deviceStatements(stream: IResource, streamId: string, options: DeviceStatementsOptions): iam.PolicyStatement[] {
  const { thingName = '${iot:Connection.Thing.ThingName}', encoding } = checkedStruct('options', options, DEVICE_STATEMENTS_OPTIONS);
  validateThingName(thingName);
  watchPolicies(stream.node.root);
  const { region, account } = stream.env;
  const allow = (actions: string[], resource: string, names: string[]) => new iam.PolicyStatement({
    actions: actions.map((action) => `iot:${action}`),
    resources: names.map((resourceName) => Stack.of(stream).formatArn({ service: 'iot', region, account, resource, resourceName })),
  });
  const topics = (...names: string[]) => names.map((name) => `$aws/things/${thingName}/streams/${name}`);
  const exact = (names: string[]) => topics(...names.map((name) => `${streamId}/${name}/${encoding}`));
  // '?' stands for a slash too: without an end of this form, 'x--abc/data' would pass for a generation of 'x'
  const generations = `${streamId}${GENERATION_SEPARATOR}${'?'.repeat(GENERATION_LENGTH)}/*/${encoding ?? '????'}`;
  return [
    allow(['Connect'], 'client', [thingName]),
    ...encoding ? [
      allow(['Publish'], 'topic', exact(REQUESTS)),
      allow(['Receive'], 'topic', exact(ANSWERS)),
      allow(['Publish', 'Receive'], 'topic', topics(generations)),
      allow(['Subscribe'], 'topicfilter', [...exact(ANSWERS), ...topics(generations)]),
    ] : [
      allow(['Publish', 'Receive'], 'topic', topics(`${streamId}/*`, generations)),
      allow(['Subscribe'], 'topicfilter', topics(`${streamId}/*`, generations)),
    ],
  ];
}

function watchPolicies(root: IConstruct): void {
  const aspects = Aspects.of(root);
  if (!aspects.all.some((aspect) => aspect instanceof LongPolicies)) aspects.add(new LongPolicies(), { priority: AspectPriority.READONLY });
}

/** Only a whole policy tells whether the statements of all its streams fit into it. */
class LongPolicies implements IAspect {
  visit(node: IConstruct): void {
    if (!(node instanceof iot.CfnPolicy)) return;
    const document = Stack.of(node).resolve(node.policyDocument);
    const length = JSON.stringify(longest(document)).length;
    if (length <= MAXIMUM_POLICY_LENGTH || !JSON.stringify(document).includes('/streams/')) return;
    Annotations.of(node).addWarningV2('cdk-iot-streams:longDevicePolicy',
      `'policyDocument' must have at most ${MAXIMUM_POLICY_LENGTH} characters, got: up to ${length}; give the statements of some streams a policy of their own, or leave out 'encoding'`);
  }
}
