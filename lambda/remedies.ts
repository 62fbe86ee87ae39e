import { CallFailed } from './call';

/** By name, never by status: the services give one status to many things. */
export const DENIED = ['AccessDenied', 'AccessDeniedException', 'UnauthorizedException', 'Forbidden', '403', 'InvalidAccessKeyId', 'InvalidClientTokenId',
  'UnrecognizedClientException'];
/** An OTA update lets go of its stream some time after its own deletion. */
export const IN_USE = 'DeleteConflictException';
/** How the service names a role that it cannot assume or an object that it cannot read, but bad input as well. */
export const AMBIGUOUS = 'InvalidRequestException';

const NOT_SLOW = 'this did not pass within 90 seconds, so it is not IAM that is slow;';
const PERMISSIONS = [
  NOT_SLOW, 'look for',
  '(1) a permission that is missing: a permissions boundary or service control policy must allow the operator role\'s calls,',
  'and sts:AssumeRole to the Lambda\'s role; the operator role\'s trust policy must name that role',
  '(2) an object that is missing: S3 answers 403 for it to whoever may not list the bucket',
  '(3) a key that encrypts the source and does not let this account decrypt',
].join(' ');
const DELIVERY = [
  NOT_SLOW, 'AWS IoT must be able to assume the stream\'s role (its trust policy must name iot.amazonaws.com)',
  'and to read the objects with it (s3:GetObjectVersion, and kms:Decrypt on the bucket\'s key),',
  'and no file may have more bytes than AWS IoT delivers',
].join(' ');

const REMEDIES: readonly [codes: readonly string[], remedy: string][] = [
  [DENIED, PERMISSIONS],
  [[AMBIGUOUS], DELIVERY],
  [[IN_USE], 'an OTA update or another resource still uses the stream: remove that first, then delete again'],
  [['LimitExceededException'], 'a quota of AWS IoT is used up: delete streams that nothing needs any more, or have the quota raised, then deploy again'],
  [
    ['ThrottlingException', 'Throttling', 'TooManyRequestsException', 'RequestLimitExceeded', 'SlowDown'],
    'the service takes fewer calls a second than the account makes now: deploy again, and fewer streams at once',
  ],
  [
    ['InternalFailureException', 'InternalError', 'InternalFailure', 'ServiceUnavailableException', 'ServiceUnavailable', 'TimeoutError'],
    'the service did not get well within twelve attempts: deploy again when it has',
  ],
  [['NoSuchBucket', 'NoSuchKey', 'NoSuchVersion', 'NotFound'], 'what the call names does not exist: bring it back, or declare another source or bucket, then deploy again'],
];

/** An error that says what to do, where something is known to help. */
export function withRemedy(error: CallFailed): Error {
  const found = REMEDIES.find(([codes]) => codes.includes(error.code));
  return found ? new Error(`${error.message}; ${found[1]}`, { cause: error }) : error;
}
