import { JobsClient } from '../../../local/device/jobs';
import type { MessageListener, Transport } from '../../../local/device/transport';

type Reply = (topic: string, body: any) => [topic: string, message: unknown][];

/** A transport whose other side answers at once, or not at all. */
class Line implements Transport {
  readonly published: [topic: string, body: any][] = [];
  readonly subscribed: string[] = [];
  private listener?: MessageListener;

  constructor(private readonly reply: Reply) {}

  async subscribe(topics: readonly string[]): Promise<void> {
    this.subscribed.push(...topics);
  }

  async publish(topic: string, payload: Uint8Array): Promise<void> {
    const body = JSON.parse(Buffer.from(payload).toString());
    this.published.push([topic, body]);
    for (const [answerTopic, message] of this.reply(topic, body)) this.tell(answerTopic, message);
  }

  tell(topic: string, message: unknown): void {
    this.listener?.(topic, Buffer.isBuffer(message) ? message : Buffer.from(JSON.stringify(message)));
  }

  onMessage(listener: MessageListener): () => void {
    this.listener = listener;
    return () => this.listener = undefined;
  }

  trouble(): undefined {
    return undefined;
  }

  async close(): Promise<void> {}
}

const BASE = '$aws/things/sensor/jobs';
const accepted = (topic: string, { clientToken }: any, message: object): [string, object] => [`${topic}/accepted`, { clientToken, ...message }];
const execution = { jobId: 'fw-1', jobDocument: { operation: 'update' } };
const client = (reply: Reply) => {
  const line = new Line(reply);
  return { line, jobs: new JobsClient(line, { thingName: 'sensor', answerTimeoutMs: 20, retries: 1 }) };
};

test('the next job is begun with the question for it', async () => {
  const { line, jobs } = client((topic, body) => [accepted(topic, body, { execution })]);
  await expect(jobs.next(10_000)).resolves.toEqual({ jobId: 'fw-1', document: { operation: 'update' } });
  expect(line.subscribed).toEqual([
    `${BASE}/notify`, `${BASE}/notify-next`, `${BASE}/get/+`, `${BASE}/start-next/+`, `${BASE}/+/get/+`, `${BASE}/+/update/+`,
  ]);
  expect(line.published.map(([topic]) => topic)).toEqual([`${BASE}/start-next`]);
});

test.each([
  [`${BASE}/notify-next`, { execution }],
  [`${BASE}/notify`, { jobs: { QUEUED: [{ jobId: 'fw-1' }] } }],
])('where there is none, a job that %s tells of is begun', async (topic, news) => {
  let pending: object = {};
  const { line, jobs } = client((asked, body) => [accepted(asked, body, pending)]);
  const next = jobs.next(60_000);
  setTimeout(() => {
    pending = { execution };
    line.tell(topic, news);
  }, 10);
  await expect(next).resolves.toMatchObject({ jobId: 'fw-1' });
});

test('where none comes in time, there is none', async () => {
  const { jobs } = client((topic, body) => [accepted(topic, body, {})]);
  await expect(jobs.next(10)).resolves.toBeUndefined();
});

test('a job is ended with a result and details', async () => {
  const { line, jobs } = client((topic, body) => [accepted(topic, body, {})]);
  await jobs.end('fw-1', 'FAILED', { reason: 'flash' });
  expect(line.published).toEqual([[`${BASE}/fw-1/update`, { status: 'FAILED', statusDetails: { reason: 'flash' }, clientToken: expect.any(String) }]]);
});

test('a question whose answer is lost is asked again', async () => {
  let asked = 0;
  const { jobs } = client((topic, body) => ++asked === 1 ? [] : [accepted(topic, body, { execution })]);
  await expect(jobs.next(10_000)).resolves.toMatchObject({ jobId: 'fw-1' });
  expect(asked).toBe(2);
});

test('answers to somebody else, and other topics, are not taken for ours', async () => {
  const { jobs } = client((topic, body) => [
    [`${topic}/accepted`, { clientToken: 'another', execution: { jobId: 'theirs' } }],
    ['$aws/things/sensor2/jobs/start-next/accepted', { ...body, execution: { jobId: 'theirs' } }],
    [`${BASE}/notify`, {}],
    accepted(topic, body, { execution }),
  ]);
  await expect(jobs.next(10_000)).resolves.toMatchObject({ jobId: 'fw-1' });
});

