import { clearRecord } from './log-record';

export default clearRecord;
