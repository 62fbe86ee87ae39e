import type { Server } from 'node:http';
import { createServer } from 'node:http';
import { TagResourceCommand } from '@aws-sdk/client-iot';
import type { ClientOptions } from '../../../lambda/core/credentials';
import { streamService } from '../../../lambda/iot-file-stream/iot';
import type { DesiredStream } from '../../../lambda/iot-file-stream/model';
import { isOwned, planTags, rememberedEvents, tagsFor } from '../../../lambda/iot-file-stream/ownership';
import type { StreamService } from '../../../lambda/iot-file-stream/services';
import { ServiceError } from '../../../local/iot-streams/control-plane/errors';
import { close, listen } from '../../../local/listening';
import { allow, REGION } from '../../local/iot-streams/in-memory';
import type { ServiceFixture } from '../../local/iot-streams/service-fixture';
import { startFixture } from '../../local/iot-streams/service-fixture';
import { identity, STACK } from '../support/events';
import { captureLog } from '../support/log-lines';

const ACTIONS = ['iot:CreateStream', 'iot:UpdateStream', 'iot:DescribeStream', 'iot:DeleteStream', 'iot:TagResource', 'iot:UntagResource',
  'iot:ListTagsForResource'];
const ARN = `arn:aws:iot:${REGION}:000000000000:stream/Firmware`;
const subject = { stack: STACK, logicalId: 'Firmware1A2B', streamId: 'Firmware' };
const log = captureLog();

interface Endpoint {
  readonly endpoint: string;
  readonly region: string;
}

function options(endpoint: string, credentials = { accessKeyId: 'test', secretAccessKey: 'test', sessionToken: 'test' }) {
  return {
    endpoint,
    region: REGION,
    credentials,
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
  } satisfies ClientOptions & Endpoint;
}

