import { createInterface } from 'node:readline';
import type { ErrorName } from '../../../../local/iot-streams/control-plane/errors';
import { ServiceError } from '../../../../local/iot-streams/control-plane/errors';
import type { Operation } from '../../../../local/iot-streams/requests';
import { allow } from '../in-memory';
import type { ServiceFixture } from '../service-fixture';
import { startFixture } from '../service-fixture';

/**
 * Runs the streams service for clients in other languages. It prints its URL and its resources, then reads commands, one JSON
 * object a line, and answers each with a line. It ends at the end of its standard input.
 */
async function main(): Promise<void> {
  const fixture = await startFixture();
  const operator = fixture.sessions.assume(fixture.roles.put('Management', [], [
    allow(['iot:CreateStream', 'iot:DescribeStream'], 'arn:aws:iot:us-east-1:000000000000:stream/allowed'),
    allow('iam:PassRole', fixture.roleArn),
  ]));
  answer({ url: fixture.service.url, roleArn: fixture.roleArn, files: fixture.files, operator });
  for await (const line of createInterface({ input: process.stdin })) {
    obey(fixture, JSON.parse(line) as Command);
    answer({});
  }
  await fixture.stop();
}

type Command =
  | { readonly do: 'fail'; readonly operation: Operation; readonly error: ErrorName }
  | { readonly do: 'advance'; readonly millis: number }
  | { readonly do: 'throttle'; readonly requestsPerSecond: number | null }
  | { readonly do: 'limit'; readonly streams: number }
  | { readonly do: 'attach'; readonly streamId: string };

function obey(fixture: ServiceFixture, command: Command): void {
  const { faults } = fixture.service;
  switch (command.do) {
    case 'fail': return faults.failures.plan({ action: command.operation, error: new ServiceError(command.error, 'planned') });
    case 'advance': fixture.clock += command.millis; return;
    case 'throttle': faults.requestsPerSecond = command.requestsPerSecond ?? undefined; return;
    case 'limit': faults.streamLimit = command.streams; return;
    case 'attach': faults.attachedStreams.add(command.streamId);
  }
}

function answer(content: object): void {
  process.stdout.write(`${JSON.stringify(content)}\n`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