test('a rejection is an error that says why', async () => {
  const { jobs } = client((topic, { clientToken }) => [[`${topic}/rejected`, { clientToken, code: 'TerminalStateReached', message: 'over' }]]);
  await expect(jobs.end('fw-1', 'SUCCEEDED')).rejects.toThrow(new Error('\'fw-1/update\' was rejected with TerminalStateReached (over)'));
});

test('silence is an error that says what to check', async () => {
  const { jobs } = client(() => []);
  await expect(jobs.next(10_000)).rejects.toThrow(new Error('\'start-next\' must be answered, got: nothing after asking 2 times; '
    + 'check that the policy of the device allows publishing to \'$aws/things/sensor/jobs/start-next\' and receiving from \'$aws/things/sensor/jobs/*\''));
});

test('a client that is closed hears nothing any more', async () => {
  const { line, jobs } = client(() => []);
  jobs.close();
  expect(() => line.tell(`${BASE}/notify-next`, {})).not.toThrow();
});

const SILENCE = '\'start-next\' must be answered, got: nothing after asking 2 times';

test.each<[string, unknown]>([
  ['no JSON', Buffer.from('{')], ['no UTF-8', Buffer.from([0xff])], ['nothing', Buffer.alloc(0)], ['null', null], ['a list', []], ['a number', 7],
])('a message that is %s is no answer, and explains the silence', async (_, message) => {
  const { line, jobs } = client((topic) => [[`${topic}/accepted`, message]]);
  for (const topic of ['notify', 'notify-next', 'fw-1/update/rejected', 'else']) line.tell(`${BASE}/${topic}`, message);
  await expect(jobs.next(10_000)).rejects.toThrow(new RegExp(`^${SILENCE} \\(a message of \\d+ bytes on '.*/start-next/accepted' could not be read\\)`));
});

test.each<unknown>([{}, null, [], 7, { jobId: '' }, { jobId: 7 }, { jobDocument: {} }])('an execution that is %j is no job', async (empty) => {
  const { jobs } = client((topic, body) => [accepted(topic, body, { execution: empty })]);
  await expect(jobs.next(30)).resolves.toBeUndefined();
});

test('a job may come without a document', async () => {
  const { jobs } = client((topic, body) => [accepted(topic, body, { execution: { jobId: 'fw-1' } })]);
  await expect(jobs.next(10_000)).resolves.toEqual({ jobId: 'fw-1', document: undefined });
});

test('a rejection without a reason is an error nevertheless', async () => {
  const { jobs } = client((topic, { clientToken }) => [[`${topic}/rejected`, { clientToken, code: 7 }]]);
  await expect(jobs.end('fw-1', 'SUCCEEDED')).rejects.toThrow(new Error('\'fw-1/update\' was rejected with nothing (nothing)'));
});

test('what cannot be published or subscribed to is tried again', async () => {
  const { line, jobs } = client((topic, body) => [accepted(topic, body, { execution })]);
  jest.spyOn(line, 'subscribe').mockRejectedValueOnce(new Error('no connection'));
  await expect(jobs.next(10_000)).resolves.toMatchObject({ jobId: 'fw-1' });
  jest.spyOn(line, 'publish').mockRejectedValueOnce(new Error('no connection'));
  await expect(jobs.next(10_000)).resolves.toMatchObject({ jobId: 'fw-1' });
  jest.spyOn(line, 'publish').mockRejectedValue(new Error('no connection'));
  await expect(jobs.next(10_000)).rejects.toThrow(`${SILENCE} (no connection); check`);
});

test('what is never published is as good as lost', async () => {
  const { line, jobs } = client(() => []);
  jest.spyOn(line, 'publish').mockReturnValue(new Promise(() => {}));
  await expect(jobs.next(10_000)).rejects.toThrow(`${SILENCE} (the connection was too slow); check`);
});

