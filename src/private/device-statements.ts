import { Annotations, AspectPriority, Aspects, IAspect, IResource, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as iot from 'aws-cdk-lib/aws-iot';
import { IConstruct } from 'constructs';
import { GENERATION_LENGTH, GENERATION_SEPARATOR } from './contract';
import { longest } from './limits';
import { validateThingName } from './validation';
import { DeviceStatementsOptions } from '../device-statements';

const REQUESTS = ['describe', 'get'];
const ANSWERS = ['description', 'data', 'rejected'];
/** Without whitespace: https://docs.aws.amazon.com/iot/latest/apireference/API_CreatePolicy.html */
const MAXIMUM_POLICY_LENGTH = 2048;

/** What the devices of a stream must be allowed, and nothing on the topics of another one. */
export function deviceStatements(stream: IResource, streamId: string, options: DeviceStatementsOptions): iam.PolicyStatement[] {
  const { thingName = '${iot:Connection.Thing.ThingName}', encoding } = options;
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
