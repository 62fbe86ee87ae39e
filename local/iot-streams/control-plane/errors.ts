import { callerErrors, ServiceError as AnyServiceError } from '../../service/service-error';

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
  ...callerErrors,
  UnknownOperationException: 404,
} as const;

export type ErrorName = keyof typeof statuses;

/** An answer that is an error. */
export class ServiceError extends AnyServiceError<ErrorName> {
  constructor(errorName: ErrorName, message: string, members: Readonly<Record<string, string>> = {}) {
    super(errorName, statuses[errorName], message, members);
  }
}
