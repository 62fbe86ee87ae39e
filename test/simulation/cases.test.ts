import { recordedHistories } from './recorded';
import { SystemUnderTest } from './simulation';

let subject: SystemUnderTest;
beforeAll(async () => {
  subject = await SystemUnderTest.load();
});
afterAll(() => subject.dispose());

test.each(recordedHistories())('$promise', async ({ history }) => {
  await expect(subject.run(history)).resolves.toBeUndefined();
}, 60_000);
