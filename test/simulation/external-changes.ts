import type { Others } from './checks/others';
import { digestIn } from './checks/signatures';
import { baseOf } from './declared';
import type { ExternalChange } from './history';
import type { Progress } from './progress';
import { COMMON_STREAM_ID, STAGING_BUCKET, VENDOR_BUCKET, VENDOR_KEY } from './templates';
import type { LiveStream } from '../../lambda/iot-file-stream/model';

/** What people do besides deploying. */
export class ExternalChanges {
  constructor(private readonly progress: Progress, private readonly others: Others) {}

  async make(what: ExternalChange): Promise<void> {
    const { progress, progress: { account: { world, iam } } } = this;
    const ours = world.streams.ids().map((streamId) => world.streams.get(streamId)!).filter((stream) => progress.isOurs(stream));
    switch (what) {
      case 'vendor writes': return this.releaseByVendor();
      case 'vendor writes and copies are lost':
        this.releaseByVendor();
        return this.deleteObjects(ours);
      case 'vendor deletes':
        world.bucket(VENDOR_BUCKET).objects.splice(0);
        return;
      case 'staging emptied':
        world.bucket(STAGING_BUCKET).objects.splice(0);
        return;
      case 'stream deleted': return this.deleteStreams(ours);
      case 'stream replaced': return this.replaceStream(ours);
      case 'object deleted': return this.deleteObjects(ours);
      case 'object overwritten': return this.overwriteObjects(ours);
      case 'stranger writes': return this.writeBeside(ours);
      case 'signature deleted': return this.deleteSignatures(ours);
      case 'signature overwritten': return this.overwriteSignatures(ours);
      case 'attached':
        progress.isAttached = true;
        for (const { streamId } of ours) world.streams.attached.add(streamId);
        return;
      case 'detached':
        progress.isAttached = false;
        world.streams.attached.clear();
        return;
      case 'roles held':
        iam.hold();
    }
  }

  private releaseByVendor(): void {
    const { account: { world }, vendorContents } = this.progress;
    const content = `radio ${vendorContents.size + 1}`;
    vendorContents.add(content);
    world.put(VENDOR_BUCKET, VENDOR_KEY, content);
  }

  private async deleteStreams(ours: readonly LiveStream[]): Promise<void> {
    const { account: { world, time }, harmed } = this.progress;
    for (const { streamId } of ours) {
      await time.until(world.connect().streams.delete(streamId).catch(() => undefined));
      harmed.add(baseOf(streamId));
    }
  }

  /** Another stack takes the id of a stream that was deleted. */
  private replaceStream(ours: readonly LiveStream[]): void {
    if (!ours.some(({ streamId }) => streamId === COMMON_STREAM_ID)) return;
    this.others.takeCommonId();
    this.progress.harmed.add(COMMON_STREAM_ID);
    this.others.remember();
  }

  private deleteObjects(ours: readonly LiveStream[]): void {
    const { account: { world }, harmed } = this.progress;
    for (const { streamId, file } of this.firstFiles(ours)) {
      const { objects } = world.bucket(file.bucket);
      const index = objects.findIndex((object) => object.key === file.key && object.version === file.version);
      if (index >= 0) objects.splice(index, 1);
      world.putDeleteMarker(file.bucket, file.key);
      for (const each of ours) if (each.files.some(({ version }) => version === file.version)) harmed.add(baseOf(each.streamId));
      harmed.add(baseOf(streamId));
    }
  }

  private overwriteObjects(ours: readonly LiveStream[]): void {
    const { account: { world }, overwritten } = this.progress;
    for (const { file } of this.firstFiles(ours)) {
      const content = 'x'.repeat(world.read(file).length);
      world.put(file.bucket, file.key, content);
      overwritten.add(content);
    }
  }

  /** The first file of each stream that can be downloaded when its turn comes. */
  private* firstFiles(ours: readonly LiveStream[]) {
    const { account } = this.progress;
    for (const { streamId, files: [file] } of ours) {
      if (!account.problemWith(account.world.streams.get(streamId)!.roleArn, file)) yield { streamId, file };
    }
  }

  private writeBeside(ours: readonly LiveStream[]): void {
    const { world } = this.progress.account;
    for (const { files: [{ bucket, key }] } of ours) {
      if (!bucket.startsWith('shop-')) world.put(bucket, key.replace(/[^/]+\/[^/]+$/, 'README.txt'), 'theirs');
    }
    this.others.remember();
  }

  private deleteSignatures(ours: readonly LiveStream[]): void {
    const { account: { world }, unsigned } = this.progress;
    for (const { bucket, object, objects } of this.keptSignatures(ours)) {
      objects.splice(objects.indexOf(object), 1);
      world.putDeleteMarker(bucket, object.key);
    }
    for (const { streamId } of ours) unsigned.add(baseOf(streamId));
  }

  /** A newer version does not hide the one that was kept. */
  private overwriteSignatures(ours: readonly LiveStream[]): void {
    for (const { bucket, object } of this.keptSignatures(ours)) this.progress.account.world.put(bucket, object.key, 'no signature');
  }

  private keptSignatures(ours: readonly LiveStream[]) {
    const { world } = this.progress.account;
    const buckets = [...new Set(ours.flatMap(({ files }) => files.map((file) => file.bucket)))];
    return buckets.filter((bucket) => world.bucketNames().includes(bucket)).flatMap((bucket) => {
      const { objects } = world.bucket(bucket);
      return objects.filter(({ bytes }) => digestIn(bytes.toString()) !== undefined).map((object) => ({ bucket, object, objects }));
    });
  }
}
