import { JobsClient } from '../../../local/device/jobs';
import type { MessageListener, Transport } from '../../../local/device/transport';

type Reply = (topic: string, body: any) => [topic: string, message: unknown][];

/** A transport to a service that answers at once or not at all. */
class FakeJobs implements Transport {
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
  const service = new FakeJobs(reply);
  return { service, jobs: new JobsClient(service, { thingName: 'sensor', answerTimeoutMs: 20, retries: 1 }) };
};

test('next starts the next job with one request', async () => {
  const { service, jobs } = client((topic, body) => [accepted(topic, body, { execution })]);
  await expect(jobs.next(10_000)).resolves.toEqual({ jobId: 'fw-1', document: { operation: 'update' } });
  expect(service.subscribed).toEqual([
    `${BASE}/notify`, `${BASE}/notify-next`, `${BASE}/get/+`, `${BASE}/start-next/+`, `${BASE}/+/get/+`, `${BASE}/+/update/+`,
  ]);
  expect(service.published.map(([topic]) => topic)).toEqual([`${BASE}/start-next`]);
});

test.each([
  [`${BASE}/notify-next`, { execution }],
  [`${BASE}/notify`, { jobs: { QUEUED: [{ jobId: 'fw-1' }] } }],
])('next waits for a job that %s announces', async (topic, news) => {
  let pending: object = {};
  const { service, jobs } = client((asked, body) => [accepted(asked, body, pending)]);
  const next = jobs.next(60_000);
  setTimeout(() => {
    pending = { execution };
    service.tell(topic, news);
  }, 10);
  await expect(next).resolves.toMatchObject({ jobId: 'fw-1' });
});

test('next returns undefined if no job arrives in time', async () => {
  const { jobs } = client((topic, body) => [accepted(topic, body, {})]);
  await expect(jobs.next(10)).resolves.toBeUndefined();
});

test('end reports a result with details', async () => {
  const { service, jobs } = client((topic, body) => [accepted(topic, body, {})]);
  await jobs.end('fw-1', 'FAILED', { reason: 'flash' });
  expect(service.published).toEqual([[`${BASE}/fw-1/update`, { status: 'FAILED', statusDetails: { reason: 'flash' }, clientToken: expect.any(String) }]]);
});

test('next repeats a request without an answer', async () => {
  let asked = 0;
  const { jobs } = client((topic, body) => ++asked === 1 ? [] : [accepted(topic, body, { execution })]);
  await expect(jobs.next(10_000)).resolves.toMatchObject({ jobId: 'fw-1' });
  expect(asked).toBe(2);
});

test('next ignores answers to other clients and messages on other topics', async () => {
  const { jobs } = client((topic, body) => [
    [`${topic}/accepted`, { clientToken: 'another', execution: { jobId: 'theirs' } }],
    ['$aws/things/sensor2/jobs/start-next/accepted', { ...body, execution: { jobId: 'theirs' } }],
    [`${BASE}/notify`, {}],
    accepted(topic, body, { execution }),
  ]);
  await expect(jobs.next(10_000)).resolves.toMatchObject({ jobId: 'fw-1' });
});

test('end fails with the reason of a rejection', async () => {
  const { jobs } = client((topic, { clientToken }) => [[`${topic}/rejected`, { clientToken, code: 'TerminalStateReached', message: 'over' }]]);
  await expect(jobs.end('fw-1', 'SUCCEEDED')).rejects.toThrow(new Error('\'fw-1/update\' was rejected with TerminalStateReached (over)'));
});

test('next fails with advice if no request is answered', async () => {
  const { jobs } = client(() => []);
  await expect(jobs.next(10_000)).rejects.toThrow(new Error('\'start-next\' must be answered, got: nothing after asking 2 times; '
    + 'check that the policy of the device allows publishing to \'$aws/things/sensor/jobs/start-next\' and receiving from \'$aws/things/sensor/jobs/*\''));
});

