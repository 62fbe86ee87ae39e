import { createHash } from 'node:crypto';
import type { FaultKind, Faults } from './account';
import { Account, ACCOUNT, NO_FAULTS, REGION } from './account';
import type { Invocation } from './cloudformation/async-function';
import { Stack } from './cloudformation/stack';
import type { History, ExternalChange, Retouch, Step } from './history';
import { digestIn, SignatureChecks } from './signatures';
import type { Edit } from './source';
import { compiledHandler, handlerSource, library } from './source';
import type { ConstructId, StackSpec, StreamSpec } from './templates';
import {
  BUCKETS, COMMON_STREAM_ID, CONSTRUCTS, FILES, PINNED_VERSION, STACK_NAME, STAGING_BUCKET, Templates,
  VENDOR_BUCKET, VENDOR_KEY,
} from './templates';
import type { LiveStream, PinnedFile } from '../../lambda/iot-file-stream/model';
import type { FileProperties } from '../../src/iot-file-stream/private/contract';

/** The bytes that an object of the vendor had when a test began. */
const VENDOR_CONTENT = 'radio one';
const MINUTE = 60_000;
const NEXT_SIGNING: Readonly<Record<StreamSpec['signing'], StreamSpec['signing']>> = { none: 'one', one: 'other', other: 'first', first: 'none' };
const FOREIGN_STACK = 'arn:aws:cloudformation:eu-west-1:111122223333:stack/Other/11111111-1111-4111-8111-111111111111';

/** A stream of another stack, with the id that some of ours ask for. */
const FOREIGN_STREAM = { streamId: COMMON_STREAM_ID, tags: { 'cdk-iot-streams:stack': FOREIGN_STACK, 'cdk-iot-streams:resource': 'Theirs' } };

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

/** What a stream of a declaration gives to devices. */
interface Declared {
  readonly logicalId: string;
  readonly streamId: string;
  readonly description: string;
  readonly files: StreamSpec['files'];
  readonly spec: StreamSpec;
  readonly id: ConstructId;
}

type Answers = ReturnType<Stack['attributes']>;

class Simulation {
  private readonly account: Account;
  private stack: Stack;
  private nonce = 0;
  /** Bytes that the vendor's object ever had. */
  private readonly vendorContents = new Set([VENDOR_CONTENT]);
  /** What somebody wrote over an object of ours: content that nobody knows cannot be told from other content. */
  private readonly overwritten = new Set<string>();
  /** The declarations that CloudFormation could still be at. */
  private candidates: StackSpec[] = [];
  private current: StackSpec = {};
  /** All declarations that this stack was brought to, or should have been. */
  private deployed: StackSpec[] = [];
  /** Streams, by id, that somebody else has harmed since the handler last saw to them. */
  private readonly harmed = new Set<string>();
  /** Streams, by id, of which two different events have run at once: CloudFormation asked for two things in no order. */
  private readonly contended = new Set<string>();
  /** Streams, by id, of which two deliveries have run at once, be it of one event. */
  private readonly doubled = new Set<string>();
  /** How often deliveries that ran at once have moved a version for nothing, by stream id: none of them can know of the others. */
  private readonly needless = new Map<string, number>();
  /** What an invocation has seen that devices receive, by stream id. */
  private readonly seen = new Map<Invocation, Map<string, string | undefined>>();
  /** What devices receive, by stream id. */
  private readonly contents = new Map<string, string | undefined>();
  /** Streams, by id, that a late event has made after their Delete. */
  private readonly revived = new Set<string>();
  /** Streams, by id, of which somebody has taken kept signatures away. */
  private readonly unsigned = new Set<string>();
  /** What was looked at last, by resource. */
  private readonly lastAnswers = new Map<string, Answers>();
  private readonly signatures: SignatureChecks;
  /** Kept on purpose, by a removal policy. */
  private readonly retained = new Set<string>();
  private isAttached = false;
  /** Of a stack before this one. */
  private hadForgotten = false;
  /** While the whole stack goes, nobody is promised a download. */
  private isGoing = false;
  private strangers = '';

  constructor(private readonly subject: SystemUnderTest, private readonly history: History, trace?: (line: string) => void) {
    this.account = new Account(subject.program);
    this.account.trace = trace;
    this.stack = this.newStack();
    this.account.changed = (invocation, call) => this.afterCall(invocation, call);
    this.signatures = new SignatureChecks(this.account);
    this.account.signing = (invocation, sha256, signing) => this.signatures.beforeSigning(invocation, sha256, signing);
  }

  async run(): Promise<void> {
    // Lambda ends a process in which that happens, and with it every event that it works on
    const unhandled = (reason: unknown) => this.fail(`no rejection may go unhandled, got: ${String(reason)}`);
    process.on('unhandledRejection', unhandled);
    try {
      await this.live();
    } finally {
      process.off('unhandledRejection', unhandled);
    }
  }

  private async live(): Promise<void> {
    this.prepare();
    for (const step of [...this.history.steps, { kind: 'wait', minutes: 60 } as const]) {
      this.account.note(() => `--- ${JSON.stringify(step)}`);
      await this.take(step);
      this.account.note(() => this.stack.status);
      this.account.checkInvocations();
      this.checkStreams();
      this.checkPresent();
      this.throwBroken();
    }
    await this.end();
    this.throwBroken();
  }

