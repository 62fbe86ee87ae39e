import { callerErrors, ServiceError } from '../service/service-error';

/** The errors of the API with their statuses. */
const statuses = {
  AccountStreamLimitExceededException: 400,
  ClientLimitExceededException: 400,
  DeviceStreamLimitExceededException: 400,
  InvalidArgumentException: 400,
  InvalidDeviceException: 400,
  InvalidResourceFormatException: 400,
  NotAuthorizedException: 401,
  ResourceInUseException: 400,
  ResourceNotFoundException: 404,
  TagsPerResourceExceededLimitException: 400,
  VersionMismatchException: 400,
  // the model says 401, but callers report 403:
  // https://github.com/awslabs/amazon-kinesis-video-streams-producer-sdk-cpp/issues/869
  ...callerErrors,
  InternalFailureException: 500,
  UnknownOperationException: 404,
} as const;

export type ErrorName = keyof typeof statuses;

/** An error of the service. */
export class KinesisVideoError extends ServiceError<ErrorName> {
  constructor(errorName: ErrorName, message: string) {
    super(errorName, statuses[errorName], message);
  }
}

export function invalid(message: string): KinesisVideoError {
  return new KinesisVideoError('InvalidArgumentException', message);
}
