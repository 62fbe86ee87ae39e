import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/* Prints the sum of the test reports (JUnit XML) in one line. Fails if there is no test or a failed one. */
const reports = join(__dirname, '..', 'test-reports');
let [passed, failed] = [0, 0];
for (const name of readdirSync(reports).filter((file) => file.endsWith('.xml'))) {
  for (const [element] of readFileSync(join(reports, name), 'utf8').matchAll(/<testsuite\s[^>]*>/g)) {
    const count = (attribute: string) => Number(new RegExp(`\\s${attribute}="(\\d+)"`).exec(element)?.[1] ?? 0);
    const bad = count('failures') + count('errors');
    failed += bad;
    passed += count('tests') - bad - count('skipped');
  }
}
console.log(`${passed} passed, ${failed} failed`);
if (failed > 0 || passed === 0) process.exitCode = 1;
