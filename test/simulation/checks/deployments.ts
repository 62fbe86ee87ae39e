import type { SignatureChecks } from './signatures';
import type { LiveStream, PinnedFile } from '../../../lambda/iot-file-stream/model';
import type { Stack } from '../cloudformation/stack';
import type { Declared } from '../declared';
import { baseOf, isSameToDevices, locationOf } from '../declared';
import type { Progress } from '../progress';
import type { StackSpec } from '../templates';
import { FILES } from '../templates';

type Attributes = ReturnType<Stack['attributes']>;

/** What a deployment must leave as it is. */
export interface BeforeDeployment {
  readonly spec: StackSpec;
  /** Every generation of the streams of which the deployment changes nothing that devices receive. */
  readonly untouched: readonly string[];
  /** What devices receive of sources without a version, by construct and file. */
  readonly copies: ReadonlyMap<string, string>;
  /** What was answered last, by resource. */
  readonly attributes: ReadonlyMap<string, Attributes>;
}

/** What a stack must be like after its operations. */
export class DeploymentChecks {
  /** The attributes that were checked last, by resource. */
  private readonly lastAttributes = new Map<string, Attributes>();

  constructor(private readonly progress: Progress, private readonly signatures: SignatureChecks) {}

  before(spec: StackSpec): BeforeDeployment {
    const { current, stack } = this.progress;
    return {
      spec: current,
      untouched: this.untouchedBy(spec),
      copies: this.copies(current),
      attributes: new Map(stack.logicalIds().map((logicalId) => [logicalId, stack.attributes(logicalId)])),
    };
  }

  /** After a success. */
  checkSuccess(spec: StackSpec, before: BeforeDeployment): void {
    this.checkDeclared(spec);
    this.checkMended(spec, before);
    this.checkUntouched(before);
    this.checkCopies(spec, before);
  }

  /** After a rollback, every stream of the last good template is there. */
  checkRestored(): void {
    const { progress } = this;
    for (const declared of progress.declared(progress.current)) {
      if (progress.isExcepted(declared.streamId)) continue;
      const liveId = progress.liveIdOf(declared);
      const live = progress.account.world.streams.get(liveId);
      if (live) this.checkAnswered(declared, live);
      else progress.fail(`stream '${liveId}' must be there after a rollback`);
    }
  }

  /** Between operations, every stream of the last good template is there, even if an event is delivered late. */
  checkPresent(): void {
    const { progress } = this;
    if (!progress.stack.status.endsWith('_COMPLETE')) return;
    for (const declared of progress.declared(progress.current)) {
      if (progress.isExcepted(declared.streamId)) continue;
      const liveId = progress.liveIdOf(declared);
      if (!progress.account.world.streams.get(liveId)) progress.fail(`stream '${liveId}' must be there until the stack gives it up`);
    }
  }

  /** Every stream is what was declared. */
  private checkDeclared(spec: StackSpec): void {
    const { progress, progress: { account, account: { world } } } = this;
    for (const declared of progress.declared(spec)) {
      const { streamId } = declared;
      if (progress.isExcepted(streamId)) continue;
      const liveId = progress.liveIdOf(declared);
      const live = world.streams.get(liveId);
      const generations = world.streams.ids().filter((each) => baseOf(each) === streamId && progress.isOurs(world.streams.get(each)!));
      if (generations.length > 2 && !progress.isAttached && progress.retained.size === 0) {
        progress.fail(`at most two streams of '${streamId}' may be there, got: ${generations.join(', ')}`);
      }
      if ((declared.spec.strategy === 'IN_PLACE') !== (liveId === streamId)) progress.fail(`the id of stream '${streamId}' must fit the strategy, got: '${liveId}'`);
      if (!live) {
        progress.fail(`stream '${streamId}' must be there after a successful deployment`);
        continue;
      }
      if (account.journal.broken) return;
      this.checkLive(declared, live);
    }
  }

  private checkLive(declared: Declared, live: LiveStream): void {
    const { progress, progress: { needless, stack } } = this;
    const { streamId, logicalId } = declared;
    const difference = progress.differenceFrom(declared, live);
    if (difference) progress.fail(`stream '${streamId}' must be what was deployed, got: ${difference}`);
    const isTagged = live.tags.team !== undefined;
    if (isTagged !== (declared.spec.label === 'tagged')) progress.fail(`stream '${streamId}' must have the tags that were deployed`);
    const version = Number(stack.attributes(logicalId)?.StreamVersion);
    // an event that was delivered twice at once is answered by the faster one
    if (!(version <= live.streamVersion && version >= live.streamVersion - (needless.get(live.streamId) ?? 0))) {
      progress.fail(`the attribute must be the version of stream '${streamId}', ${live.streamVersion}, got: ${version}`);
    }
    this.checkAnswered(declared, live);
  }

