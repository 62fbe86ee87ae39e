import { record } from '../../support/log-record';

/** The log of the handler. */
export interface LogCapture {
  readonly text: () => string;
  /** The lines as objects, without the durations of calls. */
  readonly lines: () => Record<string, unknown>[];
}

/** Captures the log of a whole test file instead of printing it. */
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
