import type { CallFailed } from './call';

/** Advice for errors with certain codes and, if the codes are ambiguous, with a certain beginning of the message. */
export type Advice = readonly [codes: readonly string[], advice: string, beginning?: string];

/** The classification of errors for a resource type. */
export interface ErrorRules {
  /** Codes of errors that may pass by themselves, besides denials and server errors. */
  readonly transient: readonly string[];
  /** Whether an error explains itself, so that neither a retry nor advice helps. */
  readonly isFinal?: (error: CallFailed) => boolean;
  readonly advice: readonly Advice[];
}

/** Errors are classified by name, because services use one status for many errors. 'Forbidden' is a status 403 without a name. */
export const DENIED = ['AccessDenied', 'AccessDeniedException', 'UnauthorizedException', 'Forbidden', 'InvalidAccessKeyId', 'InvalidClientTokenId',
  'UnrecognizedClientException'];
/** The SDK retries these, except for an S3 copy that fails after status 200, which many releases do not retry. */
const SERVER_ERRORS = ['InternalFailureException', 'InternalError', 'InternalFailure', 'InternalServerError', 'ServiceUnavailableException',
  'ServiceUnavailable', 'BadGateway', 'GatewayTimeout', 'TimeoutError'];

/** S3 can throttle a copy after status 200, which many releases of the SDK do not retry. The SDK retries every other throttled call. */
const THROTTLED_COPY = 'SlowDown';

export const AFTER_PROPAGATION = 'still denied after 90 seconds, so this is not IAM propagation delay;';
const PERMISSIONS = [
  AFTER_PROPAGATION, 'check for',
  '(1) a missing permission: a permissions boundary or service control policy must allow the management role\'s calls,',
  'and sts:AssumeRole to the Lambda\'s role; the management role\'s trust policy must name that role',
  '(2) a missing object: S3 answers 403 for it if the caller may not list the bucket',
  '(3) a key that encrypts the source and does not let this account decrypt',
  '(4) a bucket policy that denies the call, for example one that asks for encryption',
].join(' ');

const COMMON_ADVICE: readonly Advice[] = [
  [DENIED, PERMISSIONS],
  [
    ['ThrottlingException', 'Throttling', 'TooManyRequestsException', 'RequestLimitExceeded', THROTTLED_COPY],
    'the account exceeds the request rate of the service: deploy again, with fewer streams at a time',
  ],
  [SERVER_ERRORS, 'the service kept failing: deploy again later'],
  [
    ['NoSuchBucket', 'NoSuchKey', 'NoSuchVersion', 'NotFound'],
    'what the call names does not exist: restore it, or declare another source or bucket, then deploy again',
  ],
];

/** Whether an error may pass by itself: IAM propagation, server errors or throttling. */
export function isTransient({ code }: CallFailed, rules: ErrorRules): boolean {
  return [...DENIED, ...SERVER_ERRORS, THROTTLED_COPY, ...rules.transient].includes(code);
}

/** Returns the error with advice, if there is any. */
export function withAdvice(error: CallFailed, rules: ErrorRules): Error {
  const found = [...rules.advice, ...COMMON_ADVICE].find(([codes, , beginning = '']) => (
    codes.includes(error.code) && error.message.startsWith(beginning)));
  return found ? new Error(`${error.message}; ${found[1]}`, { cause: error }) : error;
}
