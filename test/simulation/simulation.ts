import { CallChecks } from './checks/calls';
import { DeploymentChecks } from './checks/deployments';
import { checkNothingLeft, keepRetained } from './checks/leftovers';
import { Others } from './checks/others';
import { SignatureChecks } from './checks/signatures';
import { StreamChecks } from './checks/streams';
import { retouched } from './declared';
import { ExternalChanges } from './external-changes';
import type { Faults } from './faults';
import { isCalmButFailing, isSigning, latenessOf, NO_FAULTS } from './faults';
import type { History, Step } from './history';
import { obstacleTo, obstacleToSigning } from './obstacles';
import { Progress, VENDOR_CONTENT } from './progress';
import type { Edit } from './source';
import { compiledHandler, handlerSource, library } from './source';
import { stage } from './staging';
import type { StackSpec } from './templates';
import { BUCKETS, PINNED_VERSION, STAGING_BUCKET, Templates, VENDOR_BUCKET, VENDOR_KEY } from './templates';

const MINUTE = 60_000;

/** What is simulated: the construct and the handler, as they are or with a planted bug. */
export class SystemUnderTest {
  static async load(edits: readonly Edit[] = []): Promise<SystemUnderTest> {
    const { library: made, cache } = await library(edits);
    return new SystemUnderTest(compiledHandler(await handlerSource(edits)), new Templates(made, cache));
  }

  private constructor(readonly program: ReturnType<typeof compiledHandler>, readonly templates: Templates) {}

  /** Throws where a promise is broken. */
  async run(history: History): Promise<void> {
    await new Simulation(this, history).run();
  }

  /** What happens in a history, line by line, whether it ends well or not. */
  async trace(history: History): Promise<string[]> {
    const lines: string[] = [];
    await new Simulation(this, history, (line) => lines.push(line)).run().catch(() => undefined);
    return lines;
  }

  dispose(): void {
    this.templates.dispose();
  }
}

/** Takes the steps of a history, one after the other, and has the promises checked. */
class Simulation {
  private readonly progress: Progress;
  private readonly others: Others;
  private readonly signatures: SignatureChecks;
  private readonly streams: StreamChecks;
  private readonly deployments: DeploymentChecks;
  private readonly externalChanges: ExternalChanges;
  private nonce = 0;

  constructor(subject: SystemUnderTest, private readonly history: History, trace?: (line: string) => void) {
    const progress = new Progress(subject.program, subject.templates, trace);
    const { account } = progress;
    this.progress = progress;
    this.others = new Others(progress);
    this.signatures = new SignatureChecks(account);
    this.streams = new StreamChecks(progress);
    this.deployments = new DeploymentChecks(progress, this.signatures);
    this.externalChanges = new ExternalChanges(progress, this.others);
    const calls = new CallChecks(progress, this.streams, this.others, this.signatures);
    account.changed = (invocation, call) => calls.afterCall(invocation, call);
    account.signing = (invocation, sha256, signing) => this.signatures.beforeSigning(invocation, sha256, signing);
  }

  async run(): Promise<void> {
    // Lambda ends a process in which that happens, and with it every event that it works on
    const unhandled = (reason: unknown) => this.progress.fail(`no rejection may go unhandled, got: ${String(reason)}`);
    process.on('unhandledRejection', unhandled);
    try {
      await this.takeAll();
    } finally {
      process.off('unhandledRejection', unhandled);
    }
  }

  private async takeAll(): Promise<void> {
    const { progress, progress: { account, account: { journal } } } = this;
    this.prepare();
    for (const step of [...this.history.steps, { kind: 'wait', minutes: 60 } as const]) {
      journal.note(() => `--- ${JSON.stringify(step)}`);
      await this.take(step);
      journal.note(() => progress.stack.status);
      account.checkInvocations();
      this.streams.check();
      this.deployments.checkPresent();
      this.throwBroken();
    }
    await this.end();
    this.throwBroken();
  }

  private throwBroken(): void {
    const { broken } = this.progress.account.journal;
    if (broken) throw broken;
  }

