import { PlannedFailures } from '../../../local/aws-proxy/planned-failures';

test('a planned failure applies the planned number of times to its action, before or after the call', () => {
  const failures = new PlannedFailures<string>();
  failures.plan({ action: 'A', error: 'first', times: 2 });
  failures.plan({ action: 'A', error: 'lost', when: 'after' });
  expect(failures.take('B', 'before')).toBeUndefined();
  expect([1, 2, 3].map(() => failures.take('A', 'before'))).toEqual(['first', 'first', undefined]);
  expect([1, 2].map(() => failures.take('A', 'after'))).toEqual(['lost', undefined]);
});

test('the action * plans a failure of every action, and clear removes all planned failures', () => {
  const failures = new PlannedFailures<string>();
  failures.plan({ action: '*', error: 'any', times: 9 });
  expect(failures.take('A', 'before')).toBe('any');
  failures.clear();
  expect(failures.take('A', 'before')).toBeUndefined();
});
