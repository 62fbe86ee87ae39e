import { Account } from './account/account';
import { ACCOUNT, REGION } from './account/permissions';
import { Stack } from './cloudformation/stack';
import type { Declared } from './declared';
import { declaredIn } from './declared';
import type { compiledHandler } from './source';
import type { StackSpec, Templates } from './templates';
import { FILES, STACK_NAME } from './templates';
import type { LiveStream } from '../../lambda/iot-file-stream/model';

/** The bytes that an object of the vendor had when a test began. */
export const VENDOR_CONTENT = 'radio one';

/** How far a history has come: the account, the stack, and what has happened to its streams that the checks must know of. */
export class Progress {
  readonly account: Account;
  stack: Stack;
  /** The declarations that CloudFormation could still be at. */
  candidates: readonly StackSpec[] = [];
  current: StackSpec = {};
  /** All declarations that this stack was brought to, or should have been. */
  deployed: readonly StackSpec[] = [];
  /** Bytes that the vendor's object ever had. */
  readonly vendorContents = new Set([VENDOR_CONTENT]);
  /** What somebody wrote over an object of ours: content that nobody knows cannot be told from other content. */
  readonly overwritten = new Set<string>();
  /** Streams, by id, that somebody else has deleted or has deleted objects of. */
  readonly harmed = new Set<string>();
  /** Streams, by id, of which two different events have run at once: CloudFormation asked for two things in no order. */
  readonly contended = new Set<string>();
  /** Streams, by id, of which two deliveries have run at once, even of one event. */
  readonly doubled = new Set<string>();
  /** How often deliveries that ran at once have increased a version for nothing, by stream id: none of them can know of the others. */
  readonly needless = new Map<string, number>();
  /** Streams, by id, that a late event has made after their Delete. */
  readonly revived = new Set<string>();
  /** Streams, by id, of which somebody has taken kept signatures away. */
  readonly unsigned = new Set<string>();
  /** Kept on purpose, by a removal policy. */
  readonly retained = new Set<string>();
  isAttached = false;
  /** While the whole stack is deleted, nobody is promised a download. */
  isBeingDeleted = false;
  /** Whether the clean-up of an earlier stack has given up. */
  private hadForgotten = false;

  constructor(program: ReturnType<typeof compiledHandler>, readonly templates: Templates, trace?: (line: string) => void) {
    this.account = new Account(program, trace);
    this.stack = this.newStack();
  }

  /** Whether clean-up has ever given up: then something of ours stays. */
  get hasForgotten(): boolean {
    return this.hadForgotten || this.stack.forgotten.length > 0;
  }

  /** Another stack, with the name of the one before. */
  startStack(): void {
    this.hadForgotten = this.hasForgotten;
    this.stack = this.newStack();
    this.candidates = [];
    this.current = {};
  }

  fail(message: string): void {
    this.account.journal.fail(message);
  }

  declared(spec: StackSpec): Declared[] {
    return declaredIn(spec, this.templates);
  }

  /** Whether nothing is promised of a stream. */
  isExcepted(streamId: string): boolean {
    return this.harmed.has(streamId) || this.revived.has(streamId) || this.contended.has(streamId);
  }

  /** The stream that a resource has answered, or would have. */
  liveIdOf({ logicalId, streamId }: Declared): string {
    return this.stack.attributes(logicalId)?.StreamId ?? streamId;
  }

  isOurs(stream: LiveStream): boolean {
    return stream.tags['cdk-iot-streams:stack']?.includes(`:stack/${STACK_NAME}/`) ?? false;
  }

  /** What devices receive; undefined where they receive nothing. */
  contentOf(live: LiveStream): string | undefined {
    if (live.files.some((file) => this.account.problemWith(live.roleArn, file))) return undefined;
    const files = live.files.map((file) => [file.fileId, file.bucket, file.key, String(this.account.world.read(file))]);
    return JSON.stringify([live.description, live.roleArn, files]);
  }

  differenceFrom(declared: Declared, live: LiveStream): string | undefined {
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

  private newStack(): Stack {
    const { account } = this;
    return new Stack({
      name: STACK_NAME,
      guid: account.guid(),
      partition: 'aws',
      region: REGION,
      account: ACCOUNT,
      handlerOf: (type) => account.handlerOf(type),
      isImpatient: () => account.faults.isImpatient,
      pause: async () => account.pause(),
      keepsFailed: () => account.faults.keepsFailed,
      deletesFailed: () => account.faults.deletesFailed,
      unique: () => account.unique(),
    });
  }
}
