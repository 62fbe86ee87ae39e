import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import * as fc from 'fast-check';
import { physicalIdOf, route } from '../../../lambda/core/router';
import type { DescribedStream } from '../../../lambda/kinesis-video/version-lookup';
import { versionLookup } from '../../../lambda/kinesis-video/version-lookup';
import { Streams } from '../../../local/kinesis-video/streams';
import type { RenderedStream, VersionProperties } from '../../../src/kinesis-video/private/contract';
import { VERSION_RESOURCE_TYPE } from '../../../src/kinesis-video/private/contract';
import { refused } from '../iot-file-stream/doubles';
import { STACK } from '../support/events';
import { captureLog } from '../support/log-lines';

/*
 * Random histories of deployments of a video stream with its version lookup: slow streams, stale responses, IAM propagation,
 * throttled and hanging calls, duplicate events, failures of other resources and changes outside of CloudFormation.
 */

const RETRY_MILLISECONDS = 90_000;
/** A fault that ends by then, in milliseconds, must not fail a deployment. */
const LATEST = 80_000;

interface Values {
  readonly deviceName?: 'camera-1' | 'camera-2';
  readonly mediaType?: 'video/h264' | 'video/h265';
  readonly dataRetentionInHours: number;
  readonly team?: string;
}

/** One deployment. */
interface Step {
  readonly change: Partial<Values>;
  /** Whether the deployment replaces the stream by one with another name. */
  readonly isReplaced: boolean;
  /** A change outside of CloudFormation before the deployment. */
  readonly drift: Partial<Values>;
  readonly roleUnknownFor: number;
  readonly deniedFor: number;
  readonly throttledFor: number;
  readonly lag: number;
  readonly slowness: number;
  readonly hangs: boolean;
  readonly isDeliveredTwice: boolean;
  /** Whether another resource fails afterwards. */
  readonly isRolledBack: boolean;
}

const duration = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: LATEST }));
const values = fc.record({
  deviceName: fc.constantFrom('camera-1', 'camera-2'),
  mediaType: fc.constantFrom('video/h264', 'video/h265'),
  dataRetentionInHours: fc.integer({ min: 0, max: 3 }),
  team: fc.constantFrom('a', 'b'),
}, { requiredKeys: [] }) as fc.Arbitrary<Partial<Values>>;
const rarely = fc.integer({ min: 0, max: 5 }).map((number) => number === 0);
const step: fc.Arbitrary<Step> = fc.record({
  change: values,
  isReplaced: rarely,
  drift: fc.oneof(fc.constant({}), values),
  roleUnknownFor: duration,
  deniedFor: duration,
  throttledFor: duration,
  lag: duration,
  slowness: fc.integer({ min: 0, max: 600_000 }),
  hangs: rarely,
  isDeliveredTwice: rarely,
  isRolledBack: fc.boolean(),
});

interface Template {
  readonly streamName: string;
  readonly values: Values;
}

/** An account with the native resource of the stream, and the handler's lookup of its version. */
class World {
  private time = 1_700_000_000_000;
  private readonly delays = { creationMilliseconds: 0, updateMilliseconds: 0, deletionMilliseconds: 0, describeLagMilliseconds: 0 };
  private readonly streams = new Streams(() => this.time, this.delays);
  private template: Template = { streamName: 'door-0', values: { dataRetentionInHours: 1 } };
  private nextName = 1;
  private started = 0;
  private connects = 0;
  private step!: Step;
  private readonly clock = { now: () => this.time, sleep: async (milliseconds: number) => { this.time += milliseconds; } };
  private readonly registry = {
    [VERSION_RESOURCE_TYPE]: versionLookup(async (_role, { signal }) => {
      this.connects += 1;
      this.refuseFor(this.step.roleUnknownFor, 'AccessDenied');
      return { describe: (streamArn) => this.describe(streamArn, signal) };
    }),
  };

  async run(steps: readonly Step[]): Promise<void> {
    for (const each of steps) {
      this.step = each;
      const { slowness, lag } = each;
      Object.assign(this.delays, { updateMilliseconds: slowness, creationMilliseconds: slowness, describeLagMilliseconds: lag });
      this.wait();
      await (steps.indexOf(each) === 0 ? this.create(each) : this.update(each));
    }
    const before = this.connects;
    await this.send('Delete', this.template);
    expect(this.connects).toBe(before);
  }

  private async create(each: Step): Promise<void> {
    this.apply(undefined, this.template);
    const answer = await this.send('Create', this.template);
    if (each.hangs) expect(answer).toBeInstanceOf(Error);
    else expect(answer).toEqual({ StreamVersion: this.current(this.template) });
  }

  private async update(each: Step): Promise<void> {
    const old = this.template;
    this.drift(each.drift);
    const name = each.isReplaced ? `door-${this.nextName++}` : old.streamName;
    const wanted: Template = { streamName: name, values: { ...old.values, ...each.change } };
    if (JSON.stringify(propertiesOf(old)) === JSON.stringify(propertiesOf(wanted))) return;
    const shows = this.hasToShow(old, wanted);
    this.apply(old, wanted);
    const answer = await this.send('Update', wanted, old);
    if (each.hangs) expect(answer).toBeInstanceOf(Error);
    else this.expectVersion(answer, wanted, shows);
    if (!each.hangs && !each.isRolledBack) {
      this.template = wanted;
      if (each.isReplaced) await this.send('Delete', old);
      return;
    }
    this.step = { ...each, hangs: false };
    this.apply(wanted, old);
    // the rollback must never fail
    this.expectVersion(await this.send('Update', old, wanted), old, false);
    if (each.isReplaced) await this.send('Delete', wanted);
  }

