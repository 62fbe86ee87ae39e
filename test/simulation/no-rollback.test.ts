import type { Faults } from './faults';
import { NO_FAULTS } from './faults';
import type { Step } from './history';
import { SystemUnderTest } from './simulation';
import type { StackSpec, StreamSpec } from './templates';

/*
 * `cdk deploy --no-rollback` and `--express`: what failed stays, and the next operation creates it again. The Delete of what
 * failed comes before, beside or after that Create.
 */

const FIRMWARE: StreamSpec = {
  files: 'at',
  streamId: 'own',
  bucket: 'default',
  keyPrefix: '',
  role: 'made',
  strategy: 'IN_PLACE',
  label: 'none',
  signing: 'none',
  retain: false,
};
const ONE: StackSpec = { Firmware: FIRMWARE };
const TWO: StackSpec = { Firmware: { ...FIRMWARE, files: 'b' } };
const BOTH: StackSpec = { Firmware: FIRMWARE, Config: { ...FIRMWARE, keyPrefix: 'iot/' } };
const ORDERS = ['before', 'during', 'after'] as const;
const CALLS = [1, 3, 5, 7, 8, 9, 10];

let subject: SystemUnderTest;
beforeAll(async () => {
  subject = await SystemUnderTest.load();
});
afterAll(() => subject.dispose());

const deploy = (spec: StackSpec, faults: Partial<Faults> = {}): Step => ({ kind: 'deploy', spec, conditions: { ...NO_FAULTS, keepsFailed: true, ...faults } });

async function run(...steps: Step[]): Promise<void> {
  await expect(subject.run({ isCommonTaken: false, steps })).resolves.toBeUndefined();
}

describe.each(ORDERS)('F4: with the Delete of what failed %s the next Create', (deletesFailed) => {
  test.each<[string, StackSpec]>([
    ['the same stream', ONE],
    ['other files', TWO],
    ['another bucket', { Firmware: { ...FIRMWARE, bucket: 'second' } }],
    ['another stream id', { Firmware: { ...FIRMWARE, streamId: 'common' } }],
    ['another strategy', { Firmware: { ...FIRMWARE, strategy: 'NEW_STREAM' } }],
  ])('a retry with %s succeeds, and the stack can be destroyed', async (_, spec) => {
    for (const call of CALLS) {
      await run(deploy(ONE, { faults: [{ call, kind: 'lost' }] }), deploy(spec, { deletesFailed }), deploy(spec, { deletesFailed }));
    }
  }, 120_000);

  test('a first Create that is delivered again after the second changes nothing', async () => {
    for (const event of [1, 2]) {
      await run(deploy(ONE, { faults: [{ call: 7, kind: 'lost' }], deliveries: [{ event, delays: [0, 60_000] }] }), deploy(TWO, { deletesFailed }));
    }
  }, 60_000);

  test('creations that were cancelled with a failing sibling are repeated', async () => {
    for (const call of CALLS) {
      await run(deploy(BOTH, { faults: [{ call, kind: 'fails' }], isImpatient: true }), deploy(BOTH, { deletesFailed }));
    }
  }, 120_000);
});

test.each<[string, Step]>([
  ['a deployment of the last good template', deploy(ONE)],
  ['RollbackStack', { kind: 'roll back', conditions: NO_FAULTS }],
])('F7: an update that failed and stayed is undone by %s', async (_, undo) => {
  for (const failure of [{ failing: 'last' }, { faults: [{ call: 5, kind: 'lost' }] }, { faults: [{ call: 8, kind: 'fails' }] }] satisfies Partial<Faults>[]) {
    await run(deploy(ONE), deploy(TWO, failure), undo, deploy(ONE));
  }
}, 60_000);
