import { clearRecord } from './log-record';
import { createRunDirectory } from './run-directory';

export default function beforeAllTests(): void {
  createRunDirectory();
  clearRecord();
}
