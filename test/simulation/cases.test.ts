import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { History } from './history';
import { SystemUnderTest } from './simulation';

/* Histories that once broke a promise, as the simulation found them. */

interface Case {
  readonly promise: string;
  readonly history: History;
}

const directory = join(__dirname, 'cases');
const cases = readdirSync(directory).map((name) => JSON.parse(readFileSync(join(directory, name), 'utf8')) as Case);

let subject: SystemUnderTest;
beforeAll(async () => {
  subject = await SystemUnderTest.load();
});
afterAll(() => subject.dispose());

test.each(cases)('$promise', async ({ history }) => {
  await expect(subject.run(history)).resolves.toBeUndefined();
}, 60_000);
