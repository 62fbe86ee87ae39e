import type { IResource } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type { DeviceStatementsOptions } from './device-statements';
import type { IotFileStreamGrants } from './grants';

/**
 * An AWS IoT stream: a set of files that devices download over MQTT.
 */
export interface IIotFileStream extends IResource {
  /**
   * The ID that devices use to request the stream. For an `IotFileStream` it is a token. With `UpdateStrategy.NEW_STREAM` it
   * changes with the content: do not export it to another stack, because CloudFormation cannot change an export that is in
   * use.
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

  /** Permissions on this stream for IAM principals. Devices have AWS IoT policies instead: see `deviceStatements()`. */
  readonly grants: IotFileStreamGrants;

  /**
   * Returns the statements that the AWS IoT policy of a device needs to download exactly this stream, with either update
   * strategy. They allow it to connect as a thing, publish requests, subscribe to the answers and receive them. Pass them to
   * `iam.PolicyDocument`, which `iot.CfnPolicy` accepts.
   *
   * A policy of the app that is longer than the 2,048 characters of AWS IoT produces the warning
   * `cdk-iot-streams:longDevicePolicy`.
   *
   * @param options the thing and the encoding
   */
  deviceStatements(options?: DeviceStatementsOptions): iam.PolicyStatement[];
}
