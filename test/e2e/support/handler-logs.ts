import { CloudWatchLogsClient, DescribeLogGroupsCommand, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import type { LocalAws } from '../../../local/local-aws';

/** Lines of Lambda itself in the log of a function. */
const PLATFORM = /^(START|END|REPORT|INIT_START) /;

/** Returns every line of the existing logs of all handlers. */
export async function handlerLogs(aws: LocalAws): Promise<string[]> {
  const client = new CloudWatchLogsClient(aws.clientConfiguration);
  const { logGroups = [] } = await client.send(new DescribeLogGroupsCommand({}));
  const lines: string[] = [];
  for (const { logGroupName } of logGroups) {
    let nextToken: string | undefined;
    do {
      const page = await client.send(new FilterLogEventsCommand({ logGroupName, nextToken }));
      lines.push(...(page.events ?? []).map(({ message }) => message!.trimEnd()));
      nextToken = page.nextToken;
    } while (nextToken);
  }
  return lines.filter((line) => !PLATFORM.test(line));
}
