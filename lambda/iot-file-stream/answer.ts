import type { DesiredStream, SizedFile } from './model';
import type { StreamRevision } from './services';
import type { Signatures } from './signatures';
import { signedRevision } from './signatures';
import type { StreamAttributes } from '../../src/iot-file-stream/private/contract';
import {
  ECDSA_SHA_256, fileSizeAttribute, LARGEST_STREAM_VERSION, OBJECT_VERSION_LENGTH, objectKeyAttribute, objectVersionAttribute,
  RSASSA_PKCS1_V1_5_SHA_256, SIGNED_REVISION_ATTRIBUTE, signatureAttribute,
} from '../../src/iot-file-stream/private/contract';
import { bytesOf } from '../core/response';

/*
 * The attributes of a stream, within the 4,096 bytes of an answer.
 */

export interface NamedRevision extends StreamRevision {
  readonly streamId: string;
}

export function attributesOf(
  { streamId, streamArn, streamVersion }: NamedRevision, { answered }: DesiredStream, files: readonly SizedFile[], signatures: Signatures,
): StreamAttributes {
  const located = files.filter(({ fileId }) => answered.locations.includes(fileId));
  return {
    StreamId: streamId,
    StreamArn: streamArn,
    StreamVersion: String(streamVersion),
    ...Object.fromEntries(files.map(({ fileId, size }) => [fileSizeAttribute(fileId), String(size)])),
    ...Object.fromEntries(answered.signatures.map((fileId) => [signatureAttribute(fileId), signatures.get(fileId)])),
    ...Object.fromEntries(located.map(({ fileId, key }) => [objectKeyAttribute(fileId), key])),
    ...Object.fromEntries(located.map(({ fileId, version }) => [objectVersionAttribute(fileId), version])),
    ...signatures.size > 0 ? { [SIGNED_REVISION_ATTRIBUTE]: signedRevision(streamVersion, signatures) } : {},
  };
}

/** Lengths in Base64: a P-256 signature in DER, of which few have less than 70 bytes, and an RSA signature of 2,048 bits, the shortest. */
const LEAST_SIGNATURE_LENGTHS: Readonly<Record<string, number>> = { [ECDSA_SHA_256]: 92, [RSASSA_PKCS1_V1_5_SHA_256]: 344 };

/** Returns attributes with the shortest possible values, to check the size of the answer before anything is changed. */
export function leastAttributes(parsed: DesiredStream, stackId: string): StreamAttributes {
  const version = '-'.repeat(OBJECT_VERSION_LENGTH);
  const files = parsed.files.map(({ fileId, key, size = 1 }): SizedFile => ({ fileId, bucket: parsed.bucket, key, version, size }));
  const signatures = parsed.files.flatMap(({ fileId, signing }) => (
    signing ? [[fileId, '-'.repeat(LEAST_SIGNATURE_LENGTHS[signing.algorithm])] as const] : []));
  return attributesOf(expectedRevision(parsed.streamId, stackId), parsed, files, new Map(signatures));
}

/** Returns placeholders as long as the values of the service. */
export function expectedRevision(streamId: string, stackId: string): NamedRevision {
  const [, partition, , region, account] = stackId.split(':');
  return { streamId, streamArn: `arn:${partition}:iot:${region}:${account}:stream/${streamId}`, streamVersion: LARGEST_STREAM_VERSION };
}

/** Throws if the answer would be too large for CloudFormation. */
export function checkRoom(attributes: StreamAttributes, room: number): void {
  const bytes = bytesOf(attributes);
  if (bytes <= room) return;
  throw new Error(`the attributes of the stream must have at most ${room} bytes, got: ${bytes}; ask for fewer signatures and locations: `
    + 'signature(), fileLocation() and job documents ask for those of their files');
}
