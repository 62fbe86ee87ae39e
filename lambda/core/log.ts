/** The resource that a line is about. */
export interface LogContext {
  readonly stack: string;
  readonly logicalId: string;
  /** Undefined for a resource type that this release of the handler does not know. */
  readonly streamId?: string;
}

/** One line of JSON for each call. The list of fields is closed, so that no event and no presigned URL can be logged. */
export interface LogLine extends LogContext {
  readonly call: string;
  readonly milliseconds?: number;
  readonly attempt?: number;
  readonly status?: string;
  readonly problem?: string;
}

export function log(line: LogLine): void {
  console.log(JSON.stringify(line));
}