describe('the deadline is kept', () => {
  const expectInTime = async (next: Promise<unknown>, millis: number) => {
    const startedAt = Date.now();
    await expect(next).resolves.toBeUndefined();
    expect(Date.now() - startedAt).toBeLessThan(millis + 1_000);
  };

  test('where nothing is answered', async () => {
    const jobs = new JobsClient(new Line(() => []), { thingName: 'sensor' });
    await expectInTime(jobs.next(50), 50);
  });

  test('where a job is announced with every answer, and never comes', async () => {
    const { line, jobs } = client((topic, body) => [accepted(topic, body, {}), [`${BASE}/notify-next`, { execution }]]);
    await expectInTime(jobs.next(1_500), 1_500);
    // not at the speed of the network
    expect(line.published.length).toBeLessThan(5);
  });

  test('where the answers are all for others', async () => {
    const { jobs } = client((topic, body) => Array.from({ length: 1_000 }, () => accepted(topic, { ...body, clientToken: 'other' }, { execution })));
    await expectInTime(jobs.next(15), 15);
  });

  test('where the list of jobs is not answered', async () => {
    const { jobs } = client(() => []);
    await expectInTime(jobs.next(10, { isOwn: () => true, onForeign: () => {} }), 10);
  });
});

test('that there is no job any more is no reason to ask for one', async () => {
  const { line, jobs } = client((topic, body) => [accepted(topic, body, {})]);
  const next = jobs.next(100);
  for (const news of [{}, { execution: {} }, { execution: null }]) line.tell(`${BASE}/notify-next`, news);
  for (const news of [{}, { jobs: {} }, { jobs: { QUEUED: [] } }, { jobs: null }]) line.tell(`${BASE}/notify`, news);
  await expect(next).resolves.toBeUndefined();
  expect(line.published).toHaveLength(1);
});

describe('a program that does jobs of one kind', () => {
  const documents: Record<string, unknown> = { 'reboot': { operation: 'reboot' }, 'fw-1': { operation: 'update' }, 'bare': undefined };
  const answers = (topic: string): Record<string, unknown> => {
    if (topic === `${BASE}/get`) return { inProgressJobs: [{ jobId: 'reboot' }, null], queuedJobs: [{ jobId: 'bare' }, {}, { jobId: 'gone' }, { jobId: 'fw-1' }] };
    const [, jobId] = /([^/]+)\/get$/.exec(topic) ?? [];
    return jobId === undefined ? {} : { execution: { jobId, jobDocument: documents[jobId] } };
  };
  const reply: Reply = (topic, body) => topic.includes('gone') ? [[`${topic}/rejected`, { ...body, code: 'ResourceNotFound', message: 'gone' }]] : [accepted(topic, body, answers(topic))];
  const isOwn = ({ document }: { document: unknown }) => JSON.stringify(document)?.includes('update') ?? false;

  test('starts its own, wherever it is in the list, and neither starts nor ends the others', async () => {
    const { line, jobs } = client(reply);
    const foreign: string[] = [];
    const choice = { isOwn, onForeign: ({ jobId }: { jobId: string }) => foreign.push(jobId) };
    await expect(jobs.next(10_000, choice)).resolves.toEqual({ jobId: 'fw-1', document: { operation: 'update' } });
    expect(foreign).toEqual(['reboot', 'bare']);
    expect(line.published.map(([topic, { status }]) => [topic.slice(BASE.length + 1), status])).toEqual([
      ['get', undefined], ['reboot/get', undefined], ['bare/get', undefined], ['gone/get', undefined], ['fw-1/get', undefined], ['fw-1/update', 'IN_PROGRESS'],
    ]);
    await jobs.next(10_000, choice);
    expect(foreign).toEqual(['reboot', 'bare']);
  });

  test('waits for one of its own', async () => {
    let jobIds = ['reboot'];
    const { line, jobs } = client((topic, body) => topic === `${BASE}/get` ? [accepted(topic, body, { queuedJobs: jobIds.map((jobId) => ({ jobId })) })] : reply(topic, body));
    const next = jobs.next(60_000, { isOwn, onForeign: () => {} });
    setTimeout(() => {
      jobIds = ['reboot', 'fw-1'];
      line.tell(`${BASE}/notify`, { jobs: { QUEUED: [{ jobId: 'fw-1' }] } });
    }, 10);
    await expect(next).resolves.toMatchObject({ jobId: 'fw-1' });
  });

  test('is not kept by a list that does not answer', async () => {
    const { jobs } = client(() => []);
    await expect(jobs.next(10_000, { isOwn, onForeign: () => {} })).rejects.toThrow(new RegExp('^\'get\' must be answered'));
  });
});
