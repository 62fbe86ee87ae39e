import { record } from '../../support/log-record';

/** In milliseconds. No call takes longer. */
const HOUR = 3_600_000;

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
      const { milliseconds, ...rest } = JSON.parse(line) as Record<string, unknown>;
      if (milliseconds !== undefined) expect(milliseconds).toBeLessThan(HOUR);
      return rest;
    }),
  };
}