  /** Whether clean-up has ever given up: then something of ours stays. */
  private get hasForgotten(): boolean {
    return this.hadForgotten || this.stack.forgotten.length > 0;
  }

  private throwBroken(): void {
    if (this.account.broken) throw this.account.broken;
  }

  private fail(message: string): void {
    this.account.fail(message);
  }

  private prepare(): void {
    const { world } = this.account;
    for (const bucket of [VENDOR_BUCKET, STAGING_BUCKET, ...Object.values(BUCKETS)]) world.makeBucket(bucket);
    if (world.put(VENDOR_BUCKET, VENDOR_KEY, VENDOR_CONTENT) !== PINNED_VERSION) throw new Error('the first version must be the pinned one');
    for (const bucket of Object.values(BUCKETS)) {
      world.put(bucket, 'theirs', 'theirs');
      // another stack's place beside ours, and what somebody put below our prefix
      for (const prefix of ['', 'iot/']) {
        world.put(bucket, `${prefix}${COMMON_STREAM_ID}/11111111-1111-4111-8111-111111111111-00000000/00000000/${'0'.repeat(64)}`, 'theirs');
      }
    }
    if (this.history.isCommonTaken) world.streams.put(FOREIGN_STREAM);
    this.strangers = this.lookAtStrangers();
  }

  private newStack(): Stack {
    const { account } = this;
    return new Stack({
      name: STACK_NAME,
      guid: account.guid(),
      partition: 'aws',
      region: REGION,
      account: ACCOUNT,
      handlerOf: (type) => account.handlerOf(type),
      isImpatient: () => account.isImpatient,
      pause: async () => account.pause(),
      keepsFailed: () => account.keepsFailed,
      deletesFailed: () => account.deletesFailed,
      unique: () => account.unique(),
    });
  }

  private async take(step: Step): Promise<void> {
    switch (step.kind) {
      case 'deploy': return this.deploy(step.spec, step.conditions);
      case 'retouch': return this.deploy(retouched(this.current, step.what), step.conditions);
      case 'destroy': return this.destroy(step.conditions);
      case 'roll back': return this.rollBack(step.conditions);
      case 'wait': return this.pass(step.minutes * MINUTE);
      case 'external change': return this.makeExternalChange(step.what);
    }
  }

  private async pass(milliseconds: number): Promise<void> {
    await this.account.time.until(this.account.time.sleep(milliseconds));
    if (milliseconds > 24 * 60 * MINUTE) this.account.expireNoncurrent();
  }

  private async deploy(spec: StackSpec, conditions: Faults): Promise<void> {
    // as the CLI and people do: what failed for good is removed, what hangs in its rollback goes on with it
    if (['ROLLBACK_COMPLETE', 'ROLLBACK_FAILED', 'DELETE_FAILED'].includes(this.stack.status)) await this.destroy(NO_FAULTS);
    if (this.stack.status === 'UPDATE_ROLLBACK_FAILED') await this.goBack();
    if (['DELETE_FAILED', 'UPDATE_ROLLBACK_FAILED'].includes(this.stack.status)) return;

    this.nonce += 1;
    const template = this.subject.templates.of(spec, this.nonce);
    for (const declared of this.declared(spec)) this.stage(declared);
    const { forgotten } = this.stack;
    const forgottenBefore = forgotten.length;
    const obstacle = this.obstacleTo(spec) ?? this.obstacleToSigning(conditions);
    const isNew = this.stack.status === 'NONE' || this.stack.status === 'DELETE_COMPLETE';
    const generations = this.untouchedBy(spec);
    const copies = this.copies(this.current);
    if (isNew) {
      this.hadForgotten = this.hasForgotten;
      this.stack = this.newStack();
      this.candidates = [];
      this.current = {};
    }
    this.candidates = [...this.candidates, spec];
    this.deployed = isNew ? [spec] : [...this.deployed, spec];
    this.account.set(conditions);
    const answers = new Map(this.stack.logicalIds().map((logicalId) => [logicalId, this.stack.attributes(logicalId)]));
    await this.account.time.until(isNew ? this.stack.create(template) : this.stack.update(template));
    const isOnlyFailing = isCalmBut(conditions);
    const isCalm = isOnlyFailing && conditions.failing === 'none' && isSigning(conditions);
    this.account.set(NO_FAULTS);
    // who deploys again, does so when IAM and S3 have spread
    await this.pass(lateness(conditions));

    const { status } = this.stack;
    // after what failed for good, or stayed as it failed, two changes may have gone by
    if (!status.endsWith('_COMPLETE')) this.signatures.forget();
    if (status === 'CREATE_COMPLETE' || status === 'UPDATE_COMPLETE') {
      // what stayed as it failed may have been kept by a policy of its own template
      for (const before of [this.current, ...this.candidates]) this.keepRetained(before, spec);
      const before = this.current;
      this.current = spec;
      this.candidates = [spec];
      this.checkDeclared(spec);
      this.checkMended(spec, answers);
      this.checkUntouched(generations);
      this.checkCopies(copies, before, spec);
    } else if (status === 'UPDATE_ROLLBACK_COMPLETE') {
      this.candidates = [this.current];
      this.checkRestored();
    } else if (status === 'ROLLBACK_COMPLETE') {
      this.candidates = [];
    } else if (status === 'ROLLBACK_FAILED') {
      // CloudFormation keeps what is to be kept, in every operation after the one that made it
      this.keepRetained(spec, {});
    }
    if (obstacle === undefined && isCalm && !['CREATE_COMPLETE', 'UPDATE_COMPLETE'].includes(status)) {
      this.fail(`a deployment must succeed where nothing is in its way, got: ${status}: ${this.stack.failures.slice(-3).join('; ')}`);
    }
    const isKept = ['CREATE_FAILED', 'UPDATE_FAILED'].includes(status);
    if (isOnlyFailing && obstacle === undefined && status.endsWith('_FAILED') && !isKept) {
      this.fail(`a rollback must come to its end where nothing is in its way, got: ${status}: ${this.stack.failures.slice(-3).join('; ')}`);
    }
    // a bucket cannot be deleted while what a removal policy keeps is in it
    if (isOnlyFailing && obstacle === undefined && this.retained.size === 0 && this.stack.forgotten.length > forgottenBefore) {
      this.fail(`clean-up must not be forgotten, got: ${this.stack.forgotten.slice(forgottenBefore).join(', ')}: ${this.stack.failures.slice(-1).join('')}`);
    }
  }

