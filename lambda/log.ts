/** Whose event a line is about. */
export interface Subject {
  readonly stack: string;
  readonly logicalId: string;
  readonly streamId: string;
}

/** One line of JSON per call. The fields are named here and nowhere else: an event or an address cannot slip in. */
export interface LogLine extends Subject {
  readonly call: string;
  readonly milliseconds?: number;
  readonly attempt?: number;
  readonly status?: string;
  readonly problem?: string;
}

export function log(line: LogLine): void {
  console.log(JSON.stringify(line));
}
