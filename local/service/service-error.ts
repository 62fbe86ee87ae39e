/** An answer of an AWS service that is an error: its name, its HTTP status and what it carries. */
export class ServiceError<TName extends string = string> extends Error {
  constructor(
    readonly errorName: TName, readonly status: number, message: string,
    /** What the error carries beside its message. */
    readonly members: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

/** The errors that every AWS service answers to a caller whom it does not know or does not let, with their statuses. */
export const callerErrors = {
  AccessDeniedException: 403,
  UnrecognizedClientException: 403,
  ExpiredTokenException: 403,
  InvalidSignatureException: 403,
  MissingAuthenticationTokenException: 403,
} as const;

/** How a service refuses a caller. */
export type RefuseCaller = (errorName: keyof typeof callerErrors, message: string) => ServiceError;
