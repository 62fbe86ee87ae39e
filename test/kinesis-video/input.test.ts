import type { Stack } from 'aws-cdk-lib';
import { KinesisVideoStream } from '../../src';
import type { Attempt, Table } from '../support/input-table';
import {
  BOOLEAN, checkTable, DURATION, EMPTY_ID, GRANTEE, IAM_ACTIONS, KEY, optional, OPTIONS, others, REMOVAL_POLICY, SCOPE, TEXT,
} from '../support/input-table';

const ARN = 'arn:aws:kinesisvideo:eu-west-1:111122223333:stream/door/1700000000000';
const NO_ARN = "'streamArn' must be of the form 'arn:<partition>:kinesisvideo:<region>:<account>:stream/<stream name>/<creation time>', got: ''";

const create = (stack: Stack, props: object = {}) => new KinesisVideoStream(stack, 'Door', props);
const imported = (stack: Stack) => KinesisVideoStream.fromStreamArn(stack, 'Imported', ARN);
const stream = (property: string): Attempt => (stack, value) => create(stack, { [property]: value });
const METRICS = ['incomingBytes', 'incomingFragments', 'putMediaSuccess', 'errorAcks', 'fragmentIngestionLatency', 'millisBehindNow'] as const;

const TABLE: Table = {
  'KinesisVideoStreamProps.streamName': [optional(TEXT), stream('streamName'), "'streamName' must have 1 to 256 characters, got: 0"],
  'KinesisVideoStreamProps.deviceName': [optional(TEXT), stream('deviceName'), "'deviceName' must have 1 to 128 characters, got: 0"],
  'KinesisVideoStreamProps.mediaType': [optional(TEXT), stream('mediaType'), "'mediaType' must have 1 to 128 characters, got: 0"],
  'KinesisVideoStreamProps.encryptionKey': [optional(KEY), stream('encryptionKey')],
  'KinesisVideoStreamProps.retention': [optional(DURATION), stream('retention')],
  'KinesisVideoStreamProps.storageTier': [optional({ rule: 'one of StorageTier.HOT, StorageTier.WARM', refused: others() }), stream('storageTier')],
  'KinesisVideoStreamProps.exposeVersion': [optional(BOOLEAN), stream('exposeVersion')],
  'KinesisVideoStreamProps.removalPolicy': [REMOVAL_POLICY, stream('removalPolicy')],
  'KinesisVideoStreamAttributes.streamArn': [TEXT, (stack, streamArn) => KinesisVideoStream.fromStreamAttributes(stack, 'Door', { streamArn }), NO_ARN],
  'KinesisVideoStreamAttributes.encryptionKey': [
    optional(KEY), (stack, encryptionKey) => KinesisVideoStream.fromStreamAttributes(stack, 'Door', { streamArn: ARN, encryptionKey }),
  ],
  'KinesisVideoStream.constructor(scope)': [SCOPE, (_stack, scope) => new KinesisVideoStream(scope, 'Door')],
  'KinesisVideoStream.constructor(id)': [TEXT, (stack, id) => new KinesisVideoStream(stack, id), EMPTY_ID],
  'KinesisVideoStream.constructor(props)': [OPTIONS, create],
  'KinesisVideoStream.fromStreamArn(scope)': [SCOPE, (_stack, scope) => KinesisVideoStream.fromStreamArn(scope, 'Door', ARN)],
  'KinesisVideoStream.fromStreamArn(id)': [TEXT, (stack, id) => KinesisVideoStream.fromStreamArn(stack, id, ARN), EMPTY_ID],
  'KinesisVideoStream.fromStreamArn(streamArn)': [TEXT, (stack, streamArn) => KinesisVideoStream.fromStreamArn(stack, 'Door', streamArn), NO_ARN],
  'KinesisVideoStream.fromStreamAttributes(scope)': [SCOPE, (_stack, scope) => KinesisVideoStream.fromStreamAttributes(scope, 'Door', { streamArn: ARN })],
  'KinesisVideoStream.fromStreamAttributes(id)': [TEXT, (stack, id) => KinesisVideoStream.fromStreamAttributes(stack, id, { streamArn: ARN }), EMPTY_ID],
  'KinesisVideoStream.fromStreamAttributes(attributes)': [
    { ...OPTIONS, refused: others('object', 'nothing', 'null') }, (stack, attributes) => KinesisVideoStream.fromStreamAttributes(stack, 'Door', attributes),
  ],
  'KinesisVideoStream.applyRemovalPolicy(policy)': [REMOVAL_POLICY, (stack, policy) => create(stack).applyRemovalPolicy(policy)],
  'KinesisVideoStreamGrants.putMedia(grantee)': [GRANTEE, (stack, grantee) => create(stack).grants.putMedia(grantee)],
  'KinesisVideoStreamGrants.readMedia(grantee)': [GRANTEE, (stack, grantee) => create(stack).grants.readMedia(grantee)],
  'KinesisVideoStreamGrants.actions(grantee)': [GRANTEE, (stack, grantee) => create(stack).grants.actions(grantee, ['kinesisvideo:TagStream'])],
  'KinesisVideoStreamGrants.actions(actions)': [IAM_ACTIONS, (stack, actions) => create(stack).grants.actions({ grantPrincipal: undefined } as never, actions)],
  ...Object.fromEntries(METRICS.map((name) =>
    [`KinesisVideoStreamMetrics.${name}(options)`, [OPTIONS, (stack: Stack, options: any) => imported(stack).metrics[name](options)] as const])),
  'KinesisVideoStreamMetrics.metric(metricName)': [
    TEXT, (stack, metricName) => imported(stack).metrics.metric(metricName), "'metricName' must not be empty, got: ''; name a metric, such as 'GetMedia.Requests'",
  ],
  'KinesisVideoStreamMetrics.metric(options)': [OPTIONS, (stack, options) => imported(stack).metrics.metric('GetMedia.Requests', options)],
};

checkTable('kinesis-video', TABLE, []);
