import * as fc from 'fast-check';
import type { Delivery, Faults } from './faults';
import { ANSWER_FAULT_KINDS, FAULT_KINDS, KEY_STATES, NO_FAULTS } from './faults';
import type { FileSet, StackSpec, StreamSpec } from './templates';
import { FILE_SETS } from './templates';

/** What happens to a stack, from its first deployment to its end. */
export interface History {
  /** Whether another stack has the stream id that some of ours ask for. */
  readonly isCommonTaken: boolean;
  readonly steps: readonly Step[];
}

export type Step =
  | { readonly kind: 'deploy'; readonly spec: StackSpec; readonly conditions: Faults }
  | { readonly kind: 'retouch'; readonly what: Retouch; readonly conditions: Faults }
  | { readonly kind: 'destroy'; readonly conditions: Faults }
  | { readonly kind: 'roll back'; readonly conditions: Faults }
  | { readonly kind: 'wait'; readonly minutes: number }
  | { readonly kind: 'external change'; readonly what: ExternalChange };

/** The change of most deployments: another tag, description, key or content in a stack that is otherwise the same. */
export type Retouch = 'tags' | 'description' | 'signing' | FileSet;

/** What people do besides deploying. */
export type ExternalChange = typeof EXTERNAL_CHANGES[number];

const EXTERNAL_CHANGES = [
  'vendor writes', 'vendor deletes', 'stream deleted', 'stream replaced', 'object deleted', 'object overwritten', 'staging emptied',
  'attached', 'detached', 'stranger writes', 'signature deleted', 'signature overwritten', 'vendor writes and copies are lost', 'roles held',
] as const;

/** The first value in three of four cases, else one of the others. */
function mostly<T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> {
  const rare = others.map((other) => ({ arbitrary: fc.constant(other), weight: 1 }));
  return fc.oneof({ arbitrary: fc.constant(usual), weight: 3 * others.length }, ...rare);
}

const stream: fc.Arbitrary<StreamSpec> = fc.record({
  files: fc.constantFrom(...FILE_SETS),
  streamId: mostly<StreamSpec['streamId']>('own', 'common'),
  bucket: mostly<StreamSpec['bucket']>('default', 'first', 'second'),
  keyPrefix: mostly<StreamSpec['keyPrefix']>('', 'iot/'),
  role: mostly<StreamSpec['role']>('made', 'brought'),
  strategy: mostly<StreamSpec['strategy']>('IN_PLACE', 'NEW_STREAM'),
  label: mostly<StreamSpec['label']>('none', 'described', 'tagged'),
  signing: fc.constantFrom<StreamSpec['signing']>('none', 'none', 'none', 'one', 'one', 'other', 'first'),
  retain: fc.oneof({ arbitrary: fc.constant(false), weight: 19 }, { arbitrary: fc.constant(true), weight: 1 }),
// a role of the template is deleted with the stack, so a kept stream must not use it
}).map((made): StreamSpec => made.retain ? { ...made, role: 'made' } : made);

const spec: fc.Arbitrary<StackSpec> = fc.record({
  Firmware: fc.oneof({ arbitrary: stream, weight: 9 }, { arbitrary: fc.constant(undefined), weight: 1 }),
  Config: fc.oneof({ arbitrary: fc.constant(undefined), weight: 3 }, { arbitrary: stream, weight: 1 }),
}).map((stack) => stack.Firmware?.streamId === 'common' && stack.Config?.streamId === 'common'
  // one id twice in a stack is an error at synth
  ? { ...stack, Config: { ...stack.Config, streamId: 'own' } }
  : stack);

const delay = fc.constantFrom(0, 30, 100, 1_000, 60_000, 300_000, 840_000);
const delivery: fc.Arbitrary<Delivery> = fc.record({
  event: fc.integer({ min: 1, max: 10 }),
  delays: fc.oneof({ arbitrary: fc.tuple(fc.constant(0), delay), weight: 3 }, { arbitrary: fc.tuple(delay), weight: 1 }),
});

