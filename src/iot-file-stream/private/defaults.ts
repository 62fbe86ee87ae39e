import { Names, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { MAXIMUM_DESCRIPTION_LENGTH } from './validation';

const MAXIMUM_LENGTH = 34;

/** An ID that never looks like a generation of another stream, for any construct IDs. */
export function defaultStreamId(stream: Construct): string {
  return Names.uniqueResourceName(stream, { maxLength: MAXIMUM_LENGTH, separator: '-', allowedSpecialCharacters: '_-' }).replace(/-{2,}/g, '-');
}

/** The API cannot clear a description, so there is always one. */
export function defaultDescription(stream: Construct): string {
  // half of a character at the end is not one
  return stream.node.path.replace(/\p{C}/gu, '').slice(0, MAXIMUM_DESCRIPTION_LENGTH).replace(/[\ud800-\udbff]$/, '');
}

/** The tags that were given to the stack itself: CloudFormation hands them to resources of its own only. */
export function stackTags(scope: Construct): Record<string, string> {
  const stack = Stack.of(scope);
  return { ...stack.nestedStackParent ? stackTags(stack.nestedStackParent) : {}, ...stack.tags.tagValues() };
}
