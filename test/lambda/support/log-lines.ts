import { record } from '../../support/log-record';

/** What the handler writes to its log, line by line, as objects. */
export interface LogCapture {
  readonly text: () => string;
  /** Without how long a call took. */
  readonly lines: () => Record<string, unknown>[];
}

/** Keeps the log from the console, and shows it. For a whole test file. */
export function captureLog(): LogCapture {
  const written: string[] = [];
  let spy: jest.SpyInstance;
  beforeEach(() => {
    written.length = 0;
    spy = jest.spyOn(console, 'log').mockImplementation((line: string) => {
      written.push(line);
      record(line);
    });
  });
  afterEach(() => spy.mockRestore());
  return {
    text: () => written.join('\n'),
    lines: () => written.map((line) => {
      const parsed = JSON.parse(line) as Record<string, unknown>;
      delete parsed.milliseconds;
      return parsed;
    }),
  };
}
