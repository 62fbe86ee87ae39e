import type { Retouch } from './history';
import type { ConstructId, StackSpec, StreamSpec, Templates } from './templates';
import { CONSTRUCTS } from './templates';

/* What declarations say, without regard to what has become of them. */

/** What a stream of a declaration gives to devices. */
export interface Declared {
  readonly logicalId: string;
  readonly streamId: string;
  readonly description: string;
  readonly files: StreamSpec['files'];
  readonly spec: StreamSpec;
  readonly id: ConstructId;
}

export function declaredIn(spec: StackSpec, templates: Templates): Declared[] {
  return CONSTRUCTS.flatMap((id) => {
    const stream = spec[id];
    if (!stream) return [];
    const { logicalId, streamId, description } = templates.stream(id, stream);
    return [{ id, spec: stream, logicalId, streamId, description, files: stream.files }];
  });
}

const NEXT_SIGNING: Readonly<Record<StreamSpec['signing'], StreamSpec['signing']>> = { none: 'one', one: 'other', other: 'first', first: 'none' };

export function retouched(spec: StackSpec, what: Retouch): StackSpec {
  const change = (stream: StreamSpec): StreamSpec => {
    if (what === 'tags') return { ...stream, label: stream.label === 'tagged' ? 'none' : 'tagged' };
    if (what === 'description') return { ...stream, label: stream.label === 'described' ? 'none' : 'described' };
    if (what === 'signing') return { ...stream, signing: NEXT_SIGNING[stream.signing] };
    return { ...stream, files: what };
  };
  return Object.fromEntries(CONSTRUCTS.flatMap((id) => spec[id] ? [[id, change(spec[id])]] : []));
}

/** What names a storage location. */
export function locationOf({ bucket, keyPrefix, role, streamId }: StreamSpec): string {
  return [bucket, keyPrefix, role, streamId].join();
}

/** Whether devices receive the same from two declarations: tags and signatures are not for them. */
export function isSameToDevices(a: StreamSpec, b: StreamSpec): boolean {
  const content = (stream: StreamSpec) => JSON.stringify({ ...stream, label: stream.label === 'described', signing: 'none', retain: false });
  return content(a) === content(b);
}

/** The id that all generations of a stream begin with. */
export function baseOf(streamId: string): string {
  return streamId.replace(/--[0-9a-f]{8}$/, '');
}

export function isInPlace(spec: StackSpec): boolean {
  return CONSTRUCTS.every((id) => spec[id]?.strategy !== 'NEW_STREAM');
}