  private prepare(): void {
    const { world } = this.progress.account;
    for (const bucket of [VENDOR_BUCKET, STAGING_BUCKET, ...Object.values(BUCKETS)]) world.makeBucket(bucket);
    if (world.put(VENDOR_BUCKET, VENDOR_KEY, VENDOR_CONTENT) !== PINNED_VERSION) throw new Error('the first version must be the pinned one');
    this.others.begin(this.history.isCommonTaken);
  }

  private async take(step: Step): Promise<void> {
    switch (step.kind) {
      case 'deploy': return this.deploy(step.spec, step.conditions);
      case 'retouch': return this.deploy(retouched(this.progress.current, step.what), step.conditions);
      case 'destroy': return this.destroy(step.conditions);
      case 'roll back': return this.rollBack(step.conditions);
      case 'wait': return this.pass(step.minutes * MINUTE);
      case 'external change': return this.externalChanges.make(step.what);
    }
  }

  private async pass(milliseconds: number): Promise<void> {
    const { account } = this.progress;
    await account.time.until(account.time.sleep(milliseconds));
    if (milliseconds > 24 * 60 * MINUTE) account.expireNoncurrent();
  }

  /** An operation of the stack under its conditions; what follows begins when IAM and S3 know of every change. */
  private async operate(conditions: Faults, operation: () => Promise<void>): Promise<void> {
    const { account } = this.progress;
    account.set(conditions);
    await account.time.until(operation());
    account.set(NO_FAULTS);
    await this.pass(latenessOf(conditions));
  }

  private async deploy(spec: StackSpec, conditions: Faults): Promise<void> {
    const { progress } = this;
    // as the CLI and people do: what failed for good is deleted, and a rollback that failed is continued
    if (['ROLLBACK_COMPLETE', 'ROLLBACK_FAILED', 'DELETE_FAILED'].includes(progress.stack.status)) await this.destroy(NO_FAULTS);
    if (progress.stack.status === 'UPDATE_ROLLBACK_FAILED') await this.continueRollback();
    if (['DELETE_FAILED', 'UPDATE_ROLLBACK_FAILED'].includes(progress.stack.status)) return;

    this.nonce += 1;
    const template = progress.templates.of(spec, this.nonce);
    for (const declared of progress.declared(spec)) stage(declared, progress);
    const obstacle = obstacleTo(spec, progress, this.others) ?? obstacleToSigning(conditions, progress);
    const isNew = progress.stack.status === 'NONE' || progress.stack.status === 'DELETE_COMPLETE';
    const generations = this.deployments.before(spec);
    if (isNew) progress.startStack();
    const before = isNew ? { ...generations, spec: progress.current, attributes: new Map() } : generations;
    const { stack } = progress;
    const forgottenBefore = stack.forgotten.length;
    progress.candidates = [...progress.candidates, spec];
    progress.deployed = isNew ? [spec] : [...progress.deployed, spec];
    await this.operate(conditions, async () => isNew ? stack.create(template) : stack.update(template));
    // after what failed for good, or stayed as it failed, there may have been two changes
    if (!stack.status.endsWith('_COMPLETE')) this.signatures.forget();
    if (stack.status === 'CREATE_COMPLETE' || stack.status === 'UPDATE_COMPLETE') {
      // what stayed as it failed may have been kept by a policy of its own template
      for (const earlier of [progress.current, ...progress.candidates]) keepRetained(earlier, spec, progress);
      progress.current = spec;
      progress.candidates = [spec];
      this.deployments.checkSuccess(spec, before);
    } else if (stack.status === 'UPDATE_ROLLBACK_COMPLETE') {
      progress.candidates = [progress.current];
      this.deployments.checkRestored();
    } else if (stack.status === 'ROLLBACK_COMPLETE') {
      progress.candidates = [];
    } else if (stack.status === 'ROLLBACK_FAILED') {
      // CloudFormation keeps what is to be kept, in every operation after the one that made it
      keepRetained(spec, {}, progress);
    }
    if (obstacle === undefined) this.checkOutcome(conditions, stack.forgotten.slice(forgottenBefore));
  }

