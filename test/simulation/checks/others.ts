import { createHash } from 'node:crypto';
import type { Progress } from '../progress';
import { BUCKETS, COMMON_STREAM_ID } from '../templates';

const FOREIGN_STACK = 'arn:aws:cloudformation:eu-west-1:111122223333:stack/Other/11111111-1111-4111-8111-111111111111';

/** What belongs to others: a stream with the id that some of ours ask for, and objects in the buckets that we share. */
export class Others {
  private before = '';

  constructor(private readonly progress: Progress) {}

  /** Puts their objects, and their stream if they have one. */
  begin(isCommonTaken: boolean): void {
    const { world } = this.progress.account;
    for (const bucket of Object.values(BUCKETS)) {
      world.put(bucket, 'theirs', 'theirs');
      // another stack's storage location beside ours, and what somebody put below our prefix
      for (const prefix of ['', 'iot/']) {
        world.put(bucket, `${prefix}${COMMON_STREAM_ID}/11111111-1111-4111-8111-111111111111-00000000/00000000/${'0'.repeat(64)}`, 'theirs');
      }
    }
    if (isCommonTaken) this.takeCommonId();
    this.remember();
  }

  /** Makes their stream, in place of one that had its id. */
  takeCommonId(): void {
    this.progress.account.world.streams.put({
      streamId: COMMON_STREAM_ID, tags: { 'cdk-iot-streams:stack': FOREIGN_STACK, 'cdk-iot-streams:resource': 'Theirs' },
    });
  }

  hasCommonId(): boolean {
    const live = this.progress.account.world.streams.get(COMMON_STREAM_ID);
    return live !== undefined && isForeign(live);
  }

  /** After they have changed something themselves. */
  remember(): void {
    this.before = this.fingerprint();
  }

  check(): void {
    if (this.fingerprint() !== this.before) this.progress.fail('what is not ours must stay as it is');
  }

  private fingerprint(): string {
    const { world } = this.progress.account;
    const foreign = this.hasCommonId() && world.streams.get(COMMON_STREAM_ID);
    const objects = Object.values(BUCKETS).map((bucket) => world.bucket(bucket).objects.filter(({ bytes }) => bytes.toString() === 'theirs'));
    return createHash('sha256').update(JSON.stringify([foreign, objects])).digest('hex');
  }
}

export function isForeign({ tags }: { readonly tags: Readonly<Record<string, string>> }): boolean {
  return tags['cdk-iot-streams:stack'] === FOREIGN_STACK;
}
