import type { CfnResource } from 'aws-cdk-lib';
import { Stack } from 'aws-cdk-lib';

/**
 * The properties of a resource as in the template: with tags, overrides, and the changes of aspects so far.
 *
 * Private API of the CDK: no public one shows what `addPropertyOverride` did before the template is written, and then neither
 * a property nor a warning can be added any more.
 */
export function renderedProperties(resource: CfnResource): any {
  return Object.values<any>(Stack.of(resource).resolve(resource._toCloudFormation()).Resources)[0].Properties ?? {};
}