  /** RollbackStack: for what stayed as it failed. */
  private async rollBack(conditions: Faults): Promise<void> {
    if (!['CREATE_FAILED', 'UPDATE_FAILED'].includes(this.stack.status)) return;
    for (const spec of this.candidates) this.keepRetained(spec, this.current);
    this.account.set(conditions);
    await this.account.time.until(this.stack.rollBack());
    this.account.set(NO_FAULTS);
    await this.pass(lateness(conditions));
    if (this.stack.status === 'UPDATE_ROLLBACK_COMPLETE') this.candidates = [this.current];
    else if (this.stack.status === 'ROLLBACK_COMPLETE') this.candidates = [];
  }

  private async goBack(): Promise<void> {
    this.account.set(NO_FAULTS);
    await this.account.time.until(this.stack.continueUpdateRollback());
    if (this.stack.status === 'UPDATE_ROLLBACK_COMPLETE') this.candidates = [this.current];
    else if (this.obstacleTo(this.current) === undefined) this.fail(`a rollback must be able to go on, got: ${this.stack.failures.slice(-3).join('; ')}`);
  }

  private async destroy(conditions: Faults): Promise<void> {
    if (['NONE', 'DELETE_COMPLETE'].includes(this.stack.status)) return;
    this.account.note(() => 'the stack is deleted');
    const isCalm = isCalmBut(conditions);
    this.account.set(conditions);
    this.isGoing = true;
    await this.account.time.until(this.stack.delete());
    this.isGoing = false;
    this.account.set(NO_FAULTS);
    await this.pass(lateness(conditions));
    // what a failed rollback left is kept as the newest template says
    for (const spec of [this.current, ...this.candidates]) this.keepRetained(spec, {});
    if (this.stack.status === 'DELETE_COMPLETE') {
      this.candidates = [];
      this.current = {};
    } else if (isCalm && !this.isAttached && !this.account.iam.hasHeld()
      && this.retained.size + this.stack.forgotten.length + this.contended.size === 0) {
      this.fail(`a stack must go where nothing is in its way, got: ${this.stack.failures.slice(-3).join('; ')}`);
    }
  }

  /** Whatever became of it, at last the stack is destroyed, and nothing of it is left. */
  private async end(): Promise<void> {
    this.isAttached = false;
    this.account.world.streams.attached.clear();
    this.account.iam.release();
    for (let attempt = 0; attempt < 2; attempt++) {
      await this.destroy(NO_FAULTS);
      await this.pass(60 * MINUTE);
    }
    this.account.checkInvocations();
    this.checkStrangers();
    if (!this.hasForgotten) this.checkNothingLeft();
  }

  /** Why a deployment may fail although everything works as it should. */
  private obstacleTo(spec: StackSpec): string | undefined {
    const { world } = this.account;
    const specs = [spec, this.current];
    if (this.isAttached) return 'a stream is in use';
    if (this.account.iam.hasHeld()) return 'a role cannot be deleted';
    if (specs.some((each) => CONSTRUCTS.some((id) => each[id]?.streamId === 'common')) && (this.isCommonForeign() || this.retained.has(COMMON_STREAM_ID))) {
      return 'the stream id is taken';
    }
    const owner = (each: StackSpec) => CONSTRUCTS.find((id) => each[id]?.streamId === 'common');
    if (owner(spec) && this.commonOwner() !== undefined && owner(spec) !== this.commonOwner()) return 'the stream id belongs to another construct';
    if (this.retained.size > 0) return 'something was kept';
    if (specs.some((each) => CONSTRUCTS.some((id) => [...each[id]?.files ?? ''].some((letter) => FILES[letter].kind === 'object')))
      && (this.vendorGone() || !world.bucket(VENDOR_BUCKET).objects.some(({ version }) => version === PINNED_VERSION))) return 'a source is gone';
    if (this.declared(this.current).some((declared) => this.harmed.has(declared.streamId) && !this.isStaged(declared))) return 'an object and its source are gone';
    return undefined;
  }