  /** With nothing in its way, a deployment succeeds, its rollback comes to its end, and clean-up leaves nothing. */
  private checkOutcome(conditions: Faults, forgotten: readonly string[]): void {
    const { progress, progress: { stack, stack: { failures, status } } } = this;
    if (!isCalmButFailing(conditions)) return;
    if (conditions.failing === 'none' && isSigning(conditions) && !['CREATE_COMPLETE', 'UPDATE_COMPLETE'].includes(status)) {
      progress.fail(`a deployment must succeed where nothing is in its way, got: ${status}: ${failures.slice(-3).join('; ')}`);
    }
    const isKept = ['CREATE_FAILED', 'UPDATE_FAILED'].includes(status);
    if (stack.status.endsWith('_FAILED') && !isKept) {
      progress.fail(`a rollback must come to its end where nothing is in its way, got: ${status}: ${failures.slice(-3).join('; ')}`);
    }
    // a bucket cannot be deleted while what a removal policy keeps is in it
    if (progress.retained.size === 0 && forgotten.length > 0) {
      progress.fail(`clean-up must not be forgotten, got: ${forgotten.join(', ')}: ${failures.slice(-1).join('')}`);
    }
  }

  /** RollbackStack: for what stayed as it failed. */
  private async rollBack(conditions: Faults): Promise<void> {
    const { progress, progress: { stack } } = this;
    if (!['CREATE_FAILED', 'UPDATE_FAILED'].includes(stack.status)) return;
    for (const spec of progress.candidates) keepRetained(spec, progress.current, progress);
    await this.operate(conditions, async () => stack.rollBack());
    if (stack.status === 'UPDATE_ROLLBACK_COMPLETE') progress.candidates = [progress.current];
    else if (stack.status === 'ROLLBACK_COMPLETE') progress.candidates = [];
  }

  private async continueRollback(): Promise<void> {
    const { progress, progress: { account, stack } } = this;
    account.set(NO_FAULTS);
    await account.time.until(stack.continueUpdateRollback());
    if (stack.status === 'UPDATE_ROLLBACK_COMPLETE') {
      progress.candidates = [progress.current];
    } else if (obstacleTo(progress.current, progress, this.others) === undefined) {
      progress.fail(`a rollback must be able to go on, got: ${stack.failures.slice(-3).join('; ')}`);
    }
  }

  private async destroy(conditions: Faults): Promise<void> {
    const { progress, progress: { account, stack } } = this;
    if (['NONE', 'DELETE_COMPLETE'].includes(stack.status)) return;
    account.journal.note(() => 'the stack is deleted');
    await this.operate(conditions, async () => {
      progress.isBeingDeleted = true;
      await stack.delete();
      progress.isBeingDeleted = false;
    });
    // what a failed rollback left is kept as the newest template says
    for (const spec of [progress.current, ...progress.candidates]) keepRetained(spec, {}, progress);
    if (stack.status === 'DELETE_COMPLETE') {
      progress.candidates = [];
      progress.current = {};
    } else if (isCalmButFailing(conditions) && !progress.isAttached && !account.iam.hasHeld()
      && progress.retained.size + stack.forgotten.length + progress.contended.size === 0) {
      progress.fail(`a stack must be deleted where nothing is in its way, got: ${stack.failures.slice(-3).join('; ')}`);
    }
  }

  /** At the end of every history the stack is destroyed, and nothing of it is left. */
  private async end(): Promise<void> {
    const { progress, progress: { account } } = this;
    progress.isAttached = false;
    account.world.streams.attached.clear();
    account.iam.release();
    for (let attempt = 0; attempt < 2; attempt++) {
      await this.destroy(NO_FAULTS);
      await this.pass(60 * MINUTE);
    }
    account.checkInvocations();
    this.others.check();
    checkNothingLeft(progress);
  }
}
