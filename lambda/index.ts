import { setTimeout as sleep } from 'node:timers/promises';
import { customResource } from './custom-resource';
import { streamService } from './iot';
import { physicalId, route, Router, subjectOf } from './router';
import { objectStore } from './s3';
import { assume } from './sts';

const router: Router = {
  async connect(operatorRoleArn, subject, signal) {
    const options = await assume(operatorRoleArn, subject, signal);
    return { streams: streamService(options, subject, signal), objects: objectStore(options, subject, signal) };
  },
  clock: {
    now: Date.now,
    sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
  },
};

export const handler = customResource({
  lifecycle: (event, signal) => route(event, signal, router),
  physicalId,
  subjectOf,
  exit: () => process.exit(1),
});