describe('the streams service, with the permissions of a management role', () => {
  let fixture: ServiceFixture;
  let streams: StreamService;
  let desired: DesiredStream;
  let files: { fileId: number; bucket: string; key: string; version: string }[];
  let abort: AbortController;

  beforeEach(async () => {
    fixture = await startFixture();
    const management = fixture.roles.put('Management', [], [allow(ACTIONS, ARN), allow('iam:PassRole', fixture.roleArn)]);
    abort = new AbortController();
    streams = streamService(options(fixture.service.url, fixture.sessions.assume(management)), subject, abort.signal);
    desired = {
      managementRoleArn: management,
      bucket: 'bucket',
      prefix: 'prefix/',
      isNewStream: false,
      streamId: 'Firmware',
      content: '1a2b3c4d',
      description: 'Shop/Firmware',
      roleArn: fixture.roleArn,
      files: [],
      answered: { signatures: [], locations: [] },
      tags: {},
    };
    const [{ s3Location: { version } }] = fixture.files;
    files = [{ fileId: 0, bucket: 'bucket', key: 'file', version: version! }];
  });

  afterEach(() => fixture.stop());

  test('describe returns undefined for a stream that does not exist', async () => {
    expect(await streams.describe('Firmware')).toBeUndefined();
    expect(log.lines()).toStrictEqual([{ ...subject, call: "describe stream 'Firmware'", attempt: 1, status: 'ResourceNotFoundException' }]);
  });

  test('F42: the owner tags fit into the tags of a stream with the longest stack ARN and logical ID and 46 tags of the user', async () => {
    const owner = {
      stackId: `arn:aws-us-gov:cloudformation:us-gov-west-1:123456789012:stack/${'s'.repeat(128)}/5b1d7a30-9c7c-11f0-8f3c-0a1b2c3d4e5f`,
      logicalId: 'L'.repeat(255),
    };
    const users = Object.fromEntries(Array.from({ length: 46 }, (_, index) => [`team${index}`, 'radio']));
    const tagged = { ...desired, tags: users };

    await streams.create(tagged, files, tagsFor(tagged, owner, rememberedEvents([], identity(1))));
    for (let n = 2; n < 12; n++) {
      const before = (await streams.describe('Firmware'))!;
      await streams.tag(ARN, planTags(before, tagsFor(tagged, owner, rememberedEvents([before], identity(n)))));
    }

    const live = (await streams.describe('Firmware'))!;
    expect(Object.keys(live.tags)).toHaveLength(50);
    expect(isOwned(live.tags, owner)).toBe(true);
    for (const value of Object.values(live.tags)) expect(value.length).toBeLessThanOrEqual(256);
  });

  test('create sets the tags of a stream, and describe returns them', async () => {
    expect(await streams.create(desired, files, { team: 'radio', empty: '' })).toStrictEqual({ streamArn: ARN, streamVersion: 1 });

    expect(await streams.describe('Firmware')).toStrictEqual({
      streamId: 'Firmware',
      streamArn: ARN,
      createdAt: expect.any(Number),
      streamVersion: 1,
      description: 'Shop/Firmware',
      roleArn: fixture.roleArn,
      tags: { team: 'radio', empty: '' },
      files,
    });
    expect(log.lines()).toStrictEqual([
      { ...subject, call: "create stream 'Firmware'", attempt: 1, status: 'ok' },
      { ...subject, call: "describe stream 'Firmware'", attempt: 1, status: 'ok' },
      { ...subject, call: `list the tags of '${ARN}'`, attempt: 1, status: 'ok' },
    ]);
  });

  test('update changes files, description and role, and returns the next version', async () => {
    await streams.create(desired, files, {});
    const version = fixture.objects.put('bucket', 'second', 'defg');
    const second = [...files, { fileId: 255, bucket: 'bucket', key: 'second', version }];

    expect(await streams.update({ ...desired, description: 'other' }, second)).toStrictEqual({ streamArn: ARN, streamVersion: 2 });

    expect(await streams.describe('Firmware')).toMatchObject({ streamVersion: 2, description: 'other', files: second });
  });

  test('describe returns a stream of another owner that has no object versions, description or tags', async () => {
    fixture.service.store.create('Firmware', {
      roleArn: fixture.roleArn, files: [{ fileId: 3, bucket: 'bucket', key: 'file', size: 3, eTag: 'e' }],
    }, []);

    expect(await streams.describe('Firmware')).toStrictEqual({
      streamId: 'Firmware',
      streamArn: ARN,
      createdAt: expect.any(Number),
      streamVersion: 1,
      description: undefined,
      roleArn: fixture.roleArn,
      tags: {},
      files: [{ fileId: 3, bucket: 'bucket', key: 'file', version: '' }],
    });
  });

  test('F28: tag sets and removes tags without changing the version', async () => {
    await streams.create(desired, files, { team: 'radio', floor: '2' });
    await fixture.client().send(new TagResourceCommand({ resourceArn: ARN, tags: [{ Key: 'strangers', Value: 'stays' }] }));

    await streams.tag(ARN, { set: { team: 'modem', room: '7' }, remove: ['floor'] });

    expect(await streams.describe('Firmware')).toMatchObject({ streamVersion: 1, tags: { team: 'modem', room: '7', strangers: 'stays' } });
    expect(fixture.service.calls.map(({ operation }) => operation)).toStrictEqual([
      'CreateStream', 'TagResource', 'UntagResource', 'TagResource', 'DescribeStream', 'ListTagsForResource',
    ]);
  });

  test('F28: tag does not call UntagResource if no tag is to be removed', async () => {
    await streams.create(desired, files, {});

    await streams.tag(ARN, { set: { team: 'modem' }, remove: [] });

    expect(fixture.service.calls.map(({ operation }) => operation)).toStrictEqual(['CreateStream', 'TagResource']);
  });

  test('F28: tag does not call TagResource if no tag is to be set', async () => {
    await streams.create(desired, files, { team: 'radio' });

    await streams.tag(ARN, { set: {}, remove: ['team'] });

    expect(fixture.service.calls.map(({ operation }) => operation)).toStrictEqual(['CreateStream', 'UntagResource']);
  });

  test('describe returns undefined if the stream is deleted between its two calls', async () => {
    await streams.create(desired, files, {});
    fixture.service.faults.failures.plan({
      action: 'ListTagsForResource', error: new ServiceError('ResourceNotFoundException', `Resource ${ARN} does not exist`),
    });

    expect(await streams.describe('Firmware')).toBeUndefined();
  });

  test('delete deletes a stream', async () => {
    await streams.create(desired, files, {});

    await streams.delete('Firmware');

    expect(fixture.service.store.find('Firmware')).toBeUndefined();
  });

  test.each<[string, (service: StreamService) => Promise<unknown>, string]>([
    ['update', (service) => service.update(desired, files), "failed to update stream 'Firmware': Stream Firmware does not exist (ResourceNotFoundException)"],
    ['delete', (service) => service.delete('Firmware'), "failed to delete stream 'Firmware': Stream Firmware does not exist (ResourceNotFoundException)"],
    [
      'tag', (service) => service.tag(ARN, { set: { team: 'radio' }, remove: [] }),
      `failed to tag '${ARN}': Resource ${ARN} does not exist (ResourceNotFoundException)`,
    ],
    [
      'untag', (service) => service.tag(ARN, { set: {}, remove: ['team'] }),
      `failed to untag '${ARN}': Resource ${ARN} does not exist (ResourceNotFoundException)`,
    ],
  ])('%s of a missing stream fails with a message that names the call', async (_, call, message) => {
    await expect(call(streams)).rejects.toHaveProperty('message', message);
  });

  test('create of an existing ID fails with ResourceAlreadyExistsException', async () => {
    await streams.create(desired, files, {});

    await expect(streams.create(desired, files, {})).rejects.toMatchObject({
      code: 'ResourceAlreadyExistsException',
      message: "failed to create stream 'Firmware': Stream Firmware already exists (ResourceAlreadyExistsException)",
    });
  });

  test('F14, F15: a used-up quota and a conflict have the error code that AWS IoT names', async () => {
    fixture.service.faults.streamLimit = 0;
    await expect(streams.create(desired, files, {})).rejects.toMatchObject({ code: 'LimitExceededException' });

    fixture.service.faults.streamLimit = 1;
    await streams.create(desired, files, {});
    fixture.service.faults.attachedStreams.add('Firmware');
    await expect(streams.delete('Firmware')).rejects.toMatchObject({ code: 'DeleteConflictException' });
  });

  test('F14: a used-up quota is not retried like throttling', async () => {
    fixture.service.faults.streamLimit = 0;
    const retrying = streamService({ ...options(fixture.service.url), maxAttempts: 12 }, subject, abort.signal);

    await expect(retrying.create(desired, files, {})).rejects.toMatchObject({ code: 'LimitExceededException' });

    expect(fixture.service.calls.map(({ operation }) => operation)).toStrictEqual(['CreateStream']);
    expect(log.lines()).toStrictEqual([{ ...subject, call: "create stream 'Firmware'", attempt: 1, status: 'LimitExceededException' }]);
  });

  test('F14: throttled calls are retried until they succeed', async () => {
    fixture.service.faults.failures.plan({ action: 'CreateStream', error: new ServiceError('ThrottlingException', 'Rate exceeded'), times: 2 });
    const retrying = streamService({ ...options(fixture.service.url), maxAttempts: 12 }, subject, abort.signal);

    await retrying.create(desired, files, {});

    expect(log.lines()).toStrictEqual([{ ...subject, call: "create stream 'Firmware'", attempt: 3, status: 'ok' }]);
  });

  test('F50: no call is made after the signal is aborted', async () => {
    abort.abort();
    const calls: (() => Promise<unknown>)[] = [
      () => streams.describe('Firmware'),
      () => streams.create(desired, files, {}),
      () => streams.update(desired, files),
      () => streams.tag(ARN, { set: {}, remove: ['team'] }),
      () => streams.tag(ARN, { set: { team: 'radio' }, remove: [] }),
      () => streams.delete('Firmware'),
    ];

    for (const call of calls) await expect(call()).rejects.toMatchObject({ code: 'AbortError' });
    expect(fixture.service.calls).toStrictEqual([]);
  });
});

