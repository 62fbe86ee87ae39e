import { callerErrors, ServiceError as AnyServiceError } from '../../service/service-error';

/** The errors of the API with their statuses. */
const statuses = {
  InvalidRequestException: 400,
  ThrottlingException: 400,
  UnauthorizedException: 401,
  ResourceNotFoundException: 404,
  ResourceAlreadyExistsException: 409,
  DeleteConflictException: 409,
  // the model really says 410, which elsewhere means 'Gone'
  LimitExceededException: 410,
  InternalFailureException: 500,
  ServiceUnavailableException: 503,
  ...callerErrors,
  UnknownOperationException: 404,
} as const;

export type ErrorName = keyof typeof statuses;

/** An error of the service. */
export class ServiceError extends AnyServiceError<ErrorName> {
  constructor(errorName: ErrorName, message: string, members: Readonly<Record<string, string>> = {}) {
    super(errorName, statuses[errorName], message, members);
  }
}
