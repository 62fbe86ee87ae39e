import { checkRoom, leastAttributes } from '../../../lambda/iot-file-stream/answer';
import { parseStream } from '../../../lambda/iot-file-stream/model';
import { keyOf, sha256, STACK, STREAM_ID, streamProperties } from '../support/events';

const KEY_ARN = 'arn:aws:kms:eu-west-1:111122223333:key/5b1d7a30-9c7c-11f0-8f3c-0a1b2c3d4e5f';

test('F84: the least attributes have the shortest signatures, sizes and version IDs that are possible', () => {
  const parsed = parseStream(streamProperties({
    Files: {
      0: { Text: 'twelve bytes', SigningKeyArn: KEY_ARN, SigningAlgorithm: 'ECDSA_SHA_256' },
      1: { SourceBucket: 'vendor', SourceKey: 'fw.bin', SigningKeyArn: KEY_ARN, SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256' },
    },
    AnsweredSignatures: ['0', '1'],
    AnsweredLocations: ['0'],
  }));

  expect(leastAttributes(parsed, STACK)).toStrictEqual({
    StreamId: STREAM_ID,
    StreamArn: `arn:aws:iot:eu-west-1:111122223333:stream/${STREAM_ID}`,
    StreamVersion: '2147483647',
    FileSize0: '12',
    FileSize1: '1',
    Signature0: '-'.repeat(92),
    Signature1: '-'.repeat(344),
    ObjectKey0: keyOf('twelve bytes'),
    ObjectVersion0: '-'.repeat(32),
    SignedRevision: sha256(JSON.stringify([2147483647, [[0, '-'.repeat(92)], [1, '-'.repeat(344)]]])).slice(0, 8),
  });
});

test('F84: attributes may use all of the room, and not a byte more', () => {
  const attributes = { StreamId: 'a', StreamArn: 'b', StreamVersion: '1' };

  expect(() => checkRoom(attributes, 52)).not.toThrow();
  expect(() => checkRoom(attributes, 51)).toThrow(new Error(
    'the attributes of the stream must have at most 51 bytes, got: 52; ask for fewer signatures and locations: '
    + 'signature(), fileLocation() and job documents ask for those of their files'));
});
