import * as fc from 'fast-check';
import { history } from './history';
import { SystemUnderTest } from './simulation';

/** Half a minute; `npm run test:all` simulates thousands, and `npm run simulate -- --runs 100000` is for more. */
const RUNS = 300;
/** A fixed seed, so that no commit fails because of an earlier one. `npm run simulate` takes others. */
const SEED = 1;

let subject: SystemUnderTest;
beforeAll(async () => {
  subject = await SystemUnderTest.load();
});
afterAll(() => subject.dispose());

test('no promise is broken in random histories of CloudFormation, Lambda, IAM and people', async () => {
  await fc.assert(fc.asyncProperty(history, async (each) => subject.run(each)), { numRuns: RUNS, seed: SEED });
}, 900_000);
