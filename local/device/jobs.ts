import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { reasonOf } from './errors';
import { Inbox } from './inbox';
import type { Transport } from './transport';

/** A job of the device that is not finished. */
export interface Job {
  readonly jobId: string;
  /** Undefined if the service sent none. */
  readonly document: unknown;
}

export type JobResult = 'SUCCEEDED' | 'FAILED' | 'REJECTED';

export interface JobsClientOptions {
  readonly thingName: string;
  /** The time to wait for an answer before a retry. @default 5000 */
  readonly answerTimeoutMs?: number;
  /** The number of retries. @default 4 */
  readonly retries?: number;
}

/** Selects the jobs of a program. Other jobs are left alone, because another program on the device may handle them. */
export interface JobChoice {
  isOwn(job: Job): boolean;
  /** Called once for each job of another program. */
  onForeign(job: Job): void;
}

type Message = Readonly<Record<string, unknown>>;

interface Answer {
  readonly isAccepted: boolean;
  readonly message: Message;
}

/** The service has rejected a request. */
class JobRejection extends Error {}

/** The pause between requests, so that a device does not ask continuously for a job that is announced and never sent. */
const PAUSE_MS = 1_000;

/** The device's side of AWS IoT Jobs over MQTT. */
export class JobsClient {
  private readonly base: string;
  private readonly answers = new Inbox<Answer>();
  private readonly news = new Inbox<true>();
  private readonly stopListening: () => void;
  private readonly foreign = new Set<string>();
  private subscription?: Promise<void>;
  private trouble?: string;

  constructor(private readonly transport: Transport, private readonly options: JobsClientOptions) {
    this.base = `$aws/things/${options.thingName}/jobs`;
    this.stopListening = transport.onMessage((topic, payload) => this.receive(topic, payload));
  }

  /**
   * Starts the next job and returns it; undefined if none arrives in time.
   * @param choice selects the jobs; by default all of them
   */
  async next(timeoutMs: number, choice?: JobChoice): Promise<Job | undefined> {
    const deadline = Date.now() + timeoutMs;
    for (let fruitless = 0; ; fruitless++) {
      const job = await (choice ? this.startOwn(choice, deadline) : this.startNext(deadline));
      if (job || Date.now() >= deadline) return job;
      if (fruitless > 0) await sleep(Math.min(PAUSE_MS, Math.max(0, deadline - Date.now())));
      if (!await this.isToldOfJobs(deadline)) return undefined;
    }
  }

  /** Reports the result of a job. */
  async end(jobId: string, status: JobResult, statusDetails: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.ask(`${jobId}/update`, { status, statusDetails }, Infinity);
  }

  close(): void {
    this.stopListening();
  }

  private async startNext(deadline: number): Promise<Job | undefined> {
    return jobOf(await this.ask('start-next', {}, deadline));
  }

  private async startOwn({ isOwn, onForeign }: JobChoice, deadline: number): Promise<Job | undefined> {
    const pending = await this.ask('get', {}, deadline);
    const jobIds = [pending?.inProgressJobs, pending?.queuedJobs].flat().flatMap((summary) => jobIdOf(summary) ?? []);
    for (const jobId of jobIds.filter((each) => !this.foreign.has(each))) {
      const job = jobOf(await this.askAfter(`${jobId}/get`, {}, deadline));
      if (!job) continue;
      if (!isOwn(job)) {
        this.foreign.add(jobId);
        onForeign(job);
      } else if (await this.askAfter(`${jobId}/update`, { status: 'IN_PROGRESS' }, deadline)) {
        return job;
      }
    }
    return undefined;
  }

  /** Requests a job of a list. A rejection is ignored, because the job may be cancelled or finished and others remain. */
  private async askAfter(request: string, body: Message, deadline: number): Promise<Message | undefined> {
    try {
      return await this.ask(request, body, deadline);
    } catch (error) {
      if (error instanceof JobRejection) return undefined;
      throw error;
    }
  }

  private async isToldOfJobs(deadline: number): Promise<boolean> {
    if (!await this.news.next(Math.max(0, deadline - Date.now()))) return false;
    // one request answers all notifications so far
    this.news.clear();
    return true;
  }

