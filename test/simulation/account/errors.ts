/* Errors as the services and the SDK name them. */

export class ServiceRefused extends Error {
  constructor(readonly code: string, message: string) {
    super(message);
  }
}

export function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

const STATUS_OF: Readonly<Record<string, number>> = {
  AccessDenied: 403,
  UnrecognizedClientException: 403,
  NotFound: 404,
  ThrottlingException: 503,
  InternalError: 500,
  InternalFailureException: 500,
};

/** As the SDK names an error of which it knows the status alone: it has a name for 404. */
export function nameless(error: Error): Error {
  const status = STATUS_OF[error.name];
  if (status === undefined || status === 404) return error;
  return Object.assign(named('Unknown', 'UnknownError'), { $metadata: { httpStatusCode: status } });
}
