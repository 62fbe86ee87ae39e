/** The errors of the API with the status that each is answered with. */
const statuses = {
  InvalidRequestException: 400,
  ThrottlingException: 400,
  UnauthorizedException: 401,
  ResourceNotFoundException: 404,
  ResourceAlreadyExistsException: 409,
  DeleteConflictException: 409,
  // not a typing error: the model says 410, and "410 is gone" is the trap in it
  LimitExceededException: 410,
  InternalFailureException: 500,
  ServiceUnavailableException: 503,
  // what every AWS service answers to a caller whom it does not know or does not let
  AccessDeniedException: 403,
  UnrecognizedClientException: 403,
  ExpiredTokenException: 403,
  InvalidSignatureException: 403,
  MissingAuthenticationTokenException: 403,
  UnknownOperationException: 404,
} as const;

export type ErrorName = keyof typeof statuses;

/** An answer that is an error. */
export class ServiceError extends Error {
  readonly status: number;

  constructor(
    readonly errorName: ErrorName, message: string,
    /** What the error carries beside its message. */
    readonly members: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.status = statuses[errorName];
  }
}
