import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RouterDependencies } from '../../../lambda/core/router';
import { route } from '../../../lambda/core/router';
import { streamService } from '../../../lambda/iot-file-stream/iot';
import { signer } from '../../../lambda/iot-file-stream/kms';
import type { ObjectStore } from '../../../lambda/iot-file-stream/services';
import type { StreamProperties } from '../../../src/iot-file-stream/private/contract';
import { allow, REGION } from '../../local/iot-streams/in-memory';
import type { ServiceFixture } from '../../local/iot-streams/service-fixture';
import { startFixture } from '../../local/iot-streams/service-fixture';
import { createEvent, deleteEvent, requestId, streamProperties, updateEvent } from '../support/events';
import { captureLog } from '../support/log-lines';
import { registryOf } from '../support/resource-types';

const STREAMS = 40;
const CALLS_PER_SECOND = 15;

captureLog();
let fixture: ServiceFixture;

beforeEach(async () => {
  // the clock of the service stands still until it has refused a call, because a slow machine would never reach fifteen calls a second
  const start = Date.now();
  let now = () => start;
  fixture = await startFixture({ now: () => now() });
  now = () => throttled() > 0 ? Date.now() : start;
  fixture.service.faults.requestsPerSecond = CALLS_PER_SECOND;
});

afterEach(() => fixture.stop());

/** An S3 that stores texts and gives them to the streams service. */
function objects(): ObjectStore {
  return {
    list: async () => [],
    write: async (content, bucket, key) => {
      const text = content.kind === 'text' ? content.text : '';
      return { version: fixture.objects.put(bucket, key, text), checksum: createHash('sha256').update(text).digest('base64') };
    },
    writeIfAbsent: () => Promise.reject(new Error('nothing is signed')),
    read: () => Promise.reject(new Error('nothing is signed')),
    inspect: () => Promise.reject(new Error('a copy answers its checksum')),
    remove: async () => undefined,
    versioning: async () => ({ status: 'Enabled', isMfaDelete: false }),
    hasDefaultRetention: async () => false,
  };
}

function router(): RouterDependencies {
  const management = fixture.roles.put('Management', [], [
    allow(['iot:CreateStream', 'iot:UpdateStream', 'iot:DescribeStream', 'iot:DeleteStream', 'iot:TagResource', 'iot:ListTagsForResource'],
      `arn:aws:iot:${REGION}:000000000000:stream/Model*`),
    allow('iam:PassRole', fixture.roleArn),
  ]);
  return {
    registry: registryOf(async (_, { context, signal }) => {
      const options = {
        endpoint: fixture.service.url,
        region: REGION,
        credentials: fixture.sessions.assume(management),
        maxAttempts: 12,
        requestHandler: { connectionTimeout: 5_000, requestTimeout: 60_000, throwOnRequestTimeout: true },
      };
      return { streams: streamService(options, context, signal), objects: objects(), signer: signer(options, context, signal) };
    }),
    clock: { now: Date.now, sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }) },
  };
}

function throttled(): number {
  return fixture.service.calls.filter(({ error }) => error === 'ThrottlingException').length;
}

// more than the ten concurrent executions of a new account
test('F14: creates, changes and deletes forty streams at once at a rate limit of fifteen calls a second', async () => {
  const properties = (index: number, release: string): StreamProperties => streamProperties({
    StreamId: `Model${index}`, Bucket: 'bucket', RoleArn: fixture.roleArn, Files: { 0: { Text: `${index} ${release}` } },
  });
  const all = (event: (index: number) => Parameters<typeof route>[0]) => Promise.all(Array.from({ length: STREAMS }, (_, index) =>
    route(event(index), new AbortController().signal, router())));
  const versions = () => new Set(fixture.service.store.all().map(({ streamVersion }) => streamVersion));

  await all((index) => createEvent(properties(index, 'one')));
  expect(throttled()).toBeGreaterThan(0);
  expect([fixture.service.store.size, versions()]).toEqual([STREAMS, new Set([1])]);

  await all((index) => updateEvent(properties(index, 'two'), properties(index, 'one'), { requestId: requestId(2) }));
  expect([fixture.service.store.size, versions()]).toEqual([STREAMS, new Set([2])]);

  await all((index) => deleteEvent(properties(index, 'two'), { requestId: requestId(3), physicalId: `Model${index}` }));
  expect(fixture.service.store.size).toBe(0);
}, 180_000);
