/** An error of an AWS service: its name, its HTTP status and additional members. */
export class ServiceError<TName extends string = string> extends Error {
  constructor(
    readonly errorName: TName, readonly status: number, message: string,
    /** The members of the error besides its message. */
    readonly members: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

/** The errors of all AWS services for unknown or unauthorized callers, with their statuses. */
export const callerErrors = {
  AccessDeniedException: 403,
  UnrecognizedClientException: 403,
  ExpiredTokenException: 403,
  InvalidSignatureException: 403,
  MissingAuthenticationTokenException: 403,
} as const;

/** Creates the error with which a service refuses a caller. */
export type RefuseCaller = (errorName: keyof typeof callerErrors, message: string) => ServiceError;