  /** A key that does not sign is in the way of a rollback only where a signature or the bytes were lost, or two changes have gone by. */
  private obstacleToSigning({ kms }: Faults): string | undefined {
    const isAfterFailure = ['CREATE_FAILED', 'UPDATE_FAILED', 'UPDATE_ROLLBACK_FAILED'].includes(this.stack.status);
    return kms !== undefined && kms !== 'works' && (isAfterFailure || this.unsigned.size + this.harmed.size + this.contended.size > 0) ? 'a signature is gone' : undefined;
  }

  private isCommonForeign(): boolean {
    return this.account.world.streams.get(COMMON_STREAM_ID)?.tags['cdk-iot-streams:stack'] === FOREIGN_STACK;
  }

  private commonOwner(): ConstructId | undefined {
    const live = this.account.world.streams.get(COMMON_STREAM_ID);
    return live && CONSTRUCTS.find((id) => live.tags['cdk-iot-streams:resource']?.startsWith(id));
  }

  private vendorGone(): boolean {
    return !this.account.world.bucket(VENDOR_BUCKET).objects.some(({ key }) => key === VENDOR_KEY);
  }

  private declared(spec: StackSpec): Declared[] {
    return CONSTRUCTS.flatMap((id) => {
      const stream = spec[id];
      if (!stream) return [];
      const { logicalId, streamId, description } = this.subject.templates.stream(id, stream);
      return [{ id, spec: stream, logicalId, streamId, description, files: stream.files }];
    });
  }

  /** The CLI uploads what is not there. */
  private stage(declared: Declared): void {
    for (const { key, content } of this.unstaged(declared)) this.account.world.put(STAGING_BUCKET, key, content);
  }

  private isStaged(declared: Declared): boolean {
    return this.unstaged(declared).length === 0;
  }

  /** The local files that are not in the staging bucket. */
  private unstaged({ id, spec, logicalId, files }: Declared): { readonly key: string; readonly content: string }[] {
    const { objects } = this.account.world.bucket(STAGING_BUCKET);
    const { template } = this.subject.templates.stream(id, spec);
    const properties = template.Resources[logicalId].Properties!.Files as Record<string, FileProperties>;
    const assets = new Map([...files].flatMap((letter, position) => {
      const file = FILES[letter];
      return file.kind === 'asset' ? [[properties[position].SourceKey!, file.content]] : [];
    }));
    return [...assets].flatMap(([key, content]) => objects.some((object) => object.key === key) ? [] : [{ key, content }]);
  }

  private async makeExternalChange(what: ExternalChange): Promise<void> {
    const { world } = this.account;
    const ours = world.streams.ids().map((streamId) => world.streams.get(streamId)!).filter((stream) => this.isOurs(stream));
    switch (what) {
      case 'vendor writes': {
        const content = `radio ${this.vendorContents.size + 1}`;
        this.vendorContents.add(content);
        world.put(VENDOR_BUCKET, VENDOR_KEY, content);
        return;
      }
      case 'vendor writes and copies are lost':
        await this.makeExternalChange('vendor writes');
        return this.makeExternalChange('object deleted');
      case 'vendor deletes':
        world.bucket(VENDOR_BUCKET).objects.splice(0);
        return;
      case 'staging emptied':
        world.bucket(STAGING_BUCKET).objects.splice(0);
        return;
      case 'stream deleted':
        for (const { streamId } of ours) {
          await this.account.time.until(world.connect().streams.delete(streamId).catch(() => undefined));
          this.harmed.add(baseOf(streamId));
        }
        return;
      case 'stream replaced':
        // by another stack that takes the id
        if (!ours.some(({ streamId }) => streamId === COMMON_STREAM_ID)) return;
        world.streams.put(FOREIGN_STREAM);
        this.harmed.add(COMMON_STREAM_ID);
        this.strangers = this.lookAtStrangers();
        return;
      case 'object deleted':
      case 'object overwritten':
        for (const { streamId, files: [file] } of ours) {
          const { objects } = world.bucket(file.bucket);
          if (this.account.problemWith(world.streams.get(streamId)!.roleArn, file)) continue;
          if (what === 'object overwritten') {
            const content = 'x'.repeat(world.read(file).length);
            world.put(file.bucket, file.key, content);
            this.overwritten.add(content);
            continue;
          }
          const index = objects.findIndex((object) => object.key === file.key && object.version === file.version);
          if (index >= 0) objects.splice(index, 1);
          world.putDeleteMarker(file.bucket, file.key);
          for (const each of ours) if (each.files.some(({ version }) => version === file.version)) this.harmed.add(baseOf(each.streamId));
          this.harmed.add(baseOf(streamId));
        }
        return;
      case 'stranger writes':
        for (const { files: [{ bucket, key }] } of ours) {
          if (!bucket.startsWith('shop-')) world.put(bucket, key.replace(/[^/]+\/[^/]+$/, 'README.txt'), 'theirs');
        }
        this.strangers = this.lookAtStrangers();
        return;
      case 'signature deleted':
      case 'signature overwritten':
        this.harmSignatures(ours, what === 'signature deleted');
        return;
      case 'attached':
        this.isAttached = true;
        for (const { streamId } of ours) world.streams.attached.add(streamId);
        return;
      case 'detached':
        this.isAttached = false;
        world.streams.attached.clear();
        return;
      case 'roles held':
        this.account.iam.hold();
    }
  }

