import * as fc from 'fast-check';
import { history } from '../test/simulation/history';
import { Subject } from '../test/simulation/simulation';
(async () => {
  const subject = await Subject.load();
  const t = performance.now();
  const details = await fc.check(fc.asyncProperty(history, async (h) => subject.run(h)), { numRuns: Number(process.argv[2]), seed: process.argv[3] ? Number(process.argv[3]) : undefined, path: process.argv[4], interruptAfterTimeLimit: 150000 });
  console.log(fc.defaultReportMessage(details)?.replace(/Weather|weather/g,'w'), details.errorInstance, details.numRuns, performance.now() - t);
  subject.dispose();
})();
