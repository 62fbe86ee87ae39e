import type { Others } from './others';
import type { SignatureChecks } from './signatures';
import type { StreamChecks } from './streams';
import type { Invocation } from '../cloudformation/async-function';
import { baseOf } from '../declared';
import type { Progress } from '../progress';

/** What is checked after every call that arrived. */
export class CallChecks {
  /** What an invocation has seen that devices receive, by stream id. */
  private readonly seen = new Map<Invocation, Map<string, string | undefined>>();
  /** What devices receive, by stream id. */
  private readonly contents = new Map<string, string | undefined>();

  constructor(
    private readonly progress: Progress, private readonly streams: StreamChecks, private readonly others: Others,
    private readonly signatures: SignatureChecks,
  ) {}

  afterCall(invocation: Invocation | undefined, call: string): void {
    if (invocation) this.noteContention(invocation);
    this.signatures.afterCall(invocation, call);
    if (invocation && call.startsWith('create ')) this.noteRevival(invocation);
    if (invocation && call.startsWith('describe ')) this.noteSeen(invocation, call.slice('describe '.length));
    if (/^(describe|list|inspect|read|assume|tag|sign) /.test(call)) return;
    if (call.startsWith('update ')) this.checkUpdate(invocation, call.slice('update '.length));
    const { streams } = this.progress.account.world;
    this.contents.clear();
    for (const liveId of streams.ids()) this.contents.set(liveId, this.progress.contentOf(streams.get(liveId)!));
    this.streams.check();
    this.others.check();
  }

  private noteContention(invocation: Invocation): void {
    const { account, contended, doubled } = this.progress;
    const streamId = String(invocation.event.ResourceProperties.StreamId);
    const beside = account.beside(invocation).filter(({ event }) => String(event.ResourceProperties.StreamId) === streamId);
    if (beside.some(({ event }) => event.RequestId !== invocation.event.RequestId)) contended.add(streamId);
    if (beside.length > 0) doubled.add(streamId);
  }

  /** The version is to tell devices that they would receive something else. */
  private checkUpdate(invocation: Invocation | undefined, liveId: string): void {
    const { account, doubled, needless } = this.progress;
    // a device that is downloading it must end with the bytes that it began with, also where some of them were lost
    if (liveId !== baseOf(liveId)) this.progress.fail(`a generation must never be updated, got: an update of stream '${liveId}'`);
    const live = account.world.streams.get(liveId)!;
    const content = this.progress.contentOf(live);
    const before = this.contents.get(liveId);
    if (before === undefined || before !== content) return;
    const hasSeen = invocation && this.seen.get(invocation)?.get(liveId) === content;
    if (doubled.has(baseOf(liveId)) && !hasSeen) {
      needless.set(liveId, (needless.get(liveId) ?? 0) + 1);
    } else {
      this.progress.fail(`the version of stream '${liveId}' must increase only where devices receive something else, got: ${content}`);
    }
  }

  private noteSeen(invocation: Invocation, liveId: string): void {
    const live = this.progress.account.world.streams.get(liveId);
    const seen = this.seen.get(invocation) ?? new Map<string, string | undefined>();
    this.seen.set(invocation, seen.set(liveId, live && this.progress.contentOf(live)));
  }

  /**
   * A Delete of the stream leaves its time for every older event, until the storage is emptied. Then, for as long as the
   * management role exists, a late Create cannot be told from a first one; nor can one that has read before the Delete.
   */
  private noteRevival({ event, from }: Invocation): void {
    const streamId = String(event.ResourceProperties.StreamId);
    const isMissed = this.progress.account.function.invocations.some((other) => other.event.RequestType === 'Delete'
      // request ids are counted: a Create that was sent after the Delete is no late one
      && other.event.RequestId > event.RequestId
      && other.event.StackId === event.StackId && other.event.ResourceProperties.StreamId === streamId
      && (other.event.ResourceType === 'Custom::IotFileStreamObjects' || (other.to ?? Infinity) >= from));
    if (isMissed) this.progress.revived.add(streamId);
  }
}