const rough: fc.Arbitrary<Faults> = fc.record({
  faults: fc.array(fc.record({ call: fc.integer({ min: 1, max: 40 }), kind: fc.constantFrom(...FAULT_KINDS) }), { maxLength: 2 }),
  answerFaults: fc.oneof(
    { arbitrary: fc.constant([]), weight: 5 },
    {
      arbitrary: fc.array(
        fc.record({ attempt: fc.integer({ min: 1, max: 12 }), kind: fc.constantFrom(...ANSWER_FAULT_KINDS) }), { maxLength: 8 },
      ),
      weight: 1,
    },
  ),
  deliveries: fc.array(delivery, { maxLength: 2 }),
  iamLatenessMilliseconds: mostly(0, 3_000, 40_000, 200_000),
  versioningLatenessMilliseconds: mostly(0, 15_000, 60_000, 300_000),
  jitterMilliseconds: fc.constantFrom(0, 100, 1_000),
  kms: mostly(...KEY_STATES),
  failing: mostly<Faults['failing']>('none', 'first', 'last', 'last'),
  isImpatient: fc.oneof({ arbitrary: fc.constant(false), weight: 9 }, { arbitrary: fc.constant(true), weight: 1 }),
  phaseMilliseconds: mostly(1_000, 100, 5_000, 30_000),
  keepsFailed: mostly(false, true),
  deletesFailed: fc.constantFrom<Faults['deletesFailed']>('before', 'during', 'after'),
  // a late event without a time cannot always be recognised: only recorded histories have such events
  isUndated: fc.constant(false),
});

const failingOnly: fc.Arbitrary<Faults> = fc.record({
  failing: fc.constantFrom<Faults['failing']>('first', 'last'),
  kms: mostly(...KEY_STATES),
  keepsFailed: mostly(false, true),
  deletesFailed: fc.constantFrom('before', 'during', 'after'),
}).map((failing) => ({ ...NO_FAULTS, ...failing }));

const kmsOnly: fc.Arbitrary<Faults> = fc.constantFrom(...KEY_STATES).map((kms) => ({ ...NO_FAULTS, kms }));

const conditions: fc.Arbitrary<Faults> = fc.oneof(
  { arbitrary: fc.constant(NO_FAULTS), weight: 3 },
  { arbitrary: kmsOnly, weight: 1 },
  { arbitrary: failingOnly, weight: 1 },
  { arbitrary: rough, weight: 4 },
);

/** A vendor's release is more frequent than each other change. */
const externalChange = fc.oneof(
  { arbitrary: fc.constant<ExternalChange>('vendor writes'), weight: 1 }, { arbitrary: fc.constantFrom(...EXTERNAL_CHANGES), weight: 3 },
);

const retouch = fc.oneof(fc.constantFrom<Retouch>('tags', 'description', 'signing'), fc.constantFrom<Retouch>(...FILE_SETS));

const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: fc.record({ kind: fc.constant('deploy' as const), spec, conditions }), weight: 12 },
  { arbitrary: fc.record({ kind: fc.constant('retouch' as const), what: retouch, conditions }), weight: 6 },
  { arbitrary: fc.record({ kind: fc.constant('destroy' as const), conditions }), weight: 1 },
  { arbitrary: fc.record({ kind: fc.constant('roll back' as const), conditions }), weight: 1 },
  { arbitrary: fc.record({ kind: fc.constant('wait' as const), minutes: fc.constantFrom(1, 10, 60, 2 * 24 * 60) }), weight: 2 },
  { arbitrary: fc.record({ kind: fc.constant('external change' as const), what: externalChange }), weight: 3 },
);

export const history: fc.Arbitrary<History> = fc.record({
  isCommonTaken: fc.oneof({ arbitrary: fc.constant(false), weight: 3 }, { arbitrary: fc.constant(true), weight: 1 }),
  steps: fc.array(step, { minLength: 1, maxLength: 6 }),
});
