import { reasonOf } from '../../../local/device/errors';

test.each([
  [new Error('out of paper'), 'out of paper'],
  [new AggregateError([]), 'AggregateError'],
  [Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
  ['out of paper', 'out of paper'],
  [undefined, 'undefined'],
])('reasonOf describes %p', (error, reason) => {
  expect(reasonOf(error)).toBe(reason);
});
