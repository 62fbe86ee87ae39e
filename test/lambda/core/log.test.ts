import { log } from '../../../lambda/core/log';
import { STACK } from '../support/events';

test('writes each log entry as one line of JSON', () => {
  const print = jest.spyOn(console, 'log').mockImplementation();

  log({ stack: STACK, logicalId: 'Firmware1A2B', streamId: 'X', call: "describe stream 'X'", status: 'two\nlines', milliseconds: 3 });

  expect(print.mock.calls).toStrictEqual([[
    `{"stack":"${STACK}","logicalId":"Firmware1A2B","streamId":"X","call":"describe stream 'X'","status":"two\\nlines","milliseconds":3}`,
  ]]);
  print.mockRestore();
});