  private harmSignatures(ours: readonly LiveStream[], isDeleted: boolean): void {
    const { world } = this.account;
    for (const bucket of new Set(ours.flatMap(({ files }) => files.map((file) => file.bucket)))) {
      if (!world.bucketNames().includes(bucket)) continue;
      const { objects } = world.bucket(bucket);
      const kept = objects.filter(({ bytes }) => digestIn(bytes.toString()) !== undefined);
      for (const object of kept) {
        if (isDeleted) {
          objects.splice(objects.indexOf(object), 1);
          world.putDeleteMarker(bucket, object.key);
        } else {
          world.put(bucket, object.key, 'no signature');
        }
      }
    }
    // what lies on top of a kept one does not hide it
    if (isDeleted) for (const { streamId } of ours) this.unsigned.add(baseOf(streamId));
  }

  private isOurs(stream: LiveStream): boolean {
    return stream.tags['cdk-iot-streams:stack']?.includes(`:stack/${STACK_NAME}/`) ?? false;
  }

  /** After every call that arrived. */
  private afterCall(invocation: Invocation | undefined, call: string): void {
    if (invocation) this.noteContention(invocation);
    this.signatures.afterCall(invocation, call);
    if (invocation && call.startsWith('create ')) this.noteRevival(invocation);
    if (invocation && call.startsWith('describe ')) this.noteSeen(invocation, call.slice('describe '.length));
    if (/^(describe|list|inspect|read|assume|tag|sign) /.test(call)) return;
    if (call.startsWith('update ')) this.checkUpdate(invocation, call.slice('update '.length));
    const { streams } = this.account.world;
    this.contents.clear();
    for (const liveId of streams.ids()) this.contents.set(liveId, this.contentOf(streams.get(liveId)!));
    this.checkStreams();
    this.checkStrangers();
  }

  private noteContention(invocation: Invocation): void {
    const streamId = String(invocation.event.ResourceProperties.StreamId);
    const beside = this.account.beside(invocation).filter(({ event }) => String(event.ResourceProperties.StreamId) === streamId);
    if (beside.some(({ event }) => event.RequestId !== invocation.event.RequestId)) this.contended.add(streamId);
    if (beside.length > 0) this.doubled.add(streamId);
  }

  /** The version is to tell devices that they would receive something else. */
  private checkUpdate(invocation: Invocation | undefined, liveId: string): void {
    // a device that is downloading it must end with the bytes that it began with, also where some of them were lost
    if (liveId !== baseOf(liveId)) this.fail(`a generation must never be updated, got: an update of stream '${liveId}'`);
    const live = this.account.world.streams.get(liveId)!;
    const content = this.contentOf(live);
    const before = this.contents.get(liveId);
    if (before === undefined || before !== content) return;
    const hasSeen = invocation && this.seen.get(invocation)?.get(liveId) === content;
    if (this.doubled.has(baseOf(liveId)) && !hasSeen) {
      this.needless.set(liveId, (this.needless.get(liveId) ?? 0) + 1);
    } else {
      this.fail(`the version of stream '${liveId}' must move only where devices receive something else, got: ${content}`);
    }
  }

  private noteSeen(invocation: Invocation, liveId: string): void {
    const live = this.account.world.streams.get(liveId);
    const seen = this.seen.get(invocation) ?? new Map<string, string | undefined>();
    this.seen.set(invocation, seen.set(liveId, live && this.contentOf(live)));
  }

  /** What devices receive; undefined where they receive nothing. */
  private contentOf(live: LiveStream): string | undefined {
    if (live.files.some((file) => this.account.problemWith(live.roleArn, file))) return undefined;
    const files = live.files.map((file) => [file.fileId, file.bucket, file.key, String(this.account.world.read(file))]);
    return JSON.stringify([live.description, live.roleArn, files]);
  }

  /**
   * A Delete of the stream leaves its time for every older event, until the storage is emptied. Then, for as long as the
   * management role exists, a late Create cannot be told from a first one; nor can one that has read before the Delete.
   */
  private noteRevival({ event, from }: Invocation): void {
    const streamId = String(event.ResourceProperties.StreamId);
    const isMissed = this.account.function.invocations.some((other) => other.event.RequestType === 'Delete'
      // request ids are counted: a Create that was sent after the Delete is no late one
      && other.event.RequestId > event.RequestId
      && other.event.StackId === event.StackId && other.event.ResourceProperties.StreamId === streamId
      && (other.event.ResourceType === 'Custom::IotFileStreamObjects' || (other.to ?? Infinity) >= from));
    if (isMissed) this.revived.add(streamId);
  }

