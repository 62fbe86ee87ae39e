import { createInterface } from 'node:readline';
import type { ErrorName } from '../../../../local/kinesis-video/errors';
import { KinesisVideoError } from '../../../../local/kinesis-video/errors';
import type { VersionMoves } from '../../../../local/kinesis-video/operations';
import type { Operation } from '../../../../local/kinesis-video/requests';
import type { KinesisVideo } from '../../../../local/kinesis-video/service';
import { startKinesisVideo } from '../../../../local/kinesis-video/service';
import type { Delays } from '../../../../local/kinesis-video/streams';
import { allow, InMemoryRoles, InMemorySessions } from '../../iot-streams/in-memory';

const START = Date.parse('2026-11-27T06:00:00.250Z');

/**
 * Runs Kinesis Video for clients in other languages. It prints its URL and its resources, then reads commands, one JSON object
 * a line, and answers each with a line. It ends at the end of its standard input.
 */
async function main(): Promise<void> {
  const clock = { now: START };
  const roles = new InMemoryRoles();
  const sessions = new InMemorySessions();
  const service = await startKinesisVideo({ roles, sessions, now: () => clock.now });
  const roleArn = roles.put('Camera', [], [
    allow(
      ['kinesisvideo:DescribeStream', 'kinesisvideo:GetDataEndpoint'],
      `arn:aws:kinesisvideo:us-east-1:000000000000:stream/\${credentials-iot:ThingName}/${'?'.repeat(13)}`,
    ),
  ]);
  const camera = sessions.assume(roleArn, undefined, { 'credentials-iot:ThingName': 'camera-1' });
  const nameless = sessions.assume(roleArn);
  answer({ url: service.url, camera, nameless });
  for await (const line of createInterface({ input: process.stdin })) {
    obey(service, clock, JSON.parse(line) as Command);
    answer({});
  }
  await service.stop();
}

type Command =
  | { readonly do: 'fail'; readonly operation: Operation; readonly error: ErrorName }
  | { readonly do: 'advance'; readonly millis: number }
  | { readonly do: 'delay'; readonly delays: Partial<Delays> }
  | { readonly do: 'move'; readonly moves: Partial<VersionMoves> }
  | { readonly do: 'throttle'; readonly requestsPerSecond: number | null }
  | { readonly do: 'limit'; readonly streams?: number; readonly streamsPerDevice?: number }
  | { readonly do: 'refuse'; readonly deviceName: string };

function obey({ faults, delays, quotas, versionMoves }: KinesisVideo, clock: { now: number }, command: Command): void {
  switch (command.do) {
    case 'fail': return faults.failures.plan({ action: command.operation, error: new KinesisVideoError(command.error, 'planned') });
    case 'advance': clock.now += command.millis; return;
    case 'delay': Object.assign(delays, command.delays); return;
    case 'move': Object.assign(versionMoves, command.moves); return;
    case 'throttle': faults.requestsPerSecond = command.requestsPerSecond ?? undefined; return;
    case 'limit':
      quotas.streams = command.streams ?? quotas.streams;
      quotas.streamsPerDevice = command.streamsPerDevice ?? quotas.streamsPerDevice;
      return;
    case 'refuse': quotas.invalidDevices.add(command.deviceName);
  }
}

function answer(content: object): void {
  process.stdout.write(`${JSON.stringify(content)}\n`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
