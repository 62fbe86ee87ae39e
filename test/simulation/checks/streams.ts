import type { LiveStream } from '../../../lambda/iot-file-stream/model';
import { baseOf, isInPlace } from '../declared';
import type { Progress } from '../progress';

/** What every stream must be like at every moment. */
export class StreamChecks {
  constructor(private readonly progress: Progress) {}

  /** A device can download every stream of ours, and gets what a template says. */
  check(): void {
    const { progress, progress: { account: { world }, harmed, retained, revived, stack } } = this;
    if (progress.isBeingDeleted) return;
    for (const liveId of world.streams.ids()) {
      const live = world.streams.get(liveId)!;
      const streamId = baseOf(liveId);
      if (!progress.isOurs(live) || harmed.has(streamId) || retained.has(streamId) || revived.has(streamId)) continue;
      // clean-up has given up: roles and objects are deleted all the same
      if (stack.forgotten.includes(live.tags['cdk-iot-streams:resource'])) continue;
      if (this.isLeftBehind(liveId, live)) continue;
      // devices may always ask for the first version
      if (liveId !== streamId && live.streamVersion !== 1) progress.fail(`stream '${liveId}' must have its first version, got: ${live.streamVersion}`);
      if (this.findUnreadable(streamId, live)) return;
      this.checkDeclaration(liveId, live);
    }
  }

  /**
   * Clean-up that gave up on a storage location has left the streams there. And one that moved with an update that
   * CloudFormation had given up, and that was slower than the rollback, cannot be downloaded once its new location is deleted.
   */
  private isLeftBehind(liveId: string, live: LiveStream): boolean {
    const { account: { iam }, contended, stack, hasForgotten } = this.progress;
    const isPassed = stack.attributes(live.tags['cdk-iot-streams:resource'])?.StreamId !== liveId;
    return contended.has(baseOf(liveId)) ? isPassed || !iam.find(live.roleArn) : isPassed && hasForgotten;
  }

  private findUnreadable(streamId: string, live: LiveStream): boolean {
    const { progress } = this;
    for (const file of live.files) {
      if (file.version === 'null') {
        progress.fail(`stream '${streamId}' must name versions that nothing overwrites, got: 'null' for file ${file.fileId}`);
        return true;
      }
      const problem = progress.account.problemWith(live.roleArn, file);
      if (problem) {
        progress.fail(`stream '${streamId}' must stay downloadable, got: ${problem} for file ${file.fileId}`);
        return true;
      }
    }
    return false;
  }

  private checkDeclaration(liveId: string, live: LiveStream): void {
    const { progress, progress: { candidates, contended, deployed, stack } } = this;
    const streamId = baseOf(liveId);
    if (live.tags['cdk-iot-streams:stack'] !== stack.id || candidates.length === 0 || contended.has(streamId)) return;
    // what stayed when its successor was made is what an earlier template said
    const specs = liveId === streamId && candidates.every((spec) => isInPlace(spec)) ? candidates : deployed;
    const named = specs.flatMap((spec) => progress.declared(spec)).filter((declared) => declared.streamId === streamId);
    if (named.length > 0 && !named.some((declared) => progress.differenceFrom(declared, live) === undefined)) {
      progress.fail(`stream '${streamId}' must be what a template says, got: ${progress.differenceFrom(named[named.length - 1], live)}`);
    }
  }
}
