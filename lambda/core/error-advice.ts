import type { CallFailed } from './call';

/** What to do about an error, by the service's names for it, and where those do not suffice by the beginning of our message. */
export type Advice = readonly [codes: readonly string[], advice: string, beginning?: string];

/** How a resource type classifies the errors of the services that it calls. */
export interface ErrorRules {
  /** Codes whose cause may pass by itself, besides denials and server errors. */
  readonly transient: readonly string[];
  /** Whether an error says by itself what is wrong, so that neither time nor advice helps. */
  readonly isFinal: (error: CallFailed) => boolean;
  readonly advice: readonly Advice[];
}

/** By name, never by status: the services give one status to many things. 'Forbidden' is a status 403 without a name. */
export const DENIED = ['AccessDenied', 'AccessDeniedException', 'UnauthorizedException', 'Forbidden', 'InvalidAccessKeyId', 'InvalidClientTokenId',
  'UnrecognizedClientException'];
/** The SDK repeats calls that end with these, but for S3's copies that fail after their status has been sent: many releases do not. */
const SERVER_ERRORS = ['InternalFailureException', 'InternalError', 'InternalFailure', 'InternalServerError', 'ServiceUnavailableException',
  'ServiceUnavailable', 'BadGateway', 'GatewayTimeout', 'TimeoutError'];

/** S3 can throttle a copy after it has sent status 200, which many releases of the SDK do not repeat. The SDK repeats every other throttled call. */
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

/** Whether the cause may pass by itself: permissions that have not propagated yet, or a service that fails or throttles for a moment. */
export function isTransient({ code }: CallFailed, rules: ErrorRules): boolean {
  return [...DENIED, ...SERVER_ERRORS, THROTTLED_COPY, ...rules.transient].includes(code);
}

/** An error that says what to do, if something is known to help. */
export function withAdvice(error: CallFailed, rules: ErrorRules): Error {
  const found = [...rules.advice, ...COMMON_ADVICE].find(([codes, , beginning = '']) => (
    codes.includes(error.code) && error.message.startsWith(beginning)));
  return found ? new Error(`${error.message}; ${found[1]}`, { cause: error }) : error;
}
