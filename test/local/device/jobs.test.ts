import { JobsClient } from '../../../local/device/jobs';
import type { MessageListener, Transport } from '../../../local/device/transport';

type Reply = (topic: string, body: any) => [topic: string, message: object][];

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

  tell(topic: string, message: object): void {
    this.listener?.(topic, Buffer.from(JSON.stringify(message)));
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
  await expect(jobs.next(0)).resolves.toEqual({ jobId: 'fw-1', document: { operation: 'update' } });
  expect(line.subscribed).toEqual([`${BASE}/notify-next`, `${BASE}/start-next/+`, `${BASE}/+/update/+`]);
  expect(line.published.map(([topic]) => topic)).toEqual([`${BASE}/start-next`]);
});

test('where there is none, a job that comes later is begun', async () => {
  let pending: object = {};
  const { line, jobs } = client((topic, body) => [accepted(topic, body, pending)]);
  const next = jobs.next(60_000);
  setTimeout(() => {
    pending = { execution };
    line.tell(`${BASE}/notify-next`, { execution });
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
  await expect(jobs.next(0)).resolves.toMatchObject({ jobId: 'fw-1' });
  expect(asked).toBe(2);
});

test('answers to somebody else, and other topics, are not taken for ours', async () => {
  const { jobs } = client((topic, body) => [
    [`${topic}/accepted`, { clientToken: 'another', execution: { jobId: 'theirs' } }],
    ['$aws/things/sensor2/jobs/start-next/accepted', { ...body, execution: { jobId: 'theirs' } }],
    [`${BASE}/notify`, {}],
    accepted(topic, body, { execution }),
  ]);
  await expect(jobs.next(0)).resolves.toMatchObject({ jobId: 'fw-1' });
});

test('a rejection is an error that says why', async () => {
  const { jobs } = client((topic, { clientToken }) => [[`${topic}/rejected`, { clientToken, code: 'TerminalStateReached', message: 'over' }]]);
  await expect(jobs.end('fw-1', 'SUCCEEDED')).rejects.toThrow(new Error('\'fw-1/update\' was rejected with TerminalStateReached (over)'));
});

test('silence is an error that says what to check', async () => {
  const { jobs } = client(() => []);
  await expect(jobs.next(0)).rejects.toThrow(new Error('\'start-next\' must be answered, received nothing after asking 2 times; '
    + 'check that the policy of the device allows publishing to \'$aws/things/sensor/jobs/start-next\' and receiving from \'$aws/things/sensor/jobs/*\''));
});

test('a client that is closed hears nothing any more', async () => {
  const { line, jobs } = client(() => []);
  jobs.close();
  expect(() => line.tell(`${BASE}/notify-next`, {})).not.toThrow();
});