  /** Whether the response of DescribeStream changes with the deployment, so that the lookup can wait for the change. */
  private hasToShow(old: Template, wanted: Template): boolean {
    if (old.streamName !== wanted.streamName) return true;
    const now = this.streams.find(old.streamName)!;
    const names = ['deviceName', 'mediaType', 'dataRetentionInHours'] as const;
    return names.some((name) => wanted.values[name] !== old.values[name] && wanted.values[name] !== now[name]);
  }

  private expectVersion(answer: unknown, template: Template, isCurrent: boolean): void {
    expect(answer).toEqual({ StreamVersion: this.streams.described(template.streamName)!.version });
    if (isCurrent) expect(answer).toEqual({ StreamVersion: this.current(template) });
  }

  private current({ streamName }: Template): string {
    return this.streams.find(streamName)!.version;
  }

  /** Updates the stream as the native resource does: changes what differs between the templates and waits until it is active. */
  private apply(old: Template | undefined, { streamName, values: wanted }: Template): void {
    const now = this.streams.find(streamName);
    if (!now) {
      this.streams.create({ streamName, streamArn: arnOf(streamName), kmsKeyId: 'key', storageTier: 'HOT', tags: {}, ...wanted });
    } else if (old?.streamName === streamName) {
      const changed = Object.entries(wanted).filter(([name, value]) => value !== old.values[name as keyof Values]);
      this.streams.update(now, Object.fromEntries(changed), true);
    }
    this.time += this.step.slowness;
  }

  private drift(change: Partial<Values>): void {
    if (Object.keys(change).length === 0) return;
    this.streams.update(this.streams.find(this.template.streamName)!, change, true);
    this.wait();
  }

  /** Waits until DescribeStream shows every change. */
  private wait(): void {
    this.time += 3_600_000;
  }

  private async send(RequestType: 'Create' | 'Update' | 'Delete', template: Template, old?: Template): Promise<unknown> {
    const event = {
      RequestType,
      ResourceType: VERSION_RESOURCE_TYPE,
      LogicalResourceId: 'DoorVersion',
      StackId: STACK,
      ResponseURL: '',
      ...RequestType === 'Create' ? {} : { PhysicalResourceId: arnOf((old ?? template).streamName) },
      ResourceProperties: propertiesOf(template),
      ...old && { OldResourceProperties: propertiesOf(old) },
    } as unknown as CloudFormationCustomResourceEvent;
    expect(physicalIdOf(event, this.registry)).toBe(arnOf(template.streamName));
    const answer = await this.deliver(event);
    return this.step.isDeliveredTwice ? this.deliver(event) : answer;
  }

  private async deliver(event: CloudFormationCustomResourceEvent): Promise<unknown> {
    this.started = this.time;
    const invocation = new AbortController();
    if (this.step.hangs) setImmediate(() => invocation.abort());
    try {
      return await route(event, invocation.signal, { registry: this.registry, clock: this.clock });
    } catch (error) {
      if (!this.step.hangs) throw error;
      return error;
    } finally {
      expect(this.time - this.started).toBeLessThanOrEqual(RETRY_MILLISECONDS);
    }
  }

  private async describe(streamArn: string, signal: AbortSignal): Promise<DescribedStream> {
    if (this.step.hangs) {
      await new Promise((fulfill) => { signal.addEventListener('abort', fulfill); });
      throw refused('AbortError', 'Request aborted', 'describe');
    }
    this.refuseFor(this.step.deniedFor, 'AccessDeniedException');
    this.refuseFor(this.step.throttledFor, 'ClientLimitExceededException');
    return this.streams.described(streamArn.split('/')[1])!;
  }

  private refuseFor(milliseconds: number, code: string): void {
    if (this.time - this.started < milliseconds) throw refused(code, 'not now', 'call');
  }
}

function arnOf(streamName: string): string {
  return `arn:aws:kinesisvideo:eu-west-1:111122223333:stream/${streamName}/1700000000000`;
}

/** The properties as CloudFormation sends them, which are strings. */
function propertiesOf({ streamName, values: { deviceName, mediaType, dataRetentionInHours, team } }: Template): VersionProperties {
  const Stream: RenderedStream & { Tags: unknown } = {
    ...deviceName && { DeviceName: deviceName },
    ...mediaType && { MediaType: mediaType },
    DataRetentionInHours: String(dataRetentionInHours),
    Tags: [{ Key: 'team', Value: team }],
  };
  return { ManagementRoleArn: 'arn:aws:iam::111122223333:role/Lookup', StreamArn: arnOf(streamName), Stream };
}

captureLog();

test('F110, F111: a lookup returns the version of DescribeStream in time, and no transient fault fails a deployment', async () => {
  const history = fc.array(step, { minLength: 1, maxLength: 6 });
  await fc.assert(fc.asyncProperty(history, async (steps) => new World().run(steps)), { numRuns: 300, seed: 1 });
});
