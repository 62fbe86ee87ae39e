import type { IResource } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type { DeviceStatementsOptions } from './device-statements';
import type { IotFileStreamGrants } from './grants';

/**
 * An AWS IoT stream: a set of files that devices download over MQTT.
 */
export interface IIotFileStream extends IResource {
  /**
   * The id by which devices ask for the stream. Of an `IotFileStream` it is a token; with `UpdateStrategy.NEW_STREAM` it
   * changes with the content, and then it cannot be exported to another stack: an export in use cannot change.
   *
   * @attribute
   */
  readonly streamId: string;

  /**
   * The ARN of the stream.
   *
   * @attribute
   */
  readonly streamArn: string;

  /**
   * Permissions on this stream for IAM principals. Devices are not among them: they have IoT policies.
   */
  readonly grants: IotFileStreamGrants;

  /**
   * What a device's AWS IoT policy must allow to download exactly this stream, whatever its update strategy: connect as
   * a thing, publish requests, subscribe to and receive the answers. For `iam.PolicyDocument`, which `iot.CfnPolicy` takes.
   *
   * A policy of the app that gets longer than AWS IoT's 2,048 characters brings the warning
   * `cdk-iot-streams:longDevicePolicy`.
   *
   * @param options for which thing, and in which encoding
   */
  deviceStatements(options?: DeviceStatementsOptions): iam.PolicyStatement[];
}
