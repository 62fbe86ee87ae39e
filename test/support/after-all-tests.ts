import { intrusionIn } from './handler-log';
import { recordedLines } from './log-record';
import { removeRunDirectory } from './run-directory';

export default function afterAllTests(): void {
  removeRunDirectory();
  checkRecord();
}

/** F9: fails the run if the handler has logged anything other than its calls, their streams and their durations. */
function checkRecord(): void {
  const intrusions = recordedLines().map(intrusionIn).filter((intrusion) => intrusion !== undefined);
  if (intrusions.length > 0) throw new Error(`the handler's log must say nothing but what test/support/handler-log.ts lists, got a line that\n${intrusions.join('\n')}`);
}
