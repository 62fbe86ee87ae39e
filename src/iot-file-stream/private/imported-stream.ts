import { Resource } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { DeviceStatementsOptions } from '../device-statements';
import { deviceStatements } from '../device-statements';
import { IotFileStreamGrants } from '../grants';
import type { IIotFileStream } from '../stream-interface';

/** A stream that another app made, by its id or ARN. */
export class ImportedStream extends Resource implements IIotFileStream {
  public readonly grants: IotFileStreamGrants;

  public constructor(scope: Construct, id: string, public readonly streamArn: string, public readonly streamId: string) {
    super(scope, id, { environmentFromArn: streamArn });
    this.grants = new IotFileStreamGrants([streamArn]);
  }

  public deviceStatements(options: DeviceStatementsOptions = {}): iam.PolicyStatement[] {
    return deviceStatements(this, this.streamId, options);
  }
}
