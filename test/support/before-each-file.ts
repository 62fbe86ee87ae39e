import { resolve, sep } from 'node:path';
import { format } from 'node:util';
import { record } from './log-record';

const handler = resolve(__dirname, '../../lambda') + sep;

// records what the handler prints in tests that do not capture the console
for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
  const print = console[method].bind(console);
  console[method] = (...data: unknown[]) => {
    if (new Error().stack?.includes(handler)) record(format(...data));
    print(...data);
  };
}
