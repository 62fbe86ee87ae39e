import type { WrittenTemplate } from '../../core/written-template';

/*
 * Limits on what a stream amounts to as a whole, computed from its resources as they are written.
 */

/** Of all inline policies of a role together: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const MAXIMUM_POLICY_CHARACTERS = 10_240;
/** What Lambda takes asynchronously in every region; since October 2025 it is 1 MB in most. */
const MAXIMUM_EVENT_BYTES = 256 * 1024;
/** For ids, addresses and names around the properties of a custom resource's event. */
const EVENT_ENVELOPE_BYTES = 4096;
const MAXIMUM_TEXT_BYTES = 64 * 1024;

/** Says which limits a stream of the template exceeds, by its properties. */
export function exceededLimits(template: WrittenTemplate, properties: any): string[] {
  return [
    ...exceededByProperties(template, properties),
    ...exceededByRole(template, properties.ManagementRoleArn),
    ...exceededByRole(template, properties.RoleArn),
  ];
}

function exceededByProperties(template: WrittenTemplate, properties: any): string[] {
  const files = Object.entries<any>(properties.Files);
  const empty = files.filter(([, { Text, SourceBucket }]) => !Text && !SourceBucket).map(([fileId, { FileName = fileId }]) =>
    `file '${FileName}' of stream '${properties.StreamId}' must not be empty, got: 0 bytes; a device cannot download an empty file`);
  const texts = files.map(([, { Text = '' }]) => bytes(template.longest(Text)));
  const event = EVENT_ENVELOPE_BYTES + 2 * bytes(template.longest(properties));
  return [
    ...empty,
    ...atMost(MAXIMUM_TEXT_BYTES, 'bytes', texts.reduce((sum, size) => sum + size, 0),
      `the texts of stream '${properties.StreamId}'`, 'put the larger ones into files and use StreamFile.fromAsset'),
    ...atMost(MAXIMUM_EVENT_BYTES, 'bytes', event, `an update of stream '${properties.StreamId}', with old and new properties,`,
      'put the larger texts into files and use StreamFile.fromAsset, or make two streams of it'),
  ];
}

function exceededByRole(template: WrittenTemplate, roleArn: any): string[] {
  const { role, characters } = template.inlinePolicies(roleArn);
  return atMost(MAXIMUM_POLICY_CHARACTERS, 'characters', characters, `the inline policies of role '${role}'`,
    'shorten the keys of the source objects, or divide the files among several streams');
}

function atMost(maximum: number, unit: string, actual: number, subject: string, remedy: string): string[] {
  return actual > maximum ? [`${subject} must have at most ${maximum} ${unit}, got: ${actual}; ${remedy}`] : [];
}

function bytes(value: unknown): number {
  return Buffer.byteLength(typeof value === 'string' ? value : JSON.stringify(value));
}
