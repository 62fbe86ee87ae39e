import type { Conditions } from './conditions';
import { named, nameless, ServiceRefused } from './errors';
import type { Journal } from './journal';
import type { Permissions, Session } from './permissions';
import { CallFailed } from '../../../lambda/core/call';
import type { Services } from '../../../lambda/iot-file-stream/services';
import type { World } from '../../lambda/iot-file-stream/doubles';
import type { Invocation, Sandbox } from '../cloudformation/async-function';
import type { VirtualTime } from '../cloudformation/virtual-time';

/** How long a request and an answer are on their way, each. */
export const CALL_MILLISECONDS = 10;
const SLOW_MILLISECONDS = 40_000;
const LATE_MILLISECONDS = 290_000;
/** Longer than CloudFormation takes an answer. */
const LONG = ' and so on'.repeat(500);

export interface NetworkOptions {
  readonly time: VirtualTime;
  readonly journal: Journal;
  readonly conditions: Conditions;
  readonly permissions: Permissions;
  readonly world: World;
  /** Called after every call that arrived. */
  readonly changed: (invocation: Invocation | undefined, call: string) => void;
}

/** Between the handler and the services: every call can be slow, fail, or end the process. */
export class Network {
  constructor(private readonly options: NetworkOptions) {}

  /** The services, for a session of the handler. */
  services(sandbox: Sandbox, session: Session, signal: AbortSignal): Services {
    const { world, permissions, conditions } = this.options;
    return world.connect(async (name, perform, rights) => this.call(sandbox, signal, name, () => {
      for (const right of rights ?? []) permissions.authorise(session.roleArn, right);
      if (name.startsWith('sign ')) conditions.checkKey();
      return perform();
    }));
  }

  /** A call and its answer. The process may end before either arrives. */
  async call<T>(sandbox: Sandbox, signal: AbortSignal, name: string, perform: () => T): Promise<T> {
    const { time, journal, conditions, changed } = this.options;
    if (signal.aborted) throw named('AbortError', 'Request aborted');
    const { number, kind } = conditions.nextCall();
    const invocation = sandbox.current;
    const told = (what: string) => journal.note(() => `  ${invocation && titleOf(invocation)}: ${name}: ${what}`);
    return new Promise((resolve, reject) => {
      const abort = () => sandbox.run(() => reject(named('AbortError', 'Request aborted')));
      signal.addEventListener('abort', abort);
      const answer = (run: () => void) => {
        const arrive = () => {
          signal.removeEventListener('abort', abort);
          run();
        };
        if (kind !== 'hangs') sandbox.after(kind === 'slow' ? SLOW_MILLISECONDS : kind === 'late' ? LATE_MILLISECONDS : CALL_MILLISECONDS, arrive);
      };
      // a HEAD has no body that could name an error
      const refuse = (error: Error) => answer(() => reject(name.startsWith('inspect ') ? nameless(error) : error));
      if (kind) told(`${kind} (call ${number})`);
      if (kind === 'dies before') return sandbox.end('died');
      time.after(CALL_MILLISECONDS + (isRead(name) ? conditions.jitterOf(number) : 0), () => {
        if (kind === 'fails') return refuse(named('InternalFailureException', `on the way there${LONG}`));
        if (kind === 'fails in its body') return refuse(named('InternalError', 'We encountered an internal error. Please try again.'));
        if (kind === 'throttled') return refuse(named('ThrottlingException', 'Rate exceeded'));
        if (kind === 'denied') return refuse(named('AccessDenied', 'Access Denied'));
        try {
          const value = perform();
          told('done');
          changed(invocation, name);
          if (kind === 'dies after') return sandbox.end('died');
          if (kind === 'lost') return refuse(named('InternalFailureException', 'on the way back'));
          answer(() => resolve(value));
        } catch (error) {
          told((error as Error).message);
          if (error instanceof CallFailed) return refuse(named(error.code, error.serviceMessage));
          if (error instanceof ServiceRefused) return refuse(named(error.code, error.message));
          journal.broken ??= error as Error;
        }
      });
    });
  }
}

/** What a line of the trace calls an invocation. */
export function titleOf({ event: { RequestType, LogicalResourceId, RequestId } }: Invocation): string {
  return `${RequestType} of ${LogicalResourceId} (${Number(RequestId.slice(-12))})`;
}

function isRead(call: string): boolean {
  return /^(describe|list|inspect|read) /.test(call);
}