  /** Returns the accepted answer; undefined at the deadline. */
  private async ask(request: string, body: Message, deadline: number): Promise<Message | undefined> {
    const { base, options: { answerTimeoutMs = 5_000, retries = 4 } } = this;
    const clientToken = randomBytes(8).toString('hex');
    for (let round = 0; round <= retries; round++) {
      const until = Math.min(deadline, Date.now() + answerTimeoutMs);
      await this.send(`${base}/${request}`, { ...body, clientToken }, until);
      const answer = await this.answerTo(clientToken, until);
      if (answer?.isAccepted) return answer.message;
      if (answer) throw new JobRejection(`'${request}' was rejected with ${text(answer.message.code)} (${text(answer.message.message)})`);
      if (Date.now() >= deadline) return undefined;
    }
    throw new Error(`'${request}' must be answered, got: nothing after asking ${retries + 1} times${this.trouble === undefined ? '' : ` (${this.trouble})`}; `
      + `check that the policy of the device allows publishing to '${base}/${request}' and receiving from '${base}/*'`);
  }

  /** Sends a request. A failure is treated like a lost message, because the request is sent again after the timeout. */
  private async send(topic: string, body: Message, until: number): Promise<void> {
    try {
      await inTime(this.subscribe(), until);
      await inTime(this.transport.publish(topic, Buffer.from(JSON.stringify(body))), until);
    } catch (error) {
      this.trouble = reasonOf(error);
    }
  }

  private async subscribe(): Promise<void> {
    const { base } = this;
    this.subscription ??= this.transport.subscribe([
      `${base}/notify`, `${base}/notify-next`, `${base}/get/+`, `${base}/start-next/+`, `${base}/+/get/+`, `${base}/+/update/+`,
    ]);
    try {
      await this.subscription;
    } catch (error) {
      this.subscription = undefined;
      throw error;
    }
  }

  private async answerTo(clientToken: string, until: number): Promise<Answer | undefined> {
    for (;;) {
      const answer = await this.answers.next(Math.max(0, until - Date.now()));
      if (!answer || answer.message.clientToken === clientToken) return answer;
      // answers to other clients must not extend the time
      if (Date.now() >= until) return undefined;
    }
  }

  private receive(topic: string, payload: Uint8Array): void {
    if (!topic.startsWith(`${this.base}/`)) return;
    const message = mapOf(payload);
    if (!message) this.trouble = `a message of ${payload.length} bytes on '${topic}' could not be read`;
    else if (topic.endsWith('/accepted')) this.answers.push({ isAccepted: true, message });
    else if (topic.endsWith('/rejected')) this.answers.push({ isAccepted: false, message });
    else if (hasJobs(topic, message)) this.news.push(true);
  }
}

function isMap(value: unknown): value is Message {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mapOf(payload: Uint8Array): Message | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(payload).toString());
    return isMap(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a notification announces a job: `notify` contains the list of jobs, `notify-next` the next one, and both may be empty. */
function hasJobs(topic: string, { execution, jobs }: Message): boolean {
  if (topic.endsWith('/notify-next')) return jobIdOf(execution) !== undefined;
  return topic.endsWith('/notify') && isMap(jobs) && Object.values(jobs).flat().length > 0;
}

function jobIdOf(execution: unknown): string | undefined {
  return isMap(execution) && typeof execution.jobId === 'string' && execution.jobId !== '' ? execution.jobId : undefined;
}

function jobOf(message: Message | undefined): Job | undefined {
  const execution = message?.execution;
  const jobId = jobIdOf(execution);
  return jobId === undefined || !isMap(execution) ? undefined : { jobId, document: execution.jobDocument };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : 'nothing';
}

async function inTime(work: Promise<void>, until: number): Promise<void> {
  const waiting = new AbortController();
  const late = sleep(Math.min(Math.max(0, until - Date.now()), 2 ** 31 - 1), undefined, { signal: waiting.signal })
    .then(() => { throw new Error('the connection was too slow'); });
  try {
    await Promise.race([work, late]);
  } finally {
    waiting.abort();
    late.catch(() => {});
  }
}
