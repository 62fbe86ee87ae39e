import { randomBytes } from 'node:crypto';
import { Inbox } from './inbox';
import type { Transport } from './transport';

/** What a device is told to do, and has not yet ended. */
export interface Job {
  readonly jobId: string;
  readonly document: unknown;
}

export type JobResult = 'SUCCEEDED' | 'FAILED' | 'REJECTED';

export interface JobsClientOptions {
  readonly thingName: string;
  /** How long to wait for an answer before asking again. @default 5000 */
  readonly answerTimeoutMs?: number;
  /** How often to ask again. @default 4 */
  readonly retries?: number;
}

type Message = Readonly<Record<string, any>>;

interface Answer {
  readonly isAccepted: boolean;
  readonly message: Message;
}

/** The device's side of AWS IoT Jobs over MQTT. */
export class JobsClient {
  private readonly base: string;
  private readonly answers = new Inbox<Answer>();
  private readonly news = new Inbox<Message>();
  private readonly stopListening: () => void;
  private subscription?: Promise<void>;

  constructor(private readonly transport: Transport, private readonly options: JobsClientOptions) {
    this.base = `$aws/things/${options.thingName}/jobs`;
    this.stopListening = transport.onMessage((topic, payload) => this.receive(topic, payload));
  }

  /** The next job, which is in progress from now on; undefined when none has come in time. */
  async next(timeoutMs: number): Promise<Job | undefined> {
    for (const deadline = Date.now() + timeoutMs; ;) {
      const { execution } = await this.ask('start-next', {});
      if (execution) return { jobId: execution.jobId, document: execution.jobDocument };
      if (!await this.news.next(Math.max(0, deadline - Date.now()))) return undefined;
    }
  }

  /** Ends a job. */
  async end(jobId: string, status: JobResult, statusDetails: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.ask(`${jobId}/update`, { status, statusDetails });
  }

  close(): void {
    this.stopListening();
  }

  private async ask(request: string, body: Message): Promise<Message> {
    const { base, transport, options: { answerTimeoutMs = 5_000, retries = 4 } } = this;
    this.subscription ??= transport.subscribe([`${base}/notify-next`, `${base}/start-next/+`, `${base}/+/update/+`]);
    await this.subscription;
    const clientToken = randomBytes(8).toString('hex');
    for (let round = 0; round <= retries; round++) {
      await transport.publish(`${base}/${request}`, Buffer.from(JSON.stringify({ ...body, clientToken })));
      for (const deadline = Date.now() + answerTimeoutMs; ;) {
        const answer = await this.answers.next(Math.max(0, deadline - Date.now()));
        if (!answer) break;
        if (answer.message.clientToken !== clientToken) continue;
        if (answer.isAccepted) return answer.message;
        throw new Error(`'${request}' was rejected with ${answer.message.code} (${answer.message.message})`);
      }
    }
    throw new Error(`'${request}' must be answered, received nothing after asking ${retries + 1} times; `
      + `check that the policy of the device allows publishing to '${base}/${request}' and receiving from '${base}/*'`);
  }

  private receive(topic: string, payload: Uint8Array): void {
    if (!topic.startsWith(`${this.base}/`)) return;
    const message = JSON.parse(Buffer.from(payload).toString());
    if (topic.endsWith('/accepted')) this.answers.push({ isAccepted: true, message });
    else if (topic.endsWith('/rejected')) this.answers.push({ isAccepted: false, message });
    else if (topic.endsWith('/notify-next')) this.news.push(message);
  }
}