describe('a service that returns tags in pages', () => {
  let server: Server;
  let url: string;
  let asked: string[];
  let answers: object[];

  beforeEach(async () => {
    asked = [];
    server = createServer((request, response) => {
      asked.push(request.url!);
      const answer = answers.shift();
      if (answer) response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
    url = await listen(server);
  });

  afterEach(async () => {
    await close(server);
  });

  function service(signal = new AbortController().signal, requestTimeout = 5_000): StreamService {
    const settings = options(url);
    return streamService({ ...settings, requestHandler: { ...settings.requestHandler, requestTimeout } }, subject, signal);
  }

  const described = { streamInfo: { streamId: 'Firmware', streamArn: ARN, createdAt: 1795262400.25, streamVersion: 0, roleArn: 'role', files: [] } };

  test('describe reads every page of tags', async () => {
    answers = [described, { tags: [{ Key: 'a', Value: '1' }], nextToken: 'second' }, { nextToken: 'third' }, { tags: [{ Key: 'b' }] }];

    expect(await service().describe('Firmware')).toStrictEqual({
      streamId: 'Firmware', streamArn: ARN, createdAt: 1795262400250, streamVersion: 0, description: undefined, roleArn: 'role', files: [], tags: { a: '1', b: '' },
    });
    const resource = `resourceArn=${encodeURIComponent(ARN)}`;
    expect(asked).toStrictEqual([
      '/streams/Firmware', `/tags?${resource}`, `/tags?nextToken=second&${resource}`, `/tags?nextToken=third&${resource}`,
    ]);
  });

  test('F50: a call that hangs ends when the signal is aborted', async () => {
    answers = [];
    const work = new AbortController();
    setTimeout(() => work.abort(), 100);

    await expect(service(work.signal).describe('Firmware')).rejects.toHaveProperty(
      'message', "failed to describe stream 'Firmware': Request aborted (AbortError)");
  });

  test('a call that hangs ends with the request timeout of the client', async () => {
    answers = [];

    await expect(service(undefined, 100).describe('Firmware')).rejects.toMatchObject({ code: 'TimeoutError' });
  });
});
