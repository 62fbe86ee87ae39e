import { KMS_ADVICE, KMS_TRANSIENT } from './kms-errors';
import type { CallFailed } from '../core/call';
import type { ErrorRules } from '../core/error-advice';
import { AFTER_PROPAGATION } from '../core/error-advice';

/** The stream is in use. An OTA update releases its stream only some time after the update has been deleted. */
export const STREAM_IN_USE = 'DeleteConflictException';
export const STREAM_MISSING = 'ResourceNotFoundException';
export const STREAM_EXISTS = 'ResourceAlreadyExistsException';
/** The stream was created or deleted concurrently; the next attempt reads the current state. */
const CHANGED_CONCURRENTLY = [STREAM_MISSING, STREAM_EXISTS];
/** AWS IoT uses this code for a role that it cannot assume, for an object that it cannot read, and for bad input. */
const AMBIGUOUS = 'InvalidRequestException';
const BAD_INPUT = /validation error|failed to satisfy constraint|must satisfy|member must/i;

const DELIVERY = [
  AFTER_PROPAGATION, 'AWS IoT must be able to assume the stream\'s role (its trust policy must name iot.amazonaws.com)',
  'and to read the objects with it (s3:GetObjectVersion, and kms:Decrypt on the bucket\'s key),',
  'and no file may have more bytes than AWS IoT delivers',
].join(' ');

/** The errors of the calls to AWS IoT, and of the key that signs files. */
export const STREAM_ERRORS: ErrorRules = {
  transient: [...CHANGED_CONCURRENTLY, STREAM_IN_USE, AMBIGUOUS, ...KMS_TRANSIENT],
  isFinal: ({ code, serviceMessage }: CallFailed) => code === AMBIGUOUS && BAD_INPUT.test(serviceMessage),
  advice: [
    ...KMS_ADVICE,
    [[AMBIGUOUS], DELIVERY],
    [[STREAM_IN_USE], 'an OTA update or another resource still uses the stream: remove that first, then delete again'],
    [['LimitExceededException'], 'a quota of AWS IoT is used up: delete streams that nothing needs any more, or have the quota raised, then deploy again'],
  ],
};
