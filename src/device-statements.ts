/**
 * The form of the messages between a device and AWS IoT.
 */
export enum StreamEncoding {
  /** Text; blocks travel in Base64. */
  JSON = 'json',

  /** Binary, a third shorter. */
  CBOR = 'cbor',
}

/**
 * Options of `deviceStatements()`.
 */
export interface DeviceStatementsOptions {
  /**
   * The thing that the device is, for a policy of its own: 1 to 128 letters, digits, ':', '_' and '-', or one policy variable
   * such as '${iot:ClientId}'; anything else is an error at synth. It is the MQTT client id and part of the topics.
   *
   * Source of the limit: https://docs.aws.amazon.com/iot/latest/apireference/API_CreateThing.html
   *
   * @default '${iot:Connection.Thing.ThingName}', so that one policy serves all devices that connect as a thing to which
   * their certificate is attached
   */
  readonly thingName?: string;

  /**
   * The encoding that the devices speak. Where it is named, the statements list the exact topics instead of a pattern:
   * what a device may publish it may not subscribe to, and the other way round. That takes most of the 2,048 characters
   * of a policy document, so it is for one stream.
   *
   * @default - both, by one pattern a stream
   */
  readonly encoding?: StreamEncoding;
}
