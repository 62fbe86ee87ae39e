import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { IAMClient, ListRolesCommand } from '@aws-sdk/client-iam';
import { IoTClient, ListStreamsCommand } from '@aws-sdk/client-iot';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import type { LocalAws } from '../../../local/local-aws';

/** Lists the existing resources of the kinds that this library creates. */
export class Inventory {
  constructor(private readonly aws: LocalAws) {}

  /** Returns the resources as 'kind name', sorted. */
  async list(): Promise<string[]> {
    const { clientConfiguration, iotClientConfiguration } = this.aws;
    const [{ streams = [] }, { Buckets = [] }, { Roles = [] }, { logGroups = [] }] = await Promise.all([
      new IoTClient(iotClientConfiguration).send(new ListStreamsCommand({ maxResults: 250 })),
      new S3Client(clientConfiguration).send(new ListBucketsCommand({})),
      new IAMClient(clientConfiguration).send(new ListRolesCommand({})),
      new CloudWatchLogsClient(clientConfiguration).send(new DescribeLogGroupsCommand({})),
    ]);
    return [
      ...streams.map(({ streamId }) => `stream ${streamId}`),
      ...Buckets.map(({ Name }) => `bucket ${Name}`),
      ...Roles.map(({ RoleName }) => `role ${RoleName}`),
      ...logGroups.map(({ logGroupName }) => `log group ${logGroupName}`),
    ].sort();
  }
}
