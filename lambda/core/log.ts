/** Whose event a line is about. */
export interface LogContext {
  readonly stack: string;
  readonly logicalId: string;
  /** Absent for a resource type that this version of the handler does not know. */
  readonly streamId?: string;
}

/** One line of JSON per call. The fields are named here and nowhere else: an event or a response URL cannot slip in. */
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
