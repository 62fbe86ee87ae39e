import { duration, grantee, iamActions, key, removalPolicy, scope } from '../../core/cdk-input';
import type { Rule, Rules } from '../../core/input';
import { literalBoolean, member, optional, record, text } from '../../core/input';
import type { KinesisVideoStreamAttributes, KinesisVideoStreamProps } from '../kinesis-video-stream';

/* What the public properties and parameters take. Limits on what a value says are in validation.ts. */

/** Parameters, by name. */
export const PARAMETERS = {
  actions: iamActions,
  grantee,
  id: text,
  metricName: text,
  options: optional(record),
  policy: removalPolicy,
  scope,
} satisfies Readonly<Record<string, Rule>>;

export const VIDEO_STREAM_PROPS: Rules<KinesisVideoStreamProps> = {
  streamName: optional(text),
  deviceName: optional(text),
  mediaType: optional(text),
  encryptionKey: optional(key),
  retention: optional(duration),
  storageTier: optional(member('StorageTier', { HOT: 'HOT', WARM: 'WARM' })),
  exposeVersion: optional(literalBoolean),
  removalPolicy,
};

export const VIDEO_STREAM_ATTRIBUTES: Rules<KinesisVideoStreamAttributes> = { streamArn: text, encryptionKey: optional(key) };