test('a closed client ignores messages', async () => {
  const { service, jobs } = client(() => []);
  jobs.close();
  expect(() => service.tell(`${BASE}/notify-next`, {})).not.toThrow();
});

const SILENCE = '\'start-next\' must be answered, got: nothing after asking 2 times';

test.each<[string, unknown]>([
  ['no JSON', Buffer.from('{')], ['no UTF-8', Buffer.from([0xff])], ['nothing', Buffer.alloc(0)], ['null', null], ['a list', []], ['a number', 7],
])('next ignores a message that is %s, and reports it if no answer arrives', async (_, message) => {
  const { service, jobs } = client((topic) => [[`${topic}/accepted`, message]]);
  for (const topic of ['notify', 'notify-next', 'fw-1/update/rejected', 'else']) service.tell(`${BASE}/${topic}`, message);
  await expect(jobs.next(10_000)).rejects.toThrow(new RegExp(`^${SILENCE} \\(a message of \\d+ bytes on '.*/start-next/accepted' could not be read\\)`));
});

test.each<unknown>([{}, null, [], 7, { jobId: '' }, { jobId: 7 }, { jobDocument: {} }])('next ignores the execution %j', async (empty) => {
  const { jobs } = client((topic, body) => [accepted(topic, body, { execution: empty })]);
  await expect(jobs.next(30)).resolves.toBeUndefined();
});

test('next returns a job without a document', async () => {
  const { jobs } = client((topic, body) => [accepted(topic, body, { execution: { jobId: 'fw-1' } })]);
  await expect(jobs.next(10_000)).resolves.toEqual({ jobId: 'fw-1', document: undefined });
});

test('end fails after a rejection without a reason', async () => {
  const { jobs } = client((topic, { clientToken }) => [[`${topic}/rejected`, { clientToken, code: 7 }]]);
  await expect(jobs.end('fw-1', 'SUCCEEDED')).rejects.toThrow(new Error('\'fw-1/update\' was rejected with nothing (nothing)'));
});

test('next retries a failed publish or subscribe', async () => {
  const { service, jobs } = client((topic, body) => [accepted(topic, body, { execution })]);
  jest.spyOn(service, 'subscribe').mockRejectedValueOnce(new Error('no connection'));
  await expect(jobs.next(10_000)).resolves.toMatchObject({ jobId: 'fw-1' });
  jest.spyOn(service, 'publish').mockRejectedValueOnce(new Error('no connection'));
  await expect(jobs.next(10_000)).resolves.toMatchObject({ jobId: 'fw-1' });
  jest.spyOn(service, 'publish').mockRejectedValue(new Error('no connection'));
  await expect(jobs.next(10_000)).rejects.toThrow(`${SILENCE} (no connection); check`);
});

test('next treats a publish that never completes like a lost message', async () => {
  const { service, jobs } = client(() => []);
  jest.spyOn(service, 'publish').mockReturnValue(new Promise(() => {}));
  await expect(jobs.next(10_000)).rejects.toThrow(`${SILENCE} (the connection was too slow); check`);
});

describe('the deadline of next', () => {
  const expectInTime = async (next: Promise<unknown>, millis: number) => {
    const startedAt = Date.now();
    await expect(next).resolves.toBeUndefined();
    expect(Date.now() - startedAt).toBeLessThan(millis + 1_000);
  };

  test('next returns at its deadline if nothing is answered', async () => {
    const jobs = new JobsClient(new FakeJobs(() => []), { thingName: 'sensor' });
    await expectInTime(jobs.next(50), 50);
  });

  test('next returns at its deadline if a job is announced with every answer and never arrives', async () => {
    const { service, jobs } = client((topic, body) => [accepted(topic, body, {}), [`${BASE}/notify-next`, { execution }]]);
    await expectInTime(jobs.next(1_500), 1_500);
    // the client must pause between its requests
    expect(service.published.length).toBeLessThan(5);
  });

  test('next returns at its deadline if all answers are for other clients', async () => {
    const { jobs } = client((topic, body) => Array.from({ length: 1_000 }, () => accepted(topic, { ...body, clientToken: 'other' }, { execution })));
    await expectInTime(jobs.next(15), 15);
  });

  test('next returns at its deadline if the list of jobs is not answered', async () => {
    const { jobs } = client(() => []);
    await expectInTime(jobs.next(10, { isOwn: () => true, onForeign: () => {} }), 10);
  });
});