  private untouchedBy(spec: StackSpec): string[] {
    const { progress, progress: { account, current, stack } } = this;
    if (stack.status.endsWith('_FAILED')) return [];
    const same = progress.declared(spec).filter(({ id, spec: stream }) => current[id] && stream.strategy === 'NEW_STREAM' && isSameToDevices(stream, current[id]));
    return account.world.streams.ids().filter((liveId) => same.some(({ streamId }) => streamId === baseOf(liveId)));
  }

  private copies(spec: StackSpec): Map<string, string> {
    const { progress, progress: { account: { world }, stack } } = this;
    if (stack.status.endsWith('_FAILED')) return new Map();
    return new Map(progress.declared(spec).flatMap((declared) => {
      const { id, files } = declared;
      const live = world.streams.get(progress.liveIdOf(declared));
      if (!live || progress.contentOf(live) === undefined) return [];
      const unpinned = live.files.filter(({ fileId }) => FILES[files[fileId]]?.kind === 'object' && files[fileId] !== 'p');
      return unpinned.map((file) => [`${id} ${files[file.fileId]}`, String(world.read(file))] as const);
    }));
  }

  /** Until somebody changes its revision, a source without a version is what it was at first, in every stream of one storage location. */
  private checkCopies(spec: StackSpec, before: BeforeDeployment): void {
    const { progress } = this;
    for (const { id, spec: stream, streamId } of progress.declared(spec)) {
      const old = before.spec[id];
      if (!old || locationOf(old) !== locationOf(stream) || progress.isExcepted(streamId)) continue;
      for (const [file, content] of this.copies({ [id]: stream })) {
        const earlier = before.copies.get(file);
        if (earlier === undefined || earlier === content) continue;
        progress.fail(`a source must not be read again, got: '${content}' after '${earlier}' of stream '${streamId}'`);
      }
    }
  }

  /** A device may be downloading the previous one. */
  private checkUntouched({ untouched }: BeforeDeployment): void {
    const { progress } = this;
    for (const liveId of untouched) {
      if (progress.isExcepted(baseOf(liveId)) || progress.account.world.streams.get(liveId)) continue;
      progress.fail(`stream '${liveId}' must stay where devices are to receive nothing else`);
    }
  }

  /** A stream that was harmed, and has been answered for since, has valid attributes again. */
  private checkMended(spec: StackSpec, before: BeforeDeployment): void {
    const { progress: { account, contended, harmed, revived, stack, unsigned }, progress } = this;
    for (const declared of progress.declared(spec)) {
      const { streamId, logicalId } = declared;
      const isMended = harmed.has(streamId) && stack.attributes(logicalId) !== before.attributes.get(logicalId);
      if (!isMended || revived.has(streamId) || contended.has(streamId)) continue;
      const live = account.world.streams.get(progress.liveIdOf(declared));
      unsigned.add(streamId);
      if (live) this.checkAnswered(declared, live);
    }
  }

  /** What other resources have read of a stream. */
  private checkAnswered({ logicalId, streamId, spec }: Declared, live: LiveStream): void {
    const { progress, progress: { doubled, stack, unsigned } } = this;
    const attributes = stack.attributes(logicalId)!;
    this.signatures.check({ logicalId, spec, live, attributes }, unsigned.has(streamId));
    // an answer from before the loss says nothing: the next event signs again
    if (attributes !== this.lastAttributes.get(logicalId)) unsigned.delete(streamId);
    this.lastAttributes.set(logicalId, attributes);
    if (spec.signing !== 'first') return;
    const file = live.files.find(({ fileId }) => fileId === 0)!;
    const answered = { ...file, key: attributes.ObjectKey0, version: attributes.ObjectVersion0 };
    // of two deliveries at once, each may have made a copy: both stay, with the same bytes
    const isSame = doubled.has(streamId) ? this.hasSameBytes(answered, file) : answered.version === file.version;
    if (answered.key !== file.key || !isSame) {
      progress.fail(`the location that is answered must be that of the file of stream '${streamId}', got: ${attributes.ObjectKey0} ${attributes.ObjectVersion0}`);
    }
  }

  private hasSameBytes(a: PinnedFile, b: PinnedFile): boolean {
    const { world } = this.progress.account;
    const exists = world.contents(a.bucket).includes(`${a.key}@${a.version}`);
    return exists && world.read(a).equals(world.read(b));
  }
}
