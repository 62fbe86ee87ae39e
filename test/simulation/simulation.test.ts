import * as fc from 'fast-check';
import { history } from './history';
import { SystemUnderTest } from './simulation';

/** Half a minute; `npm run test:all` simulates thousands, and `npm run simulate -- --runs 100000` is for more. */
const RUNS = 300;
/** The same histories for everybody: a commit is not to fail by what another one brought in. Others are for `npm run simulate`. */
const SEED = 1;

let subject: SystemUnderTest;
beforeAll(async () => {
  subject = await SystemUnderTest.load();
});
afterAll(() => subject.dispose());

test('whatever CloudFormation, Lambda, IAM and people do, no promise is broken', async () => {
  await fc.assert(fc.asyncProperty(history, async (each) => subject.run(each)), { numRuns: RUNS, seed: SEED });
}, 900_000);
