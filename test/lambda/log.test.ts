import { captureLog } from './support/log-lines';
import { log } from '../../lambda/log';

const captured = captureLog();

test('a line is one line of JSON', () => {
  log({ stack: 'arn:stack', logicalId: 'Firmware1A2B', streamId: 'X', call: "describe stream 'X'", status: 'two\nlines', milliseconds: 3 });

  expect(captured.text()).toBe('{"stack":"arn:stack","logicalId":"Firmware1A2B","streamId":"X","call":"describe stream \'X\'","status":"two\\nlines","milliseconds":3}');
});
