import { Annotations, CfnResource, Stage } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { longest } from '../../core/longest';
import { renderedProperties } from '../../core/rendered-properties';

/** Without whitespace: https://docs.aws.amazon.com/iot/latest/apireference/API_CreatePolicy.html */
const MAXIMUM_POLICY_LENGTH = 2048;
const WATCHED = Symbol.for('cdk-iot-streams.watchedPolicies');

/**
 * Warns of policies that the statements of their streams make too long; only a whole policy tells. Not by an aspect: an
 * aspect of the app may make a policy after it, and aspects do not reach into stages.
 */
export function watchPolicies(scope: IConstruct): void {
  for (const stage of scope.node.scopes.filter((candidate): candidate is Stage & { [WATCHED]?: true } => Stage.isStage(candidate))) {
    if (stage[WATCHED]) continue;
    stage[WATCHED] = true;
    stage.node.addValidation({
      validate: () => {
        stage.node.findAll().filter((node) => Stage.of(node) === stage).forEach(warnIfTooLong);
        return [];
      },
    });
  }
}

function warnIfTooLong(node: IConstruct): void {
  if (!CfnResource.isCfnResource(node) || node.cfnResourceType !== 'AWS::IoT::Policy') return;
  const { PolicyDocument: document } = renderedProperties(node);
  if (document === undefined) return;
  const length = JSON.stringify(longest(document)).length;
  if (length <= MAXIMUM_POLICY_LENGTH || !JSON.stringify(document).includes('/streams/')) return;
  Annotations.of(node).addWarningV2('cdk-iot-streams:longDevicePolicy',
    `'policyDocument' must have at most ${MAXIMUM_POLICY_LENGTH} characters, got: up to ${length}; divide the statements among several policies, or omit 'encoding'`);
}