  /** A device can download every stream of ours at every moment, and gets what a template says. */
  private checkStreams(): void {
    if (this.isGoing) return;
    const { world, iam } = this.account;
    for (const liveId of world.streams.ids()) {
      const live = world.streams.get(liveId)!;
      const streamId = baseOf(liveId);
      if (!this.isOurs(live) || this.harmed.has(streamId) || this.retained.has(streamId) || this.revived.has(streamId)) continue;
      // clean-up has given up: roles and objects go all the same
      if (this.stack.forgotten.includes(live.tags['cdk-iot-streams:resource'])) continue;
      // clean-up that gave up on a place has left the streams there; and one that an update took with it which CloudFormation
      // had given up, and which was slower than the rollback, goes dark with the place that it went to
      const isPassed = this.stack.attributes(live.tags['cdk-iot-streams:resource'])?.StreamId !== liveId;
      if (this.contended.has(streamId) ? isPassed || !iam.find(live.roleArn) : isPassed && this.hasForgotten) continue;
      // devices may always ask for the first version
      if (liveId !== streamId && live.streamVersion !== 1) this.fail(`stream '${liveId}' must have its first version, got: ${live.streamVersion}`);
      for (const file of live.files) {
        if (file.version === 'null') return this.fail(`stream '${streamId}' must name versions that nothing overwrites, got: 'null' for file ${file.fileId}`);
        const problem = this.account.problemWith(live.roleArn, file);
        if (problem) return this.fail(`stream '${streamId}' must stay downloadable, got: ${problem} for file ${file.fileId}`);
      }
      if (live.tags['cdk-iot-streams:stack'] !== this.stack.id || this.candidates.length === 0 || this.contended.has(streamId)) continue;
      // what stayed when its successor was made is what an earlier template said
      const specs = liveId === streamId && this.candidates.every((spec) => isInPlace(spec)) ? this.candidates : this.deployed;
      const named = specs.flatMap((spec) => this.declared(spec)).filter((declared) => declared.streamId === streamId);
      if (named.length > 0 && !named.some((declared) => this.differenceFrom(declared, live) === undefined)) {
        this.fail(`stream '${streamId}' must be what a template says, got: ${this.differenceFrom(named[named.length - 1], live)}`);
      }
    }
  }

  private differenceFrom(declared: Declared, live: LiveStream): string | undefined {
    if (live.description !== declared.description) return `description '${live.description}'`;
    if (live.files.length !== declared.files.length) return `${live.files.length} files`;
    for (const file of live.files) {
      const kind = FILES[declared.files[file.fileId]];
      const bytes = this.account.world.read(file).toString();
      const expected = kind.kind !== 'object' ? [kind.content] : kind.isPinned ? [VENDOR_CONTENT, ...this.overwritten] : [...this.vendorContents, ...this.overwritten];
      if (!expected.includes(bytes)) return `'${bytes}' as file ${file.fileId}`;
    }
    return undefined;
  }

  /** After a success, the stream is what was declared. */
  private checkDeclared(spec: StackSpec): void {
    const { account, account: { world } } = this;
    for (const declared of this.declared(spec)) {
      const { streamId, logicalId } = declared;
      if (this.harmed.has(streamId) || this.revived.has(streamId) || this.contended.has(streamId)) continue;
      const liveId = this.stack.attributes(logicalId)?.StreamId ?? streamId;
      const live = world.streams.get(liveId);
      const generations = world.streams.ids().filter((each) => baseOf(each) === streamId && this.isOurs(world.streams.get(each)!));
      if (generations.length > 2 && !this.isAttached && this.retained.size === 0) {
        this.fail(`at most two streams of '${streamId}' may be there, got: ${generations.join(', ')}`);
      }
      if ((declared.spec.strategy === 'IN_PLACE') !== (liveId === streamId)) this.fail(`the id of stream '${streamId}' must fit the strategy, got: '${liveId}'`);
      if (!live) {
        this.fail(`stream '${streamId}' must be there after a successful deployment`);
        continue;
      }
      if (account.broken) return;
      const difference = this.differenceFrom(declared, live);
      if (difference) this.fail(`stream '${streamId}' must be what was deployed, got: ${difference}`);
      const isTagged = live.tags.team !== undefined;
      if (isTagged !== (declared.spec.label === 'tagged')) this.fail(`stream '${streamId}' must have the tags that were deployed`);
      const version = Number(this.stack.attributes(logicalId)?.StreamVersion);
      // an event that was delivered twice at once is answered by the faster one
      if (!(version <= live.streamVersion && version >= live.streamVersion - (this.needless.get(liveId) ?? 0))) {
        this.fail(`the attribute must be the version of stream '${streamId}', ${live.streamVersion}, got: ${version}`);
      }
      this.checkAnswered(declared, live);
    }
  }

  /** Every generation of the streams of which a deployment changes nothing that devices receive. */
  private untouchedBy(spec: StackSpec): string[] {
    if (this.stack.status.endsWith('_FAILED')) return [];
    const same = this.declared(spec).filter(({ id, spec: stream }) => this.current[id] && stream.strategy === 'NEW_STREAM' && isSameToDevices(stream, this.current[id]));
    return this.account.world.streams.ids().filter((liveId) => same.some(({ streamId }) => streamId === baseOf(liveId)));
  }

