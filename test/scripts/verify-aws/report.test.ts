import type { Finding, Question } from '../../../scripts/verify-aws/question';
import { refusedWith, shown, succeeding, told } from '../../../scripts/verify-aws/question';
import type { Row, Verdict } from '../../../scripts/verify-aws/report';
import { ask, exitCode, problems, table } from '../../../scripts/verify-aws/report';
import type { World } from '../../../scripts/verify-aws/world';

const nowhere = {} as World;
const failure = Object.assign(new Error('no | such\nthing'), { name: 'ResourceNotFoundException' });

function question(by: Question['ask']): Question {
  return { fact: 'a fact', assumption: 'an assumption', ask: by };
}

function row(verdict: Verdict): Row {
  return { fact: 'a fact', assumption: 'an assumption', answer: 'an answer', verdict };
}

test.each<[string, () => Promise<Finding>, string, Verdict]>([
  ['an answer that the assumption predicts', async () => shown(true, 'yes'), 'yes', 'holds'],
  ['an answer that contradicts it', async () => shown(false, 'no'), 'no', 'FAILED'],
  ['an answer to a question that nothing depends on', async () => told('perhaps'), 'perhaps', 'nothing assumed'],
  ['an unexpected error', async () => { throw failure; }, 'error ResourceNotFoundException: no | such\nthing', 'NOT ANSWERED'],
])('ask gives a verdict on %s', async (_, by, answer, verdict) => {
  expect(await ask(question(by), nowhere)).toStrictEqual({ fact: 'a fact', assumption: 'an assumption', answer, verdict });
});

test('ask says what to do for a question that must be answered by hand', async () => {
  expect(await ask(question('run it'), nowhere)).toMatchObject({ answer: 'by hand: run it', verdict: 'not asked' });
});

test('refusedWith accepts an error only with the given name', async () => {
  expect(await refusedWith(['ResourceNotFoundException'], Promise.reject(failure))).toMatchObject({ holds: true });
  expect(await refusedWith(['AccessDenied'], Promise.reject(failure))).toMatchObject({ holds: false });
  expect(await refusedWith(['AccessDenied'], Promise.resolve('version 1'))).toStrictEqual({ holds: false, answer: 'no error: version 1' });
});

test('succeeding accepts a call that succeeds', async () => {
  expect(await succeeding(Promise.resolve('version 1'))).toStrictEqual({ holds: true, answer: 'version 1' });
  expect(await succeeding(Promise.reject(failure))).toMatchObject({ holds: false });
});

test('table writes one line for each row, with any answer of the service', async () => {
  expect(table([await ask(question(async () => { throw failure; }), nowhere)])).toBe([
    '| fact | what the library assumes | what the account says | |',
    '| --- | --- | --- | --- |',
    '| a fact | an assumption | error ResourceNotFoundException: no \\| such thing | NOT ANSWERED |',
  ].join('\n'));
});

test.each<[number, Verdict[], string[]]>([
  [0, ['holds', 'nothing assumed', 'not asked'], []],
  [1, ['holds', 'FAILED', 'NOT ANSWERED'], []],
  [2, ['holds', 'NOT ANSWERED'], []],
  [2, ['holds'], ['role X']],
])('exitCode is %i after the verdicts %j with %j left behind', (code, verdicts, leftBehind) => {
  expect(exitCode(verdicts.map(row), leftBehind)).toBe(code);
});

test('problems lists each failed assumption and each thing that was left behind', () => {
  expect(problems([row('holds'), row('FAILED'), row('NOT ANSWERED')], ['role X'])).toStrictEqual([
    'FAILED: a fact; assumed: an assumption; got: an answer',
    'NOT ANSWERED: a fact; assumed: an assumption; got: an answer',
    'left behind: role X',
  ]);
});
