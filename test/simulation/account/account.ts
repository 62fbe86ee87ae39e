import { createRequire } from 'node:module';
import { Answers } from './answers';
import { Conditions } from './conditions';
import { named } from './errors';
import { Journal } from './journal';
import { Network } from './network';
import type { Session } from './permissions';
import { ACCOUNT, Permissions } from './permissions';
import { Resources } from './resources';
import type { PinnedFile, Signing } from '../../../lambda/iot-file-stream/model';
import type { Signer } from '../../../lambda/iot-file-stream/services';
import { World } from '../../lambda/iot-file-stream/doubles';
import type { FunctionCode, Invocation, Sandbox } from '../cloudformation/async-function';
import { AsyncFunction } from '../cloudformation/async-function';
import { CustomResources } from '../cloudformation/custom-resources';
import { IamAccount } from '../cloudformation/iam-account';
import type { ResourceHandler } from '../cloudformation/resource-handler';
import { VirtualTime } from '../cloudformation/virtual-time';
import type { Faults } from '../faults';
import type { compiledHandler } from '../source';

const nodeRequire = createRequire(__filename);

/** An account in virtual time: its services, and the handler in its sandboxes. */
export class Account {
  readonly time = new VirtualTime();
  readonly iam = new IamAccount(this.time, ACCOUNT, () => this.unique());
  readonly function: AsyncFunction;
  readonly world: World;
  readonly journal: Journal;
  /** Called after every call that arrived. */
  changed?: (invocation: Invocation | undefined, call: string) => void;
  /** Called when the handler is about to sign a SHA-256. */
  signing?: (invocation: Invocation, sha256: string, signing: Signing) => void;
  private readonly conditions = new Conditions(this.time);
  private readonly permissions = new Permissions(this.iam);
  private readonly network: Network;
  private readonly answers: Answers;
  private readonly resources: Resources;
  private uniques = 0;

  constructor(private readonly program: ReturnType<typeof compiledHandler>, trace?: (line: string) => void) {
    const { time, iam, conditions, permissions } = this;
    const journal = new Journal(time, trace);
    const world = new World((roleArn, file) => permissions.readAsIot(roleArn, file));
    const custom = new CustomResources({
      time, requestId: () => this.guid(), isDated: () => !conditions.current.isUndated, send: (event) => this.function.send(event),
    });
    this.journal = journal;
    this.world = world;
    this.function = new AsyncFunction({ time, start: (sandbox) => this.start(sandbox), deliveries: () => conditions.nextDelivery() });
    this.network = new Network({
      time, journal, conditions, permissions, world, changed: (invocation, call) => this.changed?.(invocation, call),
    });
    this.answers = new Answers({ time, journal, conditions, custom });
    this.resources = new Resources({
      time, journal, conditions, permissions, world, iam, function: this.function, custom, unique: () => this.unique(),
    });
  }

  /** The faults of the step that begins. */
  set(faults: Faults): void {
    this.conditions.set(faults);
    this.iam.latenessMilliseconds = faults.iamLatenessMilliseconds;
  }

  get faults(): Faults {
    return this.conditions.current;
  }

  async pause(): Promise<void> {
    await this.time.sleep(this.faults.phaseMilliseconds);
  }

  unique(): string {
    this.uniques += 1;
    return this.uniques.toString(36).toUpperCase().padStart(8, '0');
  }

  guid(): string {
    this.uniques += 1;
    return `00000000-0000-4000-8000-${String(this.uniques).padStart(12, '0')}`;
  }

  handlerOf(type: string): ResourceHandler {
    return this.resources.handlerOf(type);
  }

  /** Whether AWS IoT can give the object to a device now; why not. */
  problemWith(roleArn: string, file: PinnedFile): string | undefined {
    try {
      this.permissions.readAsIot(roleArn, file);
      this.world.read(file);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  }

  /** Deliveries that ran while this one did: until they had answered, or what they had sent had arrived. */
  beside(invocation: Invocation): Invocation[] {
    return this.function.invocations.filter((other) => (
      other !== invocation && other.from <= (invocation.to ?? Infinity) && this.answers.endOf(other) > invocation.from));
  }

  expireNoncurrent(): void {
    this.resources.expireNoncurrent();
  }

  checkInvocations(): void {
    this.answers.check(this.function.invocations);
  }

  /** All that the handler has of time, network and process. */
  private start(sandbox: Sandbox): FunctionCode {
    const { network } = this;
    const after = (run: () => void, milliseconds: number) => sandbox.after(milliseconds, run);
    const { handler } = this.program({
      Date: { now: () => this.time.now(), parse: Date.parse },
      Math: Object.assign(Object.create(Math) as object, { random: () => 0.5 }),
      AbortSignal: {
        timeout: (milliseconds: number) => {
          const controller = new AbortController();
          sandbox.after(milliseconds, () => controller.abort());
          return controller.signal;
        },
        any: (signals: AbortSignal[]) => AbortSignal.any(signals),
      },
      setTimeout: after,
      clearTimeout: (cancel?: () => void) => cancel?.(),
      fetch: async (url: string, options: { body: string; signal: AbortSignal }) => this.answers.put(sandbox, url, options),
      process: { exit: () => sandbox.end('exited') },
      console: { log: (line: string) => this.checkLog(line) },
      require: (name: string) => name === 'node:timers/promises' ? { setTimeout: sleepIn(sandbox) } : nodeRequire(name) as unknown,
      SIMULATION: {
        streams: (session: Session, signal: AbortSignal) => network.services(sandbox, session, signal).streams,
        objects: (session: Session, signal: AbortSignal) => network.services(sandbox, session, signal).objects,
        signer: (session: Session, signal: AbortSignal): Signer => ({
          sign: async (sha256, signing) => {
            this.signing?.(sandbox.current!, sha256, signing);
            return network.services(sandbox, session, signal).signer.sign(sha256, signing);
          },
        }),
        sts: (signal: AbortSignal) => ({
          assume: async (roleArn: string) => network.call(sandbox, signal, `assume ${roleArn}`, () => this.permissions.assume(roleArn)),
        }),
      },
    });
    return handler as FunctionCode;
  }

  private checkLog(line: string): void {
    JSON.parse(line);
    if (/5ecre7|ResponseURL|firmware one|text one/.test(line)) this.journal.fail(`the log must not have secrets or contents, got: ${line}`);
  }
}

function sleepIn(sandbox: Sandbox) {
  return async (milliseconds: number, _value: undefined, { signal }: { signal: AbortSignal }) => new Promise<void>((resolve, reject) => {
    if (signal.aborted) return reject(named('AbortError', 'The operation was aborted'));
    signal.addEventListener('abort', () => sandbox.run(() => reject(named('AbortError', 'The operation was aborted'))));
    sandbox.after(milliseconds, resolve);
  });
}
