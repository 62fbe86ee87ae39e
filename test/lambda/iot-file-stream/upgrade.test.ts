import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CloudFormationCustomResourceEvent, CloudFormationCustomResourceUpdateEvent } from 'aws-lambda';
import { FakeClock, World } from './doubles';
import type { Attributes } from '../../../lambda/core/resource-type';
import { route } from '../../../lambda/core/router';
import type { RecordedHistory } from '../../../scripts/recorded-history';
import type { FileProperties, StreamProperties } from '../../../src/iot-file-stream/private/contract';
import { CONTRACT_VERSION, STREAM_RESOURCE_TYPE } from '../../../src/iot-file-stream/private/contract';
import { captureLog } from '../support/log-lines';
import { registryOf } from '../support/resource-types';

/*
 * This release must understand the events of earlier releases, because a stack of an earlier release can be updated, rolled
 * back or deleted. scripts/record-events.ts records them. Each contract version adds a file, and no file is ever changed.
 */

const directory = join(__dirname, '..', '..', 'fixtures', 'events');
const histories = readdirSync(directory).map((name): [string, RecordedHistory] => [name, JSON.parse(readFileSync(join(directory, name), 'utf8'))]);

captureLog();

type Event = CloudFormationCustomResourceEvent;

const propertiesOf = (event: Event) => event.ResourceProperties as unknown as StreamProperties;
const filesOf = (event: Event): [string, FileProperties][] => Object.entries(propertiesOf(event).Files ?? {});

/** The bytes of a file: those with the recorded SHA-256, or any for an object in another bucket. */
function bytesOf(file: FileProperties, { contents }: RecordedHistory): string {
  if (file.Text !== undefined) return file.Text;
  if (file.Sha256 === undefined) return `the vendor's ${file.SourceKey}`;
  return contents.find((content) => createHash('sha256').update(content).digest('hex') === file.Sha256)!;
}

/** An account that contains the sources of all events. */
function worldOf(history: RecordedHistory): World {
  const world = new World();
  const sources = history.events.flatMap(filesOf).map(([, file]) => file).filter(({ SourceBucket }) => SourceBucket !== undefined);
  for (const name of [...sources.map(({ SourceBucket }) => SourceBucket!), ...history.events.map((event) => propertiesOf(event).Bucket)]) {
    try {
      world.bucket(name);
    } catch {
      world.makeBucket(name);
    }
  }
  for (const file of sources) {
    world.bucket(file.SourceBucket!).objects.push({
      key: file.SourceKey!, version: file.SourceVersion ?? 'current', bytes: Buffer.from(bytesOf(file, history)), isDeleteMarker: false,
    });
  }
  return world;
}

function send(event: Event, world: World): Promise<Attributes> {
  return route(event, new AbortController().signal, { registry: registryOf(async () => world.connect()), clock: new FakeClock() });
}

/** Expects that devices would receive what the event declares. */
function expectDelivered(event: Event, { StreamId }: Attributes, world: World, history: RecordedHistory): void {
  const declared = filesOf(event).map(([fileId, file]) => [fileId, bytesOf(file, history)]);
  expect(world.download(StreamId)).toEqual(Object.fromEntries(declared));
}

test('the current contract version has a record of events', () => {
  expect(histories.map(([name]) => name)).toContain(`contract-${CONTRACT_VERSION}.json`);
});

describe.each(histories)('the events of %s', (_, history) => {
  const converging = history.events.filter(({ RequestType, ResourceType }) => RequestType !== 'Delete' && ResourceType === STREAM_RESOURCE_TYPE);

  test('the record contains creation, updates and deletion of both resource types, and no secret', () => {
    expect(new Set(history.events.map(({ RequestType, ResourceType }) => `${RequestType} ${ResourceType}`))).toEqual(new Set([
      'Create Custom::IotFileStreamObjects', 'Create Custom::IotFileStream', 'Update Custom::IotFileStream',
      'Delete Custom::IotFileStream', 'Delete Custom::IotFileStreamObjects',
    ]));
    expect(JSON.stringify(history)).not.toMatch(/AWS_|Signature|SessionToken|cfn-response|127\.0\.0\.1|\{\{|Token\[/);
    expect(new Set(history.events.map(({ ResponseURL }) => ResponseURL))).toEqual(new Set(['https://cloudformation.example/answer']));
  });

  test('F19: the recorded events succeed in order, with every attribute that their template reads, and leave nothing behind', async () => {
    const world = worldOf(history);
    const streams = new Set<string>();
    for (const event of history.events) {
      const attributes = await send(event, world);
      if (!converging.includes(event)) continue;
      streams.add(attributes.StreamId);
      expect(Object.keys(attributes)).toEqual(expect.arrayContaining([...history.attributes]));
      expectDelivered(event, attributes, world, history);
    }
    for (const streamId of streams) expect(world.streams.get(streamId)).toBeUndefined();
    for (const event of history.events) expect(world.contents(propertiesOf(event).Bucket)).toEqual([]);
  });

  test('F19, F7: each recorded Update can be reversed, as a rollback to its release would do', async () => {
    for (const event of converging.filter((candidate): candidate is CloudFormationCustomResourceUpdateEvent => candidate.RequestType === 'Update')) {
      const world = worldOf(history);
      await send(event, world);
      const rollback = { ...event, RequestId: 'rollback', ResourceProperties: event.OldResourceProperties, OldResourceProperties: event.ResourceProperties };

      expectDelivered(rollback as Event, await send(rollback as Event, world), world, history);
    }
  });

  test('F19: each recorded event succeeds on its own, in an empty account', async () => {
    for (const event of history.events) {
      const world = worldOf(history);
      const attributes = await send(event, world);
      if (converging.includes(event)) expectDelivered(event, attributes, world, history);
    }
  });

  test('F39: an upgrade changes nothing and returns the attributes of the recorded and of the current release', async () => {
    for (const event of converging) {
      const world = worldOf(history);
      const before = await send(event, world);
      const upgrade = {
        ...event,
        RequestType: 'Update',
        RequestId: 'upgrade',
        PhysicalResourceId: propertiesOf(event).StreamId,
        ResourceProperties: { ...event.ResourceProperties, ContractVersion: 'of a later release' },
        OldResourceProperties: event.ResourceProperties,
      } as Event;
      const [, current] = histories.find(([name]) => name === `contract-${CONTRACT_VERSION}.json`)!;

      const after = await send(upgrade, world);

      expect(after).toEqual(before);
      expect(Object.keys(after)).toEqual(expect.arrayContaining([...history.attributes, ...current.attributes.filter((name) => !/\d$/.test(name))]));
    }
  });
});
