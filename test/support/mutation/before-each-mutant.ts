export { clearRecord as default } from '../log-record';
