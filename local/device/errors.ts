import { types } from 'node:util';

const REMEDIES: Record<string, string> = {
  Unauthorized: 'check that the role of the stream may read the object version in S3',
  ResourceNotFound: 'check the stream id, the file id, and that the object version still exists in S3',
  VersionMismatch: 'describe the stream and ask for the version it has now',
  ETagMismatch: 'the object in S3 was overwritten after the stream was made: update the stream',
  BlockSizeOutOfBounds: 'ask for blocks of 256 to 131072 bytes',
  InternalError: 'try again later',
};

/** The stream service has rejected a request on the `rejected` topic. */
export class StreamRejection extends Error {
  constructor(readonly request: string, readonly code: string, readonly serviceMessage: string) {
    super(`${request} was rejected with ${code} (${serviceMessage || 'no message'}); ${REMEDIES[code] ?? 'check the request against the limits of the service'}`);
    this.name = 'StreamRejection';
  }
}

/** No attempt of a request was answered. */
export class NoAnswer extends Error {
  constructor(
    request: string, rounds: number, trouble: string | undefined, topics: { readonly publish: string; readonly subscribe: string },
  ) {
    super(`${request} must be answered, got: nothing after asking ${rounds} times${trouble === undefined ? '' : ` (${trouble})`}; `
      + `check the stream id, and that the policy of the device allows publishing to '${topics.publish}' and receiving from '${topics.subscribe}'`);
    this.name = 'NoAnswer';
  }
}

/** An answer to a request of this client contradicts the protocol, so the content cannot be trusted. */
export class ProtocolViolation extends Error {
  constructor(rule: string, received: string) {
    super(`${rule}, got: ${received}; start over, and report it to whoever runs the endpoint if it happens again`);
    this.name = 'ProtocolViolation';
  }
}

/** The content has another SHA-256 than expected. */
export class DigestMismatch extends Error {
  constructor(readonly fileId: number, readonly expected: string, readonly received: string) {
    super(`file ${fileId} must have the SHA-256 ${expected}, got: ${received}; what was downloaded is removed, so the next run starts from the first byte`);
    this.name = 'DigestMismatch';
  }
}

/** The signature of the content is not valid for the public key. */
export class SignatureMismatch extends Error {
  constructor(readonly fileId: number) {
    super(`file ${fileId} must be signed with the private key that belongs to the given public key, got: a file that is not: its content or its signature `
      + 'was changed, or another key has signed it; what was downloaded is removed, so the next run starts from the first byte');
    this.name = 'SignatureMismatch';
  }
}

/** An option of the caller is invalid. */
export class InvalidOption extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'InvalidOption';
  }
}

/** Returns the message of an unknown value that was thrown; never empty, unlike the message of an AggregateError. */
export function reasonOf(error: unknown): string {
  if (!types.isNativeError(error)) return String(error);
  return error.message || ('code' in error ? String(error.code) : error.name);
}