test('next sends no request after a notification without a job', async () => {
  const { service, jobs } = client((topic, body) => [accepted(topic, body, {})]);
  const next = jobs.next(100);
  for (const news of [{}, { execution: {} }, { execution: null }]) service.tell(`${BASE}/notify-next`, news);
  for (const news of [{}, { jobs: {} }, { jobs: { QUEUED: [] } }, { jobs: null }]) service.tell(`${BASE}/notify`, news);
  await expect(next).resolves.toBeUndefined();
  expect(service.published).toHaveLength(1);
});

describe('a program for one kind of jobs', () => {
  const documents: Record<string, unknown> = { 'reboot': { operation: 'reboot' }, 'fw-1': { operation: 'update' }, 'bare': undefined };
  const answers = (topic: string): Record<string, unknown> => {
    if (topic === `${BASE}/get`) return { inProgressJobs: [{ jobId: 'reboot' }, null], queuedJobs: [{ jobId: 'bare' }, {}, { jobId: 'gone' }, { jobId: 'fw-1' }] };
    const [, jobId] = /([^/]+)\/get$/.exec(topic) ?? [];
    return jobId === undefined ? {} : { execution: { jobId, jobDocument: documents[jobId] } };
  };
  const reply: Reply = (topic, body) => topic.includes('gone') ? [[`${topic}/rejected`, { ...body, code: 'ResourceNotFound', message: 'gone' }]] : [accepted(topic, body, answers(topic))];
  const isOwn = ({ document }: { document: unknown }) => JSON.stringify(document)?.includes('update') ?? false;

  test('next starts a job of its own anywhere in the list and leaves the other jobs alone', async () => {
    const { service, jobs } = client(reply);
    const foreign: string[] = [];
    const choice = { isOwn, onForeign: ({ jobId }: { jobId: string }) => foreign.push(jobId) };
    await expect(jobs.next(10_000, choice)).resolves.toEqual({ jobId: 'fw-1', document: { operation: 'update' } });
    expect(foreign).toEqual(['reboot', 'bare']);
    expect(service.published.map(([topic, { status }]) => [topic.slice(BASE.length + 1), status])).toEqual([
      ['get', undefined], ['reboot/get', undefined], ['bare/get', undefined], ['gone/get', undefined], ['fw-1/get', undefined], ['fw-1/update', 'IN_PROGRESS'],
    ]);
    await jobs.next(10_000, choice);
    expect(foreign).toEqual(['reboot', 'bare']);
  });

  test('next waits for a job of its own', async () => {
    let jobIds = ['reboot'];
    const { service, jobs } = client((topic, body) => topic === `${BASE}/get` ? [accepted(topic, body, { queuedJobs: jobIds.map((jobId) => ({ jobId })) })] : reply(topic, body));
    const next = jobs.next(60_000, { isOwn, onForeign: () => {} });
    setTimeout(() => {
      jobIds = ['reboot', 'fw-1'];
      service.tell(`${BASE}/notify`, { jobs: { QUEUED: [{ jobId: 'fw-1' }] } });
    }, 10);
    await expect(next).resolves.toMatchObject({ jobId: 'fw-1' });
  });

  test('next works although the list of jobs is not answered', async () => {
    const { jobs } = client(() => []);
    await expect(jobs.next(10_000, { isOwn, onForeign: () => {} })).rejects.toThrow(new RegExp('^\'get\' must be answered'));
  });
});
