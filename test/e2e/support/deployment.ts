import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StreamInfo } from '@aws-sdk/client-iot';
import { DescribeStreamCommand, IoTClient, ListTagsForResourceCommand } from '@aws-sdk/client-iot';
import { ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { cdk } from '../../../local/cdk';
import type { DownloadedFile } from '../../../local/device/download-stream';
import { downloadStream } from '../../../local/device/download-stream';
import type { LocalAws } from '../../../local/local-aws';
import { connectionOf, createThing, streamPolicy } from '../../../local/thing';
import type { AppConfiguration } from '../apps/fleet';

export interface Outputs {
  readonly StreamId: string;
  readonly StreamVersion: string;
  readonly VendorFileSize: string;
  readonly BucketName: string;
}

/** The app of an end-to-end test on a local AWS, with the actions of a user with the CLI and of a device. */
export class Deployment {
  readonly iot: IoTClient;
  readonly s3: S3Client;
  private devices = 0;

  constructor(readonly aws: LocalAws, private readonly directory: string) {
    this.iot = new IoTClient(aws.iotClientConfiguration);
    this.s3 = new S3Client(aws.clientConfiguration);
  }

  async deploy(configuration: AppConfiguration): Promise<Outputs> {
    const outputs = join(this.directory, 'outputs.json');
    await this.run(configuration, 'deploy', configuration.stackName, '--require-approval', 'never', '--outputs-file', outputs);
    return JSON.parse(await readFile(outputs, 'utf8'))[configuration.stackName];
  }

  async destroy(configuration: AppConfiguration): Promise<void> {
    await this.run(configuration, 'destroy', configuration.stackName, '--force');
  }

  private async run(configuration: AppConfiguration, ...command: string[]): Promise<void> {
    const file = join(this.directory, 'configuration.json');
    await writeFile(file, JSON.stringify(configuration));
    await cdk(command, {
      environment: this.aws.environment, app: 'test/e2e/apps/fleet.ts', outputDirectory: join(this.directory, 'cdk.out'), context: { configuration: file },
    });
  }

  /** Downloads a complete stream as a new device, with a certificate and a policy for this stream only. */
  async download(streamId: string): Promise<readonly DownloadedFile[]> {
    const directory = join(this.directory, `device-${++this.devices}`);
    const thing = await createThing(this.iot, { thingName: `device-${this.devices}`, policy: streamPolicy(streamId, this.aws), directory });
    const { files } = await downloadStream({
      ...await connectionOf(thing, this.aws),
      streamId,
      outputDirectory: join(directory, 'files'),
    });
    await thing.remove();
    return files;
  }

  async describe(streamId: string): Promise<StreamInfo | undefined> {
    try {
      return (await this.iot.send(new DescribeStreamCommand({ streamId }))).streamInfo;
    } catch (error) {
      if ((error as Error).name === 'ResourceNotFoundException') return undefined;
      throw error;
    }
  }

  async tags(streamId: string): Promise<Record<string, string>> {
    const { streamArn } = (await this.describe(streamId))!;
    const { tags = [] } = await this.iot.send(new ListTagsForResourceCommand({ resourceArn: streamArn }));
    return Object.fromEntries(tags.map(({ Key, Value }) => [Key!, Value!]));
  }

  /** Every version and delete marker in a bucket. */
  async versions(bucket: string): Promise<string[]> {
    const { Versions = [], DeleteMarkers = [] } = await this.s3.send(new ListObjectVersionsCommand({ Bucket: bucket }));
    return [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => `${Key} ${VersionId}`);
  }
}