  /** What devices receive of sources without a version, by construct and file. */
  private copies(spec: StackSpec): Map<string, string> {
    if (this.stack.status.endsWith('_FAILED')) return new Map();
    return new Map(this.declared(spec).flatMap(({ id, logicalId, streamId, files }) => {
      const live = this.account.world.streams.get(this.stack.attributes(logicalId)?.StreamId ?? streamId);
      if (!live || this.contentOf(live) === undefined) return [];
      const unpinned = live.files.filter(({ fileId }) => FILES[files[fileId]]?.kind === 'object' && files[fileId] !== 'p');
      return unpinned.map((file) => [`${id} ${files[file.fileId]}`, String(this.account.world.read(file))] as const);
    }));
  }

  /** Until somebody changes its revision, a source without a version is what it was at first, in every stream of one storage location. */
  private checkCopies(copies: ReadonlyMap<string, string>, before: StackSpec, spec: StackSpec): void {
    for (const { id, spec: stream, streamId } of this.declared(spec)) {
      const old = before[id];
      if (!old || locationOf(old) !== locationOf(stream)) continue;
      if (this.harmed.has(streamId) || this.revived.has(streamId) || this.contended.has(streamId)) continue;
      for (const [file, content] of this.copies({ [id]: stream })) {
        const earlier = copies.get(file);
        if (earlier === undefined || earlier === content) continue;
        this.fail(`a source must not be read again, got: '${content}' after '${earlier}' of stream '${streamId}'`);
      }
    }
  }

  /** A device may be downloading the previous one. */
  private checkUntouched(generations: readonly string[]): void {
    for (const liveId of generations) {
      const streamId = baseOf(liveId);
      if (this.harmed.has(streamId) || this.revived.has(streamId) || this.contended.has(streamId)) continue;
      if (!this.account.world.streams.get(liveId)) this.fail(`stream '${liveId}' must stay where devices are to receive nothing else`);
    }
  }

  /** After a rollback, every stream of the last good template is there. */
  private checkRestored(): void {
    for (const declared of this.declared(this.current)) {
      const { streamId, logicalId } = declared;
      if (this.harmed.has(streamId) || this.revived.has(streamId) || this.contended.has(streamId)) continue;
      const liveId = this.stack.attributes(logicalId)?.StreamId ?? streamId;
      const live = this.account.world.streams.get(liveId);
      if (live) this.checkAnswered(declared, live);
      else this.fail(`stream '${liveId}' must be there after a rollback`);
    }
  }

  /** Between operations, every stream of the last good template is there, whatever is delivered late. */
  private checkPresent(): void {
    if (!this.stack.status.endsWith('_COMPLETE')) return;
    for (const { streamId, logicalId } of this.declared(this.current)) {
      if (this.harmed.has(streamId) || this.revived.has(streamId) || this.contended.has(streamId)) continue;
      const liveId = this.stack.attributes(logicalId)?.StreamId ?? streamId;
      if (!this.account.world.streams.get(liveId)) this.fail(`stream '${liveId}' must be there until the stack gives it up`);
    }
  }

  private hasSameBytes(a: PinnedFile, b: PinnedFile): boolean {
    const { world } = this.account;
    const exists = world.contents(a.bucket).includes(`${a.key}@${a.version}`);
    return exists && world.read(a).equals(world.read(b));
  }

  /** What was harmed and has been answered since is as good as ever. */
  private checkMended(spec: StackSpec, before: ReadonlyMap<string, Answers>): void {
    for (const declared of this.declared(spec)) {
      const { streamId, logicalId } = declared;
      const answers = this.stack.attributes(logicalId);
      const isMended = this.harmed.has(streamId) && answers !== before.get(logicalId);
      if (!isMended || this.revived.has(streamId) || this.contended.has(streamId)) continue;
      const live = this.account.world.streams.get(answers?.StreamId ?? streamId);
      this.unsigned.add(streamId);
      if (live) this.checkAnswered(declared, live);
    }
  }

  /** What other resources have read of a stream. */
  private checkAnswered({ logicalId, streamId, spec }: Declared, live: LiveStream): void {
    const attributes = this.stack.attributes(logicalId)!;
    this.signatures.check({ logicalId, spec, live, attributes }, this.unsigned.has(streamId));
    // an answer from before the loss says nothing: the next event signs again
    if (attributes !== this.lastAnswers.get(logicalId)) this.unsigned.delete(streamId);
    this.lastAnswers.set(logicalId, attributes);
    if (spec.signing !== 'first') return;
    const file = live.files.find(({ fileId }) => fileId === 0)!;
    const answered = { ...file, key: attributes.ObjectKey0, version: attributes.ObjectVersion0 };
    // of two deliveries at once, each may have made a copy: both stay, with the same bytes
    const isSame = this.doubled.has(streamId) ? this.hasSameBytes(answered, file) : answered.version === file.version;
    if (answered.key !== file.key || !isSame) {
      this.fail(`the location that is answered must be that of the file of stream '${streamId}', got: ${attributes.ObjectKey0} ${attributes.ObjectVersion0}`);
    }
  }

  private keepRetained(before: StackSpec, after: StackSpec): void {
    const goesOn = new Set(this.declared(after).map(({ logicalId }) => logicalId));
    for (const { id, spec, logicalId, streamId } of this.declared(before)) {
      if (!spec.retain) continue;
      if (!goesOn.has(logicalId)) this.retained.add(streamId);
      // a place that is left behind keeps its objects and its role, and under NEW_STREAM the stream that was there
      const next = after[id];
      const isElsewhere = next && (next.bucket !== spec.bucket || next.keyPrefix !== spec.keyPrefix || next.role !== spec.role);
      if (isElsewhere) this.retained.add(isInPlace(before) && isInPlace(after) ? `${streamId} of old` : streamId);
    }
  }

  private lookAtStrangers(): string {
    const { world } = this.account;
    const foreign = world.streams.get(COMMON_STREAM_ID);
    const isTheirs = this.isCommonForeign();
    const objects = Object.values(BUCKETS).map((bucket) => world.bucket(bucket).objects.filter(({ bytes }) => bytes.toString() === 'theirs'));
    return createHash('sha256').update(JSON.stringify([isTheirs && foreign, objects])).digest('hex');
  }

  private checkStrangers(): void {
    if (this.lookAtStrangers() !== this.strangers) this.fail('what is not ours must stay as it is');
  }

  private checkNothingLeft(): void {
    const { account: { world, iam } } = this;
    if (this.retained.size > 0 || this.contended.size > 0 || this.revived.size > 0) return;
    // one that nobody owns is an orphan of ours
    const streams = world.streams.ids().filter((streamId) => world.streams.get(streamId)!.tags['cdk-iot-streams:stack'] !== FOREIGN_STACK);
    if (streams.length > 0) this.fail(`no stream of ours may be left, got: ${streams.join(', ')}`);
    for (const bucket of world.bucketNames()) {
      if (bucket.startsWith('shop-')) this.fail(`no bucket of ours may be left, got: ${bucket}`);
      if (bucket === VENDOR_BUCKET || bucket === STAGING_BUCKET) continue;
      const left = world.bucket(bucket).objects.filter(({ bytes, isDeleteMarker }) => bytes.toString() !== 'theirs' || isDeleteMarker);
      if (left.length > 0) this.fail(`no object of ours may be left, got: ${left.map(({ key }) => key).join(', ')}`);
    }
    if (iam.roleArns().length > 0) this.fail(`no role of ours may be left, got: ${iam.roleArns().join(', ')}`);
  }
}

/** What the handler outlasts: the services name it as something that passes, or the answer alone is lost. */
const PASSING: readonly FaultKind[] = ['denied', 'fails', 'fails in its body', 'lost'];

/** Nothing but, at most, a resource of somebody else that fails, calls that fail once, and services no slower than the handler waits for. */
function isCalmBut(conditions: Faults): boolean {
  const { faults, answerFaults, deliveries, isImpatient } = conditions;
  const isPassing = faults.every(({ kind }) => PASSING.includes(kind)) && answerFaults.length + deliveries.length === 0;
  return isPassing && lateness(conditions) <= 60_000 && !isImpatient;
}

/** Whether KMS signs, if need be when somebody has waited. */
function isSigning({ kms = 'works' }: Faults): boolean {
  return kms === 'works' || kms === 'late key';
}

/** How slow the slowest service is, in milliseconds. */
function lateness({ iamLatenessMilliseconds, versioningLatenessMilliseconds = 0 }: Faults): number {
  return Math.max(iamLatenessMilliseconds, versioningLatenessMilliseconds);
}

function retouched(spec: StackSpec, what: Retouch): StackSpec {
  const change = (stream: StreamSpec): StreamSpec => {
    if (what === 'tags') return { ...stream, label: stream.label === 'tagged' ? 'none' : 'tagged' };
    if (what === 'description') return { ...stream, label: stream.label === 'described' ? 'none' : 'described' };
    if (what === 'signing') return { ...stream, signing: NEXT_SIGNING[stream.signing] };
    return { ...stream, files: what };
  };
  return Object.fromEntries(CONSTRUCTS.flatMap((id) => spec[id] ? [[id, change(spec[id])]] : []));
}

/** What names a storage location. */
function locationOf({ bucket, keyPrefix, role, streamId }: StreamSpec): string {
  return [bucket, keyPrefix, role, streamId].join();
}

/** Whether devices receive the same from two declarations: tags and signatures are not for them. */
function isSameToDevices(a: StreamSpec, b: StreamSpec): boolean {
  const content = (stream: StreamSpec) => JSON.stringify({ ...stream, label: stream.label === 'described', signing: 'none', retain: false });
  return content(a) === content(b);
}

/** The id that all generations of a stream begin with. */
function baseOf(streamId: string): string {
  return streamId.replace(/--[0-9a-f]{8}$/, '');
}

function isInPlace(spec: StackSpec): boolean {
  return CONSTRUCTS.every((id) => spec[id]?.strategy !== 'NEW_STREAM');
}
